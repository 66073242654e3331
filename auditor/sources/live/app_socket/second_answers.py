"""Answers to a question that was answered before, and otherwise: nothing says which is right.

They are seen where they arrive before the end of a connection, and never waited for. What comes in
several messages under one mark is not looked at: those differ by nature.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_MOST: Final = 100


class SecondAnswers:
    """Remembers what each question of a connection was answered; `others` are different ones."""

    def __init__(self) -> None:
        self._single: set[tuple[str, str]] = set()
        self._first: dict[tuple[str, str], int] = {}
        self.others: list[Mapping[str, Any]] = []

    def expect(self, mt: str, mark: str) -> None:
        """Take notice that a question has one answer, of this name and mark."""
        self._single.add((mt, mark))

    def take(self, mt: str, mark: str, answer: Mapping[str, Any]) -> None:
        """Take notice of the answer that counts."""
        if (mt, mark) in self._single:
            self._first[mt, mark] = self._first[mt, ""] = _digest(answer)

    def compare(self, message: Mapping[str, Any]) -> None:
        """Keep a message that nobody waits for, if it answers a question, and differently.

        One without a mark is compared with the last answer of its name.
        """
        src = message.get("src", "")
        first = self._first.get((message["mt"], src if isinstance(src, str) else ""))
        if first not in {None, _digest(message)} and len(self.others) < _MOST:
            self.others.append(message)


def _digest(message: Mapping[str, Any]) -> int:
    """Return what is equal for messages that say the same."""
    content = {name: value for name, value in message.items() if name != "src"}
    return hash(json.dumps(content, sort_keys=True))
