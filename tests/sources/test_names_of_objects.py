"""Names of all objects over WebSocket: pages, ends, and what is no list of all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from auditor.dialects import load_dialect
from auditor.messages.message import say
from auditor.sources.live.app_socket.allowed_messages import TYPES
from auditor.sources.live.app_socket.names_of_objects import (
    EntriesOfObjects,
    count_objects,
    list_objects,
)
from auditor.sources.live.app_socket.questions import SILENT, SilentError
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.app_objects import read_object
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import ObjectNames, Reading

PAGE = 20


class Pbx:
    """A session with a PBX that has these users and other objects."""

    def __init__(self, users, others, change=lambda _mt, _fields, answer: answer):
        self.asked = []
        self._users = sorted(users)
        self._others = others
        self._change = change

    def ask(self, _api, mt, fields):
        self.asked.append((mt, fields))
        if mt == "SearchUsers":
            found = [n for n in self._users if n > fields["cn"]][:PAGE]
            answer = {"user": [{"cn": n, "guid": f"g{n}", "h323": n, "emails": []} for n in found]}
        else:
            names = self._others.get(fields["pseudo"], ())
            answer = {"objects": [{"cn": n, "guid": f"g{n}"} for n in names]}
        found = self._change(mt, fields, {"mt": f"{mt}Result", **answer})
        if isinstance(found, RefusedError):
            raise found
        return found


def listed(pbx, known=()):
    reading = Reading("socket", "app-socket")
    ledger = Ledger("socket", say("again"))
    session: Any = pbx
    found: EntriesOfObjects = {}
    list_objects(session, AnswerReader(reading, ledger), known, lambda _: None, found)
    return ObjectNames("socket", tuple(found))


def names(found):
    return {cn for _, cn, _ in found.entries}


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_users_come_page_by_page_and_each_type_once(count):
    users = [f"u{n:03}" for n in range(count)]
    pbx = Pbx(users, {"app": ["a"], "trunk": ["t"], "config": ["c"]})
    assert names(listed(pbx)) == {*users, "a", "t", "c"}
    kinds = Counter(fields["pseudo"] for mt, fields in pbx.asked if mt == "GetPseudoObjects")
    assert kinds == Counter(kind for kind in TYPES if kind not in {"", "executive"})


def change_page(found):
    return lambda mt, _, answer: {**answer, "user": found} if mt == "SearchUsers" else answer


@pytest.mark.parametrize(
    "found",
    [
        None, {}, "x", [None], [{}], [{"cn": "a"}], [{"cn": "a", "guid": ""}],
        [{"cn": "", "guid": "g"}], [{"cn": 1, "guid": "g"}], [{"cn": "a", "guid": "g"}],
        [{"cn": "a*", "guid": "g"}], [{"cn": "a\nb", "guid": "g"}],
        [{"cn": "x" * 300, "guid": "g"}],
    ],
)  # fmt: skip
def test_what_is_no_page_or_never_ends_is_no_list(found):
    with pytest.raises(RefusedError):
        listed(Pbx(["a"], {}, change_page(found)))


@pytest.mark.parametrize("mt", ["SearchUsers", "GetPseudoObjects"])
def test_silence_at_the_beginning_ends_it_after_one_round(mt):
    pbx = Pbx(["a"], {}, lambda one, _, answer: SilentError(SILENT) if one == mt else answer)
    with pytest.raises(SilentError):
        listed(pbx)
    assert len(pbx.asked) <= 2


def test_a_type_that_fails_leaves_nothing():
    def change(_, fields, answer):
        return RefusedError(say("no")) if fields.get("pseudo") == "waiting" else answer

    with pytest.raises(RefusedError):
        listed(Pbx(["a"], {}, change))


def test_a_type_that_it_cannot_list_is_not_asked_around():
    pbx = Pbx(["a"], {})
    known = read_object({"guid": "0a", "cn": "a"}, ("cn",), load_dialect("documented"), "cfg.txt")
    assert known is not None
    strange = known._replace(kind="new-type")
    with pytest.raises(RefusedError):
        listed(pbx, [strange])
    assert pbx.asked == []


ODD = [None, {}, "x", {"cn": "u"}, {"cn": 1, "guid": "g"}, {"cn": "u", "guid": ""}]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("mt", "field"), [("SearchUsers", "user"), ("GetPseudoObjects", "objects")]
)
def test_an_entry_that_cannot_be_read_hides_no_other_one(odd, mt, field):
    users = [f"u{n:03}" for n in range(PAGE + 1)]

    def change(asked, _, answer):
        return {**answer, field: [odd, *answer[field]]} if asked == mt and answer[field] else answer

    session: Any = Pbx(users, {"app": ["a"], "waiting": ["w"]}, change)
    reader = AnswerReader(Reading("socket", "app-socket"), Ledger("socket", say("again")))
    notes: list[Any] = []
    (found,) = count_objects(session, reader, (), lambda _: None, notes.append)
    assert names(found) == {*users, "a", "w"}
    assert found.is_part
    assert len(notes) == 1
