"""What is wrong with a value of a document, in the words of this program.

Documents are validated by pydantic, whose texts speak of inputs and instances. Each kind of error
that it knows has words here; none of its own reaches a person. Nothing quotes a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from auditor.files.late_model import LateModel
from auditor.messages.message import Message, say, template
from auditor.messages.suggestions import meant, nearest

UNKNOWN_KEY: Final = template("unknown key")
# What pydantic calls a key that a model or a dataclass does not have.
_UNKNOWN: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MISSING: Final = template("the key is missing")
_DAY: Final = template("write a day without quotation marks, like 2027-01-31")
_MOMENT: Final = template("write a day and a time, like 2027-01-31T12:00:00Z")
_TABLE: Final = template("write a table with keys of its own")
_LIST: Final = template("write a list in square brackets")
_BOOL: Final = template("write true or false, without quotation marks")
_WHOLE: Final = template("write a whole number, without quotation marks")
_NUMBER: Final = template("write a number, without quotation marks")
_ONE_OF: Final = template("write one of: {expected}")
_OTHER: Final = template("this value cannot stand here")

# The template of what is said, by kind of error; `{name}` is a limit of the model, never a value of
# the document.
WORDS: Final[Mapping[str, str]] = {
    "missing": _MISSING,
    **dict.fromkeys(_UNKNOWN, UNKNOWN_KEY),
    "string_type": template("write a text in quotation marks"),
    "string_unicode": template("the text is not UTF-8"),
    "string_too_short": template("the text is too short: it needs {min_length} characters or more"),
    "string_too_long": template("the text is too long: it may have {max_length} characters"),
    "string_pattern_mismatch": template("the text is not written in the form that is asked for"),
    "string_not_ascii": template("the text may have ASCII characters only"),
    "bool_type": _BOOL,
    "bool_parsing": _BOOL,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": template("the number is too long"),
    "int_from_float": template("write a whole number"),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": template("write a number that is finite"),
    "multiple_of": template("the number must be a multiple of {multiple_of}"),
    "greater_than": template("the number must be greater than {gt}"),
    "greater_than_equal": template("the number must be {ge} or more"),
    "less_than": template("the number must be less than {lt}"),
    "less_than_equal": template("the number must be {le} or less"),
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "too_short": template("there are too few entries: at least {min_length} are needed"),
    "too_long": template("there are too many entries: at most {max_length} may stand here"),
    "union_tag_invalid": template("write one of: {expected_tags}"),
    "union_tag_not_found": _TABLE,
    **dict.fromkeys(
        (
            *("date_type", "date_parsing", "date_from_datetime_parsing"),
            *("date_from_datetime_inexact", "is_instance_of"),
        ),
        _DAY,
    ),
    "date_past": template("the day must be in the past"),
    "date_future": template("the day must be in the future"),
    **dict.fromkeys(
        (
            *("datetime_type", "datetime_parsing", "datetime_object_invalid"),
            *("datetime_from_date_parsing", "timezone_naive", "timezone_aware"),
        ),
        _MOMENT,
    ),
    **dict.fromkeys(
        (
            *("dict_type", "mapping_type", "model_type", "model_attributes_type"),
            *("dataclass_type", "dataclass_exact_type"),
        ),
        _TABLE,
    ),
    **dict.fromkeys(
        (
            *("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"),
            *("set_item_not_hashable", "iteration_error"),
        ),
        _LIST,
    ),
}
# What is said of an option instead: nobody puts its value into quotation marks for us.
_UNQUOTED: Final[Mapping[str, str]] = {
    _BOOL: template("write true or false"),
    _WHOLE: template("write a whole number"),
    _NUMBER: template("write a number"),
}
_FIELD: Final = re.compile(r"\{(\w+)\}")
# What typer says of the value of an option, each time with the value.
_NO_CHOICE: Final = " is not one of "
_NO_DAY: Final = " does not match the formats "
# What our own validators say.
OURS: Final = frozenset({"value_error", "assertion_error"})


class Problem(NamedTuple):
    """One thing that is wrong with a document: the keys that lead there, and what it is."""

    keys: tuple[str, ...]
    reason: Message

    def told(self) -> Message:
        """Return the keys and what is wrong; without keys it is the document as a whole."""
        return at_key(".".join(self.keys), self.reason)


def at_key(key: str, reason: Message) -> Message:
    """Return what is wrong with a document, with the key it is about where there is one."""
    return say("{key}: {reason}", key=key, reason=reason) if key else reason


def first_problem(error: ValidationError, model: type, content: object = None) -> Problem:
    """Return the first thing that is wrong with a document that a model did not accept.

    `content` is the document; with it, keys are those that a person wrote.
    """
    found = error.errors(include_url=False)
    return _problem_at(_written(first_error(error), content), found, model, content)


def all_problems(error: ValidationError, model: type, content: object = None) -> list[Problem]:
    """Return everything that is wrong with a document, first what `first_problem` returns.

    A key that is misspelt is missing under its right name, too: that is one thing.
    """
    found = error.errors(include_url=False)
    misspelt = {
        (*one["loc"][:-1], nearest(str(one["loc"][-1]), _keys_at(model, one["loc"][:-1])))
        for one in found
        if one["type"] in _UNKNOWN
    }
    told = [one for one in found if one["type"] != "missing" or one["loc"] not in misspelt]
    first = first_error(error)
    places = dict.fromkeys(_written(one, content) for one in (first, *told))
    return [_problem_at(place, told, model, content) for place in places]


def _problem_at(
    place: tuple[int | str, ...],
    found: list[ErrorDetails],
    model: type,
    content: object,
) -> Problem:
    """Return what is wrong at one place of a document."""
    same = [one for one in found if _written(one, content) == place]
    if len(same[0]["loc"]) == len(place):  # else a value of which several kinds are possible
        same = same[:1]
    first, *others = dict.fromkeys(words(one, model) for one in same)
    for other in others:
        first = say("{one}, or {another}", one=first, another=other)
    return Problem(tuple(map(str, place)), first)


def first_error(error: ValidationError) -> ErrorDetails:
    """Return what to mend first: a key that is misspelt is missing under its right name, too."""
    found = error.errors(include_url=False)
    unknown = (one for one in found if one["type"] in _UNKNOWN)
    return next(unknown, found[0]) if found[0]["type"] == "missing" else found[0]


def words(found: ErrorDetails, model: type | None = None) -> Message:
    """Return what is wrong, in our words."""
    kind, context = found["type"], found.get("ctx", {})
    if kind in OURS:
        return _said(context.get("error"))
    if kind == "string_too_short" and context.get("min_length") == 1:
        return say("the text is empty")
    reason = _filled(WORDS.get(kind, _OTHER), context)
    if kind in _UNKNOWN and model is not None:
        return meant(reason, str(found["loc"][-1]), _keys_at(model, found["loc"][:-1]))
    if kind in {"literal_error", "enum"} and isinstance(found["input"], str):
        return meant(reason, found["input"], _allowed(str(context.get("expected", ""))))
    return reason


def _filled(chosen: str, context: Mapping[str, Any]) -> Message:
    """Return what a template says with the limits of an error; one it does not name is open."""
    names = _FIELD.findall(chosen)
    return say(chosen, **{name: _limit(context.get(name, "…")) for name in names})


def _limit(value: object) -> str:
    """Return a limit as it is written; of a list of words that pydantic makes, the words."""
    if isinstance(value, float):
        return f"{value:g}"
    listed = _allowed(value) if isinstance(value, str) else []
    return ", ".join(map(repr, listed)) or str(value)


def _said(error: object) -> Message:
    """Return what one of our validators says."""
    said = error.args[0] if isinstance(error, Exception) and error.args else error
    return said if isinstance(said, Message) else say(_OTHER)


def option_problem(error: ValidationError) -> Message:
    """Return what is wrong with the value of an option, which a shell wrote without quotes."""
    found = error.errors(include_url=False)[0]
    unquoted = _UNQUOTED.get(WORDS.get(found["type"], ""))
    if unquoted:
        return say(unquoted)
    told = str(found.get("ctx", {}).get("error", ""))
    if _NO_DAY in told:
        return say("write a day like 2027-01-31")
    _, is_choice, listed = told.partition(_NO_CHOICE)
    if not is_choice:
        return words(found)
    known = _allowed(listed)
    given = str(found["input"])
    reason = say("{value} is none of: {known}", value=repr(given)[:40], known=", ".join(known))
    return meant(reason, given, known)


def _allowed(expected: str) -> list[str]:
    """Return the words of what pydantic lists as `'a', 'b' or 'c'`, which comes from our models."""
    return expected.split("'")[1::2]


def _written(found: ErrorDetails, content: object) -> tuple[int | str, ...]:
    """Return the keys of a place that stand in the document, without the names of our types."""
    loc = found["loc"]
    if content is None:
        return loc
    for depth, part in enumerate(loc):
        content, inside = _step(content, part)
        if not inside:
            is_last = depth == len(loc) - 1
            return loc if found["type"] == "missing" and is_last else loc[:depth]
    return loc


def _step(content: object, part: int | str) -> tuple[object, bool]:
    """Return what stands under a key or number, and whether anything does."""
    if isinstance(content, Mapping):
        return content.get(part), part in content
    if isinstance(content, list) and isinstance(part, int) and part < len(content):
        return content[part], True
    return None, False


def _keys_at(model: type, loc: Iterable[int | str]) -> list[str]:
    """Return the keys that a model knows at a place."""
    candidates: list[type] = [model]
    for part in loc:
        inner = [
            found
            for one in candidates
            for found in _models_in(_annotations(one).get(str(part), None))
        ]
        candidates = inner or candidates
    return [name for one in candidates for name in _annotations(one)]


def _annotations(model: type) -> dict[str, Any]:
    """Return the keys of a model or dataclass with what may stand there."""
    if issubclass(model, BaseModel):
        return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    if not is_dataclass(model):
        return {}
    hints = get_type_hints(model, include_extras=True)
    return {_alias(hints[one.name]) or one.name: hints[one.name] for one in fields(model)}


def _alias(annotation: object) -> str | None:
    """Return the key of a field, None if it is the name."""
    marks = getattr(annotation, "__metadata__", ())
    return next((mark.alias for mark in marks if isinstance(mark, FieldInfo)), None)


def _models_in(annotation: object) -> Iterator[type]:
    """Yield the models that an annotation is made of."""
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel) or is_dataclass(annotation):
            yield annotation
        return
    if isinstance(annotation, LateModel):
        yield annotation.model()
    for part in get_args(annotation):
        yield from _models_in(part)
