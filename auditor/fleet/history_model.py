"""The words of a fleet's history: what an audit of one PBX came to, and what changed by it.

Plain frozen types: worker processes return them, and the store keeps them. No secret, no evidence
and no text for people is in them, but names of subjects and messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from auditor.errors import ExitCode
from auditor.fleet.compression import Packed
from auditor.messages.message import NOTHING, Message
from auditor.model.vocabulary import Coverage, Severity, Status


class State(StrEnum):
    """How a PBX stands; of several that hold, the first here is meant."""

    NEVER = "never"
    CONFLICT = "identity-conflict"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    COMPLIANT = "compliant"


class AuditEnding(StrEnum):
    """What became of one audit: only of `audited` is anything recorded but the attempt.

    `refused`: the inventory's papers about this PBX cannot be used, for example its site file.
    `crashed`: our own fault.
    """

    AUDITED = "audited"
    UNREACHABLE = "unreachable"
    CONFLICT = "identity-conflict"
    REFUSED = "refused"
    CRASHED = "crashed"


class Cause(StrEnum):
    """Why something changed between two audits of a PBX."""

    FIRST = "first"
    PBX = "pbx"
    RULES = "rules"
    SITE = "site"
    VIEW = "view"
    TIME = "time"


class Standing(StrEnum):
    """How a finding stands. One that was seen once has a standing for good.

    `fixed`: its control looked at the subject again and found nothing. `gone`: the subject is
    proven absent. `not-asked`: its control does not run any more.
    """

    FAILED = "failed"
    WAIVED = "waived"
    UNDECIDED = "undecided"
    FIXED = "fixed"
    GONE = "gone"
    NOT_ASKED = "not-asked"


class SubjectSeen(NamedTuple):
    """What a finding is about; `name` alone may change without it being another.

    `owner` is the key of the object that it is or is a part of, empty for what is no object.
    """

    kind: str
    id: str
    name: str
    owner: str = ""


class FindingSeen(NamedTuple):
    """A violation, accepted or not, or a subject that is undecided, of one audit.

    What is open about a whole area or list is told by the status of the control, and no finding.
    `key` is the SHA-256 of control, kind and id of the subject, and property, in hexadecimal: not
    of the target, so that a new address changes nothing.
    """

    key: str
    control: str
    subject: SubjectSeen
    property: str
    standing: Standing


class ControlSeen(NamedTuple):
    """A control as one audit decided it. `cleared` are keys of what it found to be in order.

    `needs` are the areas and facts that it judges by. `wants_absence` says that objects that it
    finds are not to be there at all, so that one that is gone is fixed. `doubted` are the keys of
    objects, in lower case, about which something is open, None if it could be about any.
    """

    control: str
    version: int
    status: Status
    severity: Severity
    findings: tuple[FindingSeen, ...] = ()
    cleared: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    wants_absence: bool = False
    doubted: frozenset[str] | None = frozenset()


class Judgement(NamedTuple):
    """What one snapshot comes to by one set of rules, site file and day.

    `code` is that of the gate, `score` None if it is withheld. `coverage` is that of each area and
    fact that a control needs. `subjects` are kind and id of every object that is there, and
    `has_all_objects` says that the list is complete, so that one that is missing is gone.
    """

    controls: tuple[ControlSeen, ...]
    code: ExitCode
    score: int | None
    coverage: Mapping[str, Coverage]
    subjects: frozenset[tuple[str, str]] = frozenset()
    has_all_objects: bool = False


class RecordedChange(NamedTuple):
    """A change of a control, or of a finding if `key` is given, with its one main cause.

    `before` is None for what was not known, values are those of `Status` and `Standing`.
    `also` are further causes. `subject` is that of a finding. `weighed` is the severity that a
    control had before, None if it was not known.
    """

    control: str
    before: Status | Standing | None
    after: Status | Standing
    cause: Cause
    key: str = ""
    subject: SubjectSeen | None = None
    property: str = ""
    severity: Severity = Severity.INFO
    also: tuple[Cause, ...] = ()
    weighed: Severity | None = None


class KnownFinding(NamedTuple):
    """A finding as the history has it now."""

    key: str
    control: str
    subject: SubjectSeen
    property: str
    standing: Standing


class KnownControl(NamedTuple):
    """A control as the history has it now; `version` and `severity` of the last change."""

    control: str
    version: int
    status: Status
    severity: Severity


class PaperKind(StrEnum):
    """A document that a judgement rests on, beside the snapshot."""

    SITE = "site"
    WAIVERS = "waivers"
    DIALECT = "dialect"
    RULES = "rules"


class Paper(NamedTuple):
    """A document by its content: `digest` is the SHA-256 of the bytes, in hexadecimal.

    A site file comes without its table of credentials.
    """

    kind: PaperKind
    digest: str
    content: bytes


class Versions(NamedTuple):
    """What judged: version of the tool, and digests of the rules and the vulnerability data."""

    tool: str
    rules: str
    vulnerabilities: str
    profile: str


# What ends by itself.
WAIVER: Final = "waiver"
ATTESTATION: Final = "attestation"
CERTIFICATE: Final = "certificate"


class Expiry(NamedTuple):
    """A waiver, an attestation or a certificate that ends; `name` says which one.

    Of a waiver it is the control, and `selected` what it is about, which may be a person's name.
    """

    kind: str
    name: str
    ends: date
    selected: str = ""

    @property
    def whole_name(self) -> str:
        """Return its name with what it is about."""
        return f"{self.name} {self.selected}" if self.selected else self.name


class Basis(NamedTuple):
    """What the last audit of a PBX rested on: enough to judge it again.

    `snapshot` and the values of `papers` are digests of stored documents, `content` is the digest
    of what the snapshot says apart from when, where and under which file names it was read. `code`,
    `score` and `expiries` are what it came to, so that an audit of the same can say so again.
    `fail_on` is the severity from which on it counted, None if nobody kept it; `generation` is the
    name of what it read, of several that a pattern finds, else empty.
    """

    run: int
    day: date
    snapshot: str
    content: str
    papers: Mapping[PaperKind, str]
    versions: Versions
    objects: int
    code: ExitCode = ExitCode.OK
    score: int | None = None
    expiries: tuple[Expiry, ...] = ()
    fail_on: Severity | None = None
    generation: str = ""


class Known(NamedTuple):
    """Everything that the history knows of a PBX before an audit; `serial` is bound to its id.

    `rebound`: a person said that another box stands for this id from now on, so that nothing of the
    last audit has to be found again.
    """

    serial: str = ""
    basis: Basis | None = None
    controls: Mapping[str, KnownControl] = {}
    findings: Mapping[str, KnownFinding] = {}
    rebound: bool = False


class AuditedPbx(NamedTuple):
    """What an audit that could look has to record.

    `snapshot` is the JSON of a snapshot without secrets; `fail_on` and `generation` are those of
    `Basis`.
    """

    judgement: Judgement
    changes: tuple[RecordedChange, ...]
    serial: str
    snapshot: Packed
    content: str
    papers: tuple[Paper, ...]
    versions: Versions
    expiries: tuple[Expiry, ...]
    objects: int
    fail_on: Severity | None = None
    generation: str = ""


class AuditRecord(NamedTuple):
    """One PBX in one run. `audited` is None unless the ending is `audited`; `reason` says why."""

    pbx: str
    tenant: str
    started: datetime
    ended: datetime
    day: date
    ending: AuditEnding
    reason: Message = NOTHING
    audited: AuditedPbx | None = None
    remarks: tuple[Message, ...] = ()
