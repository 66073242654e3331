"""What questions about a fleet are answered with, as JSON.

A contract, which `schema look-back` prints. Values are those of the closed sets of
`auditor.fleet.history_model`, and the same in every language; texts for people are messages until
they are written. `run` is the number of a run, which orders everything; `day` is its day.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from auditor.fleet.look_back.deliveries import NotSent
from auditor.values.frozen import frozen

VERSION: Final = "1.0"
StateWord = Literal[
    "never", "identity-conflict", "stale", "unreachable", "failed", "incomplete", "compliant"
]
CauseWord = Literal["first", "pbx", "rules", "site", "view", "time"]
AnswerWord = Literal["failed", "waived", "undecided", "passed", "not-applicable", "no-snapshot"]


@frozen
class When:
    """A run and its day."""

    run: int
    day: date


@frozen
class LastRun:
    """The last run; `ended` and `code` are null while it is on, or if it was cut off.

    `left` is how many PBXs of it have no result yet. `overdue_since` is when the next run was
    expected, if that is over.
    """

    run: int
    day: date
    started: datetime
    ended: datetime | None
    code: int | None
    left: int
    overdue_since: datetime | None


@frozen
class Ends:
    """A waiver, an attestation or a certificate that ends within thirty days."""

    kind: str
    name: str
    ends: date


@frozen
class PbxStatus:
    """How a PBX stands. What follows `success` is by that audit, null or empty without one.

    `new`, `reopened`, `fixed` and `gone` are findings that the last audit changed; they are 0 if it
    could not look. A control that fails as before, and weighs more, is `new` too. `undecided` are
    controls. `failed` are controls by severity.
    """

    pbx: str
    name: str
    tenant: str
    state: StateWord
    reason: str
    last: When | None
    success: When | None
    age_seconds: int | None
    max_age_seconds: int
    exit_code: int | None
    score: int | None
    failed: dict[str, int]
    waived: int
    undecided: int
    passed: int
    new: int
    reopened: int
    fixed: int
    gone: int
    expiring: list[Ends]
    objects: int | None
    objects_before: int | None
    remarks: list[str]


@frozen
class Status:
    """Answer of `fleet status`: the worst PBX first."""

    fleet: str
    at: datetime
    today: date
    last_run: LastRun | None
    pbxs: list[PbxStatus]
    remarks: list[str]
    not_sent: list[NotSent] = field(default_factory=list)
    document: Literal["status"] = "status"
    version: Literal["1.0"] = "1.0"


@frozen
class Subject:
    """What a finding is about; of the names of one subject, the newest."""

    kind: str
    id: str
    name: str


@frozen
class Changed:
    """A change of a control, or of a finding if it has a key, with its one main cause."""

    pbx: str
    tenant: str
    run: int
    day: date
    control: str
    severity: str
    before: str | None
    after: str
    cause: CauseWord
    also: list[CauseWord]
    key: str = ""
    subject: Subject | None = None
    property: str = ""


@frozen
class Drift:
    """Answer of `fleet drift`: what changed in run `since` and later."""

    fleet: str
    since: int
    changes: list[Changed]
    document: Literal["drift"] = "drift"
    version: Literal["1.0"] = "1.0"


@frozen
class ControlHistory:
    """A control as it stands, and since when; `not-asked` if it does not run any more."""

    control: str
    status: str
    severity: str
    since: When
    cause: CauseWord


@frozen
class FindingHistory:
    """A finding with its days. `last_seen` is the last audit that could look and still had it.

    `first_seen` never moves. `fixed` is set while it is fixed or gone, `reopened` once it is back.
    """

    key: str
    control: str
    subject: Subject
    property: str
    severity: str
    standing: str
    since: When
    first_seen: When
    last_seen: When
    fixed: When | None
    reopened: When | None


@frozen
class History:
    """Answer of `fleet history`: oldest changes first."""

    pbx: str
    tenant: str
    first: When | None
    last: When | None
    success: When | None
    controls: list[ControlHistory]
    findings: list[FindingHistory]
    changes: list[Changed]
    document: Literal["history"] = "history"
    version: Literal["1.0"] = "1.0"


@frozen
class Verified:
    """Answer of `fleet history verify`; `broken` is the first event that is not as written."""

    events: int
    broken: int | None
    last: str
    document: Literal["verified"] = "verified"
    version: Literal["1.0"] = "1.0"


@frozen
class Answer:
    """What a control comes to for one PBX by its snapshot of a day; `audit` is that it is from.

    `violated` names what fails it, `reason` why nothing could be said, or is not certain.
    """

    pbx: str
    tenant: str
    answer: AnswerWord
    audit: When | None
    age_days: int | None
    violated: list[str]
    reason: str


@frozen
class Asked:
    """Answer of `fleet ask`: those that fail first."""

    control: str
    title: str
    at: date
    answers: list[Answer]
    document: Literal["asked"] = "asked"
    version: Literal["1.0"] = "1.0"


@frozen
class Outlier:
    """A PBX that lacks what nearly all of its group have.

    `group` is `tenant` or `tag`, `has` of `of` PBXs that were decided pass the control.
    """

    pbx: str
    tenant: str
    control: str
    status: str
    severity: str
    group: Literal["tenant", "tag"]
    name: str
    has: int
    of: int


@frozen
class Outliers:
    """Answer of `fleet outliers`; `compared` counts PBXs, `not_compared` has the ids of the others.

    A PBX is compared where at least one control was decided on it and on enough others.
    """

    fleet: str
    outliers: list[Outlier]
    compared: int
    not_compared: list[str]
    document: Literal["outliers"] = "outliers"
    version: Literal["1.0"] = "1.0"


@frozen
class RemovedRows:
    """How many rows of a kind were removed, or would be, and how many bytes that is about."""

    kind: str
    rows: int
    bytes: int


@frozen
class Pruned:
    """Answer of `fleet prune`: every audit since a day is kept, month ends for some years."""

    dry_run: bool
    every_run_from: date
    month_ends_years: int
    removed: list[RemovedRows] = field(default_factory=list)
    document: Literal["pruned"] = "pruned"
    version: Literal["1.0"] = "1.0"


@frozen
class Receipt:
    """What `fleet forget` leaves: that a tenant was forgotten, without anything of it.

    `event` is the number of the event that says so, `chain` the hash of it.
    """

    forgotten: datetime
    event: int
    chain: str
    removed: list[RemovedRows]
    report_files: int
    document: Literal["receipt"] = "receipt"
    version: Literal["1.0"] = "1.0"


Document: TypeAlias = "Status | Drift | History | Verified | Asked | Outliers | Pruned | Receipt"
DOCUMENTS: Final = (Status, Drift, History, Verified, Asked, Outliers, Pruned, Receipt)
