"""The figures that the report draws; each also stands beside its drawing as a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.report import v1
from auditor.report.terms import NOT_DECIDED, SEVERITIES, STATUSES, rank, said

WIDTH: Final = 300.0
_LEAST: Final = 24.0
_TREND: Final = (640.0, 150.0)


class Segment(NamedTuple):
    """One part of a bar; `x` and `width` are in units of a view box 300 wide."""

    tone: str
    controls: int
    x: float
    width: float


class AreaRow(NamedTuple):
    """The controls of one area: how many failed by severity, are open, and are settled."""

    area: str
    bar: list[Segment]
    failed: int
    undecided: int
    rest: int


class TrendPoint(NamedTuple):
    """One audit in the trend; `y` is None where the score was withheld."""

    day: str
    score: int | None
    failed: int
    undecided: int
    x: float
    y: float | None


class Trend(NamedTuple):
    """Earlier audits and this one; `line` is the path through the scores that there are."""

    points: list[TrendPoint]
    line: str
    new: int


def severities(failed_by_severity: Mapping[str, int]) -> list[Segment]:
    """Return the bar of failed controls by severity."""
    return _bar([(name, failed_by_severity.get(name, 0)) for name in SEVERITIES], _LEAST)


def coverage(counts: Mapping[str, int]) -> list[Segment]:
    """Return the bar of all controls by status."""
    present = sorted(counts.items(), key=lambda item: rank(item[0], STATUSES))
    return _bar([item for item in present if item[0] in STATUSES], 6)


def by_area(results: Iterable[v1.Result]) -> list[AreaRow]:
    """Return a row for each area, the one with the worst findings first."""
    areas: dict[str, list[v1.Result]] = {}
    for result in results:
        areas.setdefault(result.area, []).append(result)
    ordered = sorted(areas.items(), key=lambda item: (_weights(item[1]), item[0]))
    longest = max((len(members) for members in areas.values()), default=0)
    return [_area_row(area, members, longest) for area, members in ordered]


def _weights(results: Sequence[v1.Result]) -> list[int]:
    failed = [result.severity for result in results if result.status == "failed"]
    return [-failed.count(name) for name in SEVERITIES]


def _area_row(area: str, results: Sequence[v1.Result], longest: int) -> AreaRow:
    failed = [result.severity for result in results if result.status == "failed"]
    undecided = sum(result.status in NOT_DECIDED for result in results)
    rest = len(results) - len(failed) - undecided
    parts = [(name, failed.count(name)) for name in SEVERITIES]
    parts += [("unknown", undecided), ("rest", rest)]
    return AreaRow(
        area=said(area),
        bar=_bar(parts, 0, WIDTH * len(results) / longest),
        failed=len(failed),
        undecided=undecided,
        rest=rest,
    )


def _bar(parts: Iterable[tuple[str, int]], least: float, width: float = WIDTH) -> list[Segment]:
    """Return parts that lie side by side; a lone one stays wide enough for its number."""
    present = [(tone, count) for tone, count in parts if count]
    total = sum(count for _, count in present)
    segments: list[Segment] = []
    x = 0.0
    for tone, count in present:
        size = least + (width - least * len(present)) * count / total
        segments.append(Segment(tone, count, round(x, 1), round(size, 1)))
        x += size
    return segments


def trend(report: v1.Report) -> Trend | None:
    """Return the way from the earlier reports to this one, None if none was given."""
    if not report.run.history:
        return None
    now = v1.Earlier(
        report.run.started, report.run.profile, report.summary.score, report.summary.counts
    )
    audits = [*report.run.history, now]
    points = [_point(audit, place, len(audits)) for place, audit in enumerate(audits)]
    line = " ".join(f"{point.x},{point.y}" for point in points if point.y is not None)
    new = sum(
        found.verdict == "violated" and found.first_seen == report.run.started
        for result in report.results
        for found in result.observations
    )
    return Trend(points, line, new)


def _point(audit: v1.Earlier, place: int, total: int) -> TrendPoint:
    width, height = _TREND
    x = 20 + (width - 40) * place / max(1, total - 1)
    y = None if audit.score is None else round(height - 25 - (height - 45) * audit.score / 100, 1)
    undecided = sum(audit.counts.get(status, 0) for status in NOT_DECIDED)
    failed = audit.counts.get("failed", 0)
    return TrendPoint(audit.started[:10], audit.score, failed, undecided, round(x, 1), y)
