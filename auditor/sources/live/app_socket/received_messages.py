"""What arrives over a WebSocket: which message answers a question, and which does so once more.

Of a second answer that is another one nothing says which of both is right. It is seen where it
arrives before the end of a connection, and never waited for. What comes in several messages under
one mark differs by nature: it is looked at where somebody says that it was whole. Of rows one that
nobody asked for is another answer, unless it is what its object has: behind the end of a table is
nothing more of it. Of a table that came to no end, it may be a row that is late.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from auditor.files.json_reading import JsonError, parse_json

# The name of an answer that is a row of a table, or the end of them.
ROW_ANSWER: Final = "ReplicateNextResult"
_MOST: Final = 100


class SecondAnswers:
    """Remembers what each question of a connection was answered; `others` are different ones."""

    def __init__(self) -> None:
        self._single: set[tuple[str, str]] = set()
        self._first: dict[tuple[str, str], frozenset[int]] = {}
        self._rows: dict[str, int] = {}
        self._endless: set[str] = set()
        self._unasked: list[Mapping[str, Any]] = []
        self._others: list[Mapping[str, Any]] = []

    @property
    def others(self) -> Sequence[Mapping[str, Any]]:
        """Return answers to questions that were answered before, and otherwise."""
        rows = () if self._endless else self._unasked
        return [*self._others, *(one for one in rows if not self._is_known_row(one))]

    def expect(self, mt: str, mark: str, *, alone: bool) -> None:
        """Take notice that a question has an answer of this name and mark, one or more."""
        if alone:
            self._single.add((mt, mark))
        elif mt == ROW_ANSWER:
            self._endless.add(mark)

    def take(self, mt: str, mark: str, answer: Mapping[str, Any]) -> None:
        """Take notice of the answer that counts."""
        if guid := _object_of(answer):
            self._rows[guid] = _digest(answer["columns"])
        elif mt == ROW_ANSWER and not _says_something(answer):
            self._endless.discard(mark)
        elif (mt, mark) in self._single:
            self.close(mt, mark, [answer])

    def close(self, mt: str, mark: str, answers: Iterable[Mapping[str, Any]]) -> None:
        """Take notice of all messages that an answer came in: it is whole."""
        self._first[mt, mark] = self._first[mt, ""] = frozenset(map(_digest, answers))

    def compare(self, message: Mapping[str, Any]) -> None:
        """Keep a message that nobody waits for, if it answers a question, and differently.

        One without a mark is compared with the last answer of its name.
        """
        is_row = message["mt"] == ROW_ANSWER and _says_something(message)
        if is_row and _object_of(message) not in self._rows:
            if len(self._unasked) < _MOST:
                self._unasked.append(message)
        elif self._is_other(message) and len(self._others) < _MOST:
            self._others.append(message)

    def _is_known_row(self, message: Mapping[str, Any]) -> bool:
        guid = _object_of(message)
        return guid in self._rows and self._rows[guid] == _digest(message["columns"])

    def _is_other(self, message: Mapping[str, Any]) -> bool:
        if _object_of(message):
            return not self._is_known_row(message)
        src = message.get("src", "")
        first = self._first.get((message["mt"], src if isinstance(src, str) else ""))
        return first is not None and _digest(message) not in first


def _object_of(message: Mapping[str, Any]) -> str:
    """Return the guid of the object whose row a message is; empty if it is none."""
    columns = message.get("columns")
    is_row = message["mt"] == ROW_ANSWER and isinstance(columns, dict)
    return str(columns.get("guid") or "").lower() if is_row and columns else ""


def _says_something(message: Mapping[str, Any]) -> bool:
    """Return whether a message of a table is a row, however damaged, and not the end."""
    columns = message.get("columns")
    return any(columns.values()) if isinstance(columns, dict) else bool(columns)


def _digest(message: Mapping[str, Any]) -> int:
    """Return what is equal for messages that say the same."""
    content = {name: value for name, value in message.items() if name != "src"}
    return hash(json.dumps(content, sort_keys=True))


def is_answer(message: Mapping[str, Any], names: Collection[str], mark: str) -> bool:
    """Return whether a message is the answer: by its mark, and by its name where it has none."""
    src = message.get("src")
    return bool(src == mark if mark and src is not None else message["mt"] in names)


def message_of(text: str | bytes) -> Mapping[str, Any] | None:
    """Return the object that a message is; None for anything else, as for one that is no text."""
    if not isinstance(text, str):
        return None
    try:
        found = parse_json(text, mended=True)
    except JsonError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("mt"), str) else None
