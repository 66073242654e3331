"""The sheets that a page is printed on: A4, numbered, and with what they are at their foot."""

from __future__ import annotations

from typing import Final

from auditor.messages.languages import Language
from auditor.messages.message import Message, say
from auditor.report.translation import plain

# The style sheets give these names to the page of a body in that language.
_NAMES: Final[dict[Language, str]] = {"en": "", "de": " german"}
_FONT: Final = "font: 8pt sans-serif; color: #545b65;"


def rules_of_sheets(foot: Message, margins: str) -> str:
    """Return the style rules of all sheets, in each language."""
    sheets = [f"@page {{ size: A4; margin: {margins}; }}"]
    for language, name in _NAMES.items():
        left = f"@bottom-left {{ content: {_quoted(foot, language)}; {_FONT} }}"
        right = f"@bottom-right {{ content: {_number(language)}; {_FONT} }}"
        sheets.append(f"@page{name} {{\n  {left}\n  {right}\n}}")
    return "\n".join([*sheets, ""])


def _number(language: Language) -> str:
    told = _quoted(say("Page {page} of {pages}", page="#1", pages="#2"), language)
    return told.replace("#1", '" counter(page) "').replace("#2", '" counter(pages) "')


def _quoted(told: Message, language: Language) -> str:
    """Return words of ours as a string of CSS; they have no quotation marks."""
    return f'"{plain(told, language)}"'
