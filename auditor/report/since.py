"""What changed since the last report: compared once, and kept in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from auditor.report.carried_sentences import made_of, with_sentences
from auditor.report.compare import (
    Baseline,
    Comparison,
    DriftEntry,
    ViolationChange,
    baseline_of,
    compare,
)
from auditor.report.earlier_reports import before
from auditor.report.schema import v1
from auditor.report.schema.v1since import ChangedViolation, NotCompared, Since
from auditor.report.sentences import gather
from auditor.report.terms import SEVERITIES, rank


def with_since(
    report: v1.Report,
    earlier: Iterable[v1.Report],
    baseline: Baseline | None = None,
    comparison: Comparison | None = None,
) -> v1.Report:
    """Return a report that knows what changed since the latest of the earlier ones.

    Without one of the same system, it is what changed since the baseline, if there is one;
    `comparison` is with that, if it was made already.
    """
    known = before(report, earlier)
    if known:
        last = baseline_of(known[-1])
        found = compare(last, report)
        names = [entry.subject for entry in found.of(ViolationChange.FIXED)]
        named = with_sentences(report, made_of(known[-1]), names)
        return _told(last, named, found)
    if baseline is None:
        return report
    return _told(baseline, report, comparison or compare(baseline, report))


def _told(last: Baseline, report: v1.Report, comparison: Comparison) -> v1.Report:
    """Return a report with what changed, and with the parts of what it says about that."""
    notes = {entry.note for entry in comparison.of(ViolationChange.NOT_COMPARABLE)}
    told = with_sentences(report, gather([], notes), notes)
    return replace(told, since=_since(last, report, comparison))


def _since(last: Baseline, report: v1.Report, comparison: Comparison) -> Since:
    first = {
        found.fingerprint: found.first_seen
        for result in report.results
        for found in result.observations
        if found.verdict == "violated" and found.first_seen != report.run.started
    }
    came = [
        _changed(one, first.get(one.fingerprint, ""))
        for one in comparison.of(ViolationChange.NEW)
        if one.open
    ]
    return Since(
        run=last.run_id,
        started=last.started,
        new=_worst_first(one for one in came if not one.first_seen),
        returned=_worst_first(one for one in came if one.first_seen),
        fixed=_worst_first(_changed(one) for one in comparison.of(ViolationChange.FIXED)),
        not_comparable=len(comparison.of(ViolationChange.NOT_COMPARABLE)),
        reasons=_reasons(comparison.of(ViolationChange.NOT_COMPARABLE)),
    )


def _reasons(entries: Iterable[DriftEntry]) -> list[NotCompared]:
    """Return why violations cannot be compared, and how many by each reason, most first."""
    counted = Counter(str(entry.note) for entry in entries)
    return [NotCompared(reason, number) for reason, number in counted.most_common()]


def _changed(entry: DriftEntry, first_seen: str = "") -> ChangedViolation:
    return ChangedViolation(
        entry.rule, entry.title, entry.severity, entry.subject, entry.fingerprint, first_seen
    )


def _worst_first(entries: Iterable[ChangedViolation]) -> list[ChangedViolation]:
    return sorted(entries, key=lambda one: rank(one.severity, SEVERITIES))
