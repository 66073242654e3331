"""What the HTML report shows, worked out in Python so that the templates only lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.report import v1
from auditor.report.verdict import WITH_ACCEPTED
from auditor.report.words import (
    ACCEPTED,
    NOT_DECIDED,
    SETTLED,
    SEVERITIES,
    STATUSES,
    VERDICTS,
    by_urgency,
    counted,
    rank,
    score_note,
    word,
)

ROWS_PER_VERDICT = 200
EVIDENCE_PER_ROW = 8
NAMES_PER_GROUP = 8
FINDINGS_IN_BRIEF = 3
ACTIONS = 10
GAPS = 50

_DECIDING = {"failed": "violated", "waived": ACCEPTED, "unknown": "undetermined"}


@dataclass(frozen=True, slots=True)
class Group:
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


@dataclass(frozen=True, slots=True)
class VerdictBlock:
    """All observations of a control with one verdict. `hidden` ones are only in report.json."""

    verdict: str
    total: int
    groups: list[Group]
    hidden: int


@dataclass(frozen=True, slots=True)
class Control:
    """One control as it is shown. `found` is the counterpart of what was expected."""

    result: v1.Result
    anchor: str
    tone: str
    found: str
    examples: list[v1.Observation]
    blocks: list[VerdictBlock]
    violated: int

    @property
    def attention(self) -> bool:
        """Return whether somebody has to act, so that the control is shown unfolded."""
        return self.result.status == "failed" or self.result.status in NOT_DECIDED


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """Something that was not decided: what, why, and what to do about it."""

    what: str
    place: str
    causes: list[str]
    advice: str
    look: str
    controls: list[Control]


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the severity bar; `x` and `width` are in units of its view box."""

    severity: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a framework and the controls that are mapped to it."""

    framework: str
    name: str
    controls: list[Control]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the templates need beside the report itself.

    `idle` are the waivers whose control ran, and that accepted nothing or not everything.
    """

    verdict: str
    sentence: str
    score_note: str
    controls: list[Control]
    actions: list[Control]
    failed: int
    not_evaluated: list[NotEvaluated]
    more_gaps: int
    segments: list[Segment]
    statuses: list[tuple[str, int]]
    requirements: list[Requirement]
    idle: list[v1.Waiver]


def build(report: v1.Report, rows: int) -> Page:
    """Return the page of a report that shows about `rows` observations at most."""
    limit = _row_limit(report.results, rows)
    waivers = {entry.fingerprint: _acceptance(entry) for entry in report.accepted}
    ordered = sorted(report.results, key=by_urgency)
    controls = [_control(result, limit, waivers) for result in ordered]
    failed = [control for control in controls if control.result.status == "failed"]
    return Page(
        verdict=_verdict(report.summary),
        sentence=_sentence(report.summary),
        score_note=score_note(report.summary),
        controls=controls,
        actions=failed[:ACTIONS],
        failed=len(failed),
        not_evaluated=_not_evaluated(report.gaps[:GAPS], controls),
        more_gaps=max(0, len(report.gaps) - GAPS),
        segments=_segments(report.summary.failed_by_severity),
        statuses=_present(report.summary.counts, STATUSES),
        requirements=_requirements(controls),
        idle=[waiver for waiver in report.run.waivers if waiver.state not in SETTLED],
    )


def _verdict(summary: v1.Summary) -> str:
    """Return the verdict in the words of the headline."""
    accepted = summary.verdict == "compliant" and summary.counts.get("waived", 0)
    return WITH_ACCEPTED if accepted else word(summary.verdict)


def _sentence(summary: v1.Summary) -> str:
    """Return the verdict sentence without the words that stand above it."""
    rest = summary.sentence.removeprefix(f"{_verdict(summary)}: ")
    return rest[:1].upper() + rest[1:]


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


def _acceptance(entry: v1.Accepted) -> str:
    """Return who accepted a violation, why and until when."""
    approved = f", approved by {entry.approver}" if entry.approver else ""
    ticket = f" ({entry.ticket})" if entry.ticket else ""
    return f"Accepted by {entry.owner}{approved} until {entry.expires}: {entry.reason}{ticket}"


def _control(result: v1.Result, limit: int, waivers: Mapping[str, str]) -> Control:
    by_verdict: dict[str, list[v1.Observation]] = {verdict: [] for verdict in VERDICTS}
    for observation in result.observations:
        by_verdict.setdefault(_shown_verdict(observation), []).append(observation)
    deciding = by_verdict.get(_DECIDING.get(result.status, "compliant"), [])
    return Control(
        result=result,
        anchor="control-" + re.sub(r"[^A-Za-z0-9]+", "-", result.id)[:40],
        tone=result.severity if result.severity in SEVERITIES else SEVERITIES[-1],
        found=_found(result, by_verdict),
        examples=_examples(deciding),
        blocks=[
            _block(verdict, found, limit, waivers) for verdict, found in by_verdict.items() if found
        ],
        violated=_subjects(by_verdict["violated"]),
    )


