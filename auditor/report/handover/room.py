"""How many rows have room in a part of a record, by the lines that they are likely to take.

Paper is laid out by a browser; what is needed here is a bound that holds, not where lines end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, takewhile
from typing import Final, NamedTuple
from unicodedata import east_asian_width

from auditor.messages.languages import LANGUAGES
from auditor.report.translation import plain

_SPACE_OF_A_ROW: Final = 0.8


class Cell(NamedTuple):
    """Texts below each other in a column, and how many usual characters a line of it takes."""

    texts: Sequence[str]
    width: int


def fitting(rows: Iterable[Iterable[Cell]], room: float) -> int:
    """Return how many rows, from the first on, fit into a number of lines."""
    return sum(1 for _ in takewhile(lambda height: height <= room, _heights(rows)))


def _heights(rows: Iterable[Iterable[Cell]]) -> Iterator[float]:
    """Yield how many lines the first row takes, the first two, and so on."""
    return accumulate(_SPACE_OF_A_ROW + max(map(_height, cells)) for cells in rows)


def _height(cell: Cell) -> int:
    return sum(_lines(text, cell.width) for text in cell.texts)


def _lines(text: str, width: int) -> int:
    """Return the lines of a text in the language in which it is longer."""
    told = (sum(map(_width, plain(text, language))) for language in LANGUAGES)
    return max(-(-round(wide) // width) for wide in told)


def _width(character: str) -> float:
    if east_asian_width(character) in "WF":
        return 2
    return 1.4 if character.isupper() else 1
