"""A PBX that answers one question twice, and differently: nothing rests on either answer.

The further answer is seen where it comes before the end of the connection; it is never waited for.
"""

from __future__ import annotations

from functools import cache

import pytest

from auditor.facts import CONNECTED_APPS
from auditor.model.site import AppSocket
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.server import SimulatorServer
from auditor.simulator.sockets.app_client import ClientSocket
from auditor.simulator.sockets.app_session import AppSession
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence

PASSWORD = "gruen-3141592653"
DECIDED = {"passed", "failed"}
BASE = "hot-desk-base"
TEMPLATE, PARENT = "Hot Desk Base Template", "Config User"


def found(*rights):
    """Return the status of each control, and the snapshot, of a PBX that is asked as an App."""
    plain = site_of()
    lists = plain.lists.model_copy(update={"admin_apps": [*plain.lists.admin_apps, NAME]})
    with SimulatorServer(with_app(simulated(), rights or ("admin",), PASSWORD), tls=True) as server:
        site = plain.model_copy(
            update={
                "lists": lists,
                "target": plain.target.model_copy(update={"dialect": "documented"}),
                "tls": trusted(server),
                "websocket": AppSocket(app=NAME),
            }
        )
        viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
        credentials = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
        with certain_silence():
            limits = LiveOptions(timeout=4.0, back_off=0.0)
            snapshot = read_live(server.url, site, credentials, limits)
        assert server.writes == 0
    return statuses(judge(snapshot, site, profile="strict")), snapshot


@cache
def usual(*rights):
    return found(*rights)


@pytest.fixture
def answers(monkeypatch):
    """Let the simulated PBX say something else instead of an answer to a message, or besides it."""
    usual()

    def set_(mt, change):
        for session in (AppSession, ClientSocket):
            before = session.answer

            def answer(self, message, before=before):
                said = before(self, message)
                return change(said) if message["mt"] == mt and said else said

            monkeypatch.setattr(session, "answer", answer)

    return set_


def again(**fields):
    """Return the usual answer, and another one."""
    return lambda said: [*said, {**said[0], **fields}]


def first(**fields):
    """Return another answer, and the usual one."""
    return lambda said: [{**said[0], **fields}, *said]


def with_parents(said):
    objects = [{**one, "config": [PARENT]} for one in said[0]["objects"]]
    return [*said, {**said[0], "objects": objects}]


def without_mark(said):
    changed = {name: value for name, value in said[0].items() if name != "src"}
    return [*said, {**changed, "turn": "turn.example.com"}]


TWICE = [
    ("GetStun", again(turn="turn.example.com"), {"RPX-07"}, {"turn_server"}),
    ("GetStun", without_mark, {"RPX-07"}, {"turn_server"}),
    ("GetStun", first(turn="turn.example.com", turnUsr="t"), {"RPX-07"}, {"turn_server"}),
    ("GetRPs", again(rp=[]), {"RPX-01"}, {"reverse_proxies"}),
    ("GetConfigObjects", with_parents, {"HD-08"}, {"objects"}),
    ("GetConfigs", again(configs=[]), {"HD-08"}, {"objects"}),
    ("LoginInfo", again(user={"digest": True, "ntlm": True, "oauth2": False}), {"PBX-12"},
     {"authentication_type"}),
    ("GetObject", again(config=PARENT), {"HD-08"}, {"objects"}),
    ("GetObject", again(hide=False), {"HD-04", "HD-13"}, {"objects"}),
    ("GetFilters", again(filter=[]), set(), {"call_filters"}),
]  # fmt: skip


@pytest.mark.parametrize(("mt", "change", "controls", "areas"), TWICE)
def test_nothing_rests_on_either_answer(answers, mt, change, controls, areas):
    answers(mt, change)
    after, snapshot = found()
    assert {usual()[0][one] for one in controls} <= DECIDED
    assert {one: after[one] for one in controls if after[one] in DECIDED} == {}
    assert areas <= {gap.area for gap in snapshot.gaps if gap.doubtful}


@pytest.mark.parametrize(
    "mt", [*("GetStun", "GetConfigObjects", "LoginInfo", "CheckBuild", "GetObject", "GetRPs")]
)
def test_the_same_answer_again_takes_nothing_away(answers, mt):
    answers(mt, again())
    assert found()[0] == usual()[0]


def test_another_answer_about_an_app_is_a_state_that_nobody_knows(answers):
    def turned(said):
        rows = [{**one, "connected": not one["connected"]} for one in said[0]["objects"]]
        return [*said, {**said[0], "objects": rows}]

    answers("GetAppObjects", turned)
    _, snapshot = found()
    assert CONNECTED_APPS in usual()[1].settings
    assert CONNECTED_APPS not in snapshot.settings


def test_another_box_is_believed_at_no_socket_of_the_address(answers):
    answers("GetRPs", lambda said: [{**said[0], "hw": "009033ffeedd"}])
    after, snapshot = found()
    assert "authentication_type" not in snapshot.settings
    assert after["PBX-12"] not in DECIDED
    assert "authentication_type" in {gap.area for gap in snapshot.gaps}


def row_of(h323, **columns):
    """Return the row of an object, and another one of it."""

    def change(said):
        is_it = (said[0].get("columns") or {}).get("h323") == h323
        return [*said, {**said[0], "columns": {**said[0]["columns"], **columns}}] if is_it else said

    return change


def row_first(h323, **columns):
    """Return another row of an object, and then its own."""
    change = row_of(h323, **columns)
    return lambda said: change(said)[::-1]


