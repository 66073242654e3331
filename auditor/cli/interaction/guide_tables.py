"""Tables of guides: every column is there, and what people copy from the first is in one piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.console import Console, ConsoleOptions
from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.table import Column, Table


class _WholeTable(TableElement):
    """A table whose cells are folded instead of cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                _fit(table.columns, options.max_width)
                yield table


class Guide(Markdown):
    """Markdown with such tables."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": _WholeTable,
    }


def _fit(columns: Sequence[Column], width: int) -> None:
    """Give each column its width; rich would crop the last ones."""
    left = width - 2 * len(columns)  # what stands between and around them
    wanted = [max(map(len, _texts(column))) for column in columns]
    names = max(len(word) for text in _texts(columns[0]) for word in text.split())
    wanted[0] = min(wanted[0], max(names, left // len(columns)), left // 2)
    widths = [wanted[0], *shared(wanted[1:], left - wanted[0])]
    for column, one in zip(columns, widths, strict=True):
        column.width, column.overflow = one, "fold"


def _texts(column: Column) -> list[str]:
    return [str(column.header), *(str(cell) for cell in column.cells)]


def shared(wanted: Sequence[int], total: int) -> list[int]:
    """Return widths of at most `total`: those that want little have it, others share the rest."""
    widths = list(wanted)
    left, open_ones = total, len(widths)
    for index in sorted(range(len(widths)), key=widths.__getitem__):
        widths[index] = min(widths[index], max(1, left // open_ones))
        left, open_ones = left - widths[index], open_ones - 1
    return widths
