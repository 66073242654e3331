"""What questions about a history are answered with: frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from auditor.errors import ExitCode
from auditor.fleet.history_model import (
    AuditEnding,
    Basis,
    Cause,
    Expiry,
    Standing,
    SubjectSeen,
)
from auditor.messages.message import Message
from auditor.model.vocabulary import Severity, Status

# A control that does not run any more has `not-asked` instead of a status.
ControlState = Status | Standing
# How many controls there are of each state and severity.
Counts = Mapping[tuple[ControlState, Severity], int]


class Attempt(NamedTuple):
    """One audit of a PBX, whatever became of it."""

    run: int
    day: date
    started: datetime
    ended: datetime
    ending: AuditEnding
    reason: Message
    remarks: tuple[Message, ...]


class Success(NamedTuple):
    """An audit that could look. `run_day` is the day of its run, `day` that of its tenant."""

    run: int
    day: date
    started: datetime
    ended: datetime
    code: ExitCode
    score: int | None
    objects: int
    profile: str


class Movement(NamedTuple):
    """How many findings an audit changed: failed ones are new, reopened ones among them.

    So is a control that fails as before, and weighs more.
    """

    new: int = 0
    reopened: int = 0
    fixed: int = 0
    gone: int = 0


class Overview(NamedTuple):
    """A PBX as the history has it now.

    `success` is the last audit that could look, `objects_before` the number of objects of the one
    before. `is_in_conflict` says that another box answered since, and that nobody rebound the id.
    `counts` are of the controls that are asked.
    """

    pbx: str
    tenant: str
    last: Attempt | None = None
    success: Success | None = None
    objects_before: int | None = None
    is_in_conflict: bool = False
    counts: Counts = {}  # noqa: RUF012 -- nobody changes it
    movement: Movement = Movement()
    expiries: tuple[Expiry, ...] = ()


class SpanChange(NamedTuple):
    """The beginning of a span: something changed in a run. `key` is empty for a control."""

    pbx: str
    tenant: str
    run: int
    day: date
    control: str
    before: ControlState | None
    after: ControlState
    cause: Cause
    also: tuple[Cause, ...]
    severity: Severity
    key: str = ""
    subject: SubjectSeen | None = None
    property: str = ""


class AuditInShort(NamedTuple):
    """An audit that is kept, in short."""

    run: int
    day: date
    ending: AuditEnding


class ControlNow(NamedTuple):
    """A control of a PBX as it stands."""

    pbx: str
    tenant: str
    control: str
    status: Status
    severity: Severity


class StoodAt(NamedTuple):
    """How a PBX stood after a run: controls by id, findings by key."""

    controls: Mapping[str, ControlState]
    findings: Mapping[str, Standing]


class InForce(NamedTuple):
    """The audit of a PBX that counted on a day, with what it rested on."""

    pbx: str
    tenant: str
    success: Success
    basis: Basis


class MovedFindings(NamedTuple):
    """How many findings stand so, and stood otherwise before; `before` is None if not known."""

    before: Standing | None
    after: Standing
    cause: Cause
    findings: int


class MovedControl(NamedTuple):
    """A control that stands otherwise than before a run, or findings of which do.

    `before` is None for one that was not known. `run` is the last that changed any of it, and
    `cause` why the control changed, or one of its findings if it did not.
    """

    pbx: str
    tenant: str
    control: str
    severity: Severity
    before: ControlState | None
    after: ControlState
    cause: Cause
    run: int
    day: date
    findings: tuple[MovedFindings, ...] = ()


class Then(NamedTuple):
    """How a PBX had been read before a run: the last audit, and the last that any box answered.

    `success` is when the last audit that could look ended. None is for what there was not.
    """

    last: AuditEnding | None = None
    answered: AuditEnding | None = None
    success: datetime | None = None


class Worse(NamedTuple):
    """The controls of a PBX that fail, or became undecided, only since a run; the worst first.

    `worst` is the severity of the first that fails.
    """

    failed: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    worst: Severity | None = None


class RunInShort(NamedTuple):
    """A run: its number and its day, and when it began."""

    number: int
    day: date
    started: datetime
