"""How many controls of a PBX failed in the last runs, as a line of steps in a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from auditor.fleet.store.queries.overview_queries import FailedSpans, Trends

# Of the view box; a line stays so far from its edges that it is drawn wholly.
WIDTH: Final = 90
HEIGHT: Final = 20
_EDGE: Final = 2


class Sparkline(NamedTuple):
    """A line: `path` is that of an SVG; `first`, `least` and `most` are in words beside it.

    Where a PBX was not read the line has a gap.
    """

    path: Markup
    runs: int
    first: int
    least: int
    most: int


def sparkline(pbx: str, trends: Trends) -> Sparkline | None:
    """Return the line of a PBX, None if it was read in fewer than two of these runs."""
    read = trends.read.get(pbx, frozenset())
    numbers = _numbers(trends.runs, trends.failed.get(pbx, ()))
    values = [numbers[run] if run in read else None for run in trends.runs]
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 -- one point is no line
        return None
    least, most = min(known), max(known)
    return Sparkline(_path(values, least, most), len(known), known[0], least, most)


def _numbers(runs: Sequence[int], spans: Sequence[FailedSpans]) -> Mapping[int, int]:
    """Return how many failed in each run: what failed before the first, and what came and went."""
    number, steps = 0, dict.fromkeys(runs, 0)
    for one in spans:
        if one.begin <= runs[0]:
            number += one.number
        else:
            steps[one.begin] += one.number
        if one.end is not None:
            steps[one.end] -= one.number
    numbers = {}
    for run in runs:
        number += steps[run]
        numbers[run] = number
    return numbers


def _path(values: Sequence[int | None], least: int, most: int) -> Markup:
    """Return steps: a line to the right for each run, up or down where the number differs."""
    step = (WIDTH - 2 * _EDGE) / len(values)
    room = HEIGHT - 2 * _EDGE
    parts: list[str] = []
    last: int | None = None
    for place, value in enumerate(values):
        if value is None:
            last = None
            continue
        height = (value - least) / (most - least) if most > least else 0.5
        y = round(HEIGHT - _EDGE - room * height)
        if last is None:
            parts.append(f"M{_EDGE + step * place:.0f} {y}")
        elif y != last:
            parts.append(f"V{y}")
        last = y
        following = values[place + 1] if place + 1 < len(values) else None
        if following != value:
            parts.append(f"H{_EDGE + step * (place + 1):.0f}")
    return Markup("".join(parts))  # noqa: S704 -- numbers
