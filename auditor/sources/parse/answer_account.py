"""What an answer of a PBX over WebSocket is made of: which fields are used, and which are strange.

What is not a documented field is named in a note, and counts as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard

from auditor.messages.message import Message, say
from auditor.model.account import Irrelevant, Unit
from auditor.model.vocabulary import Area
from auditor.sources.parse.ledger import UNREADABLE_ENTRY, Ledger
from auditor.sources.parse.reading import Reading

_ENVELOPE: Final = frozenset({"api", "mt", "src"})
_NAME: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)


class AnswerAccount:
    """Keeps account of the answers that one reading is made of."""

    def __init__(self, reading: Reading, ledger: Ledger) -> None:
        self._reading = reading
        self._ledger = ledger
        self._answers = 0
        self._answering = ""

    def begin(
        self, answer: Mapping[str, Any], used: Collection[str], others: Collection[str]
    ) -> None:
        """Count an answer, its fields that are `used`, and `others` that are known."""
        self._answers += 1
        self._answering = str(answer.get("mt", "")).removesuffix("Result")
        self._ledger.use(Unit.MESSAGES)
        self.fields(answer, {*used, *_ENVELOPE}, others)

    def fields(
        self, item: Mapping[str, Any], used: Collection[str], others: Collection[str]
    ) -> list[str]:
        """Count fields; return, and name in a note, those that nobody documented."""
        strange = [name for name in item if name not in used and name not in others]
        irrelevant = sum(name in others for name in item)
        self._ledger.use(Unit.ATTRIBUTES, len(item) - len(strange) - irrelevant)
        if irrelevant:
            self._ledger.pass_over(Unit.ATTRIBUTES, Irrelevant.NAMED_ELSEWHERE, irrelevant)
        if strange:
            self._ledger.misread(Unit.ATTRIBUTES, self._answers, len(strange))
            note = say(
                "fields that no document explains: {names}", names=", ".join(_shown(strange))
            )
            self.note(note)
        return strange

    def note(self, note: Message) -> None:
        """Add a note to the reading, once."""
        if note not in self._reading.notes:
            self._reading.notes.append(note)

    def count_odd(self, name: str) -> Message:
        """Count a field that is not as documented, and note its name, which is a documented one.

        Return the note.
        """
        self._ledger.misread(Unit.ATTRIBUTES, self._answers)
        mt = self._answering if is_name(self._answering) else "?"
        note = say("{message}: {name} is not as documented", message=mt, name=name)
        self.note(note)
        return note

    def doubt_entry(self, field: str, area: Area) -> None:
        """Count an entry of a list that cannot be read: it may name what nothing else shows."""
        self._ledger.doubt((area,), UNREADABLE_ENTRY, self._answers, self.count_odd(field))

    def check_texts(self, item: Mapping[str, Any], *names: str) -> None:
        """Count those fields that are there and are no text."""
        for name in names:
            if not isinstance(item.get(name, ""), str | None):
                self.count_odd(name)


def is_name(stated: object) -> TypeGuard[str]:
    """Return whether something is a short name without blanks."""
    return isinstance(stated, str) and _NAME.fullmatch(stated) is not None


def _shown(names: Iterable[str]) -> Iterator[str]:
    """Yield names that look like one; what does not may be anything."""
    for name in sorted(names)[:20]:
        yield name if _NAME.fullmatch(name) else "?"
