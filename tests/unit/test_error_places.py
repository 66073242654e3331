"""Places of errors are texts for people that know what they were made of."""

from __future__ import annotations

import copy
import pickle

import pytest

from auditor.errors import InputError, KeyPlace, LinePlace, OptionPlace
from auditor.fleet.runner.failures import of_account
from auditor.messages.languages import translated
from auditor.messages.message import say

PLACES = [
    (OptionPlace("--fail-on"), "--fail-on", {"key": "fail-on"}),
    (KeyPlace("tls", "ca_file"), "[tls] ca_file", {"table": "tls", "key": "ca_file", "of": ""}),
    (
        KeyPlace("recipient", "token_file", "ops: 1"),
        "[[recipient]] ops: 1: token_file",
        {"table": "recipient", "key": "token_file", "of": "ops: 1"},
    ),
    (LinePlace("C:\\a:7", 12), "C:\\a:7:12", {"file": "C:\\a:7", "line": 12}),
]


@pytest.mark.parametrize(("place", "text", "parts"), PLACES)
@pytest.mark.parametrize("passed", [lambda one: one, copy.deepcopy, copy.copy])
def test_a_place_reads_as_it_always_did_and_knows_its_parts(place, text, parts, passed):
    seen = passed(place)
    assert (seen, str(seen), type(seen)) == (text, text, type(place))
    assert {name: getattr(seen, name) for name in parts} == parts


@pytest.mark.parametrize(("place", "text", "parts"), PLACES)
def test_an_error_of_another_process_has_its_place(place, text, parts):
    sent = pickle.dumps(InputError(say("nothing"), where=place))
    error = pickle.loads(sent)  # noqa: S301 -- our own
    assert type(error.where) is type(place)
    assert {name: getattr(error.where, name) for name in parts} == parts
    assert str(error) == f"{text}: nothing"


@pytest.mark.parametrize(
    ("where", "key"),
    [
        (KeyPlace("credentials", "password_file"), "password_file"),
        (KeyPlace("devices", "password_file"), "[devices] password_file"),
        (KeyPlace("websocket", "app"), "[websocket] app"),
        (say("environment"), "environment"),
        ("/home/anna/secret file", "credentials"),
        ("", "credentials"),
    ],
)
def test_the_history_keeps_the_key_of_an_account_and_no_other_place(where, key):
    failure = of_account(InputError(say("nothing"), where=where))
    assert failure.reason == say("the credentials cannot be used: {key}", key=key)


def test_where_an_account_is_missing_is_said_in_the_language_of_the_reader():
    failure = of_account(InputError(say("nothing"), where=say("environment")))
    assert "environment" not in translated(failure.reason, "de")
