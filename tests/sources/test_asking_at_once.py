"""All that may stay silent is asked at once, so that it costs the time of one answer in all."""

from __future__ import annotations

import threading
from itertools import permutations

import pytest

from auditor.model.site import AppSocket, Site
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API
from auditor.sources.live.app_socket.asking_at_once import (
    HAS_ADMIN,
    HAS_TABLE,
    WITHOUT_LOGIN,
    ask_at_once,
)
from auditor.sources.live.app_socket.questions import Question, SilentError
from auditor.sources.live.app_socket.session import App, Session
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions
from tests.fixtures.scripted_socket import APP, PASSWORD, pinned, result, scripted

LONG, QUICK = 30.0, 2.0  # what is not silent answers within this on a busy machine, too
QUESTIONS = (
    HAS_ADMIN,
    Question("GetRPs", ADMIN_API),
    Question("GetStun", ADMIN_API),
    Question("GetConfigs", ADMIN_API),
    HAS_TABLE,
)
NAMES = [one.mt for one in QUESTIONS]


def ask(server, timeout, questions=QUESTIONS):
    site = Site(tls=pinned(), websocket=AppSocket(app=APP))
    options = LiveOptions(timeout=timeout, deadline=60.0, back_off=0.0, pause=lambda _: None)
    with Session.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
        return ask_at_once(server.url, site, options, session, questions)


def kinds(outcomes):
    return [type(one).__name__ if isinstance(one, RefusedError) else one["mt"] for one in outcomes]


ANSWERED = [f"{name}Result" for name in NAMES]


class TestOrder:
    def test_nothing_is_waited_for_before_all_is_asked(self):
        """A PBX that answers only behind the last question would be silent to one after another."""
        heard = []

        def answer(message):
            if message["mt"] in {one.mt for one in WITHOUT_LOGIN}:
                return result(message)
            heard.append(message)
            return [result(one) for one in heard] if len(heard) == len(QUESTIONS) else None

        with scripted(answer) as server:
            assert kinds(ask(server, LONG).as_app) == ANSWERED

    def test_what_needs_no_login_is_waited_for_meanwhile(self):
        asked = threading.Event()

        def answer(message):
            if message["mt"] == "LoginInfo":
                asked.wait(LONG)
            if message["mt"] == HAS_TABLE.mt:
                asked.set()
            return result(message)

        with scripted(answer) as server:
            found = ask(server, LONG)
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]
        assert kinds(found.as_app) == ANSWERED

    @pytest.mark.parametrize("order", [*permutations(range(3))])
    def test_answers_in_any_order_are_told_apart(self, order):
        heard = []

        def answer(message):
            if "src" not in message:
                return result(message)
            heard.append(message)
            if len(heard) < len(order):
                return None
            return [result(heard[at], number=at) for at in order]

        questions = QUESTIONS[: len(order)]
        with scripted(answer) as server:
            server_answers = ask(server, LONG, questions).as_app
        assert [one["number"] for one in server_answers] == [0, 1, 2]
        assert kinds(server_answers) == ANSWERED[:3]


class TestSilence:
    @pytest.mark.parametrize("silent", [{*NAMES}, {"GetRPs"}, {"ReplicateStart"}, {*NAMES[:-1]}])
    def test_of_one_is_none_of_another(self, silent):
        with scripted(lambda m: None if m["mt"] in silent else result(m)) as server:
            found = ask(server, QUICK)
        expected = ["SilentError" if n in silent else f"{n}Result" for n in NAMES]
        assert kinds(found.as_app) == expected
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]

    def test_nothing_is_asked_a_second_time(self):
        with scripted(lambda _: None) as server:
            ask(server, QUICK)
        assert sorted(one["mt"] for one in server.messages) == sorted(
            [*NAMES, *(one.mt for one in WITHOUT_LOGIN)]
        )

    def test_what_was_answered_before_and_got_lost_is_asked_once_more(self):
        heard = []

        def answer(message):
            heard.append(message["mt"])
            is_lost = message["mt"] == "GetRPs" and heard.count("GetRPs") == 2
            return None if is_lost else result(message)

        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        options = LiveOptions(timeout=QUICK, deadline=60.0)
        with scripted(answer) as server:  # noqa: SIM117
            with Session.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
                session.ask_together(QUESTIONS[:3])
                assert kinds(session.ask_together(QUESTIONS[:3])) == ANSWERED[:3]
                assert session.requests.sent == 7
        assert [heard.count(name) for name in NAMES[:3]] == [2, 3, 2]

    def test_a_replication_is_never_begun_twice_over_one_connection(self):
        """Its silence is an outcome: asking again over the same connection is not on the list."""
        heard = []

        def answer(message):
            heard.append(message["mt"])
            return None if heard.count(HAS_TABLE.mt) == 2 else result(message)

        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        options = LiveOptions(timeout=QUICK, deadline=60.0)
        with scripted(answer) as server:  # noqa: SIM117
            with Session.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
                session.ask_together([HAS_TABLE])
                session.renew()
                with pytest.raises(SilentError):
                    session.ask(HAS_TABLE.api, HAS_TABLE.mt, HAS_TABLE.fields, "r1")

    def test_the_deadline_ends_all_of_it(self):
        site = Site(tls=pinned(), websocket=AppSocket(app=APP))
        options = LiveOptions(timeout=LONG, deadline=2.0)
        with scripted(lambda _: None) as server:  # noqa: SIM117
            with Session.of(server.url, site.tls, App(APP, PASSWORD), options) as session:
                found = ask_at_once(server.url, site, options, session, QUESTIONS)
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
            assert kinds(ask(server, LONG).as_app) == ANSWERED
        assert heard.count("GetConfigs") >= 1

    def test_an_error_is_that_of_one_question(self):
        def answer(message):
            return result(message, **({"error": 1} if message["mt"] == "GetStun" else {}))

        with scripted(answer) as server:
            found = kinds(ask(server, LONG).as_app)
        assert found == [*ANSWERED[:2], "RefusedError", *ANSWERED[3:]]

    def test_a_refused_login_refuses_all(self):
        with scripted(result, login=False) as server:
            found = ask(server, LONG)
        assert kinds(found.as_app) == ["RefusedError"] * len(QUESTIONS)
        assert kinds(found.without_login) == ["LoginInfoResult", "CheckBuildResult"]
