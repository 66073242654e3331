"""The lines of a configuration that hold objects: `mod cmd FLASHDIR0 add-item VIEW (…)…`.

View 101 holds the objects of the PBX. Items of call lists, `(type=…)(info=…)`, stand in views of
their own (innovaphone's php-update-server drops them by that mark).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from auditor.dialects import Dialect
from auditor.messages.message import Message, say
from auditor.model.account import Irrelevant, Unit
from auditor.sources.parse.items import Damage, Item, read_items
from auditor.sources.parse.ledger import CUT, OBJECT_AREAS, UNREADABLE, Ledger
from auditor.sources.parse.objects import ADMIN_OBJECT, ObjectReader
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.shapes import ShapeReader

# How nearly every line of an object begins.
ITEM: Final = "mod cmd FLASHDIR0 add-item 101 ("
_FIELDS: Final = len(ITEM) - 1
_VIEW: Final = "101"
_NOISE: Final = (")(type=", "(info=")
_PBX_VALUE: Final = "(pbx="
_ENDED_VALUE: Final = ">)"
_NAMES: Final = frozenset({"cn", "h323"})
# So many are read before their shapes are known to others.
_AT_ONCE: Final = 16
_ANY_ITEM: Final = re.compile(
    r"mod\s+cmd\s+FLASHDIR0\s+add-item\s+(?P<view>\w+)\s*(?P<fields>\(.*)", re.DOTALL
)


def is_call_list(line: str) -> bool:
    """Return whether a line holds an entry of a call list, of which nothing is read."""
    found = None if line.startswith(ITEM) else _ANY_ITEM.match(line)
    return found is not None and _is_of_call_list(found["fields"])


def _is_of_call_list(fields: str) -> bool:
    return _PBX_VALUE not in fields and all(mark in fields for mark in _NOISE)


class ItemLines:
    """Reads the lines of one file, block by block, since many are read faster together."""

    def __init__(self, reading: Reading, dialect: Dialect, ledger: Ledger) -> None:
        self._ledger = ledger
        self._objects = ObjectReader(reading, dialect, ledger)
        self._shapes = ShapeReader(reading, dialect, ledger)
        self._waiting: list[tuple[int, str]] = []
        self._seen = self._value_ends = 0
        self._last: int | None = None
        self.are_any = False

    def add(self, line: str, number: int, *, is_whole: bool) -> None:
        """Take notice of one line; `is_whole` says that it has its line end."""
        self.are_any = True
        if line.startswith(ITEM):
            self.add_usual(line, number)
        elif fields := self._unusual(line, number):
            self._waiting.append((number, fields.rstrip()))
        if not is_whole:
            self._last = number

    def add_usual(self, line: str, number: int) -> None:
        """Take notice of one whole line that begins as nearly all do."""
        self.are_any = True
        self._waiting.append((number, line[_FIELDS:].rstrip()))

    def _unusual(self, line: str, number: int) -> str:
        """Return the fields of an item that is written otherwise; none if it is no object."""
        found = _ANY_ITEM.match(line)
        if found is None:
            self._damaged(number, say("it has no attributes"), line)
            return ""
        fields = found["fields"]
        if _is_of_call_list(fields):
            self._ledger.pass_over(Unit.LINES, Irrelevant.CALL_LIST)
            return ""
        if found["view"] != _VIEW:
            self._damaged(number, say("it is in a view that nobody knows"), line)
            return ""
        return fields

    def read_block(self) -> None:
        """Read the items that wait."""
        self._seen += len(self._waiting)
        self._value_ends += sum([text.endswith(_ENDED_VALUE) for _, text in self._waiting])
        for at in range(0, len(self._waiting), _AT_ONCE):
            self._read(self._waiting[at : at + _AT_ONCE])
        self._shapes.settle()
        self._waiting.clear()

    def _read(self, lines: Sequence[tuple[int, str]]) -> None:
        """Read some items: carefully what is of no shape that was learned from those before."""
        found = [None if n == self._last else self._shapes.find(text) for n, text in lines]
        others = [line for line, known in zip(lines, found, strict=True) if known is None]
        items = read_items(others)
        read = len(lines) - len(others)
        for (number, text), known in zip(lines, found, strict=True):
            if known is not None:
                self._shapes.add(known, number)
            else:
                read += self._read_carefully(next(items), text)
        self._ledger.use(Unit.LINES, read)
        self._ledger.use(Unit.OBJECT_LINES, read)

    def _read_carefully(self, item: Item | Damage, text: str) -> bool:
        """Return whether an item could be read."""
        if isinstance(item, Damage):
            self._damaged(item.line, item.reason, text)
        elif len(item.nodes) > 1 and [n.tag for n in item.nodes].count("user") > 1:
            self._damaged(item.line, say("it has two <user> elements"), text)
        elif item.line == self._last and not self._is_closed(item):
            self._damaged(item.line, CUT, text)
        else:
            learned = self._shapes.learn(text, item)
            if learned is not None:
                self._shapes.add(learned, item.line)
            else:
                self._objects.add(item.names, item.nodes, item.line)
            return True
        return False

    def _is_closed(self, item: Item) -> bool:
        """Return whether a line without line end cannot have been longer.

        It holds a whole object whose last value is closed, as in most lines of the file.
        """
        has_user = any(node.tag == "user" for node in item.nodes)
        ends_alike = self._waiting[-1][1].endswith(_ENDED_VALUE) == (
            self._value_ends * 2 > self._seen
        )
        return has_user and _NAMES.issubset(item.names) and ends_alike

    def _damaged(self, number: int, reason: Message, text: str) -> None:
        """Note an item that cannot be read; what looks like `_ADMIN_` could hold its settings."""
        self._ledger.misread(Unit.LINES, number)
        self._ledger.misread(Unit.OBJECT_LINES, number)
        facts = self._objects.admin.facts if ADMIN_OBJECT in text else ()
        self._ledger.doubt((*OBJECT_AREAS, *facts), UNREADABLE, number, reason)
