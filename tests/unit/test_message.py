"""Statements: English text that knows what it was made of, whatever its parameters hold."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.message import Statement, joined, recognised, say, say_count, unless_plain
from tests.fixtures.values import VALUES

GERMAN = {
    "{count} password of {name}": "{count} Passwort von {name}",
    "{count} passwords of {name}": "{count} Passwörter von {name}",
    "filter {name} lets {what} out": "Filter {name} lässt {what} hinaus",
    "calls": "Anrufe",
    "{one} and {other}": "{one} und {other}",
}


def german(singular, plural, count):
    return GERMAN[plural if plural and count != 1 else singular]


def passwords(count, name="Mia"):
    return say_count(
        "{count} password of {name}", "{count} passwords of {name}", count=count, name=name
    )


def test_a_statement_is_its_english_text():
    said = say("filter {name} lets {what} out", name="extern", what=say("calls"))
    assert said == "filter extern lets calls out"
    assert type(str(said)) is str
    assert json.dumps([said]) == '["filter extern lets calls out"]'
    assert {said: 1}["filter extern lets calls out"] == 1


def test_a_statement_can_be_told_in_another_language_with_all_its_parts():
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
    assert said.told(german) == translated


def test_one_part_stands_for_itself_and_none_for_nothing():
    only = say("calls")
    assert joined("{one} and {other}", [only]) is only
    assert joined("{one} and {other}", []) == ""


def test_a_parameter_that_is_missing_is_an_error_where_the_statement_is_made():
    with pytest.raises(KeyError):
        say("filter {name} lets {what} out", name="extern")


def test_a_statement_does_not_change():
    said = passwords(2)
    for name in ("template", "parameters", "other"):
        with pytest.raises(AttributeError):
            setattr(said, name, "x")


def pickled(said):
    return pickle.loads(pickle.dumps(said))  # noqa: S301 -- our own


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_the_same_statement(again):
    said = say("filter {name} lets {what} out", name="extern", what=say("calls"))
    found = again(said)
    assert found == said
    assert found.told(german) == said.told(german)


@pytest.mark.parametrize("value", [*VALUES, "x" * 10_000])
def test_a_hostile_value_stays_text(value):
    said = say("filter {name} lets {what} out", name=value, what=value)
    assert said == "filter " + value + " lets " + value + " out"
    assert said.told(german) == "Filter " + value + " lässt " + value + " hinaus"


@settings(deadline=None)
@given(name=st.text(), what=st.text(), count=st.integers(0, 3))
def test_values_are_put_in_once_and_mean_nothing(name, what, count):
    said = say("filter {name} lets {what} out", name=name, what=what)
    assert said == "filter " + name + " lets " + what + " out"
    assert said.told(german) == "Filter " + name + " lässt " + what + " hinaus"
    assert passwords(count, name).told(german).endswith(" von " + name)


@settings(deadline=None)
@given(parts=st.lists(st.text(), min_size=2, max_size=5))
def test_joined_values_mean_nothing(parts):
    said = joined("{one} and {other}", parts)
    assert said == " and ".join(parts)
    assert said.told(german) == " und ".join(parts)


@settings(deadline=None)
@given(name=st.text(), what=st.text())
def test_what_is_recognised_says_the_same(name, what):
    text = f"filter {name} lets {what} out"
    found = recognised(text, GERMAN)
    assert bool(found) is bool(name and what)
    assert all(one == text for one in found)


def test_the_template_that_leaves_least_open_is_recognised():
    assert [one.template for one in recognised("a b", ["{x}", "a {x}"])] == ["a {x}", "{x}"]
    assert recognised("c", ["a {x}"]) == []


def test_a_statement_with_a_plain_part_is_plain():
    said = say("filter {name} lets {what} out", name="x", what="words of somebody")
    assert unless_plain(said, [say("calls")]) is said
    assert not isinstance(unless_plain(said, ["words of somebody"]), Statement)
