"""Earlier reports on the same system: the way of the score, and since when a finding is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from auditor.report.schema import v1
from auditor.report.schema.v1since import Earlier


def with_history(report: v1.Report, earlier: Iterable[v1.Report]) -> v1.Report:
    """Return a report that knows the earlier ones on the same system; others are left out.

    An earlier report is one that started before this one.
    """
    known = before(report, earlier)
    if not known:
        return report
    history = [
        Earlier(one.run.started, one.run.profile, one.summary.score, one.summary.counts)
        for one in known
    ]
    first = _first_seen(known)
    results = [_dated(result, first, report.run.started) for result in report.results]
    return replace(report, run=replace(report.run, history=history), results=results)


def before(report: v1.Report, earlier: Iterable[v1.Report]) -> list[v1.Report]:
    """Return the earlier reports on the same system, oldest first."""
    same = [one for one in earlier if one.target.id == report.target.id]
    past = [one for one in same if one.run.started < report.run.started]
    return sorted(past, key=lambda one: one.run.started)


def _first_seen(reports: Sequence[v1.Report]) -> dict[tuple[str, str], str]:
    """Return when each fingerprint got each verdict first; `reports` come oldest first."""
    first: dict[tuple[str, str], str] = {}
    for report in reports:
        for result in report.results:
            for found in result.observations:
                since = found.first_seen or report.run.started
                first.setdefault((found.fingerprint, found.verdict), since)
    return first


def _dated(result: v1.Result, first: dict[tuple[str, str], str], now: str) -> v1.Result:
    observations = [
        replace(found, first_seen=first.get((found.fingerprint, found.verdict), now))
        for found in result.observations
    ]
    return replace(result, observations=observations)
