"""One control as the HTML report shows it: what was expected, what was found, and the evidence.

Observations that say the same share a row, and there is a limit to how many a page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from auditor.messages.both import Both
from auditor.messages.message import Message, joined, say, say_count, template
from auditor.messages.titles import Title
from auditor.report.accepted import acceptance
from auditor.report.html import grouping
from auditor.report.prose import Remedy, german_of, reason_of, remedy_of, title_of
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import ACCEPTED, NOT_DECIDED, SEVERITIES, VERDICTS

ROWS_PER_VERDICT = 200
EVIDENCE_PER_ROW = 8
NAMES_PER_GROUP = 8
FINDINGS_IN_BRIEF = 3

_COUNTED = {
    "violated": template("{number} violated"),
    ACCEPTED: template("{number} accepted"),
    "undetermined": template("{number} undetermined"),
    "compliant": template("{number} compliant"),
}
# Returns who accepted a violation, or why a waiver for it does not count.
_WaiverOf: TypeAlias = Callable[[v1.Observation], str]
_DECIDING = {"failed": "violated", "waived": ACCEPTED, "unknown": "undetermined"}


class Group(NamedTuple):
    """Observations of one verdict that say the same; `members` are the ones that are shown.

    `waiver` says who accepted them, or why a waiver for them does not count.
    """

    detail: str
    remark: str
    waiver: str
    total: int
    names: list[str]
    members: list[v1.Observation]

    @property
    def more_names(self) -> int:
        """Return how many subjects the list of names leaves out."""
        return self.total - len(self.names)


class VerdictBlock(NamedTuple):
    """All observations of a control with one verdict. `hidden` ones are only in report.json.

    `kind` is that of all subjects, empty if there are several.
    """

    verdict: str
    kind: str
    total: int
    groups: list[Group]
    hidden: int


class Control(NamedTuple):
    """One control as it is shown. `found` is the counterpart of what was expected.

    `reason` says why a control came to something else than passed or failed, if anything does.
    """

    result: v1.Result
    title: Title
    expected: Both
    rationale: Both
    reason: Both | None
    remedy: Remedy
    anchor: str
    tone: str
    found: Message
    examples: list[v1.Observation]
    blocks: list[VerdictBlock]
    violated: int

    @property
    def attention(self) -> bool:
        """Return whether somebody has to act, so that the control is shown unfolded."""
        return self.result.status == "failed" or not self.decided

    @property
    def decided(self) -> bool:
        """Return whether there is a verdict that evidence can explain."""
        return self.result.status not in NOT_DECIDED

    @property
    def detailed(self) -> bool:
        """Return whether a short record has details of the control, and not its status only."""
        return self.attention or self.result.status == "waived"


def controls(
    results: Iterable[v1.Result],
    accepted: Iterable[v1.Accepted],
    rows: int,
    sentences: Sentences,
) -> list[Control]:
    """Return the controls in this order, with about `rows` observations at most."""
    shown = list(results)
    limit = _row_limit(shown, rows)
    waivers = {entry.fingerprint: acceptance(entry) for entry in accepted}

    def waiver_of(seen: v1.Observation) -> str:
        note = seen.waiver_note and sentences.both(seen.waiver_note)
        return waivers.get(seen.fingerprint, note)

    return [_control(result, limit, waiver_of, sentences) for result in shown]


def _row_limit(results: Iterable[v1.Result], rows: int) -> int:
    sizes = [
        sum(_shown_verdict(observation) == verdict for observation in result.observations)
        for result in results
        for verdict in VERDICTS
    ]
    limit = ROWS_PER_VERDICT
    while limit > 1 and sum(min(size, limit) for size in sizes) > rows:
        limit //= 2
    return limit


def _shown_verdict(observation: v1.Observation) -> str:
    return ACCEPTED if observation.waived else observation.verdict


def _control(result: v1.Result, limit: int, waiver_of: _WaiverOf, sentences: Sentences) -> Control:
    by_verdict: dict[str, list[v1.Observation]] = {verdict: [] for verdict in VERDICTS}
    for observation in result.observations:
        by_verdict.setdefault(_shown_verdict(observation), []).append(observation)
    deciding = by_verdict.get(_DECIDING.get(result.status, "compliant"), [])
    german = german_of(result)
    return Control(
        result=result,
        title=title_of(result),
        expected=Both(result.expected, german.expected),
        rationale=Both(result.rationale, german.rationale),
        reason=reason_of(result, sentences),
        remedy=remedy_of(result),
        anchor=grouping.anchor(result),
        tone=result.severity if result.severity in SEVERITIES else SEVERITIES[-1],
        found=_found(result, by_verdict),
        examples=_examples(deciding),
        blocks=[
            _block(verdict, found, limit, waiver_of)
            for verdict, found in by_verdict.items()
            if found
        ],
        violated=_subjects(by_verdict["violated"]),
    )


def _found(result: v1.Result, by_verdict: dict[str, list[v1.Observation]]) -> Message:
    if not result.observations:
        return say("Nothing was looked at.")
    counts = [
        say(_COUNTED[verdict], number=_subjects(found))
        for verdict, found in by_verdict.items()
        if found
    ]
    return say_count(
        "{count} subject looked at: {found}.",
        "{count} subjects looked at: {found}.",
        result.subjects_seen,
        found=joined("{one}, {other}", counts),
    )


def _subjects(observations: Iterable[v1.Observation]) -> int:
    return len({(found.subject_kind, found.subject_id) for found in observations})


def _examples(observations: list[v1.Observation]) -> list[v1.Observation]:
    distinct = {observation.detail: observation for observation in reversed(observations)}
    return list(reversed(distinct.values()))[:FINDINGS_IN_BRIEF]


def _block(
    verdict: str, observations: list[v1.Observation], limit: int, waiver_of: _WaiverOf
) -> VerdictBlock:
    alike: dict[tuple[str, str, str], list[v1.Observation]] = {}
    for observation in observations:
        key = (observation.detail, observation.remark, waiver_of(observation))
        alike.setdefault(key, []).append(observation)
    # Every distinct finding gets a row before any of them lists its further subjects.
    each = max(1, limit // len(alike))
    groups = [_group(waiver, members, each) for (*_, waiver), members in alike.items()][:limit]
    shown = sum(len(group.members) for group in groups)
    kinds = {observation.subject_kind for observation in observations}
    kind = kinds.pop() if len(kinds) == 1 else ""
    return VerdictBlock(verdict, kind, len(observations), groups, len(observations) - shown)


def _group(waiver: str, members: list[v1.Observation], limit: int) -> Group:
    return Group(
        detail=members[0].detail,
        remark=members[0].remark,
        waiver=waiver,
        total=len(members),
        names=[member.subject for member in members[:NAMES_PER_GROUP]],
        members=members[:limit],
    )