def behind_the_end(said):
    """Return the end, and behind it a row that nobody asked for."""
    if said[0].get("columns"):
        return said
    one = next(one for one in simulated().objects if one.names.get("h323") == BASE)
    return [*said, {**said[0], "columns": {"guid": one.guid, "hide": False}}]


def strange_row(**more):
    """Return a row of an object that nobody knows."""
    columns = {"guid": "ab" * 16, "cn": "evil", "h323": "evil", "pseudo": "", "devices": FLAG}
    return {**columns, **more}


def behind(columns):
    """Return the end of a table, and a row behind it."""
    return lambda said: said if said[0].get("columns") else [*said, {**said[0], "columns": columns}]


def before(columns, **fields):
    """Return a row under another mark before that of the base user."""

    def change(said):
        is_it = (said[0].get("columns") or {}).get("h323") == BASE
        return [{**said[0], "columns": columns, **fields}, *said] if is_it else said

    return change


FLAG = [{"hw": BASE, "text": "Hot Desk", "no-filter": True}]
ROWS = [
    (row_of(BASE, hide=False), {"HD-04"}),
    (row_first(BASE, hide=False), {"HD-04"}),
    (row_of(BASE, config=PARENT), {"HD-08"}),
    (row_of(BASE, devices=FLAG), {"HD-15"}),
    (behind_the_end, {"HD-04"}),
]


@pytest.mark.parametrize(
    "change",
    [
        behind(strange_row()),
        behind(strange_row(guid="")),
        behind(["evil"]),
        before(strange_row(), src="other"),
    ],
)
def test_a_row_that_nobody_asked_for_may_be_one_of_more(answers, change):
    rights = ("admin", "tableusers")
    usual_status = usual(*rights)[0]
    answers("ReplicateNext", change)
    after, snapshot = found(*rights)
    assert usual_status["HD-04"] == "passed"
    assert after["HD-04"] == "unknown"
    assert {"objects", "devices"} <= {gap.area for gap in snapshot.gaps}


def test_the_row_that_an_object_has_may_come_again_behind_the_end(answers):
    rights = ("admin", "tableusers")
    as_before = usual(*rights)[0]
    rows = []

    def change(said):
        if said[0].get("columns"):
            rows.append(said[0])
            return said
        return [*said, *[row for row in rows if row["src"] == said[0]["src"]][-3:], *said]

    answers("ReplicateNext", change)
    assert found(*rights)[0] == as_before


def beside_an_unreadable_row(said):
    """Return rows that say something else of one object, and of another what cannot be read."""
    columns = said[0].get("columns") or {}
    changes: dict[str, dict[str, object]] = {BASE: {"devices": FLAG}, "users": {"pseudo": "<"}}
    changed = changes.get(columns.get("h323"), {})
    return [{**said[0], "columns": {**columns, **changed}}] if changed else said


@pytest.mark.parametrize(("change", "controls"), ROWS)
def test_a_row_that_comes_twice_and_differently_is_no_row(answers, change, controls):
    rights = ("admin", "tableusers")
    before = usual(*rights)[0]
    answers("ReplicateNext", change)
    after, snapshot = found(*rights)
    assert {before[one] for one in controls} <= DECIDED
    assert {one: after[one] for one in controls if after[one] in DECIDED} == {}
    assert "objects" in {gap.area for gap in snapshot.gaps if gap.doubtful}


def test_a_row_that_cannot_be_read_hides_no_other(answers):
    rights = ("admin", "tableusers")
    before = usual(*rights)[0]
    answers("ReplicateNext", beside_an_unreadable_row)
    after, _ = found(*rights)
    assert (before["HD-15"], after["HD-15"]) == ("passed", "unknown")


def once(change):
    """Return an answer that is changed the first time only."""
    left = [change]
    return lambda said: left.pop()(said) if left and change(said) != said else said


def test_a_row_of_a_first_reading_is_not_forgotten_by_a_second_one(answers):
    rights = ("admin", "tableusers")
    usual(*rights)
    answers("ReplicateNext", once(row_of(BASE, hide=False)))
    after, _ = found(*rights)
    assert after["HD-04"] not in DECIDED


def test_rows_until_a_table_breaks_off_are_no_silence(answers):
    """A table that goes round in circles is no list of objects, and what it shows counts."""
    rights = ("admin", "tableusers")
    before = usual(*rights)[0]

    def circling(said):
        columns = said[0].get("columns") or {}
        off = {"hide": False} if columns.get("h323") == BASE else {}
        return [{**said[0], "columns": {**columns, **off}}] * 2 if columns else said

    answers("ReplicateNext", lambda said: [*said, *said])
    assert found(*rights)[0]["HD-04"] == before["HD-04"]
    answers("ReplicateNext", circling)
    assert found(*rights)[0]["HD-04"] == before["HD-04"]


@pytest.mark.parametrize(
    "change",
    [
        again(version="12r1"),
        again(version="12r1", build="1"),
        first(version="12r1"),
        again(build="1"),
        again(version=7),
    ],
)
def test_a_pbx_that_says_two_builds_says_none(answers, change):
    answers("CheckBuild", change)
    _, snapshot = found()
    assert "box" in {gap.area for gap in snapshot.gaps if gap.doubtful}
    assert "box" not in {gap.area for gap in usual()[1].gaps}


def test_a_template_that_says_itself_what_it_inherits(answers):
    def named(said):
        is_it = said[0].get("cn") == TEMPLATE
        return [{**said[0], "config": PARENT}] if is_it else said

    answers("GetObject", named)
    after, _ = found()
    assert after["HD-08"] not in DECIDED
