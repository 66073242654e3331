"""What may stand in the files of an inventory; nothing but the reading of them uses this."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from auditor.fleet.inventory.allowed_values import Count, Duration, Id, Path, Text, Variable, Zone
from auditor.fleet.inventory.collector_document import CollectorTable
from auditor.fleet.inventory.recipient_document import RecipientBlock
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.model.base import Document
from auditor.model.site import SERIAL, AppSocket, CredentialPlaces, DevicesLogin

SCHEMA_ID: Final = "urn:pbx-auditor:fleet:1.0"
_DAY: Final = 86_400


def _at_most_a_day(number: int) -> int:
    if number > _DAY:
        raise ValueError(say("a deadline is at most one day"))
    return number


class FleetTable(Document):
    """What the fleet is called, and where its history and its reports are."""

    name: Text | None = None
    history: Path | None = None
    history_env: Variable | None = None
    reports: Path = "reports"
    every: Duration | None = None
    engine: Literal["inline", "queue"] = "inline"


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
    devices: DevicesLogin | None = None
    websocket: AppSocket | None = None
    worker: Id | None = None


class DefaultsTable(Layer):
    """What counts for every PBX that says nothing else."""

    at_once: Count | None = None
    time_zone: Zone | None = None


class TenantBlock(DefaultsTable):
    """A customer; `at_once` is how many of its PBXs are read at the same time."""

    id: Id
    name: Text | None = None


class PbxBlock(Layer):
    """A PBX; the history hangs on its id. It is read here, or a collector brings what it read."""

    id: Id
    name: Text | None = None
    tenant: Text
    target: Path | None = None
    collector: Id | None = None
    tags: list[Text] = []  # noqa: RUF012 -- pydantic copies it
    serial: Annotated[str, StringConstraints(pattern=SERIAL)] | None = None


class FleetPart(Document):
    """A file of `fleet.d`: more tenants, PBXs and recipients."""

    tenant: list[TenantBlock] = []  # noqa: RUF012 -- ditto
    pbx: list[PbxBlock] = []  # noqa: RUF012 -- ditto
    recipient: list[RecipientBlock] = []  # noqa: RUF012 -- ditto


class FleetDocument(FleetPart):
    """A whole `fleet.toml`."""

    fleet: FleetTable = FleetTable.model_construct()
    defaults: DefaultsTable = DefaultsTable.model_construct()
    retention: RetentionTable = RetentionTable.model_construct()
    collector: CollectorTable | None = None


def fleet_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of an inventory, for editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **FleetDocument.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