def _found(result: v1.Result, by_verdict: dict[str, list[v1.Observation]]) -> str:
    if not result.observations:
        return "Nothing was looked at."
    counts = [f"{_subjects(found):,} {verdict}" for verdict, found in by_verdict.items() if found]
    return f"{counted(result.subjects_seen, 'subject')} looked at: {', '.join(counts)}."


def _subjects(observations: Iterable[v1.Observation]) -> int:
    return len({(found.subject_kind, found.subject_id) for found in observations})


def _examples(observations: list[v1.Observation]) -> list[v1.Observation]:
    distinct = {observation.detail: observation for observation in reversed(observations)}
    return list(reversed(distinct.values()))[:FINDINGS_IN_BRIEF]


def _block(
    verdict: str, observations: list[v1.Observation], limit: int, waivers: Mapping[str, str]
) -> VerdictBlock:
    alike: dict[tuple[str, str, str], list[v1.Observation]] = {}
    for observation in observations:
        waiver = waivers.get(observation.fingerprint, observation.waiver_note)
        key = (observation.detail, observation.remark, waiver)
        alike.setdefault(key, []).append(observation)
    # Every distinct finding gets a row before any of them lists its further subjects.
    each = max(1, limit // len(alike))
    groups = [_group(waiver, members, each) for (*_, waiver), members in alike.items()][:limit]
    shown = sum(len(group.members) for group in groups)
    return VerdictBlock(verdict, len(observations), groups, len(observations) - shown)


def _group(waiver: str, members: list[v1.Observation], limit: int) -> Group:
    return Group(
        detail=members[0].detail,
        remark=members[0].remark,
        waiver=waiver,
        total=len(members),
        names=[member.subject for member in members[:NAMES_PER_GROUP]],
        members=members[:limit],
    )


def _not_evaluated(gaps: Iterable[v1.Gap], controls: list[Control]) -> list[NotEvaluated]:
    undecided = {c.result.id: c for c in controls if c.result.status in NOT_DECIDED}
    rows = [
        NotEvaluated(
            what=gap.area,
            place=_place(gap.source, gap.line),
            causes=[gap.reason],
            advice=gap.advice,
            look="",
            controls=[undecided[name] for name in gap.controls if name in undecided],
        )
        for gap in gaps
    ]
    explained = {control.result.id for row in rows for control in row.controls}
    return rows + [_undecided(c) for name, c in undecided.items() if name not in explained]


def _undecided(control: Control) -> NotEvaluated:
    result = control.result
    causes = [result.reason] if result.reason else [found.detail for found in control.examples]
    return NotEvaluated(
        what=result.title,
        place="",
        causes=causes or ["No reason was recorded."],
        advice="",
        look=result.remediation.ui_path,
        controls=[control],
    )


def _place(source: str, line: int | None) -> str:
    return source if line is None else f"{source}:{line}"


def _present(counts: dict[str, int], order: list[str]) -> list[tuple[str, int]]:
    present = [(name, count) for name, count in counts.items() if count]
    return sorted(present, key=lambda item: (rank(item[0], order), item[0]))


def _segments(failed_by_severity: dict[str, int]) -> list[Segment]:
    present = [item for item in _present(failed_by_severity, SEVERITIES) if item[0] in SEVERITIES]
    total = sum(count for _, count in present)
    segments: list[Segment] = []
    x = 0.0
    for severity, count in present:
        # A lone finding stays wide enough for its number.
        width = 24 + (300 - 24 * len(present)) * count / total
        segments.append(Segment(severity, count, round(x, 1), round(width, 1)))
        x += width
    return segments


def _requirements(controls: list[Control]) -> list[Requirement]:
    mapped: dict[tuple[str, str], list[Control]] = {}
    for control in controls:
        for framework, names in control.result.mappings.items():
            for name in names:
                mapped.setdefault((framework, name), []).append(control)
    return [Requirement(*key, found) for key, found in sorted(mapped.items(), key=_natural)]


def _natural(entry: tuple[tuple[str, str], list[Control]]) -> tuple[str, list[tuple[int, str]]]:
    """Return the sort key of a requirement: A8 comes before A16."""
    framework, name = entry[0]
    parts = re.split(r"([0-9]{1,9})", name)
    return framework, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
