"""Messages put out in German and English, as HTML or as plain text.

A report carries both languages, so a message is put out once for each. This is the only place that
does so: what is said travels as it is until a page is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache, partial
from typing import Final, TypeAlias, TypeGuard

from markupsafe import Markup, escape

from auditor.messages.both import Both
from auditor.messages.languages import (
    LANGUAGES,
    Language,
    day,
    number,
    strict_templates,
    templates,
)
from auditor.messages.message import Choice, Message
from auditor.report import text

# What can be said in each language; any other text is a name, which is the same in all of them.
Said: TypeAlias = "Message | Both"
_LONG: Final = re.compile(r"\S{16,}")
_MARK: Final = re.compile(r"(?<=[@./_:=])(?=\w)")
# The id of a control, and an arrow: no line ends at the hyphen in it.
_WHOLE: Final = re.compile(r"(?<![\w-])(?:[A-Z]{2,4}-\d{2}\b|-&gt;)")


def is_said(value: object) -> TypeGuard[Said]:
    """Return whether a value can be said in each language."""
    return isinstance(value, Message | Both)


def spans(said: Said) -> Markup:
    """Return something in each language, of which the style sheet shows one."""
    if isinstance(said, Both):
        return _spans(said) if said.german else untranslated(said)
    return _spans(said) if said.parameters else _fixed(said.template)


def inside(said: str, language: Language) -> Markup:
    """Return a text as HTML in one language; what it is about is escaped."""
    if isinstance(said, Message):
        told = said.told(_escaped(language), partial(_shown, language=language))
        return Markup(told)  # noqa: S704 -- template and parameters are escaped
    if isinstance(said, Both):
        return escape(text.prose(said.told(language)))
    return said if isinstance(said, Markup) else escape(text.visible(said, text.PROSE_LIMIT))


def plain(said: str, language: Language) -> str:
    """Return a text as plain text in one language."""
    if isinstance(said, Message):
        return said.told(templates(language), partial(_told, language=language))
    if isinstance(said, Both):
        return text.prose(said.told(language))
    return said.unescape() if isinstance(said, Markup) else text.visible(said, text.PROSE_LIMIT)


def breakable(escaped: Markup) -> Markup:
    """Return text that may break after the marks in long names and addresses, not anywhere.

    Ids of controls and arrows stay whole.
    """
    return Markup(_broken(escaped))  # noqa: S704 -- escaped, and text only


def _broken(escaped: str) -> str:
    marked = _LONG.sub(_with_breaks, escaped)
    if "-" in marked:
        marked = _WHOLE.sub(r'<span class="whole">\g<0></span>', marked)
    return marked


def _with_breaks(token: re.Match[str]) -> str:
    return _MARK.sub("<wbr>", token[0])


def untranslated(english: str) -> Markup:
    """Return prose that exists in English only, marked so for a screen reader."""
    return Markup(f'<bdi lang="en">{escape(text.prose(english))}</bdi>')  # noqa: S704 -- escaped


def german(singular: str, plural: str = "", count: int = 0) -> str:
    """Return the German template for an English one. Raises KeyError if there is none."""
    return strict_templates("de")(singular, plural, count)


@lru_cache(maxsize=4096)
def _fixed(english: str) -> Markup:
    """Return the spans of a message without parameters: a page says the same ones very often."""
    return _in_spans([_escaped(language)(english, "", 0) for language in LANGUAGES])


def _spans(said: Said) -> Markup:
    return _in_spans([inside(said, language) for language in LANGUAGES])


def _in_spans(texts: Iterable[str]) -> Markup:
    """Return a text as HTML in each language, in the order of the languages."""
    told = [*map(_broken, texts)]
    if len(set(told)) > 1:
        pairs = zip(LANGUAGES, told, strict=True)
        told = [f'<span lang="{language}">{one}</span>' for language, one in pairs]
        return Markup("".join(told))  # noqa: S704 -- each part is HTML already
    return Markup(told[0])  # noqa: S704 -- ditto


@cache
def _escaped(language: Language) -> Choice:
    """Return what chooses templates of a language, as HTML."""
    choose = templates(language)
    return lambda singular, plural, count: escape(choose(singular, plural, count))


def _shown(value: int | str, *, language: Language) -> Markup:
    if isinstance(value, int):
        return escape(number(value, language))
    return inside(value if is_said(value) else _day(value, language), language)


def _told(value: int | str, *, language: Language) -> str:
    if isinstance(value, int):
        return number(value, language)
    return plain(value if is_said(value) else _day(value, language), language)


def _day(value: str, language: Language) -> str:
    return value if isinstance(value, Markup) else day(value, language)


def dated(value: str) -> str:
    """Return a day as each language writes it, or any other text as it is."""
    german_day = day(value, "de")
    return value if german_day == value else Both(value, german_day)
