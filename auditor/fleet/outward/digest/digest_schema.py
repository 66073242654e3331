"""What a recipient is told, as JSON: what a webhook gets, and what the outbox keeps.

A contract, which `schema digest` prints. Values are those of the closed sets of
`auditor.fleet.history_model`; titles are in the `language` of the recipient. Nothing of a tenant is
in it that is not one of `tenants`. What was left out of a list is counted in `more`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from auditor.files.json_reading import JsonError, parse_json
from auditor.fleet.look_back.answer_schema import CauseWord, StateWord
from auditor.messages.languages import Language

SeverityWord = Literal["critical", "high", "medium", "low", "info"]
VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True)
class ControlMoved:
    """A control of a PBX that came to something; `findings` are those of it that did.

    `whole` says that the control itself did; otherwise it failed before, or fails still. `subjects`
    are what they are about, empty unless the recipient is to have details.
    """

    pbx: str
    name: str
    tenant: str
    control: str
    title: str
    severity: SeverityWord
    findings: int
    cause: CauseWord
    whole: bool
    subjects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moves:
    """Controls that came to the same; the worst first.

    `more` were left out because there are many, `minor` because they are less severe than asked.
    """

    controls: list[ControlMoved] = field(default_factory=list)
    more: int = 0
    minor: int = 0

    @property
    def total(self) -> int:
        """Return how many there are, told or not."""
        return len(self.controls) + self.more + self.minor


@dataclass(frozen=True, slots=True)
class NotRead:
    """A PBX about which nobody knows how it stands; `news` says that it was otherwise before."""

    pbx: str
    name: str
    tenant: str
    state: StateWord
    since: date | None
    last_success: date | None
    news: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """A waiver, an attestation or a certificate, by its `name`, that ends within thirty days."""

    pbx: str
    tenant: str
    kind: str
    name: str
    ends: date
    news: bool
    pbx_name: str = ""


@dataclass(frozen=True, slots=True)
class Others:
    """What else changed, in numbers: controls, and PBXs that are read again."""

    read_again: int
    accepted: int
    decided: int
    not_asked: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How the PBXs stand; `audited` are those that the run could look at."""

    pbxs: int
    audited: int
    failed: int
    incomplete: int
    compliant: int
    not_known: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What the recipient is to be told: where this differs, the message is made anew."""

    tenants: list[str]
    details: bool
    min_severity: SeverityWord
    language: Language


@dataclass(frozen=True, slots=True)
class Digest:
    """What changed for a recipient since the last digest that was sent to it.

    `missed` runs were expected after `run`, and did not happen until this was made.
    """

    fleet: str
    recipient: str
    terms: Terms
    run: int
    day: date
    made: datetime
    since: date | None
    changed: bool
    totals: Totals
    failed: Moves
    not_read: list[NotRead]
    conflicts: list[NotRead]
    undecided: Moves
    ending: list[Ending]
    fixed: Moves
    others: Others
    remarks: list[str]
    missed: int = 0
    document: Literal["digest"] = "digest"
    version: Literal["1.0"] = "1.0"

    @property
    def is_first(self) -> bool:
        """Whether the recipient was never told anything."""
        return self.since is None


@cache
def _adapter() -> TypeAdapter[Digest]:
    return TypeAdapter(Digest)


def digest_json(digest: Digest) -> bytes:
    """Return a digest as JSON, in one line."""
    return _adapter().dump_json(digest)


def digest_of(content: bytes) -> Digest | None:
    """Return the digest that was kept, None if this version cannot read it."""
    try:
        return _adapter().validate_python(parse_json(content))
    except (JsonError, ValidationError):
        return None


def digest_schema() -> str:
    """Return the JSON Schema of a digest."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pbx-auditor:digest:1.0",
        **_adapter().json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2) + "\n"
