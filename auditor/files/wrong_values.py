"""What is wrong with a value of a document, in the words of this program.

Documents are validated by pydantic, whose texts speak of inputs and instances. Each kind of error
that it knows has words here; none of its own reaches a person. Nothing quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from auditor.files.late_model import LateModel
from auditor.messages.message import Message
from auditor.messages.suggestions import nearest

UNKNOWN_KEY: Final = "unknown key"
_MISSING: Final = "the key is missing"
_DAY: Final = "write a day without quotation marks, like 2027-01-31"
_MOMENT: Final = "write a day and a time, like 2027-01-31T12:00:00Z"
_TABLE: Final = "write a table with keys of its own"
_LIST: Final = "write a list in square brackets"
_OTHER: Final = "this value cannot stand here"

# By kind of error; `{name}` is a limit of the model, never a value of the document.
WORDS: Final[Mapping[str, str]] = {
    "missing": _MISSING,
    "extra_forbidden": UNKNOWN_KEY,
    "string_type": "write a text in quotation marks",
    "string_unicode": "the text is not UTF-8",
    "string_too_short": "the text is too short: it needs {min_length} characters or more",
    "string_too_long": "the text is too long: it may have {max_length} characters",
    "string_pattern_mismatch": "the text is not written in the form that is asked for",
    "string_not_ascii": "the text may have ASCII characters only",
    "bool_type": "write true or false, without quotation marks",
    "bool_parsing": "write true or false, without quotation marks",
    "int_type": "write a whole number, without quotation marks",
    "int_parsing": "write a whole number, without quotation marks",
    "int_parsing_size": "the number is too long",
    "int_from_float": "write a whole number",
    "float_type": "write a number, without quotation marks",
    "float_parsing": "write a number, without quotation marks",
    "finite_number": "write a number that is finite",
    "multiple_of": "the number must be a multiple of {multiple_of}",
    "greater_than": "the number must be greater than {gt}",
    "greater_than_equal": "the number must be {ge} or more",
    "less_than": "the number must be less than {lt}",
    "less_than_equal": "the number must be {le} or less",
    "literal_error": "write one of: {expected}",
    "enum": "write one of: {expected}",
    "too_short": "there are too few entries: at least {min_length} are needed",
    "too_long": "there are too many entries: at most {max_length} may stand here",
    "union_tag_invalid": "write one of: {expected_tags}",
    "union_tag_not_found": _TABLE,
    **dict.fromkeys(
        (
            *("date_type", "date_parsing", "date_from_datetime_parsing"),
            *("date_from_datetime_inexact", "is_instance_of"),
        ),
        _DAY,
    ),
    "date_past": "the day must be in the past",
    "date_future": "the day must be in the future",
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
# What our own validators say.
OURS: Final = frozenset({"value_error", "assertion_error"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document: the keys that lead there, and what it is."""

    keys: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        """Return the keys and what is wrong; without keys it is the document as a whole."""
        return f"{'.'.join(self.keys)}: {self.reason}" if self.keys else self.reason


def first_problem(
    error: ValidationError, model: type[BaseModel], content: object = None
) -> Problem:
    """Return the first thing that is wrong with a document that a model did not accept.

    `content` is the document; with it, keys are those that a person wrote.
    """
    found = error.errors(include_url=False)
    return _problem_at(_written(first_error(error), content), found, model, content)


def all_problems(
    error: ValidationError, model: type[BaseModel], content: object = None
) -> list[Problem]:
    """Return everything that is wrong with a document, first what `first_problem` returns.

    A key that is misspelt is missing under its right name, too: that is one thing.
    """
    found = error.errors(include_url=False)
    meant = {
        (*one["loc"][:-1], nearest(str(one["loc"][-1]), _keys_at(model, one["loc"][:-1])))
        for one in found
        if one["type"] == "extra_forbidden"
    }
    told = [one for one in found if one["type"] != "missing" or one["loc"] not in meant]
    first = first_error(error)
    places = dict.fromkeys(_written(one, content) for one in (first, *told))
    return [_problem_at(place, told, model, content) for place in places]


def _problem_at(
    place: tuple[int | str, ...],
    found: list[ErrorDetails],
    model: type[BaseModel],
    content: object,
) -> Problem:
    """Return what is wrong at one place of a document."""
    same = [one for one in found if _written(one, content) == place]
    if len(same[0]["loc"]) == len(place):  # else a value of which several kinds are possible
        same = same[:1]
    reasons = dict.fromkeys(words(one, model) for one in same)
    told = ", or ".join(reasons) if len(reasons) > 1 else next(iter(reasons))
    return Problem(tuple(map(str, place)), told)


def first_error(error: ValidationError) -> ErrorDetails:
    """Return what to mend first: a key that is misspelt is missing under its right name, too."""
    found = error.errors(include_url=False)
    unknown = (one for one in found if one["type"] == "extra_forbidden")
    return next(unknown, found[0]) if found[0]["type"] == "missing" else found[0]


def words(found: ErrorDetails, model: type[BaseModel] | None = None) -> str:
    """Return what is wrong, in our words."""
    kind, context = found["type"], found.get("ctx", {})
    if kind in OURS:
        return _said(context.get("error"))
    if kind == "string_too_short" and context.get("min_length") == 1:
        return "the text is empty"
    limits = {name: f"{one:g}" if isinstance(one, float) else one for name, one in context.items()}
    reason = WORDS.get(kind, _OTHER).format_map(_Limits(limits))
    if kind == "extra_forbidden" and model is not None:
        return _meant(reason, str(found["loc"][-1]), _keys_at(model, found["loc"][:-1]))
    if kind in {"literal_error", "enum"} and isinstance(found["input"], str):
        return _meant(reason, found["input"], _allowed(str(context.get("expected", ""))))
    return reason


def _said(error: object) -> str:
    """Return what one of our validators says; a message stays one."""
    said = error.args[0] if isinstance(error, Exception) and error.args else error
    return said if isinstance(said, Message) else str(error or _OTHER)


def option_problem(error: ValidationError) -> str:
    """Return what is wrong with the value of an option, which a shell wrote without quotes."""
    found = error.errors(include_url=False)[0]
    reason = words(found).replace(", without quotation marks", "")
    given = str(found["input"])
    return _meant(reason, given, [one for one in _allowed(reason) if one != given])


class _Limits(dict[str, Any]):
    """The limits that an error names; one that it does not name is left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def _meant(reason: str, given: str, known: Iterable[str]) -> str:
    """Return a reason with the known word that may have been meant; what was given is not said."""
    meant = nearest(given, known)
    return f"{reason.rstrip('.')}; did you mean {meant}?" if meant else reason


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


def _keys_at(model: type[BaseModel], loc: Iterable[int | str]) -> list[str]:
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
    return {one.name: one.type for one in fields(model)} if is_dataclass(model) else {}


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
