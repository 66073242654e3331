"""The languages that people can choose, and the gettext catalogues of their messages.

Code and templates write messages in English; `auditor/locale` holds the catalogue of each other
language.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, Literal

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


def number(value: int, language: Language) -> str:
    """Return a number with the separators of a language."""
    shown = f"{value:,}"
    return shown.replace(",", ".") if language == "de" else shown


def recognise(english: str, messages: Iterable[str]) -> tuple[str, dict[str, str]] | None:
    """Return the message that a text was made from, if it is one of those given, with its words.

    Some sentences are kept as text only. Of several messages the one that leaves least to its
    parameters is meant.
    """
    found = [
        (len(re.sub(r"\{\w+\}", "", one)), one, match.groupdict())
        for one in messages
        if (match := _pattern(one).fullmatch(english))
    ]
    return max(found, key=lambda item: item[0])[1:] if found else None


@cache
def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    pieces = [
        f"(?P<{part}>.+)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    ]
    return re.compile("".join(pieces), re.DOTALL)
