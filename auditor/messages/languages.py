"""The languages that people can choose, and the catalogues of their messages.

Code and templates write messages in English; `auditor/messages/locale` holds the catalogues of the
others: a `.po` file for each that people write, and what `tests.catalogue` compiles it to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal

from auditor.messages.both import Both
from auditor.messages.message import Choice, Message, english

Language = Literal["de", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de")
DOMAIN: Final = "pbx-auditor"
LOCALE: Final = Path(__file__).parent / "locale"
_DAY: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@cache
def strict_templates(language: Language) -> Choice:
    """Return what chooses templates of a language; it raises KeyError for what that lacks."""
    if language == "en":
        return english
    compiled = (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.json").read_text(encoding="utf-8")
    # By the English template its own, or of a number of things those for one and for several.
    known: Mapping[str, str | list[str]] = json.loads(compiled)

    def chosen(singular: str, plural: str, count: int) -> str:
        told = known[singular]
        if isinstance(told, list):  # German has two forms, for the numbers that English has
            one, several = told
            return english(one, several, count) if plural else one
        if plural:
            raise KeyError(singular)
        return told

    return chosen


@cache
def templates(language: Language) -> Choice:
    """Return what chooses templates of a language; what nobody translated stays English."""
    strictly = strict_templates(language)

    def chosen(singular: str, plural: str, count: int) -> str:
        try:
            return strictly(singular, plural, count)
        except KeyError:
            return english(singular, plural, count)

    return chosen


def translated(text: str, language: Language) -> str:
    """Return a text in a language, as far as it is a message or somebody translated it."""
    if isinstance(text, Both):
        return text.told(language)
    if not isinstance(text, Message):
        return text
    return text.told(templates(language), partial(_translated, language=language))


def _translated(value: int | str, *, language: Language) -> str:
    if isinstance(value, int):
        return str(value)
    is_said = isinstance(value, Message | Both)
    return translated(value, language) if is_said else day(value, language)


def told_strictly(value: int | str, *, choice: Choice, language: Language) -> str:
    """Return a parameter as `choice` tells it. Raises KeyError if the language lacks a part."""
    if isinstance(value, Message) and value:
        return value.told(choice, partial(told_strictly, choice=choice, language=language))
    return _translated(value, language=language)


def day(text: str, language: Language) -> str:
    """Return a day as a language writes it: English has ISO 8601, as all that programs read.

    Any other text stays as it is.
    """
    found = _DAY.fullmatch(text) if language == "de" else None
    return ".".join(reversed(found.groups())) if found else text


def number(value: int, language: Language) -> str:
    """Return a number with the separators of a language."""
    shown = f"{value:,}"
    return shown.replace(",", ".") if language == "de" else shown
