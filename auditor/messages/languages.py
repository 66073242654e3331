"""The languages that people can choose, and the gettext catalogues of their messages.

Code and templates write messages in English; `auditor/messages/locale` holds the catalogues of the
others.
"""

from __future__ import annotations

import gettext
from functools import cache, partial
from pathlib import Path
from typing import Final, Literal

from auditor.messages.both import Both
from auditor.messages.message import Choice, Message

Language = Literal["de", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de")
DOMAIN: Final = "pbx-auditor"
LOCALE: Final = Path(__file__).parent / "locale"


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
    return str(value) if isinstance(value, int) else translated(value, language)


def number(value: int, language: Language) -> str:
    """Return a number with the separators of a language."""
    shown = f"{value:,}"
    return shown.replace(",", ".") if language == "de" else shown
