"""What the HTML report shows, worked out in Python so that the templates only lay it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from auditor.report import charts, grouping, v1
from auditor.report.accepted import acceptance
from auditor.report.language import Both, Said, counted, message
from auditor.report.prose import Remedy, german_of, reason_of, remedy_of
from auditor.report.sentences import Sentences
from auditor.report.verdict import WITH_ACCEPTED, explanation
from auditor.report.words import (
    ACCEPTED,
    NOT_DECIDED,
    SETTLED,
    SEVERITIES,
    STATUSES,
    VERDICTS,
    by_urgency,
    note,
    rank,
    said,
    score_note,
)

ROWS_PER_VERDICT = 200
EVIDENCE_PER_ROW = 8
NAMES_PER_GROUP = 8
FINDINGS_IN_BRIEF = 3
ACTIONS = 10
GAPS = 50
SUBJECTS = 100

_COUNTED = {
    "violated": message("{number} violated"),
    ACCEPTED: message("{number} accepted"),
    "undetermined": message("{number} undetermined"),
    "compliant": message("{number} compliant"),
}
_DECIDING = {"failed": "violated", "waived": ACCEPTED, "unknown": "undetermined"}


@dataclass(frozen=True, slots=True)
class Group:
    """Observations of one verdict that say the same; `members` are the ones that are shown.

    `waiver` says who accepted them, or why a waiver for them does not count.
    """

    detail: str
    remark: str
    waiver: Said | str
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
    """One control as it is shown. `found` is the counterpart of what was expected.

    `reason` says why a control came to something else than passed or failed, if anything does.
    """

    result: v1.Result
    title: Both
    expected: Both
    rationale: Both
    reason: Both | None
    remedy: Remedy
    anchor: str
    tone: str
    found: Said
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

    what: Said | str
    place: str
    causes: list[Said | str]
    advice: str
    look: Said | None
    controls: list[Control]


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

    verdict: Said | str
    sentence: Said
    score_note: Said | str
    controls: list[Control]
    actions: list[Control]
    failed: int
    not_evaluated: list[NotEvaluated]
    more_gaps: int
    segments: list[charts.Segment]
    coverage: list[charts.Segment]
    areas: list[charts.AreaRow]
    reach: list[charts.Destination]
    trend: charts.Trend | None
    subjects: list[grouping.SubjectRow]
    more_subjects: int
    groups: list[grouping.Grouping]
    statuses: list[tuple[str, int]]
    requirements: list[Requirement]
    idle: list[v1.Waiver]
    sentences: Sentences


def build(report: v1.Report, rows: int) -> Page:
    """Return the page of a report that shows about `rows` observations at most."""
    limit = _row_limit(report.results, rows)
    waivers = {entry.fingerprint: acceptance(entry) for entry in report.accepted}
    ordered = sorted(report.results, key=by_urgency)
    sentences = Sentences(report)
    controls = [_control(result, limit, waivers, sentences) for result in ordered]
    failed = [control for control in controls if control.result.status == "failed"]
    subjects = grouping.by_subject(ordered)
    return Page(
        verdict=_verdict(report.summary),
        sentence=explanation(report.summary.counts, report.summary.failed_by_severity),
        score_note=note(score_note(report.summary)),
        controls=controls,
        actions=failed[:ACTIONS],
        failed=len(failed),
        not_evaluated=_not_evaluated(report.gaps[:GAPS], controls, sentences),
        more_gaps=max(0, len(report.gaps) - GAPS),
        segments=charts.severities(report.summary.failed_by_severity),
        coverage=charts.coverage(report.summary.counts),
        areas=charts.by_area(report.results),
        reach=charts.dial_reach(report.results),
        trend=charts.trend(report),
        subjects=subjects[:SUBJECTS],
        more_subjects=max(0, len(subjects) - SUBJECTS),
        groups=grouping.groupings(ordered, subjects[:SUBJECTS]),
        statuses=_present(report.summary.counts, STATUSES),
        requirements=_requirements(controls),
        idle=[one for one in report.run.waivers if one.state not in SETTLED],
        sentences=sentences,
    )


def _verdict(summary: v1.Summary) -> Said | str:
    """Return the verdict in the words of the headline."""
    accepted = summary.verdict == "compliant" and summary.counts.get("waived", 0)
    return WITH_ACCEPTED if accepted else said(summary.verdict)


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


def _control(
    result: v1.Result, limit: int, waivers: Mapping[str, Said], sentences: Sentences
) -> Control:
    by_verdict: dict[str, list[v1.Observation]] = {verdict: [] for verdict in VERDICTS}
    for observation in result.observations:
        by_verdict.setdefault(_shown_verdict(observation), []).append(observation)
    deciding = by_verdict.get(_DECIDING.get(result.status, "compliant"), [])
    german = german_of(result)
    return Control(
        result=result,
        title=Both(result.title, german.title),
        expected=Both(result.expected, german.expected),
        rationale=Both(result.rationale, german.rationale),
        reason=reason_of(result, sentences),
        remedy=remedy_of(result),
        anchor=grouping.anchor(result),
        tone=result.severity if result.severity in SEVERITIES else SEVERITIES[-1],
        found=_found(result, by_verdict),
        examples=_examples(deciding),
        blocks=[
            _block(verdict, found, limit, waivers) for verdict, found in by_verdict.items() if found
        ],
        violated=_subjects(by_verdict["violated"]),
    )


def _found(result: v1.Result, by_verdict: dict[str, list[v1.Observation]]) -> Said:
    if not result.observations:
        return message("Nothing was looked at.")
    counts = [
        replace(_COUNTED[verdict], parameters={"number": _subjects(found)})
        for verdict, found in by_verdict.items()
        if found
    ]
    return counted(
        "{count} subject looked at: {found}.",
        "{count} subjects looked at: {found}.",
        result.subjects_seen,
        found=counts,
    )


def _subjects(observations: Iterable[v1.Observation]) -> int:
    return len({(found.subject_kind, found.subject_id) for found in observations})


def _examples(observations: list[v1.Observation]) -> list[v1.Observation]:
    distinct = {observation.detail: observation for observation in reversed(observations)}
    return list(reversed(distinct.values()))[:FINDINGS_IN_BRIEF]


def _block(
    verdict: str, observations: list[v1.Observation], limit: int, waivers: Mapping[str, Said]
) -> VerdictBlock:
    alike: dict[tuple[str, str, str], list[v1.Observation]] = {}
    said_of: dict[str, Said | str] = {}
    for observation in observations:
        waiver = waivers.get(observation.fingerprint, observation.waiver_note)
        said_of[str(waiver)] = waiver
        key = (observation.detail, observation.remark, str(waiver))
        alike.setdefault(key, []).append(observation)
    # Every distinct finding gets a row before any of them lists its further subjects.
    each = max(1, limit // len(alike))
    groups = [_group(said_of[waiver], members, each) for (*_, waiver), members in alike.items()][
        :limit
    ]
    shown = sum(len(group.members) for group in groups)
    return VerdictBlock(verdict, len(observations), groups, len(observations) - shown)


def _group(waiver: Said | str, members: list[v1.Observation], limit: int) -> Group:
    return Group(
        detail=members[0].detail,
        remark=members[0].remark,
        waiver=waiver,
        total=len(members),
        names=[member.subject for member in members[:NAMES_PER_GROUP]],
        members=members[:limit],
    )


def _not_evaluated(
    gaps: Iterable[v1.Gap], controls: list[Control], sentences: Sentences
) -> list[NotEvaluated]:
    undecided = {c.result.id: c for c in controls if c.result.status in NOT_DECIDED}
    rows = [
        _gap(gap, [undecided[name] for name in gap.controls if name in undecided], sentences)
        for gap in gaps
    ]
    explained = {control.result.id for row in rows for control in row.controls}
    left = [one for name, one in undecided.items() if name not in explained]
    return rows + [_undecided(one, sentences) for one in left]


def _gap(gap: v1.Gap, controls: list[Control], sentences: Sentences) -> NotEvaluated:
    """Return a gap; where it has no word of its own, it goes by a control that it leaves open."""
    what, place = said(gap.area), _place(gap.source, gap.line)
    if isinstance(what, str) and controls:
        what, place = controls[0].title, f"{gap.area} {place}".strip()
    return NotEvaluated(what, place, [sentences.both(gap.reason)], gap.advice, None, controls)


def _undecided(control: Control, sentences: Sentences) -> NotEvaluated:
    result = control.result
    texts = [result.reason] if result.reason else [found.detail for found in control.examples]
    causes: list[Said | str] = [sentences.both(one) for one in texts]
    return NotEvaluated(
        what=control.title,
        place="",
        causes=causes or [message("No reason was recorded.")],
        advice="",
        look=control.remedy.menu,
        controls=[control],
    )


def _place(source: str, line: int | None) -> str:
    return source if line is None else f"{source}:{line}"


def _present(counts: dict[str, int], order: list[str]) -> list[tuple[str, int]]:
    present = [(name, count) for name, count in counts.items() if count]
    return sorted(present, key=lambda item: (rank(item[0], order), item[0]))


def _requirements(controls: list[Control]) -> list[Requirement]:
    mapped: dict[tuple[str, str], list[Control]] = {}
    for control in controls:
        for framework, names in control.result.mappings.items():
            for name in names:
                mapped.setdefault((framework, name), []).append(control)
    ordered = sorted(mapped.items(), key=lambda item: (item[0][0], grouping.natural(item[0][1])))
    return [Requirement(*key, found) for key, found in ordered]
