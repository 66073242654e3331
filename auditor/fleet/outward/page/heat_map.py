"""PBXs by controls as a drawing: one short path for each way to stand, in each row.

A cell is a dash of its path, so that a thousand PBXs with a hundred controls are a few thousand
paths instead of a hundred thousand cells. Height and pattern say what colour says. Beside it, each
row names in words what is not as it should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from markupsafe import Markup

from auditor.fleet.store.queries.overview_queries import ControlsAlike
from auditor.model.vocabulary import Severity, Status

HEIGHT: Final = 16
_ID: Final = Markup("<i>{}</i>")
# The class of what is drawn so; the style sheet knows them.
_FAILED: Final = {
    Severity.CRITICAL: "f1",
    Severity.HIGH: "f2",
    Severity.MEDIUM: "f3",
    Severity.LOW: "f4",
    Severity.INFO: "f5",
}
_OTHERS: Final = {
    Status.UNKNOWN: "u",
    Status.ERROR: "u",
    Status.WAIVED: "w",
    Status.PASSED: "p",
}
# Of one tone, whatever the severity: what a filter by severity is to find too.
_WEIGHED: Final = frozenset({_OTHERS[Status.UNKNOWN], _OTHERS[Status.WAIVED]})
_RANKS: Final = {severity: severity.rank for severity in Severity}
# What each row says in words, too.
_NAMED: Final = (Status.FAILED, Status.UNKNOWN, Status.WAIVED)


class HeatMapRow(NamedTuple):
    """A row: its drawing, and the ids of what failed (the worst first), is open and is accepted."""

    drawing: Markup
    failed: Markup
    undecided: Markup
    accepted: Markup


def columns(stand: Iterable[Sequence[ControlsAlike]]) -> tuple[str, ...]:
    """Return the controls that any of these PBXs is asked, in the order of their ids."""
    return tuple(sorted({name for row in stand for alike in row for name in alike.controls}))


def line(alike: Sequence[ControlsAlike], places: Mapping[str, int]) -> HeatMapRow:
    """Return the row of one PBX."""
    drawn: dict[tuple[str, str], list[int]] = {}
    named: dict[Status, list[tuple[int, str]]] = {one: [] for one in _NAMED}
    for one in alike:
        status = Status.UNKNOWN if one.status is Status.ERROR else one.status
        tone = _FAILED[one.severity] if status is Status.FAILED else _OTHERS.get(status)
        if tone is not None:
            cells = [places[name] for name in one.controls]
            drawn.setdefault((tone, _weight(tone, one.severity)), []).extend(cells)
        if status in named:
            rank = _RANKS[one.severity]
            named[status].extend([(rank, name) for name in one.controls])
    paths = (
        f'<path class="{tone}"{weight} d="{_path(cells)}"/>'
        for (tone, weight), cells in sorted(drawn.items())
    )
    return HeatMapRow(
        Markup("".join(paths)),  # noqa: S704 -- numbers and words of ours
        *map(_ids, named.values()),
    )


def _weight(tone: str, severity: Severity) -> str:
    """Return what a filter knows the severity by, where the tone of the drawing does not say it."""
    return f' data-s="{_FAILED[severity]}"' if tone in _WEIGHED else ""


def _ids(found: Iterable[tuple[int, str]]) -> Markup:
    """Return ids, those of the worst severity first; none of many is cut off, none broken."""
    return Markup(" ".join([_whole(name) for _, name in sorted(found)]))  # noqa: S704 -- escaped


@lru_cache(maxsize=1024)
def _whole(name: str) -> str:
    """Return an id as HTML: a page has the same ones in every row."""
    return str(_ID.format(name))


def _path(cells: Sequence[int]) -> str:
    """Return a line through each run of cells that lie side by side."""
    parts: list[str] = []
    begin = last = -2
    for cell in sorted(cells):
        if cell != last + 1:
            if begin >= 0:
                parts.append(f"M{begin} 8h{last - begin + 1}")
            begin = cell
        last = cell
    return "".join([*parts, f"M{begin} 8h{last - begin + 1}"])
