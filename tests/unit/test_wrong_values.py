"""What is wrong with a document is said in our words, whatever pydantic calls it."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import import_module
from typing import Annotated, Literal, get_args

import pytest
from pydantic import BaseModel, Field, Strict, StringConstraints, ValidationError
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType

import auditor
from auditor.files.wrong_values import OURS, WORDS, all_problems, first_problem, words
from auditor.model.base import Document
from auditor.model.site import Site
from auditor.model.vocabulary import Severity
from auditor.model.waiver_document import WaiverDocument

# What only pydantic would say.
THEIRS = ("Input should", "Field required", "Extra inputs", "Value error", "Unable to", "instance")
# The errors that each kind of schema can raise, and each limit of one.
RAISED = {
    "str": ("string_type", "string_unicode"),
    "int": ("int_type", "int_parsing", "int_parsing_size", "int_from_float"),
    "float": ("float_type", "float_parsing", "finite_number"),
    "bool": ("bool_type", "bool_parsing"),
    "date": (
        *("date_type", "date_parsing", "date_from_datetime_parsing"),
        "date_from_datetime_inexact",
    ),
    "datetime": ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
    "list": ("list_type",),
    "tuple": ("tuple_type",),
    "frozenset": ("frozen_set_type", "set_item_not_hashable"),
    "set": ("set_type", "set_item_not_hashable"),
    "dict": ("dict_type",),
    "literal": ("literal_error",),
    "enum": ("enum",),
    "model": ("model_type",),
    "model-fields": ("missing", "extra_forbidden", "model_attributes_type"),
    "dataclass": ("dataclass_type",),
    "dataclass-args": ("missing", "extra_forbidden", "dataclass_type"),
    "tagged-union": ("union_tag_invalid", "union_tag_not_found"),
    "function-after": ("value_error",),
    "function-before": ("value_error",),
    "function-plain": ("value_error",),
    "function-wrap": ("value_error",),
    "is-instance": ("is_instance_of",),
}
LIMITS = {
    "pattern": ("string_pattern_mismatch",),
    "gt": ("greater_than",),
    "ge": ("greater_than_equal",),
    "lt": ("less_than",),
    "le": ("less_than_equal",),
    "multiple_of": ("multiple_of",),
}
LENGTHS = {
    "min_length": {"str": "string_too_short", "": "too_short"},
    "max_length": {"str": "string_too_long", "": "too_long"},
}
# Schemas that only hold others, or accept everything.
NO_ERRORS = frozenset(
    {
        *("any", "default", "definitions", "definition-ref", "nullable", "union", "lax-or-strict"),
        *("json-or-python", "chain", "model-field", "dataclass-field", "typed-dict-field"),
        # How a function of ours is called, which is no schema.
        *("no-info", "with-info"),
    }
)


def every_model() -> list[type[BaseModel]]:
    for module in pkgutil.walk_packages(auditor.__path__, "auditor."):
        if not module.name.endswith(("__main__", ".migrations.env")):
            import_module(module.name)
    found, left = [], [Document]
    while left:
        one = left.pop()
        found.append(one)
        left += one.__subclasses__()
    return [one for one in found if one.__module__.startswith("auditor.")]


def schemas(value: object) -> Iterator[Mapping[str, object]]:
    """Yield every schema inside another."""
    if isinstance(value, Mapping):
        if isinstance(value.get("type"), str):
            yield value
        for inner in value.values():
            yield from schemas(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from schemas(inner)


def raised(schema) -> set[str]:
    """Return the kinds of errors that a schema can raise by itself."""
    kind = schema["type"]
    if kind not in RAISED:
        return set()
    kinds = set(RAISED[kind])
    for limit, errors in LIMITS.items():
        kinds |= set(errors) if schema.get(limit) is not None else set()
    for limit, by_kind in LENGTHS.items():
        if schema.get(limit) is not None:
            kinds.add(by_kind.get(kind, by_kind[""]))
    return kinds


def details(kind, **context):
    return {"type": kind, "loc": ("key",), "msg": "", "input": None, "ctx": context}


@pytest.mark.slow
def test_each_kind_that_our_models_can_raise_has_words_of_its_own():
    kinds, seen = set(), set()
    for model in every_model():
        model.model_rebuild()
        for schema in schemas(model.__pydantic_core_schema__):
            seen.add(schema["type"])
            kinds |= raised(schema)
    assert len(kinds) > 20
    assert kinds <= {*WORDS, *OURS}
    # A schema that is new here may raise errors that nobody gave words to.
    assert seen <= {*RAISED, *NO_ERRORS}


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_no_kind_is_said_in_the_words_of_pydantic(kind):
    said = words(details(kind, error=ValueError("ours"), expected="'a' or 'b'"))
    assert said
    assert not any(text in said for text in THEIRS)
    assert "{" not in said
    try:
        theirs = PydanticKnownError(kind, {}).message()
    except (TypeError, ValueError):
        return  # it needs a limit to be said at all
    assert said != theirs


class Inner(Document):
    colour: Literal["red", "green"] = "red"
    weight: Annotated[float, Field(ge=1, le=5.0)] = 1


class Whole(Document):
    name: Annotated[str, StringConstraints(min_length=1, max_length=3)] = "x"
    letter: Annotated[str, StringConstraints(min_length=2)] = "xy"
    count: int = 1
    flag: bool = False
    day: Annotated[date, Strict()] = date(2026, 1, 1)
    inner: Inner = Inner()
    many: list[Inner] = Field(default_factory=list)
    by_name: dict[str, Inner] = Field(default_factory=dict)
    level: Severity = Severity.HIGH
    mixed: bool | int | list[str] = 1
    needed: str


@pytest.mark.parametrize(
    ("content", "keys", "says"),
    [
        ({}, ("needed",), "missing"),
        ({"needed": "x", "nam": "y"}, ("nam",), "did you mean name?"),
        ({"needed": "x", "inner": {"color": "red"}}, ("inner", "color"), "did you mean colour?"),
        ({"needed": "x", "many": [{}, {"wieght": 1}]}, ("many", "1", "wieght"), "mean weight?"),
        ({"needed": "x", "by_name": {"a": {"colur": 1}}}, ("by_name", "a", "colur"), "colour"),
        ({"needed": "x", "inner": {"colour": "gren"}}, ("inner", "colour"), "did you mean green?"),
        ({"needed": "x", "level": "critcal"}, ("level",), "did you mean critical?"),
        ({"needed": "x", "level": "qqqqqq"}, ("level",), "'critical', 'high'"),
        ({"needed": 1}, ("needed",), "quotation marks"),
        ({"needed": "x", "count": "one"}, ("count",), "whole number"),
        ({"needed": "x", "flag": "perhaps"}, ("flag",), "true or false"),
        ({"needed": "x", "day": "2026-01-31"}, ("day",), "2027-01-31"),
        ({"needed": "x", "name": ""}, ("name",), "empty"),
        ({"needed": "x", "name": "abcd"}, ("name",), "3 characters"),
        ({"needed": "x", "letter": "a"}, ("letter",), "2 characters"),
        ({"needed": "x", "inner": {"weight": 9}}, ("inner", "weight"), "5 or less"),
        ({"needed": "x", "inner": "red"}, ("inner",), "table"),
        ({"needed": "x", "many": "red"}, ("many",), "list"),
        ({"needed": "x", "mixed": "x"}, ("mixed",), ", or "),
    ],
)
def test_a_typing_error_is_named_with_its_keys(content, keys, says):
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(content)
    problem = first_problem(caught.value, Whole, content)
    assert problem.keys == keys
    assert says in problem.reason
    assert not any(text in problem.reason for text in THEIRS)


@pytest.mark.parametrize("secret", ["Kn4r1-V0gel", "red-Kn4r1"])
def test_what_was_given_is_never_said(secret):
    for content in ({"needed": "x", "inner": {"colour": secret}}, {"needed": "x", "count": secret}):
        with pytest.raises(ValidationError) as caught:
            Whole.model_validate(content)
        assert "Kn4r1" not in first_problem(caught.value, Whole, content).told()


@pytest.mark.parametrize(
    ("model", "content", "meant"),
    [
        (Site, {"hotdesk": {}}, "hot_desk"),
        (Site, {"hot_desk": {"base_user": []}}, "base_users"),
        (Site, {"facts": {"ip_fliter": {}}}, "ip_filter"),
        (Site, {"controls": {"HD-01": {"severty": "high"}}}, "severity"),
        (WaiverDocument, {"waivers": [{"aprover": "x"}]}, "approver"),
    ],
)
def test_a_key_of_our_own_documents_is_found_again(model, content, meant):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(content)
    found = [one for one in caught.value.errors() if one["type"] == "extra_forbidden"]
    assert f"did you mean {meant}?" in words(found[0], model)


class _Inner(Document):
    name: str
    count: int = 1


class _Outer(Document):
    title: str
    inner: list[_Inner] = []  # noqa: RUF012 -- pydantic copies it


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ({"titel": "x"}, ["titel"]),  # not missing as well
        ({"other": "x"}, ["other", "title"]),
        (
            {"title": 1, "inner": [{"nam": "a", "count": "x"}, {"name": "b"}, {"x": 1}]},
            ["title", "inner.0.count", "inner.0.nam", "inner.2.name", "inner.2.x"],
        ),
        ({"title": "x", "inner": {}}, ["inner"]),
    ],
)
def test_everything_that_is_wrong_is_told_once(content, places):
    with pytest.raises(ValidationError) as caught:
        _Outer.model_validate(content)
    found = all_problems(caught.value, _Outer, content)
    assert sorted(".".join(one.keys) for one in found) == sorted(places)
    assert found[0] == first_problem(caught.value, _Outer, content)
