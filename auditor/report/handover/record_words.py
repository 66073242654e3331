"""Words of a bounded length, for the rows of a record."""

from __future__ import annotations

from functools import partial
from typing import Final

from auditor.messages.both import Both
from auditor.messages.languages import LANGUAGES
from auditor.report import text
from auditor.report.translation import plain

ID: Final = 40
NAME: Final = 40
LINE: Final = 100


def cell_text(told: str) -> str:
    """Return words of ours as a cell begins with them, with a capital."""
    return Both(*(one[:1].upper() + one[1:] for one in map(partial(plain, told), LANGUAGES)))


def cut(told: str, limit: int = LINE) -> str:
    """Return a text of a bounded length in each language."""
    return Both(*(text.visible(plain(told, language), limit) for language in LANGUAGES))
