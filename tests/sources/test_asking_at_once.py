"""One question at a time over a connection, and a right that is missing is waited for once."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest

from auditor.errors import TargetError
from auditor.messages.message import say
from auditor.model.site import AppSocket, Site
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API
from auditor.sources.live.app_socket.asking_at_once import (
    HAS_ADMIN,
    HAS_TABLE,
    WITHOUT_LOGIN,
    ask_at_once,
)
from auditor.sources.live.app_socket.login_session import App, LoginSession
from auditor.sources.live.app_socket.questions import SilentError, SocketQuestion
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions
from tests.fixtures.scripted_socket import APP, PASSWORD, pinned, result, scripted
from tests.fixtures.silence import certain_silence

LONG = 30.0
QUESTIONS = (
    HAS_ADMIN,
    SocketQuestion("GetRPs", ADMIN_API),
    SocketQuestion("GetStun", ADMIN_API),
    SocketQuestion("GetConfigs", ADMIN_API),
    HAS_TABLE,
)
NAMES = [one.mt for one in QUESTIONS]


@pytest.fixture(autouse=True)
def silence():
    with certain_silence():
        yield


def ask(server, questions=QUESTIONS):
    site = Site(tls=pinned(), websocket=AppSocket(app=APP))
    options = LiveOptions(timeout=LONG, deadline=60.0, back_off=0.0, pause=lambda _: None)
    with LoginSession.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
        return ask_at_once(server.url, site, options, session, questions)


def kinds(outcomes):
    return [type(one).__name__ if isinstance(one, RefusedError) else one["mt"] for one in outcomes]


ANSWERED = [f"{name}Result" for name in NAMES]


class TestOrder:
    def test_one_question_is_in_flight_over_a_connection(self):
        """How a PBX deals with several is documented nowhere."""
        opened: dict[int, Any] = {}
        ahead: list[str] = []

        def answer(message):
            connection = opened[threading.get_ident()]
            with suppress(TimeoutError):
                ahead.append(connection.recv(timeout=0.05))
            return result(message)

        with scripted(
            answer, first=lambda one: opened.update({threading.get_ident(): one})
        ) as server:
            found = ask(server)
        assert ahead == []
        assert kinds(found.as_app) == ANSWERED
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]

    def test_what_needs_no_login_is_waited_for_meanwhile(self):
        asked = threading.Event()

        def answer(message):
            if message["mt"] == "LoginInfo":
                asked.wait(LONG)
            if message["mt"] == HAS_TABLE.mt:
                asked.set()
            return result(message)

        with scripted(answer) as server:
            found = ask(server)
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]
        assert kinds(found.as_app) == ANSWERED

    def test_an_answer_that_comes_late_is_not_that_of_the_next_question(self):
        late = []

        def answer(message):
            if message["mt"] == "GetRPs":
                late.append(result(message, number=7))
                return None
            before, late[:] = [*late], []
            return [*before, result(message, number=8)]

        with scripted(answer) as server:
            found = ask(server).as_app
        assert kinds(found) == [ANSWERED[0], "SilentError", *ANSWERED[2:]]
        assert {one["number"] for at, one in enumerate(found) if at != 1} == {8}


class TestSilence:
    @pytest.mark.parametrize("silent", [{"GetRPs"}, {"ReplicateStart"}, {"GetConfigs"}])
    def test_of_one_is_none_of_another(self, silent):
        with scripted(lambda m: None if m["mt"] in silent else result(m)) as server:
            found = ask(server)
        expected = ["SilentError" if n in silent else f"{n}Result" for n in NAMES]
        assert kinds(found.as_app) == expected
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]

    def test_a_right_that_is_missing_is_asked_for_once(self):
        with scripted(lambda m: result(m) if m["mt"] == HAS_TABLE.mt else None) as server:
            found = ask(server)
        assert kinds(found.as_app) == ["SilentError"] * 4 + ["ReplicateStartResult"]
        assert kinds(found.without_login) == ["SilentError"] * 2
        asked = sorted(one["mt"] for one in server.messages)
        assert asked == sorted([HAS_ADMIN.mt, HAS_TABLE.mt, "LoginInfo"])

    def test_one_that_is_there_and_falls_silent_is_given_up(self):
        with scripted(lambda m: result(m) if m["mt"] == HAS_ADMIN.mt else None) as server:
            found = ask(server)
        assert kinds(found.as_app) == [
            ANSWERED[0], "SilentError", "SilentError", "RefusedError", "SilentError",
        ]  # fmt: skip
        assert "GetConfigs" not in {one["mt"] for one in server.messages}

    def test_what_was_answered_before_and_got_lost_is_asked_once_more(self):
        heard = []

        def answer(message):
            heard.append(message["mt"])
            is_lost = message["mt"] == "GetRPs" and heard.count("GetRPs") == 2
            return None if is_lost else result(message)

        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        options = LiveOptions(timeout=LONG, deadline=60.0)
        with scripted(answer) as server:  # noqa: SIM117
            with LoginSession.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
                for _ in range(2):
                    assert session.ask(ADMIN_API, "GetRPs")["mt"] == "GetRPsResult"
                assert session.requests.sent == 3
        assert heard.count("GetRPs") == 3

    def test_a_replication_is_never_begun_twice_over_one_connection(self):
        """Its silence is an outcome: asking again over the same connection is not on the list."""
        heard = []

        def answer(message):
            heard.append(message["mt"])
            return None if heard.count(HAS_TABLE.mt) == 2 else result(message)

        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        options = LiveOptions(timeout=LONG, deadline=60.0)
        with scripted(answer) as server:  # noqa: SIM117
            with LoginSession.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
                session.ask(HAS_TABLE.api, HAS_TABLE.mt, HAS_TABLE.fields, HAS_TABLE.mark)
                session.renew()
                with pytest.raises(SilentError):
                    session.ask(HAS_TABLE.api, HAS_TABLE.mt, HAS_TABLE.fields, "r1")

    def test_the_deadline_ends_all_of_it(self):
        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        options = LiveOptions(timeout=LONG, deadline=2.0)
        over = threading.Event()

        def answer(_):
            over.wait(LONG)

        with scripted(answer) as server:
            with LoginSession.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
                found = ask_at_once(server.url, site, options, session, QUESTIONS)
            over.set()
        assert kinds(found.as_app) == ["RefusedError"] * len(QUESTIONS)
        assert kinds(found.without_login) == ["RefusedError"] * len(WITHOUT_LOGIN)


class TestTrouble:
    def test_a_connection_that_breaks_leaves_the_rest_to_a_new_one(self):
        heard = []

        def answer(message):
            heard.append(message["mt"])
            breaks = message["mt"] == "GetStun" and heard.count("GetStun") == 1
            return "close" if breaks else result(message)

        with scripted(answer) as server:
            assert kinds(ask(server).as_app) == ANSWERED
        assert heard.count("GetConfigs") >= 1

    def test_what_was_answered_stays_if_nothing_can_be_reached_any_more(self):
        class Gone:
            def ask(self, _api, mt, *_):
                if mt == "GetStun":
                    raise TargetError(say("again"), where="", advice=say("again"))
                return {"mt": f"{mt}Result"}

            def renew(self):
                pass

        gone: Any = Gone()
        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        with scripted(result) as server:
            found = ask_at_once(server.url, site, LiveOptions(), gone, QUESTIONS)
        assert kinds(found.as_app) == [*ANSWERED[:2], *["RefusedError"] * 3]

    def test_an_error_is_that_of_one_question(self):
        def answer(message):
            return result(message, **({"error": 1} if message["mt"] == "GetStun" else {}))

        with scripted(answer) as server:
            found = kinds(ask(server).as_app)
        assert found == [*ANSWERED[:2], "DeniedError", *ANSWERED[3:]]

    def test_a_refused_login_refuses_all(self):
        with scripted(result, login=False) as server:
            found = ask(server)
        assert kinds(found.as_app) == ["RefusedError"] * len(QUESTIONS)
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]
