"""What a report says in German and English: messages with parameters, translated by gettext.

A report carries both languages, so a message is put out once for each.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, TypeAlias, TypeGuard

from markupsafe import Markup, escape

from auditor.messages.languages import DOMAIN, LANGUAGES, LOCALE, Language, catalogue, number
from auditor.report import text
from auditor.sources.snapshot import message_recognition


class Said(Protocol):
    """Something that can be said in each language, as text and as HTML."""

    def inside(self, language: Language) -> Markup:
        """Return it as HTML in one language."""
        ...


Parameter: TypeAlias = "int | str | Said | list[Message]"


def is_said(value: object) -> TypeGuard[Said]:
    """Return whether a value can be said in each language."""
    return hasattr(value, "inside")


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its parameters. With a `plural`, the parameter `count` chooses the form."""

    english: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    plural: str = ""

    def __str__(self) -> str:
        return self.plain("en")

    def __html__(self) -> Markup:
        return spans(self) if self.parameters else _fixed(self.english)

    def plain(self, language: Language) -> str:
        """Return the message as plain text in one language."""
        return self.inside(language).unescape()

    def inside(self, language: Language) -> Markup:
        """Return the message as HTML in one language; what it is about is escaped."""
        shown = {name: _shown(value, language) for name, value in self.parameters.items()}
        return escape(self._template(language)).format(**shown)

    def _template(self, language: Language) -> str:
        if not self.plural:
            return catalogue(language).gettext(self.english)
        count = self.parameters["count"]
        number = count if isinstance(count, int) else 0
        return catalogue(language).ngettext(self.english, self.plural, number)


@dataclass(frozen=True, slots=True)
class Both:
    """A text that a document holds in English, and in German if somebody translated it."""

    english: str
    german: str = ""

    def __str__(self) -> str:
        return self.english

    def __html__(self) -> Markup:
        return spans(self) if self.german else untranslated(self.english)

    def inside(self, language: Language) -> Markup:
        """Return the text as HTML in one language."""
        return escape(text.prose(self.german if language == "de" else self.english))


def message(english: str, **parameters: Parameter) -> Message:
    """Return a message; the words in braces are its parameters."""
    return Message(english, parameters)


def counted(singular: str, plural: str, count: int, **parameters: Parameter) -> Message:
    """Return a message about a number of things."""
    return Message(singular, {"count": count, **parameters}, plural)


def spans(said: Said) -> Markup:
    """Return something in each language, of which the style sheet shows one."""
    texts = {language: said.inside(language) for language in LANGUAGES}
    if len(set(texts.values())) == 1:
        return texts["en"]
    parts = [Markup('<span lang="{}">{}</span>').format(*item) for item in texts.items()]
    return Markup("").join(parts)


@cache
def _fixed(english: str) -> Markup:
    """Return the spans of a message without parameters: a page says the same ones very often."""
    return spans(Message(english))


def untranslated(english: str) -> Markup:
    """Return prose that exists in English only, marked so for a screen reader."""
    return Markup('<bdi lang="en">{}</bdi>').format(text.prose(english))


def recognised(english: str, messages: Iterable[str]) -> Message | None:
    """Return the message that a text was made from, if it is one of those given.

    Reports carry some sentences as text only. Of several messages the one that leaves least to its
    parameters is meant.
    """
    found = message_recognition.recognised(english, messages)
    values = {name: str(value) for name, value in found[0].parameters} if found else {}
    return Message(found[0].template, values) if found else None


def german(singular: str, plural: str = "", count: int = 0) -> str:
    """Return the German template for an English one. Raises KeyError if there is none."""
    if not singular:  # which gettext takes for the head of the catalogue
        raise KeyError(singular)
    if plural:
        return _complete("de").ngettext(singular, plural, count)
    return _complete("de").gettext(singular)


class _Lacking(gettext.NullTranslations):
    """Refuses what a catalogue does not have, where English would take its place."""

    def gettext(self, message: str) -> str:
        raise KeyError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002 -- as declared
        raise KeyError(msgid1)


@cache
def _complete(language: Language) -> gettext.NullTranslations:
    """Return the messages of a language, without the English ones in place of those it lacks."""
    catalogue = gettext.translation(DOMAIN, LOCALE, [language])
    catalogue.add_fallback(_Lacking())
    return catalogue


def _shown(value: Parameter, language: Language) -> Markup:
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return escape(text.visible(value, text.PROSE_LIMIT))
    if isinstance(value, int):
        return escape(number(value, language))
    if isinstance(value, list):
        return Markup(", ").join(one.inside(language) for one in value)
    return value.inside(language)
