"""Sentences that can be said in another language: an English template with named parameters.

A statement is the English text that it makes, so whatever reads text needs to know nothing of it.
Values stay values: braces or percent signs in them mean nothing, because a text is filled in once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, NoReturn, Self, TypeAlias

# A list is what `joined` puts together; statements among the values are said in each language.
Parameter: TypeAlias = "int | str | tuple[str, ...]"
# Returns the template of a language, given the English one, its plural, and the count.
Choice: TypeAlias = Callable[[str, str, int], str]

COUNT: Final = "count"
PARTS: Final = "parts"
_FIRST: Final = "{one}"
_LAST: Final = "{other}"
_LONGEST: Final = 16_000
_FIELD: Final = re.compile(r"\{(\w+)\}")
# A field that is short, so that a reason behind it may hold colons.
_LINE: Final = "line"


class Statement(str):
    """An English text that knows the template and the parameters it was made of.

    With a `plural`, the parameter `count` chooses the form. Without parameters, the template is
    the text.
    """

    __slots__ = ("parameters", "plural", "template")

    template: str
    plural: str
    parameters: tuple[tuple[str, Parameter], ...]

    def __new__(
        cls, template: str, parameters: Mapping[str, Parameter] | None = None, plural: str = ""
    ) -> Self:
        """Return the text that a template and its parameters make. Raises KeyError."""
        known = parameters or {}
        self = super().__new__(cls, _text(template, known, plural, english))
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "plural", plural)
        object.__setattr__(self, "parameters", tuple(known.items()))
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} cannot be changed")

    def __reduce__(self) -> tuple[type[Statement], tuple[object, ...]]:
        return Statement, (self.template, dict(self.parameters), self.plural)

    def told(self, choice: Choice) -> str:
        """Return the text in another language. Raises KeyError if that language lacks a part."""
        return _text(self.template, dict(self.parameters), self.plural, choice)


def say(template: str, /, **parameters: Parameter) -> Statement:
    """Return a statement; the words in braces are its parameters. Raises KeyError."""
    return Statement(template, parameters)


def say_count(singular: str, plural: str, /, *, count: int, **parameters: Parameter) -> Statement:
    """Return a statement about a number of things. Raises KeyError."""
    return Statement(singular, {COUNT: count, **parameters}, plural)


def joined(template: str, parts: Iterable[str]) -> str:
    """Return parts as one text; a template like `{one} and {other}` says what is between them."""
    known = tuple(parts)
    if len(known) > 1:
        return Statement(template, {PARTS: known})
    return known[0] if known else ""


def unless_plain(said: str, parts: Iterable[str]) -> str:
    """Return a statement, but as plain text if a part of it can be said in English only."""
    return said if all(isinstance(part, Statement) for part in parts) else str(said)


def recognised(text: str, templates: Iterable[str]) -> list[Statement]:
    """Return the statements that a text may be, first the one that leaves least to parameters."""
    if len(text) > _LONGEST:  # trying takes the square of it, and nothing that is said is longer
        return []
    found = [
        Statement(one, match.groupdict())
        for one in templates
        if (match := _pattern(one).fullmatch(text))
    ]
    return sorted(found, key=lambda one: -len(_FIELD.sub("", one.template)))


def english(singular: str, plural: str, count: int) -> str:
    """Return the English template for a number of things."""
    return plural if plural and count != 1 else singular


def _text(template: str, parameters: Mapping[str, Parameter], plural: str, choice: Choice) -> str:
    count = parameters.get(COUNT)
    chosen = choice(template, plural, count if isinstance(count, int) else 0)
    if not parameters:
        return chosen
    parts = parameters.get(PARTS)
    if isinstance(parts, tuple):
        between = chosen.removeprefix(_FIRST).removesuffix(_LAST)
        return between.join(_shown(part, choice) for part in parts)
    return _FIELD.sub(lambda field: _shown(parameters[field[1]], choice), chosen)


def _shown(value: Parameter, choice: Choice) -> str:
    if isinstance(value, Statement) and choice is not english:
        return value.told(choice)
    return str(value)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _FIELD.split(template)
    pieces = [
        f"(?P<{one}>{'.+?' if one == _LINE else '.+'})" if at % 2 else re.escape(one)
        for at, one in enumerate(parts)
    ]
    return re.compile("".join(pieces), re.DOTALL)
