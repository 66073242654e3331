"""A table of customers, as spreadsheets write it: its header, and its rows with their numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError, InventoryError, LinePlace
from auditor.files.inputs import MIB, read_bytes
from auditor.files.os_reasons import why
from auditor.messages.message import Message, say

_LIMIT: Final = 16 * MIB
_DELIMITERS: Final = (",", ";", "\t")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
# How Excel is told which delimiter a file has.
_TOLD: Final = "sep="
_ONE_ROW: Final = say("it has a row for each PBX")
_SAVE_AGAIN: Final = say("save it as CSV in UTF-8")


class TableCell(NamedTuple):
    """A cell as text without blanks around it, and the column that it is in."""

    column: str
    text: str


class TableRow(NamedTuple):
    """A row that is not empty, with the line of the file that it ends in."""

    number: int
    cells: tuple[TableCell, ...]


class Table(NamedTuple):
    """A table: the names of its columns as they are written, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    problems: tuple[InputError, ...]


def read_customer_table(path: Path) -> Table:
    """Return a table with a header. Raises InventoryError for what is none."""
    text = _text(path)
    first, _, rest = text.partition("\n")
    skipped = 0
    told = first.strip('"\r')
    if told.lower().startswith(_TOLD):
        delimiter, text, skipped = told[len(_TOLD) :][:1], rest, 1
    else:
        header = next((line for line in text.splitlines() if line.strip()), "")
        delimiter = max(_DELIMITERS, key=header.count)
    try:
        rows = list(_rows(text, delimiter or ","))
    except csv.Error:
        raise _wrong(path, say("it is no table with delimiters"), _SAVE_AGAIN) from None
    if not rows:
        raise _wrong(path, say("the table is empty"), say("its first row names the columns"))
    columns = tuple(one.strip() for one in rows[0][1])
    found, problems = [], []
    for number, cells in rows[1:]:
        if len(cells) > len(columns) and any(map(str.strip, cells[len(columns) :])):
            reason = say("the row has more cells than the header")
            where = LinePlace(path, number + skipped)
            problems.append(InventoryError(reason, where=where, advice=_SAVE_AGAIN))
        named = zip(columns, map(str.strip, cells), strict=False)
        kept = tuple(TableCell(column, cell) for column, cell in named if cell and column)
        if kept:
            found.append(TableRow(number + skipped, kept))
    if not found and not problems:
        raise _wrong(path, say("the table has no row but its header"), _ONE_ROW)
    return Table(columns, tuple(found), tuple(problems))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, each with the line that it ends in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for row in reader:
        if any(map(str.strip, row)):
            yield reader.line_num, row


def _text(path: Path) -> str:
    try:
        content = read_bytes(path, _LIMIT)
    except OSError as error:
        reason = say("the table cannot be read ({reason})", reason=why(error))
        raise _wrong(path, reason, say("check the path")) from None
    try:
        text = _decoded(content)
    except UnicodeDecodeError:
        reason = say("it is neither UTF-8 nor Windows-1252")
        raise _wrong(path, reason, _SAVE_AGAIN) from None
    if "\0" in text:
        raise _wrong(path, say("it is no text"), _SAVE_AGAIN)
    return text


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF_16):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _wrong(path: Path, reason: Message, advice: Message) -> InventoryError:
    return InventoryError(reason, where=str(path), advice=advice)
