"""Messages: English text that knows what it was made of, whatever its parameters hold."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from auditor.messages.both import Both
from auditor.messages.languages import translated
from auditor.messages.message import (
    NOTHING,
    Message,
    Text,
    content_of,
    joined,
    loaded,
    say,
    say_count,
    together,
)
from tests.fixtures.values import VALUES

GERMAN = {
    "{count} password of {name}": "{count} Passwort von {name}",
    "{count} passwords of {name}": "{count} Passwörter von {name}",
    "filter {name} lets {what} out": "Filter {name} lässt {what} hinaus",
    "calls": "Anrufe",
    "{one} and {other}": "{one} und {other}",
    "(empty)": "(leer)",
}


def german(singular, plural, count):
    return GERMAN[plural if plural and count != 1 else singular]


def passwords(count, name="Mia"):
    return say_count(
        "{count} password of {name}", "{count} passwords of {name}", count=count, name=name
    )


def told(said):
    assert isinstance(said, Message)
    return said.told(german)


def test_a_message_is_its_english_text():
    said = say("filter {name} lets {what} out", name="extern", what=say("calls"))
    assert said == "filter extern lets calls out"
    assert type(str(said)) is str
    assert json.dumps([said]) == '["filter extern lets calls out"]'
    numbers: dict[str, int] = {said: 1}
    assert numbers["filter extern lets calls out"] == 1


def test_a_message_can_be_told_in_another_language_with_all_its_parts():
    said = say("filter {name} lets {what} out", name="extern", what=say("calls"))
    assert said.told(german) == "Filter extern lässt Anrufe hinaus"
    assert passwords(1).told(german) == "1 Passwort von Mia"
    assert passwords(0).told(german) == "0 Passwörter von Mia"
    assert str(passwords(1)) == "1 password of Mia"
    assert str(passwords(2)) == "2 passwords of Mia"


@pytest.mark.parametrize(
    "said",
    [
        say("the telnet port"),
        say("filter {name} lets {what} out", name="extern", what=say("the telnet port")),
        joined("{one} and {other}", [say("calls"), say("the telnet port")]),
    ],
)
def test_a_part_that_a_language_lacks_makes_the_whole_one_lack(said):
    with pytest.raises(KeyError):
        said.told(german)


@pytest.mark.parametrize(
    ("parts", "english", "translated"),
    [
        (["a", "b", "c"], "a and b and c", "a und b und c"),
        ([say("calls"), "b"], "calls and b", "Anrufe und b"),
    ],
)
def test_parts_are_joined_as_the_language_joins_them(parts, english, translated):
    said = joined("{one} and {other}", parts)
    assert said == english
    assert told(said) == translated


def test_one_part_stands_for_itself_and_none_for_nothing():
    only = say("calls")
    assert joined("{one} and {other}", [only]) is only
    assert joined("{one} and {other}", []) == ""


def test_a_parameter_that_is_missing_is_an_error_where_the_message_is_made():
    with pytest.raises(KeyError):
        say("filter {name} lets {what} out", name="extern")


def test_a_message_does_not_change():
    said = passwords(2)
    for name in ("template", "parameters", "other"):
        with pytest.raises(AttributeError):
            setattr(said, name, "x")


def pickled(said):
    return pickle.loads(pickle.dumps(said))  # noqa: S301 -- our own


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_the_same_message(again):
    said = say("filter {name} lets {what} out", name="extern", what=say("calls"))
    found = again(said)
    assert found == said
    assert found.told(german) == said.told(german)


@pytest.mark.parametrize("value", [*filter(None, VALUES), "x" * 10_000])
def test_a_hostile_value_stays_text(value):
    said = say("filter {name} lets {what} out", name=value, what=value)
    assert said == "filter " + value + " lets " + value + " out"
    assert said.told(german) == "Filter " + value + " lässt " + value + " hinaus"


def test_a_value_that_is_empty_leaves_no_hole():
    said = say("filter {name} lets {what} out", name="", what=NOTHING)
    assert said == "filter (empty) lets  out"
    assert said.told(german) == "Filter (leer) lässt  hinaus"
    assert loaded(content_of(said)) == said


@settings(deadline=None, derandomize=True, database=None)
@given(name=st.text(min_size=1), what=st.text(min_size=1), count=st.integers(0, 3))
def test_values_are_put_in_once_and_mean_nothing(name, what, count):
    said = say("filter {name} lets {what} out", name=name, what=what)
    assert said == "filter " + name + " lets " + what + " out"
    assert said.told(german) == "Filter " + name + " lässt " + what + " hinaus"
    assert passwords(count, name).told(german).endswith(" von " + name)


@settings(deadline=None, derandomize=True, database=None)
@given(parts=st.lists(st.text(), min_size=2, max_size=5))
def test_joined_values_mean_nothing(parts):
    said = joined("{one} and {other}", parts)
    assert said == " and ".join(parts)
    assert told(said) == " und ".join(parts)


def test_together_they_are_one_and_what_says_nothing_is_left_out():
    one, other = say("calls"), say("the telnet port")
    assert together(NOTHING, one, NOTHING) is one
    assert together() is NOTHING
    assert together(one, NOTHING, other) == "calls; the telnet port"


DOCUMENT = TypeAdapter(Message)
TEXT = TypeAdapter(Text)
MESSAGES = [
    NOTHING,
    say("calls"),
    passwords(2),
    say("filter {name} lets {what} out", name="{name}", what=say("calls")),
    joined("{one} and {other}", [say("calls"), "somebody's words"]),
]


def stored(adapter, text):
    """Return what a document holds, and what is read of it again."""
    content = json.loads(json.dumps(adapter.dump_python(text, mode="json")))
    return content, adapter.validate_python(content)


@pytest.mark.parametrize("said", MESSAGES, ids=str)
def test_a_document_holds_what_it_was_made_of(said):
    content, found = stored(DOCUMENT, said)
    assert content == "" if not said else content["template"] == said.template
    assert (found, found.template, found.parameters) == (said, said.template, said.parameters)


def test_a_name_in_a_document_stays_one():
    assert stored(TEXT, "calls") == ("calls", "calls")
    assert isinstance(stored(TEXT, say("calls"))[1], Message)
    assert not isinstance(stored(TEXT, "calls")[1], Message)


@pytest.mark.parametrize(
    "content",
    [
        "calls",
        3,
        None,
        [],
        {},
        {"template": 3},
        {"template": "calls", "plural": []},
        {"template": "calls", "parameters": []},
        {"template": "calls", "other": ""},
        {"template": "{name}", "parameters": {"what": "x"}},
        {"template": "{name} {name}", "parameters": {"name": "x"}},
        {"template": "x", "plural": "{name} {name}", "parameters": {"name": "x"}},
        {"template": "{name}", "parameters": {"name": None}},
        {"template": "{name}", "parameters": {"name": {"template": 3}}},
    ],
)
def test_what_is_no_message_is_refused(content):
    with pytest.raises(ValidationError):
        DOCUMENT.validate_python(content)


def test_no_document_makes_a_text_that_is_longer_than_itself():
    content = {"template": "{a}{b}", "parameters": {"a": "x", "b": "y"}}
    for _ in range(40):
        content = {"template": "{a}{b}", "parameters": {"a": content, "b": "z"}}
    assert len(DOCUMENT.validate_python(content)) < len(json.dumps(content))


def test_a_text_in_two_languages_is_its_english_text_and_cannot_be_changed():
    both = Both("Filters", "Filter")
    assert both == "Filters"
    assert type(str(both)) is str
    for again in (copy.deepcopy(both), pickle.loads(pickle.dumps(both))):  # noqa: S301
        assert (again, again.german) == (both, "Filter")
    with pytest.raises(AttributeError):
        both.german = "Sieb"
    assert (translated(both, "en"), translated(both, "de")) == ("Filters", "Filter")
    assert translated(Both("Filters"), "de") == "Filters"


def test_what_nobody_translated_is_said_in_english():
    said = say("like {what} of {count}", what=Both("one", "eins"), count=1_200)
    assert translated(said, "en") == "like one of 1200"
    assert translated(said, "de") == "like eins of 1200"
    assert translated(say(""), "de") == translated("", "de") == ""
