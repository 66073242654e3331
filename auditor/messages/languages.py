"""The languages that people can choose, and the gettext catalogues of their messages.

Code and templates write messages in English; `auditor/messages/locale` holds the catalogues of the
others.
"""

from __future__ import annotations

import gettext
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
