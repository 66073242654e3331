"""The languages that people can choose, and the gettext catalogues of their messages.

Code and templates write messages in English; `auditor/messages/locale` holds the catalogues of the
others.
"""

from __future__ import annotations

import gettext
import re
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal

from auditor.messages.both import Both
from auditor.messages.message import Choice, Message

Language = Literal["de", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de")
DOMAIN: Final = "pbx-auditor"
LOCALE: Final = Path(__file__).parent / "locale"
_DAY: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """Return the messages of a language; English needs none, the others must be there."""
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [language])


@cache
def templates(language: Language) -> Choice:
    """Return what chooses templates of a language; what nobody translated stays English."""
    known = catalogue(language)

    def chosen(singular: str, plural: str, count: int) -> str:
        if not singular:  # which gettext takes for the head of the catalogue
            return ""
        return known.ngettext(singular, plural, count) if plural else known.gettext(singular)

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
