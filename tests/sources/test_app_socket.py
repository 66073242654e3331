"""The App socket on the wire: logins, trust, and whatever a server may do instead of answering."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from types import SimpleNamespace

import pytest

from auditor.errors import CertificateError, TargetError
from auditor.model.site import Trust
from auditor.sources.live.app_socket import websocket_channel
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, Socket
from auditor.sources.live.app_socket.digests import digest_of_login
from auditor.sources.live.app_socket.login_session import NO_LOGIN, App, LoginSession
from auditor.sources.live.app_socket.questions import SilentError
from auditor.sources.live.app_socket.websocket_channel import (
    NO_TLS,
    Limits,
    open_channel,
)
from auditor.sources.live.http_connection import OUT_OF_TIME
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions
from tests.fixtures.scripted_socket import (
    APP,
    CHALLENGE,
    DEVICE,
    PASSWORD,
    ScriptedSocket,
    pinned,
    result,
    scripted,
)
from tests.fixtures.silence import certain_silence

QUICK = 0.3


@pytest.fixture(autouse=True)
def silence():
    with certain_silence():
        yield


def options(seconds=120.0):
    return LiveOptions(deadline=seconds, pause=lambda _: None)


@contextmanager
def session(server, *, answer=60.0, password=PASSWORD, seconds=120.0, trust=None):
    def opener(left):
        return open_channel(server.url, Socket.APPS, trust or pinned(), Limits(left, answer))

    with LoginSession(opener, App(APP, password), options(seconds)) as opened:
        yield opened


def probe(opened):
    return opened.ask(ADMIN_API, "GetPbxConfig")


def plain(message):
    return result(message, loc="master")


class TestDigest:
    @pytest.mark.parametrize(
        ("more", "digest"),
        [
            ({}, "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1"),
            ({"info": "{}"}, "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34"),
            (
                {"info": '{"cn":"Test User"}'},
                "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d",
            ),
        ],
    )
    def test_the_vectors_of_the_vendor(self, more, digest):
        assert digest_of_login("pbxadminapi", CHALLENGE, "pwd", **more) == digest

    def test_with_a_domain(self):
        digest = digest_of_login(
            "innovaphone-devices", CHALLENGE, "instpwd", of_user=("example.com", "", "", "")
        )
        assert digest == "ae7bf5cfb040a7d1cb08d165039461c4567ae9694747fbb475c6835660a5f986"

    def test_beyond_ascii(self):
        digest = digest_of_login("auditor", CHALLENGE, "grün")
        assert digest == "a7545fdd3a4bb36a1a8dcb304266a2faf55b32d2e9d96f3890d54a87112cea14"


class TestLogin:
    def test_an_app_logs_in_and_asks(self):
        with scripted(plain) as server, session(server) as opened:
            assert probe(opened)["loc"] == "master"
        challenge, login, _ = map(json.loads, server.heard)
        assert challenge == {"mt": "AppChallenge"}
        assert login.keys() == {"mt", "app", "domain", "sip", "guid", "dn", "digest"}
        assert server.paths == ["/PBX0/APPS/websocket"]

    def test_nothing_is_offered_that_no_client_of_the_vendor_offers(self):
        with scripted(plain) as server, session(server) as opened:
            probe(opened)
        names = {name.casefold() for name in server.headers[0]}
        unasked = {"origin", "sec-websocket-extensions", "sec-websocket-protocol", "authorization"}
        assert not unasked & names

    def test_a_challenge_may_be_a_number(self):
        def answer(message):
            if message["mt"] == "AppChallenge":
                return result(message, challenge=4711081512)
            if message["mt"] == "AppLogin":
                right = digest_of_login(APP, "4711081512", PASSWORD)
                return result(message, ok=message["digest"] == right)
            return plain(message)

        with scripted(answer, login=False) as server, session(server) as opened:
            assert probe(opened)["loc"] == "master"

    @pytest.mark.parametrize("ok", [{}, {"ok": False}, {"ok": "true"}, {"error": 3}])
    def test_a_refused_login_is_not_tried_again(self, ok):
        def answer(message):
            if message["mt"] == "AppChallenge":
                return result(message, challenge="1")
            return result(message, **ok)

        with scripted(answer, login=False) as server, session(server) as opened:
            for _ in range(3):
                with pytest.raises(RefusedError) as refused:
                    probe(opened)
                assert refused.value.reason == NO_LOGIN
        assert len(server.heard) == 2

    @pytest.mark.parametrize("said", [None, b"binary", [{"mt": "News"}] * 1001], ids=str)
    def test_a_login_without_an_answer_is_no_refused_one(self, said):
        def answer(message):
            return result(message, challenge="1") if message["mt"] == "AppChallenge" else said

        with scripted(answer, login=False) as server, session(server) as opened:
            with pytest.raises(RefusedError) as refused:
                probe(opened)
            assert refused.value.reason != NO_LOGIN
            with pytest.raises(RefusedError):
                probe(opened)
        assert len(server.heard) == 2

    def test_a_wrong_password_is_sent_as_a_digest_once(self):
        with scripted(plain) as server, session(server, password="wrong") as opened:
            with pytest.raises(RefusedError):
                probe(opened)
            with pytest.raises(RefusedError):
                opened.ask(ADMIN_API, "GetStun")
        assert len(server.heard) == 2
        assert not any("wrong" in text for text in server.heard)

    @pytest.mark.parametrize("challenge", [None, "", True, 1.5, [], "1" * 65])
    def test_nothing_to_make_a_login_of(self, challenge):
        with scripted(lambda m: result(m, challenge=challenge), login=False) as server:  # noqa: SIM117
            with session(server) as opened, pytest.raises(RefusedError):
                probe(opened)
        assert [json.loads(text)["mt"] for text in server.heard] == ["AppChallenge"]

    def test_without_tls_nothing_is_sent(self):
        with scripted(plain, tls=False) as server, session(server) as opened:
            with pytest.raises(RefusedError) as refused:
                probe(opened)
            assert refused.value.reason == NO_TLS
        assert not server.heard

    def test_another_certificate_gets_nothing(self):
        with scripted(plain) as server:
            for trust in (Trust(fingerprint="ab" * 32), Trust()):
                with session(server, trust=trust) as opened, pytest.raises(CertificateError):
                    probe(opened)
        assert not server.heard

    def test_proxies_of_the_environment_are_let_be(self, monkeypatch):
        for name in ("https_proxy", "wss_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        with scripted(plain) as server, session(server) as opened:
            assert probe(opened)["loc"] == "master"

    def test_nothing_of_it_is_logged(self, caplog):
        caplog.set_level(logging.DEBUG)
        with scripted(plain) as server, session(server) as opened:
            probe(opened)
        assert not [one for one in caplog.records if "websocket" in one.name.casefold()]
        assert PASSWORD not in repr(App(APP, PASSWORD))


def silent(_):
    return None


def aside(message):
    return [{"mt": "PbxInfo", "src": "b7"}, b"\x00\x01", "no JSON", "[]", plain(message)]


def fragments(message):
    text = json.dumps(plain(message))
    return [(text[at : at + 7] for at in range(0, len(text), 7))]


def large(message):
    return result(message, loc="master", filler="x" * (2 << 20))


def anonymous(message):
    return {"api": message["api"], "mt": "GetPbxConfigResult", "loc": "master"}


class TestAnswers:
    @pytest.mark.parametrize("answer", [plain, aside, fragments, large, anonymous])
    def test_what_is_an_answer(self, answer):
        with scripted(answer) as server, session(server) as opened:
            assert probe(opened)["loc"] == "master"

    def test_what_is_none_is_counted(self):
        with scripted(aside) as server, session(server) as opened:
            probe(opened)
            assert (opened.counts.answers, opened.counts.aside, opened.counts.misread) == (3, 1, 3)

    @pytest.mark.parametrize(
        "answer",
        [
            silent,
            lambda m: {**plain(m), "src": "z9"},
            lambda m: {**plain(m), "src": 1},
            lambda _: b"binary",
            lambda _: "{",
            lambda m: json.dumps(plain(m)).replace("{", '{"src":"a2",', 1),
            lambda m: {"mt": "Other", "loc": "master", "api": m["api"]},
        ],
    )
    def test_what_is_silence(self, answer):
        with scripted(answer) as server, session(server) as opened:  # noqa: SIM117
            with pytest.raises(SilentError):
                probe(opened)

    @pytest.mark.parametrize(
        "answer",
        [
            lambda m: result(m, error=1),
            lambda m: result(m, errorText="no right"),
            lambda m: {**plain(m), "mt": "GetStunResult"},
        ],
    )
    def test_what_is_a_refusal(self, answer):
        with scripted(answer) as server, session(server) as opened:
            with pytest.raises(RefusedError) as refused:
                probe(opened)
            assert not isinstance(refused.value, SilentError)
            assert "no right" not in refused.value.reason

    def test_too_large_ends_the_connection(self):
        with scripted(lambda m: result(m, filler="x" * (17 << 20))) as server:  # noqa: SIM117
            with session(server) as opened, pytest.raises(RefusedError):
                probe(opened)
        assert len(server.paths) == 1

    def test_an_answer_that_was_lost_is_asked_for_once_more(self):
        heard = []

        def answer(message):
            heard.append(message["src"])
            return None if len(heard) == 2 else plain(message)

        with scripted(answer) as server, session(server) as opened:
            probe(opened)
            assert probe(opened)["loc"] == "master"
        assert heard == ["a1", "a2", "a3"]

    def test_a_right_that_is_missing_costs_one_silence(self):
        with scripted(silent) as server, session(server) as opened:  # noqa: SIM117
            with pytest.raises(SilentError):
                probe(opened)
        assert len(server.messages) == 1

    def test_lasting_silence_ends_the_asking(self):
        seen = []

        def answer(message):
            seen.append(message)
            return plain(message) if len(seen) == 1 else None

        with scripted(answer) as server, session(server) as opened:
            probe(opened)
            for _ in range(5):
                with pytest.raises(RefusedError):
                    probe(opened)
            assert opened.over
        assert len(seen) == 1 + 3 * 2

    def test_a_restart_in_the_middle_is_survived(self):
        seen = []

        def answer(message):
            seen.append(message)
            return "close" if len(seen) == 2 else plain(message)

        with scripted(answer) as server, session(server) as opened:
            probe(opened)
            assert probe(opened)["loc"] == "master"
            repeated = opened.requests.repeated
        assert len(server.paths) == 2
        assert [one.answered for one in repeated] == [True]

    def test_one_that_breaks_for_ever_is_given_up(self):
        with scripted(lambda _: "close") as server, session(server) as opened:
            for _ in range(3):
                with pytest.raises(RefusedError):
                    probe(opened)
        assert len(server.paths) == 5

    def test_talk_without_end_is_no_answer(self):
        def chatter(_):
            return [{"mt": "News"}] * 1001

        with scripted(chatter) as server, session(server) as opened:
            with pytest.raises(RefusedError) as refused:
                probe(opened)
            assert not isinstance(refused.value, SilentError)

    def test_pings_are_no_answer(self):
        def pings(opened):
            for _ in range(200):
                opened.ping()

        with scripted(silent, first=pings) as server, session(server) as opened:  # noqa: SIM117
            with pytest.raises(SilentError):
                probe(opened)

    def test_the_deadline_holds(self, monkeypatch):
        def answer(message):
            heard.append(message)
            return plain(message) if len(heard) == 1 else None

        heard: list[object] = []
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 100.0 * (len(heard) > 1))
        monkeypatch.setattr(websocket_channel, "time", clock)
        with scripted(answer) as server, session(server, seconds=90.0) as opened:
            assert probe(opened)["loc"] == "master"
            with pytest.raises(RefusedError) as refused:
                probe(opened)
            assert refused.value.reason == OUT_OF_TIME


@contextmanager
def raw(play, *, tls=True):
    """Serve TLS, or what only seems to be it, with what `play` does to each connection."""
    done = threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(DEVICE)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(peer,), daemon=True).start()

        def talk(peer):
            with suppress(OSError), peer:
                spoken = context.wrap_socket(peer, server_side=True) if tls else peer
                with spoken:
                    play(spoken, done)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def says_status(text, peer, _):
    peer.recv(4096)
    peer.sendall(text.encode())


def hangs(_, done):
    done.wait(10)


def drips(peer, done):
    for octet in b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: " + b"x" * 1000:
        try:
            peer.sendall(bytes([octet]))
        except OSError:
            return
        if done.wait(0.02):
            return


class TestHandshake:
    @pytest.mark.parametrize(
        "play",
        [
            partial(says_status, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            partial(says_status, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
            partial(says_status, "HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n"),
            partial(says_status, "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest\r\n\r\n"),
            partial(says_status, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
            partial(says_status, "SSH-2.0-x\r\n"),
            partial(says_status, ""),
            hangs,
            drips,
        ],
    )  # fmt: skip
    def test_what_opens_no_websocket_is_refused_in_time(self, play):
        with raw(play) as url, pytest.raises(RefusedError):  # noqa: SIM117
            with open_channel(url, Socket.CLIENTS, pinned(), Limits(5, QUICK)):
                pytest.fail("it opened")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with (
            pytest.raises(TargetError),
            open_channel(f"https://127.0.0.1:{port}", Socket.CLIENTS, Trust(), Limits(120, 60)),
        ):
            pytest.fail("it opened")

    def test_tls_that_hangs_ends_in_time(self):
        with raw(hangs, tls=False) as url, pytest.raises(TargetError):  # noqa: SIM117
            with open_channel(url, Socket.APPS, Trust(), Limits(5, QUICK)):
                pytest.fail("it opened")


def test_questions_without_a_login_go_to_their_own_socket():
    def answer(message):
        return {"mt": f"{message['mt']}Result", "user": {"digest": True}}

    server = ScriptedSocket(answer, login=False)
    try:
        with open_channel(server.url, Socket.CLIENTS, pinned(), Limits(120, 60)) as channel:
            assert channel.ask("LoginInfo")["user"] == {"digest": True}
    finally:
        server.close()
    assert server.paths == ["/PBX0/APPCLIENT/websocket"]
    assert server.heard == ['{"mt":"LoginInfo"}']
