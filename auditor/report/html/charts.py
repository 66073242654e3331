"""The figures that the report draws; each also stands beside its drawing as a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.report.counts import tally
from auditor.report.schema import v1
from auditor.report.schema.v1since import Earlier
from auditor.report.terms import NOT_DECIDED, SEVERITIES, said

WIDTH: Final = 300.0
_LEAST: Final = 24.0
# So many letters of a word stand on a phone beside three numbers; those of our own areas are fewer.
_LONGEST_WORD: Final = 24
_TREND: Final = (640.0, 150.0)
_TOP: Final = 5.0
_GROUND: Final = 125.5
_NUMBER: Final = 18.0
_WIDEST: Final = 40.0


class Segment(NamedTuple):
    """One part of a bar; `x` and `width` are in units of a view box 300 wide."""

    tone: str
    controls: int
    x: float
    width: float


class AreaRow(NamedTuple):
    """The controls of one area: how many failed by severity, are open, and are settled.

    `is_unbroken` says that its name has a word that no screen of a phone is wide enough for.
    """

    area: str
    is_unbroken: bool
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


class Block(NamedTuple):
    """The failed or the undecided controls of one audit, as a block of its column."""

    tone: str
    controls: int
    x: float
    y: float
    height: float


class Trend(NamedTuple):
    """Earlier audits and this one, as a line through their scores.

    Where a score was withheld there is no line but `blocks`: what failed and what was left open.
    """

    points: list[TrendPoint]
    line: str
    blocks: list[Block]
    width: float


def outcomes(counts: Mapping[str, int]) -> list[Segment]:
    """Return the bar of all controls, given how many have which status."""
    return _bar([(one.outcome, one.number) for one in tally(counts)], _LEAST)


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
    name = said(area)
    return AreaRow(
        area=name,
        is_unbroken=max(map(len, name.split()), default=0) > _LONGEST_WORD,
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
    now = Earlier(
        report.run.started, report.run.profile, report.summary.score, report.summary.counts
    )
    audits = [*report.run.history, now]
    points = [_point(audit, place, len(audits)) for place, audit in enumerate(audits)]
    line = " ".join(f"{point.x},{point.y}" for point in points if point.y is not None)
    if all(point.y is not None for point in points):
        return Trend(points, line, [], 0)
    width = min(_WIDEST, 0.75 * (_TREND[0] - 2 * _WIDEST) / len(points))
    return Trend(points, "", [one for point in points for one in _column(point, points)], width)


def _column(point: TrendPoint, points: Sequence[TrendPoint]) -> Iterator[Block]:
    """Yield the blocks of one audit from the ground up; each leaves room for its number."""
    most = max(one.failed + one.undecided for one in points)
    room = _GROUND - _TOP - 2 * _NUMBER
    y = _GROUND
    for tone, count in (("failed", point.failed), ("unknown", point.undecided)):
        if count:
            height = _NUMBER + room * count / most
            y -= height
            yield Block(tone, count, point.x, round(y, 1), round(height - 1, 1))


def _point(audit: Earlier, place: int, total: int) -> TrendPoint:
    width, height = _TREND
    x = _WIDEST + (width - 2 * _WIDEST) * place / max(1, total - 1)
    y = None if audit.score is None else round(height - 25 - (height - 45) * audit.score / 100, 1)
    undecided = sum(audit.counts.get(status, 0) for status in NOT_DECIDED)
    failed = audit.counts.get("failed", 0)
    return TrendPoint(audit.started[:10], audit.score, failed, undecided, round(x, 1), y)
