"""What checks say (observations) and what controls come to (results)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.messages.message import NOTHING, Message, Text
from auditor.model.change import Repair
from auditor.model.rule import ParameterValue, RuleDocument
from auditor.model.vocabulary import Grade, Severity, Status, Verdict

if TYPE_CHECKING:
    from auditor.model.waiver import WaiverEntry

# The kind of a subject that several controls leave open, although it violates one for certain.
EITHER: Final = "either-or"


def certain_failures(open_subjects: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return the controls of which one has failed for certain, for each such subject.

    `open_subjects` are pairs of subject and control, of subjects of the kind `EITHER` that the
    control leaves open. A subject that only one control leaves open may violate one that did not
    run.
    """
    controls: dict[str, list[str]] = {}
    for subject, control in open_subjects:
        if control not in controls.setdefault(subject, []):
            controls[subject].append(control)
    return [tuple(names) for names in controls.values() if len(names) > 1]


class Evidence(NamedTuple):
    """Where one fact came from. `value` is what was seen there, never a secret.

    `via` is the path of an effective value, for example `template Hot Desk Base`.
    """

    source: str
    line: int | None = None
    object: str | None = None
    attribute: str | None = None
    value: str | None = None
    via: str | None = None
    grade: Grade = Grade.DOCUMENTED


class Subject(NamedTuple):
    """What an observation is about. `id` is stable across runs: a guid, or a setting's name.

    `owner` is the key of the object that it is, or is a part of; empty if it is none.

    It never holds the name of a file, an address or a line, and no display name where there is a
    guid or h323: a finding would be new, and its waiver lost, because a file was renamed.
    """

    kind: str
    id: str
    name: str
    owner: str = ""


class Fix(NamedTuple):
    """What would make a violation compliant, as far as the check knows it.

    `repair` is what a script could do about it; without one, `by_hand` may say why not.
    """

    property: str
    current: str | None
    wanted: str
    repair: Repair | None = None
    by_hand: Message = NOTHING


class Observation(NamedTuple):
    """One subject looked at. `remark` qualifies a compliant verdict; `property` names the fact.

    `members` are the keys of the objects that a list stands for, if it is about those alone.
    """

    subject: Subject
    verdict: Verdict
    detail: Message
    property: str
    evidence: tuple[Evidence, ...] = ()
    remark: Message = NOTHING
    fix: Fix | None = None
    members: tuple[str, ...] = ()


class Finding(NamedTuple):
    """An observation with its fingerprint: sha256 of rule, target, subject and property.

    `accepted` is the waiver that accepts a violation. `waiver_note` says why one that speaks about
    it does not count any more.
    """

    observation: Observation
    fingerprint: str
    accepted: WaiverEntry | None = None
    waiver_note: Message = NOTHING


class ControlResult(NamedTuple):
    """The outcome of one control on one target.

    `reason` is a message, or what the document of the rule says where nothing is there to judge,
    which has its own German. `overridden` is a message, or what the site file gives as a reason.
    """

    rule: RuleDocument
    status: Status
    severity: Severity
    findings: tuple[Finding, ...] = ()
    reason: Text = ""
    overridden: Text = ""
    parameters: dict[str, ParameterValue] = {}

    @property
    def either_or(self) -> list[str]:
        """Return the subjects that it leaves open, and that may violate another control instead."""
        seen = [finding.observation for finding in self.findings]
        return [
            one.subject.id
            for one in seen
            if one.subject.kind == EITHER and one.verdict is Verdict.UNDETERMINED
        ]

    @property
    def subjects_seen(self) -> int:
        """Return how many distinct subjects were looked at."""
        return len({(f.observation.subject.kind, f.observation.subject.id) for f in self.findings})
