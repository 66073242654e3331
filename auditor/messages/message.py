"""Messages: an English template with named parameters, so that other languages can say the same.

A message is the English text that it makes, so what only shows text needs to know nothing of it. It
is made where the thing is said, and travels as it is: no text is taken apart to find out what it
says. Values stay values: braces or percent signs in them mean nothing, because a text is filled in
once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Annotated, Final, NamedTuple, NoReturn, Self, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

# A list is what `joined` puts together; messages among the values are said in each language.
Parameter: TypeAlias = "int | str | tuple[str, ...]"
# What a document holds of a text or a parameter.
Content: TypeAlias = "int | str | list[Content] | dict[str, Content]"
# Returns the template of a language, given the English one, its plural, and the count.
Choice: TypeAlias = Callable[[str, str, int], str]
# Returns the text that stands for a parameter.
Shown: TypeAlias = Callable[["int | str"], str]

COUNT: Final = "count"
PARTS: Final = "parts"
_FIRST: Final = "{one}"
_LAST: Final = "{other}"
_FIELD: Final = re.compile(r"\{(\w+)\}")
# A first word that is one: the name of a file or key is written as it is.
_WORD: Final = re.compile(r"[^\W\d_]+(?=[\s,;:'-]|$)")


class Message(str):
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
        known = {name: _filled(value) for name, value in (parameters or {}).items()}
        self = super().__new__(cls, _text(template, known, plural, english, str))
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "plural", plural)
        object.__setattr__(self, "parameters", tuple(known.items()))
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} cannot be changed")

    def __reduce__(self) -> tuple[type[Message], tuple[object, ...]]:
        return Message, (self.template, dict(self.parameters), self.plural)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return how a document holds a message: its template and its parameters, not the text."""
        return _schema(loaded)

    def told(self, choice: Choice, shown: Shown | None = None) -> str:
        """Return the text in another language. Raises KeyError if that language lacks a part.

        Without `shown`, messages among the parameters are told, and values stay as they are.
        """
        known = dict(self.parameters)
        return _text(self.template, known, self.plural, choice, shown or partial(_told, choice))


def content_of(text: str) -> Content:
    """Return what a document holds of a text: of a message what it was made of."""
    if not isinstance(text, Message) or not text:
        return str(text)
    content: dict[str, Content] = {"template": text.template}
    if text.plural:
        content["plural"] = text.plural
    if text.parameters:
        content["parameters"] = {name: _content_of(value) for name, value in text.parameters}
    return content


def loaded(content: object) -> Message:
    """Return the message of what a document holds. Raises ValueError for anything else.

    A parameter may stand in a template once, so that no document makes a text longer than itself.
    """
    if content == "":
        return NOTHING
    if isinstance(content, Message):
        return content
    if not isinstance(content, dict) or not content.keys() <= {"template", "plural", "parameters"}:
        raise ValueError("not a message")
    template, plural = content.get("template"), content.get("plural", "")
    parameters = content.get("parameters", {})
    if not isinstance(template, str) or not isinstance(plural, str):
        raise ValueError("not a message")  # noqa: TRY004 -- pydantic wants a ValueError
    if not isinstance(parameters, dict):
        raise ValueError("not a message")  # noqa: TRY004
    known = {str(name): _loaded(value) for name, value in parameters.items()}
    _check_fields((template, plural), known)
    return Message(template, known, plural)


def _check_fields(templates: Iterable[str], known: Mapping[str, Parameter]) -> None:
    """Raise ValueError for parameters that do not fill templates; without any, those are text."""
    if PARTS in known and not isinstance(known[PARTS], tuple):
        raise ValueError("parts that are no list")
    for one in templates if known else ():
        fields = _FIELD.findall(one)
        if len(set(fields)) != len(fields) or (PARTS not in known and not {*fields} <= {*known}):
            raise ValueError("a template without its parameters")


def begun(text: str, choice: Choice | None = None, shown: Shown | None = None) -> str:
    """Return a text as the sentence that it is where nothing stands before it: with a capital.

    A value that it begins with stays as it is: the name of an object is not ours to write. Raises
    KeyError if the language of `choice` lacks a part.
    """
    if not isinstance(text, Message):
        return text
    if not choice and not shown and not text.parameters:
        return _begun(text.template, text.plural)
    chosen = choice or english
    told = text.told(chosen, shown) if choice or shown else str(text)
    first = told[:1].upper()
    if told.startswith(first):
        return told
    is_ours = _WORD.match(told) and _begins_with_words(text, chosen)
    return first + told[1:] if is_ours else told


