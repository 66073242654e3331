"""How a terminal is written for: its width, its colours, its encoding and the reader's language."""

from __future__ import annotations

import textwrap
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from auditor.messages.message import say
from auditor.report.terms import said
from auditor.report.text import NAME_LIMIT, can_write, spelt, visible
from auditor.report.translation import plain
from auditor.values.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from auditor.messages.languages import Language
    from auditor.messages.message import Parameter

LEAST_WIDTH: Final = 40
_MESSAGE_LIMIT: Final = 2_000
_LABEL_WIDTHS: Final[Mapping[Language, int]] = {"en": 10, "de": 12}
_COLOURS: Final = {
    "failed": "31",
    "error": "33",
    "unknown": "35",
    "waived": "34",
    "manual": "36",
    "passed": "32",
    "critical": "31",
    "high": "33",
    "info": "2",
    "compliant": "32",
    "noncompliant": "31",
    "incomplete": "35",
    "nothing-audited": "35",
    "heading": "1",
    "place": "34",
    "fix": "36",
}


class Amount(IntEnum):
    """How much a terminal shows of a target: one line, what to act upon, or everything."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


@frozen
class Look:
    """What a terminal can show, and in which language."""

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"
    language: Language = "en"

    @property
    def columns(self) -> int:
        """Return the width to write for, which is never less than a phone's."""
        return max(self.width, LEAST_WIDTH)

    def text(self, value: str, limit: int = NAME_LIMIT) -> str:
        """Return a text in the reader's language, on one line, as the encoding can write it."""
        told = plain(value, self.language)
        return spelt(visible(" ".join(told.split()), limit), self.encoding)

    def say(self, template: str, /, **parameters: Parameter) -> str:
        """Return what `say` makes of a template and its parameters, as `text` shows it."""
        return self.text(say(template, **parameters), _MESSAGE_LIMIT)

    def word(self, value: str) -> str:
        """Return the word for a value of a closed set."""
        return self.text(said(value))

    def mark(self, best: str, ascii_one: str) -> str:
        """Return a sign, or what stands for it where the encoding lacks it."""
        return best if can_write(best, self.encoding) else ascii_one

    def paint(self, value: str, meaning: str) -> str:
        """Colour a word by what it means; spaces around it are part of the column."""
        code = _COLOURS.get(meaning)
        return f"\x1b[{code}m{value}\x1b[0m" if self.colour and code and value else value

    def wrap(self, value: str, *, first: str = "", rest: str = "") -> list[str]:
        """Return lines no longer than the width, the first and the others indented apart."""
        return textwrap.wrap(
            value,
            self.columns,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )

    def labelled(self, label: str, value: str, limit: int = NAME_LIMIT) -> list[str]:
        """Return a label and its text as a hanging paragraph."""
        indent = _LABEL_WIDTHS[self.language]
        shown = self.text(value, limit)
        first = self.text(label).ljust(indent) if label else " " * indent
        return self.wrap(shown, first=first, rest=" " * indent) if shown else []

    def paragraphs(self, values: Iterable[str], *, first: str, rest: str) -> list[str]:
        """Return each text as a paragraph of its own."""
        return [line for value in values for line in self.wrap(value, first=first, rest=rest)]


PLAIN_LOOK: Final = Look()
