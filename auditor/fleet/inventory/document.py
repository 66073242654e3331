"""What may stand in the files of an inventory; nothing but the reading of them uses this."""

from __future__ import annotations

import json
import re
import zoneinfo
from typing import Annotated, Final, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.messages.suggestions import nearest
from auditor.model.base import Document
from auditor.model.site import SERIAL, CredentialPlaces
from auditor.values.durations import PATTERN, seconds
from auditor.values.file_names import is_device

SCHEMA_ID: Final = "urn:pbx-auditor:fleet:1.0"
_LONGEST_ID: Final = 64
_PLAIN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
_VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
_DAY: Final = 86_400


def check_id(name: str) -> str:
    """Return an id that can name a folder on every system. Raises ValueError."""
    if not re.fullmatch(_PLAIN, name):
        raise ValueError(say("an id has letters, digits, - and _ only, and begins with no - or _"))
    if len(name) > _LONGEST_ID:
        raise ValueError(say("an id has at most {count} characters", count=_LONGEST_ID))
    if is_device(name):
        raise ValueError(say("Windows takes this name for a device; choose another id"))
    return name


def _visible(text: str) -> str:
    if not text.isprintable():
        raise ValueError(say("the text has characters that cannot be seen"))
    return text


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        meant = nearest(name, zoneinfo.available_timezones())
        if meant:
            raise ValueError(
                say("there is no such time zone; did you mean {name}?", name=meant)
            ) from None
        raise ValueError(say("there is no such time zone; one is Europe/Vienna")) from None
    return name


def _at_most_a_day(number: int) -> int:
    if number > _DAY:
        raise ValueError(say("a deadline is at most one day"))
    return number


Id = Annotated[str, AfterValidator(check_id), WithJsonSchema({"type": "string", "pattern": _PLAIN})]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_visible),
]
Path = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_visible)]
Variable = Annotated[str, StringConstraints(pattern=_VARIABLE)]
Duration = Annotated[
    int,
    BeforeValidator(seconds),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": PATTERN}]}
    ),
]
Count: TypeAlias = Annotated[int, Field(ge=1, le=100_000, strict=True)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class FleetTable(Document):
    """What the fleet is called, and where its history and its reports are."""

    name: Text | None = None
    history: Path | None = None
    history_env: Variable | None = None
    reports: Path = "reports"
    every: Duration | None = None


class RetentionTable(Document):
    """How long audits and snapshots are kept; what changed, and when, is kept for ever."""

    every_run_days: Count = 400
    month_ends_years: Annotated[int, Field(ge=0, le=1000, strict=True)] = 10


class Layer(Document):
    """What can be said for all PBXs, for those of a tenant, and for one; the nearest counts."""

    profile: Text | None = None
    site: Path | None = None
    waivers: Path | None = None
    rules: list[Path] | None = None
    language: Language | None = None
    deadline: Annotated[Duration, AfterValidator(_at_most_a_day)] | None = None
    max_age: Duration | None = None
    credentials: CredentialPlaces | None = None


class DefaultsTable(Layer):
    """What counts for every PBX that says nothing else."""

    at_once: Count | None = None
    time_zone: Zone | None = None


class TenantBlock(DefaultsTable):
    """A customer; `at_once` is how many of its PBXs are read at the same time."""

    id: Id
    name: Text | None = None


class PbxBlock(Layer):
    """A PBX; the history hangs on its id."""

    id: Id
    name: Text | None = None
    tenant: Text
    target: Path
    tags: list[Text] = []  # noqa: RUF012 -- pydantic copies it
    serial: Annotated[str, StringConstraints(pattern=SERIAL)] | None = None


class FleetPart(Document):
    """A file of `fleet.d`: more tenants and PBXs."""

    tenant: list[TenantBlock] = []  # noqa: RUF012 -- ditto
    pbx: list[PbxBlock] = []  # noqa: RUF012 -- ditto


class FleetDocument(FleetPart):
    """A whole `fleet.toml`."""

    fleet: FleetTable = FleetTable.model_construct()
    defaults: DefaultsTable = DefaultsTable.model_construct()
    retention: RetentionTable = RetentionTable.model_construct()


def fleet_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of an inventory, for editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **FleetDocument.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