@lru_cache(maxsize=1024)
def _begun(template: str, plural: str) -> str:
    """Return a text without parameters as a sentence: it is all ours."""
    told = english(template, plural, 0)
    first = told[:1].upper()
    is_ours = told.startswith(first) or _WORD.match(told)
    return first + told[1:] if is_ours else told


def _begins_with_words(text: str | int | tuple[str, ...], choice: Choice) -> bool:
    if not isinstance(text, Message):
        return False
    if not text.parameters:
        return True
    parameters = dict(text.parameters)
    count = parameters.get(COUNT)
    first = _opening(choice(text.template, text.plural, count if isinstance(count, int) else 0))
    if first is None:
        return True
    parts = parameters.get(PARTS)
    return _begins_with_words(parts[0] if isinstance(parts, tuple) else parameters[first], choice)


@lru_cache(maxsize=1024)
def _opening(template: str) -> str | None:
    """Return the field that a template begins with, None if it begins with words."""
    first = _FIELD.match(template)
    return first[1] if first else None


def template(text: str) -> str:
    """Return a text that messages are made of elsewhere; the mark puts it into the catalogue."""
    return text


def say(template: str, /, **parameters: Parameter) -> Message:
    """Return a message; the words in braces are its parameters. Raises KeyError."""
    return Message(template, parameters) if parameters else _fixed(template)


@lru_cache(maxsize=1024)
def _fixed(template: str) -> Message:
    """Return the one message that a template without parameters is: checks say it thousandfold."""
    return Message(template)


def say_count(singular: str, plural: str, /, count: int, **parameters: Parameter) -> Message:
    """Return a message about a number of things. Raises KeyError."""
    return Message(singular, {COUNT: count, **parameters}, plural)


class Counted(NamedTuple):
    """A sentence about a number of things, in its forms for one and for several."""

    singular: str
    plural: str


def joined(template: str, parts: Iterable[str]) -> str:
    """Return parts as one text; a template like `{one} and {other}` says what is between them."""
    known = tuple(parts)
    if len(known) > 1:
        return Message(template, {PARTS: known})
    return known[0] if known else NOTHING


def together(*parts: Message) -> Message:
    """Return messages as one, those left out that say nothing or the same again."""
    said = [*dict.fromkeys(part for part in parts if part)]
    if len(said) > 1:
        return Message("{one}; {other}", {PARTS: tuple(said)})
    return said[0] if said else NOTHING


def _content_of(value: Parameter) -> Content:
    if isinstance(value, tuple):
        return [content_of(part) for part in value]
    return value if isinstance(value, int) else content_of(value)


def _loaded(value: object) -> Parameter:
    if isinstance(value, list):
        return tuple(text_of(part) for part in value)
    return value if isinstance(value, int) else text_of(value)


def text_of(value: object) -> str:
    """Return a plain text or a message of what a document holds. Raises ValueError."""
    if value == "":
        return NOTHING
    return value if isinstance(value, str) else loaded(value)


def _schema(validate: Callable[[object], str]) -> CoreSchema:
    return core_schema.no_info_plain_validator_function(
        validate, serialization=core_schema.plain_serializer_function_ser_schema(content_of)
    )


class _TextSchema:
    """How a document holds what is a message or a plain text."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return _schema(text_of)


# A name, which is the same in each language, or a message.
Text: TypeAlias = Annotated[str, _TextSchema()]


def english(singular: str, plural: str, count: int) -> str:
    """Return the English template for a number of things."""
    return plural if plural and count != 1 else singular


def _text(
    template: str, parameters: Mapping[str, Parameter], plural: str, choice: Choice, shown: Shown
) -> str:
    count = parameters.get(COUNT)
    chosen = choice(template, plural, count if isinstance(count, int) else 0)
    if not parameters:
        return chosen
    parts = parameters.get(PARTS)
    if isinstance(parts, tuple):
        between = chosen.removeprefix(_FIRST).removesuffix(_LAST)
        return between.join(map(shown, parts))
    said = [*_pieces(chosen)]
    said[1::2] = [shown(_one(parameters[name])) for name in said[1::2]]
    return "".join(said)


@lru_cache(maxsize=1024)
def _pieces(template: str) -> Sequence[str]:
    """Return a template as what is between its fields and, every other, the names of these."""
    return _FIELD.split(template)


def _one(value: Parameter) -> int | str:
    return str(value) if isinstance(value, tuple) else value


def _told(choice: Choice, value: int | str) -> str:
    return value.told(choice) if isinstance(value, Message) and value else str(value)


def _filled(value: Parameter) -> Parameter:
    """Return a parameter: of a value that is empty, that it is, for a hole says nothing."""
    return _empty() if value == "" and not isinstance(value, Message) else value


@cache
def _empty() -> Message:
    return say("(empty)")


# What says nothing.
NOTHING: Final = Message("")
