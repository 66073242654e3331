"""What arrives over a WebSocket: which message answers a question, and which does so once more.

Of a second answer that is another one nothing says which of both is right. It is seen where it
arrives before the end of a connection, and never waited for. What comes in several messages under
one mark differs by nature: it is looked at where somebody says that it was whole, and of rows only
one that nobody asked for is another answer, where its object had another row before.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
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
        self.others: list[Mapping[str, Any]] = []

    def expect(self, mt: str, mark: str) -> None:
        """Take notice that a question has one answer, of this name and mark."""
        self._single.add((mt, mark))

    def take(self, mt: str, mark: str, answer: Mapping[str, Any]) -> None:
        """Take notice of the answer that counts."""
        if guid := _object_of(answer):
            self._rows[guid] = _digest(answer["columns"])
        elif (mt, mark) in self._single:
            self.close(mt, mark, [answer])

    def close(self, mt: str, mark: str, answers: Iterable[Mapping[str, Any]]) -> None:
        """Take notice of all messages that an answer came in: it is whole."""
        self._first[mt, mark] = self._first[mt, ""] = frozenset(map(_digest, answers))

    def compare(self, message: Mapping[str, Any]) -> None:
        """Keep a message that nobody waits for, if it answers a question, and differently.

        One without a mark is compared with the last answer of its name.
        """
        if self._is_other(message) and len(self.others) < _MOST:
            self.others.append(message)

    def _is_other(self, message: Mapping[str, Any]) -> bool:
        if guid := _object_of(message):
            return self._rows.get(guid) not in {None, _digest(message["columns"])}
        src = message.get("src", "")
        first = self._first.get((message["mt"], src if isinstance(src, str) else ""))
        return first is not None and _digest(message) not in first


def _object_of(message: Mapping[str, Any]) -> str:
    """Return the guid of the object whose row a message is; empty if it is none."""
    columns = message.get("columns")
    is_row = message["mt"] == ROW_ANSWER and isinstance(columns, dict)
    return str(columns.get("guid") or "").lower() if is_row and columns else ""


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
