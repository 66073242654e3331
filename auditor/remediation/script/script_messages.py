"""What is said: sentences as templates with their parts, told in the language of whoever reads.

Every text that people read is a `Said` until `told` makes it, so there is one place where text is
made, and one where it becomes German. What programs read, such as the log, is never told.
"""

import codecs
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

ENGLISH = "en"
FIELD = re.compile(r"\{(\w+)\}")
Templates = Callable[[str], str | None]  # returns the template of a language for an English one
# Written where the encoding of an output lacks a character; anything else becomes an escape.
PLAINER = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "\u201e": '"',
        "\u201c": '"',
        "\u2013": "-",
        "\u2026": "...",
    }
)
SPELT = "remediation-spelt"


class Said(NamedTuple):
    """A sentence: its English template, and what stands for the words in braces."""

    template: str
    parts: "tuple[tuple[str, Part], ...]"


Part: TypeAlias = Said | str | int


class Speech:
    """The language that is spoken, and the templates of all that could be."""

    language = ENGLISH
    known: dict[str, Templates] = {ENGLISH: str}  # noqa: RUF012 -- a program has one speech


def say(template: str, /, **parts: Part) -> Said:
    """Return a sentence; the words in braces are its parts, and nothing in these means anything."""
    return Said(template, tuple(parts.items()))


def teach(language: str, templates: Templates) -> None:
    """Make a language known; what it has no template for is told in English."""
    Speech.known[language] = templates


def speak(language: str) -> bool:
    """Tell everything in a language from now on; return whether that is known."""
    if language in Speech.known:
        Speech.language = language
    return language in Speech.known


def told(said: Part) -> str:
    """Return the text of a sentence in the language that is spoken."""
    if not isinstance(said, Said):
        return str(said)
    template = Speech.known[Speech.language](said.template) or said.template
    parts = dict(said.parts)
    return FIELD.sub(lambda field: told(parts[field[1]]), template) if parts else template


def listed(parts: Iterable[Part]) -> str:
    """Return parts one after the other."""
    return ", ".join(map(told, parts))


def quoted(value: object, most: int = 200) -> str:
    """Return a value as Python writes it, so that it cannot be taken for words of a sentence."""
    return repr(value)[:most]


def spelt(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(PLAINER)
    return lacking.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(SPELT, spelt)
