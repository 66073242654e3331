"""What the HTML report shows, worked out in Python so that the templates only lay it out."""

from __future__ import annotations

from typing import NamedTuple

from auditor.messages.both import Both
from auditor.messages.message import Message
from auditor.report.accepted import Expiring, expiring
from auditor.report.change_summary import Changes, changes
from auditor.report.html import charts, details, grouping
from auditor.report.html.details import Control
from auditor.report.html.timeline import Story, story
from auditor.report.html.unseen import NotEvaluated, not_evaluated
from auditor.report.old_report import bundled_reach
from auditor.report.prose import score_note
from auditor.report.reach import DialableNumber, destinations
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import SETTLED, by_urgency
from auditor.report.verdict import certain, explanation, headline

ACTIONS = 10
GAPS = 50
SUBJECTS = 100


class Requirement(NamedTuple):
    """One requirement of a framework and the controls that are mapped to it."""

    framework: str
    name: str
    controls: list[Control]


class Page(NamedTuple):
    """Everything that the templates need beside the report itself.

    `idle` are the waivers whose control ran, and that accepted nothing or not everything,
    `expiring` those that end soon.
    """

    verdict: str
    sentence: Message
    score_note: Both
    controls: list[Control]
    actions: list[Control]
    failed: int
    not_evaluated: list[NotEvaluated]
    more_gaps: int
    bar: list[charts.Segment]
    areas: list[charts.AreaRow]
    reach: list[DialableNumber]
    trend: charts.Trend | None
    since: Changes | None
    past: Story | None
    subjects: list[grouping.SubjectRow]
    more_subjects: int
    groups: list[grouping.Grouping]
    requirements: list[Requirement]
    idle: list[v1.Waiver]
    expiring: list[Expiring]
    sentences: Sentences

    @property
    def left_out(self) -> int:
        """Return of how many controls a short record has no details."""
        return sum(not control.detailed for control in self.controls)

    @property
    def told(self) -> bool:
        """Return whether the details of controls say all that was not evaluated."""
        return not self.more_gaps and all(row.controls for row in self.not_evaluated)


def build(report: v1.Report, rows: int) -> Page:
    """Return the page of a report that shows about `rows` observations at most."""
    ordered = sorted(report.results, key=by_urgency)
    sentences = Sentences(report)
    controls = details.controls(ordered, report.accepted, rows, sentences)
    failed = [control for control in controls if control.result.status == "failed"]
    subjects = grouping.by_subject(ordered)
    reach = bundled_reach() if report.reach is None else report.reach
    return Page(
        verdict=headline(report.summary.verdict, report.summary.counts),
        sentence=explanation(
            report.summary.counts, report.summary.failed_by_severity, certain(report.results)
        ),
        score_note=score_note(report.summary, sentences),
        controls=controls,
        actions=failed[:ACTIONS],
        failed=len(failed),
        not_evaluated=not_evaluated(report.gaps[:GAPS], controls, sentences),
        more_gaps=max(0, len(report.gaps) - GAPS),
        bar=charts.outcomes(report.summary.counts),
        areas=charts.by_area(report.results),
        reach=destinations(reach, report.results),
        trend=charts.trend(report),
        since=changes(report, sentences),
        past=story(report),
        subjects=subjects[:SUBJECTS],
        more_subjects=max(0, len(subjects) - SUBJECTS),
        groups=grouping.groupings(ordered, subjects[:SUBJECTS], sentences),
        requirements=_requirements(controls),
        idle=[one for one in report.run.waivers if one.state not in SETTLED],
        expiring=expiring(report),
        sentences=sentences,
    )


def _requirements(controls: list[Control]) -> list[Requirement]:
    mapped: dict[tuple[str, str], list[Control]] = {}
    for control in controls:
        for framework, names in control.result.mappings.items():
            for name in names:
                mapped.setdefault((framework, name), []).append(control)
    ordered = sorted(mapped.items(), key=lambda item: (item[0][0], grouping.natural(item[0][1])))
    return [Requirement(*key, found) for key, found in ordered]
