"""A text that is no sentence is found."""

from __future__ import annotations

import pytest

from auditor.messages.message import Message, english, say, say_count, together
from tests.rules.wording import Said, faults


@pytest.mark.parametrize(
    ("about", "sentence", "fault"),
    [
        (say("box"), say("box is on"), "the label twice"),
        ("", say("it goes to {target}, inside", target=" "), "a hole"),
        ("", say("what it does (see {name})", name=" "), "a hole"),
        ("", say("it is {reason}.;", reason="x"), "marks twice"),
        ("", Message("{one}; {other}", {"parts": (say("box"), say("box"))}), "a clause twice"),
        ("", say_count("{count} object", "1 objects", 2), "one of many"),
        ("", say("look at time_server"), "a bare key"),
    ],
)
def test_a_sentence_that_is_none_is_refused(about, sentence, fault, monkeypatch):
    monkeypatch.setattr(
        "tests.rules.wording.LANGUAGES",
        {"en": english},
    )
    assert any(f": {fault}: " in found for found in faults(Said(about, sentence)))


def test_what_is_empty_is_said_to_be():
    assert str(say("it goes to {target}", target="")) == "it goes to (empty)"


def test_what_is_said_twice_is_said_once():
    assert together(say("box"), say("box")) == "box"
