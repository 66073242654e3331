"""Objects asked for over WebSocket: one that the PBX does not show is named, never skipped."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.dialects import load_dialect
from auditor.messages.message import NOTHING, say
from auditor.model.vocabulary import Area
from auditor.sources.live.app_socket.allowed_messages import PROPERTIES
from auditor.sources.live.app_socket.hot_desk_objects import ObjectAsker
from auditor.sources.live.app_socket.questions import SILENT, SilentError
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.app_objects import read_object
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import Reading
from tests.fixtures.pbx import site_of
from tests.fixtures.sentences import says

SITE = site_of("hardened")
NAME = "hot-desk-base"
DIALECT = load_dialect("documented")
BASE = read_object(
    {"guid": "0a", "cn": "Hot Desk Base", "h323": NAME}, PROPERTIES, DIALECT, "cfg.txt"
)
assert BASE is not None
FIRMWARE = "13r3 sr2"


class Asked:
    """A session that answers as a test says."""

    over = NOTHING

    def __init__(self, answer):
        self.questions = []
        self._answer = answer

    def ask(self, _api, _mt, fields):
        self.questions.append(fields)
        found = self._answer(fields)
        if isinstance(found, RefusedError):
            raise found
        return found

    def go_on(self, *, after):
        """Nothing is over that could be asked on."""


def ask(answer, one=BASE):
    """Return what was asked, the reading that it was noted in, and the one that was known."""
    session: Any = Asked(answer)
    reading, known = (Reading(name, "app-socket") for name in ("socket", "cfg.txt"))
    known.objects.append(one)
    known.secrets.append(None)
    asker = ObjectAsker(session, reading, Ledger("socket", say("again")), DIALECT, SITE)
    asker.ask(known, FIRMWARE, lambda _: None)
    return session.questions, reading, known


def shows(**fields):
    return lambda _: {"mt": "GetObjectResult", "guid": "0a", "cn": BASE.cn, "h323": NAME, **fields}


def test_an_object_that_is_shown_is_compared():
    questions, reading, _ = ask(shows())
    assert [one["template"] for one in questions] == ["without", "with"]
    assert reading.gaps == []
    assert says("objects compared: all agree", " ".join(reading.notes))


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: {"mt": "GetObjectResult"},
        lambda _: {"mt": "GetObjectResult", "guid": ""},
        shows(guid="0b"),
        shows(guid=7),
    ],
)
def test_none_or_another_is_one_gap_with_its_name(answer):
    _, reading, known = ask(answer)
    assert [(gap.area, gap.source) for gap in reading.gaps] == [(Area.OBJECTS, "socket")]
    assert BASE.cn in reading.gaps[0].reason
    assert reading.objects == []
    assert known.objects == [BASE]


def test_one_without_a_guid_is_asked_for_by_its_name():
    questions, reading, _ = ask(shows(), BASE._replace(guid=""))
    assert [one.get("cn") for one in questions] == [BASE.cn] * 2
    assert reading.gaps == []


def test_another_one_of_that_name_is_a_gap():
    _, reading, _ = ask(shows(cn="Other"), BASE._replace(guid=""))
    assert [gap.area for gap in reading.gaps] == [Area.OBJECTS]


@pytest.mark.parametrize("name", ["", "a*", "a\nb", "x" * 257])
def test_one_that_cannot_be_named_is_noted(name):
    questions, reading, _ = ask(shows(), BASE._replace(guid="not hex", cn=name))
    assert questions == []
    assert len(reading.notes) == 1
    assert reading.gaps == []


@pytest.mark.parametrize("template", ["without", "with"])
def test_silence_ends_the_asking_and_says_why(template):
    plain = shows()

    def answer(fields):
        return SilentError(SILENT) if fields["template"] == template else plain(fields)

    _, reading, _ = ask(answer)
    assert len(reading.notes) == 1
    assert SILENT in reading.notes[0]
    assert reading.gaps == []


def test_an_error_of_one_is_noted_and_the_next_is_asked_for():
    questions, reading, _ = ask(lambda _: RefusedError(say("the answer is an error")))
    assert len(questions) == 2
    assert len(reading.notes) == 1
