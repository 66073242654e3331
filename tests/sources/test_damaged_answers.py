"""A live PBX with an answer that is damaged: the rest of it counts, and the report says so."""

from __future__ import annotations

import pytest

from auditor.model.account import Unit
from auditor.model.vocabulary import Area
from auditor.simulator.sockets.app_client import ClientSocket
from auditor.simulator.sockets.app_session import AppSession
from tests.sources.test_answered_twice import BASE, DECIDED, PARENT, TEMPLATE, found, usual

ADMIN, BOTH = ("admin",), ("admin", "tableusers")


@pytest.fixture
def answers(monkeypatch):
    """Let the simulated PBX change each of its answers of a name."""

    def set_(mt, change):
        for session in (AppSession, ClientSocket):
            before = session.answer

            def answer(self, message, before=before):
                said = before(self, message)
                return [change(one) for one in said] if message["mt"] == mt else said

            monkeypatch.setattr(session, "answer", lambda *a, _said=answer: without(_said(*a)))

    return set_


def without(said):
    """Return answers but for those that are lost."""
    return [one for one in said if one is not None]


def with_parents(**more):
    """Return a page in which the template of the base user has a parent."""

    def change(said):
        page = [{**o, "config": [PARENT]} if o["cn"] == TEMPLATE else o for o in said["objects"]]
        return {**said, "objects": page, **more}

    return change


def listed(field, *more):
    return lambda said: {**said, field: [*said[field], *more]}


def of_base(**fields):
    return lambda said: {**said, **fields} if said.get("h323") == BASE else said


def rows(change):
    """Return a row in which the base user is shown, and another one that is changed."""

    def changed(said):
        columns = said.get("columns") or {}
        if columns.get("h323") == BASE:
            return {**said, "columns": {**columns, "hide": False}}
        return {**said, "columns": change(columns)} if columns else said

    return changed


def lost(said, behind=[False]):  # noqa: B006 -- one table of one test
    """Return the row of the base user, and nothing that comes behind it."""
    columns = said.get("columns") or {}
    is_base = columns.get("h323") == BASE
    behind[0] = behind[0] or is_base
    if is_base:
        return {**said, "columns": {**columns, "hide": False}}
    return None if behind[0] else said


CONTRADICTS = {
    "a page with an odd mark": ("GetConfigObjects", with_parents(more=5), "HD-08", ADMIN),
    "a list as mark": ("GetConfigObjects", with_parents(more=["x"]), "HD-08", ADMIN),
    "the same page again": ("GetConfigObjects", with_parents(more="Z"), "HD-08", ADMIN),
    "a template without name": (
        *("GetConfigObjects", lambda said: listed("objects", {}, 7)(with_parents()(said))),
        *("HD-08", ADMIN),
    ),
    "hide is a number": ("GetObject", of_base(hide=0), "HD-04", ADMIN),
    "Apps are a list": ("GetObject", of_base(apps=["phone"]), "HD-13", ADMIN),
    "a licence is a number": ("GetObject", of_base(uclic=1), "HD-13", ADMIN),
    "a row without guid": (
        *("ReplicateNext", rows(lambda columns: {**columns, "guid": ""}), "HD-04", BOTH),
    ),
    "a row that is a list": ("ReplicateNext", rows(lambda _: ["guid"]), "HD-04", BOTH),
    "a pseudo that is no XML": (
        *("ReplicateNext", rows(lambda columns: {**columns, "pseudo": "<pseudo"}), "HD-04", BOTH),
    ),
    "rows that are lost": ("ReplicateNext", lost, "HD-04", BOTH),
}


@pytest.mark.parametrize("name", CONTRADICTS)
def test_what_was_said_beside_the_damage_contradicts(answers, name):
    mt, change, control, rights = CONTRADICTS[name]
    before = usual(*rights)[0]
    answers(mt, change)
    after, _ = found(*rights)
    assert before[control] == "passed"
    assert after[control] != "passed"


@pytest.mark.parametrize(
    ("mt", "field", "area"),
    [("GetFilters", "filter", Area.CALL_FILTERS), ("GetConfigs", "configs", Area.OBJECTS)],
)
def test_a_list_of_names_with_an_entry_that_is_none(answers, mt, field, area):
    answers(mt, listed(field, 7, ""))
    _, snapshot = found()
    assert snapshot.gaps_in(area)
    answers(mt, listed(field, "Stranger"))
    _, snapshot = found()
    assert any("Stranger" in gap.reason for gap in snapshot.gaps_in(area))


ODD = [
    ("GetStun", lambda said: {**said, "turn": ["x"]}, "turn"),
    ("GetRPs", lambda said: {**said, "rp": [5]}, "rp"),
    ("GetRPs", lambda said: {**said, "hw": 5}, "hw"),
    ("GetRPs", lambda said: {**said, "addr": 5}, "addr"),
    ("GetBooleans", listed("booleans", {"guid": "a", "name": "b", "on": "true"}), "booleans"),
    ("GetNodes", listed("nodes", {"name": "master", "node": 5}), "node"),
    ("GetAppObjects", listed("objects", {"guid": "a", "connected": 1}), "objects"),
    ("LoginInfo", lambda said: {**said, "user": {**said["user"], "ntlm": 0}}, "ntlm"),
    ("CheckBuild", lambda said: {**said, "version": ["13r1"]}, "version"),
    ("CheckBuild", lambda said: {**said, "build": ["1"]}, "build"),
    ("GetObject", of_base(uclic=1), "uclic"),
    ("GetObject", of_base(apps=["phone"]), "apps"),
]


@pytest.mark.parametrize(("mt", "change", "field"), ODD)
def test_what_is_not_as_documented_is_counted_and_named(answers, mt, change, field):
    def odd(snapshot):
        return sum(
            tally.not_understood
            for one in snapshot.sources
            for tally in one.account
            if tally.unit is Unit.ATTRIBUTES
        )

    before = usual()[1]
    answers(mt, change)
    _, snapshot = found()
    assert odd(snapshot) > odd(before)
    notes = " ".join(str(one.note) for one in snapshot.sources)
    assert f"{field} is not as documented" in notes or f"({field})" in notes


def test_damage_that_says_nothing_takes_nothing_away(answers):
    before = usual()[0]
    answers("GetObject", of_base(uclic=None))
    after = found()[0]
    assert {one: after[one] for one in before if before[one] in DECIDED} == {
        one: status for one, status in before.items() if status in DECIDED
    }
