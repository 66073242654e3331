"""What changed since the last report: compared once, and kept in the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.report import v1
from auditor.report.compare import Baseline, Comparison, Drift, DriftEntry, baseline_of, compare
from auditor.report.history import before
from auditor.report.terms import SEVERITIES, rank
from auditor.report.v1since import ChangedViolation, Since


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
        return replace(report, since=_since(last, report, compare(last, report)))
    if baseline is None:
        return report
    found = comparison or compare(baseline, report)
    return replace(report, since=_since(baseline, report, found))


def _since(last: Baseline, report: v1.Report, comparison: Comparison) -> Since:
    first = {
        found.fingerprint: found.first_seen
        for result in report.results
        for found in result.observations
        if found.verdict == "violated" and found.first_seen != report.run.started
    }
    came = [
        _changed(one, first.get(one.fingerprint, ""))
        for one in comparison.of(Drift.NEW)
        if one.open
    ]
    return Since(
        run=last.run_id,
        started=last.started,
        new=_worst_first(one for one in came if not one.first_seen),
        returned=_worst_first(one for one in came if one.first_seen),
        fixed=_worst_first(_changed(one) for one in comparison.of(Drift.FIXED)),
        not_comparable=len(comparison.of(Drift.NOT_COMPARABLE)),
    )


def _changed(entry: DriftEntry, first_seen: str = "") -> ChangedViolation:
    return ChangedViolation(
        entry.rule, entry.title, entry.severity, entry.subject, entry.fingerprint, first_seen
    )


def _worst_first(entries: Iterable[ChangedViolation]) -> list[ChangedViolation]:
    return sorted(entries, key=lambda one: rank(one.severity, SEVERITIES))
