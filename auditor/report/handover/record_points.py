"""The open points of a record: each in a row of its own, or in a group of those like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from auditor.messages.message import say
from auditor.report import text
from auditor.report.acceptance import UnsettledControl
from auditor.report.handover.record_words import ID, LINE, NAME, cell_text, cut
from auditor.report.handover.room import Cell, fitting
from auditor.report.schema import v1
from auditor.report.terms import said
from auditor.report.translation import dated

_ROOM_OF_GROUPS: Final = 34
_IDS: Final = 70


class Point(NamedTuple):
    """An open point in a row of its own."""

    id: str
    title: str
    severity: str
    owner: str
    due: str
    note: str


class PointRow(NamedTuple):
    """Several points in one row: the first by name, and how many `more` there are."""

    label: str
    number: int
    ids: list[str]
    more: int
    owner: str
    due: str

    @property
    def cells(self) -> list[Cell]:
        """Return what decides how high the row is."""
        return [Cell([self.label], 22), Cell([", ".join(self.ids)], 24), Cell([self.owner], 16)]


class Points(NamedTuple):
    """Open points of one kind: those that have a row of their own, and all others in `groups`."""

    listed: list[Point]
    groups: list[PointRow]

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.listed or self.groups)


def told(kinds: Sequence[Sequence[UnsettledControl]], rows: int) -> Iterator[Points]:
    """Yield the points of each kind: so many of all together by title, earlier kinds first."""
    for points in kinds:
        yield Points([_listed(one) for one in points[:rows]], _groups(points[rows:]))
        rows = max(rows - len(points), 0)


def _listed(one: UnsettledControl) -> Point:
    return Point(
        id=text.visible(one.result.id, ID),
        title=cut(one.title),
        severity=one.result.severity,
        owner=text.visible(one.owner, NAME),
        due=dated(text.visible(one.due, NAME)),
        note=text.visible(one.note, LINE),
    )


def _label(result: v1.Result) -> str:
    """Return by what points are told together: failed ones by severity, others by area."""
    return result.severity if result.status == "failed" else result.area


def _groups(points: Sequence[UnsettledControl]) -> list[PointRow]:
    """Return points by what they have in common, and by who closes them by when.

    Groups that have no room are one group, so that no point is missing.
    """
    names: dict[tuple[str, str, str], list[str]] = {}
    for point in points:
        common = (_label(point.result), point.owner, point.due)
        names.setdefault(common, []).append(point.result.id)
    groups = [_group(*common, members) for common, members in names.items()]
    shown = fitting([group.cells for group in groups], _ROOM_OF_GROUPS)
    if shown >= len(groups) - 1:  # what is left takes as much room as saying so
        return groups
    rest = [name for members in list(names.values())[shown:] for name in members]
    return [*groups[:shown], _group("", "", "", rest)]


def _group(label: str, owner: str, due: str, names: Sequence[str]) -> PointRow:
    shown = [text.visible(names[0], ID)]
    for name in names[1:]:
        if len(", ".join([*shown, name])) > _IDS:
            break
        shown.append(text.visible(name, ID))
    return PointRow(
        label=cell_text(cut(said(label) if label else say("others"), NAME)),
        number=len(names),
        ids=shown,
        more=len(names) - len(shown),
        owner=text.visible(owner, NAME),
        due=dated(text.visible(due, NAME)),
    )
