"""A table that fits a terminal: columns give way before a line breaks, and nothing in it acts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from auditor.report.formats.terminal_style import Look

# So many remarks below a table; JSON has all of them.
MOST_REMARKS: Final = 12
_BETWEEN: Final = 2
_CLOSE: Final = 1
_WIDE: Final = frozenset("WF")


class TextColumn(NamedTuple):
    """A column by its heading. With a `least` width it may be cut to that; `right` is for numbers.

    `meaning` returns what a cell's colour says, of its row.
    """

    heading: str
    least: int = 0
    right: bool = False
    meaning: Callable[[int], str] | None = None


class TextTable(NamedTuple):
    """Rows of texts, which are messages or values."""

    columns: Sequence[TextColumn]
    rows: Sequence[Sequence[str]]


def lines(table: TextTable, look: Look) -> Iterator[str]:
    """Yield the heading and one line for each row; none is wider than the terminal."""
    headings = [look.text(column.heading) for column in table.columns]
    rows = [[look.text(cell) for cell in row] for row in table.rows]
    sizes = _sizes(table.columns, [headings, *rows], look.columns)
    yield look.paint(_line(table.columns, headings, sizes, look), "heading")
    for number, row in enumerate(rows):
        yield _line(table.columns, row, sizes, look, number)


class _Sizes(NamedTuple):
    """How wide columns are, and the space between them."""

    widths: Sequence[int]
    between: int


def _sizes(columns: Sequence[TextColumn], rows: Sequence[Sequence[str]], available: int) -> _Sizes:
    """Return sizes that fit: columns move closer first, then those that may be cut give way."""
    widths = [max(map(_width, cells)) for cells in zip(*rows, strict=True)]
    gaps = len(widths) - 1
    if sum(widths) + _BETWEEN * gaps <= available:
        return _Sizes(widths, _BETWEEN)
    for _ in range(max(sum(widths) + _CLOSE * gaps - available, 0)):
        spare = [(widths[i] - one.least, i) for i, one in enumerate(columns) if one.least]
        room, widest = max(((room, -i) for room, i in spare), default=(0, 0))
        if room <= 0:
            break
        widths[-widest] -= 1
    return _Sizes(widths, _CLOSE)


def _line(
    columns: Sequence[TextColumn],
    cells: Sequence[str],
    sizes: _Sizes,
    look: Look,
    row: int | None = None,
) -> str:
    parts = []
    for column, cell, width in zip(columns, cells, sizes.widths, strict=True):
        shown = _cut(cell, width, look)
        space = " " * (width - _width(shown))
        padded = space + shown if column.right else shown + space
        meaning = column.meaning(row) if column.meaning and row is not None else ""
        parts.append(look.paint(padded, meaning))
    return (" " * sizes.between).join(parts).rstrip()


def _cut(text: str, width: int, look: Look) -> str:
    """Return what fits of a text: both ends, for names begin alike, and numbers end them."""
    if _width(text) <= width:
        return text
    mark = look.mark("…", "~")
    keeps = len(text) - 1
    while keeps and _width(text[: keeps - keeps // 3] + text[len(text) - keeps // 3 :]) >= width:
        keeps -= 1
    return text[: keeps - keeps // 3] + mark + text[len(text) - keeps // 3 :]


def _width(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
