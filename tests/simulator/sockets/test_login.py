"""Logins: the vendor's vectors, both forms, refusals, and what an old train allows."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace
from itertools import pairwise

import pytest
from websockets.exceptions import InvalidStatus

from auditor.simulator.sockets.app_login import encrypted_text, login_digest, session_key
from auditor.simulator.sockets.json_messages import read_message
from auditor.simulator.sockets.trains import of_train

CHALLENGE = "0123456789abcdef"
FULL = '{"z":"ä/ö","a":[1,true,null],"cn":"Test User"}'
KEY = "d58c77eae0c1c1f37a9f545e207643c926ad9ea4932016a83a4a01029de37760"


# websocket-apis.md 2.3, rows 1 to 3, 5 and 6.
@pytest.mark.parametrize(
    ("login", "password", "digest"),
    [
        (
            '{"mt":"x","app":"pbxadminapi"}',
            "pwd",
            "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1",
        ),
        (
            '{"mt":"x","app":"pbxadminapi","info":{}}',
            "pwd",
            "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34",
        ),
        (
            '{"mt":"x","app":"pbxadminapi","info": {"cn": "Test User"}}',
            "pwd",
            "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d",
        ),
        (
            '{"mt":"x","app":"innovaphone-devices","domain":"example.com","sip":"","guid":""}',
            "instpwd",
            "ae7bf5cfb040a7d1cb08d165039461c4567ae9694747fbb475c6835660a5f986",
        ),
        (
            '{"mt":"x","app":"auditor","domain":""}',
            "grün",
            "a7545fdd3a4bb36a1a8dcb304266a2faf55b32d2e9d96f3890d54a87112cea14",
        ),
    ],
)
def test_published_vectors_reproduce(login, password, digest):
    assert login_digest(read_message(login), CHALLENGE, password) == digest


# websocket-apis.md 2.3, rows 7 to 9.
def test_published_session_keys_reproduce():
    assert session_key(CHALLENGE, "pwd") == KEY
    assert session_key(CHALLENGE, "instpwd").startswith("8de92f06ce934431a2340761c16d9147")
    assert encrypted_text(KEY, "seed1", "geheim") == "980a812132d2"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"info": {}},
        {"info": json.loads(FULL)},
        {"domain": "", "sip": "", "guid": "", "dn": ""},
        {"sip": "pbx-auditor", "guid": "0" * 32, "dn": "Admin"},
        {"info": {}, "key": "00", "pbxObj": "pbx-auditor"},
    ],
)
def test_every_published_form_logs_in(serve, dial, pbx, fields):
    client = dial(serve(pbx))
    assert client.login(**fields) == {"mt": "AppLoginResult", "ok": True}
    assert client.admin("GetPbxConfig")["loc"] == "master"


def test_a_challenge_is_text_of_few_digits_and_new_each_time(serve, dial, pbx):
    client = dial(serve(pbx))
    found = [client.ask(mt="AppChallenge", user="x", appObj="y")["challenge"] for _ in range(5)]
    assert all(one.isdecimal() and len(one) <= 16 for one in found)
    assert all(one != other for one, other in pairwise(found))


def test_an_older_build_sends_a_number(serve, dial, pbx):
    client = dial(serve(pbx, number_challenge=True))
    assert client.login()["ok"] is True
    assert isinstance(client.challenge, int)


@pytest.mark.parametrize(
    ("app", "password"),
    [("pbx-auditor", "wrong"), ("nobody", "app-secret"), ("p.krause", "hotdesk1"), ("", "")],
)
def test_a_wrong_login_is_no_ok_and_opens_nothing(serve, dial, pbx, app, password):
    client = dial(serve(pbx))
    assert client.login(password, app) == {"mt": "AppLoginResult"}
    assert client.is_silent(api="PbxAdminApi", mt="GetPbxConfig", src="a")
    assert client.login()["ok"] is True


def test_the_objects_of_the_configuration_are_apps_too(serve, dial, pbx):
    client = dial(serve(pbx))
    password = pbx.password_of(pbx.index["h323", "pbxmanager"])
    assert client.login(password, "pbxmanager")["ok"] is True
    assert client.admin("GetPbxConfig")["loc"] == "master"


def test_a_digest_is_good_for_one_challenge(serve, dial, pbx):
    server = serve(pbx)
    client = dial(server)
    client.login()
    sent = [message for _, message in server.sockets.received if message["mt"] == "AppLogin"]
    assert dial(server).ask(**sent[0]) == {"mt": "AppLoginResult"}
    assert client.ask(**sent[0]) == {"mt": "AppLoginResult"}
    assert client.is_silent(api="PbxAdminApi", mt="GetPbxConfig", src="a")


@pytest.mark.parametrize(("train", "allowed"), [("13r1", True), ("13r2", True), ("13r3", False)])
def test_a_user_of_an_app_has_its_rights_up_to_13r2(serve, dial, pbx, train, allowed):
    client = dial(serve(of_train(pbx, train)))
    assert client.login(sip="p.krause")["ok"] is True
    silent = client.is_silent(api="PbxAdminApi", mt="GetPbxConfig", src="a")
    assert silent is (not allowed)


@pytest.mark.parametrize("right", ["admin", "tableusers", "services"])
def test_a_missing_right_is_silence(log_in, pbx, right):
    client, _ = log_in(pbx, rights=(right,))
    asked: dict[str, dict] = {
        "admin": {"api": "PbxAdminApi", "mt": "GetPbxConfig"},
        "tableusers": {"api": "PbxTableUsers", "mt": "ReplicateStart", "columns": {"guid": {}}},
        "services": {"api": "Services", "mt": "UnsubscribeServices"},
    }
    for name, message in asked.items():
        if name == right:
            assert client.ask(**message, src="r")["src"] == "r"
        else:
            assert client.is_silent(**message, src="r")


def test_a_right_that_is_taken_is_gone_at_once(log_in, pbx):
    client, server = log_in(pbx)
    assert client.admin("GetPbxConfig")
    own = server.pbx.index["h323", "pbx-auditor"]
    others = tuple(one for one in server.pbx.objects if one is not own)
    server.state.edit(lambda pbx: replace(pbx, objects=others))
    assert client.is_silent(api="PbxAdminApi", mt="GetPbxConfig", src="a")


@pytest.mark.parametrize(
    "message",
    [
        {"mt": "NoSuchMessage", "api": "PbxAdminApi"},
        {"mt": "GetPbxConfig"},
        {"mt": "GetPbxConfig", "api": "NoSuchApi"},
        {"mt": "GetPbxConfig", "api": 7},
        {"mt": "MonitorAdminObject", "api": "PbxAdminApi"},
        {"mt": "GetAppLogin", "api": "PbxAdminApi", "app": "devices", "challenge": "1"},
        {"mt": "GetPhoneConfig", "api": "PbxAdminApi", "cn": "Temp"},
        {"mt": "ReplicateNext", "api": "PbxTableUsers"},
    ],
)
def test_what_is_not_known_is_silence(log_in, pbx, message):
    client, _ = log_in(pbx)
    assert client.is_silent(**message)


@pytest.mark.parametrize(
    "text", ["", "?", "[]", "{}", '{"mt":1}', "[" * 100_000, '"x"', '{"mt":"\\ud800"}']
)
def test_what_is_no_message_is_passed_over(serve, dial, pbx, text):
    client = dial(serve(pbx))
    client.socket.send(text)
    client.socket.send(b'{"mt":"KeepAlive"}')
    assert client.login()["ok"] is True


def test_fragments_of_a_client_are_joined(serve, dial, pbx):
    client = dial(serve(pbx))
    client.socket.send(['{"mt":"Keep', "Alive", '"}'])
    assert client.receive() == {"mt": "KeepAlive"}


def test_the_socket_shares_port_and_certificate_with_the_pages(serve, dial, pbx):
    server = serve(pbx, tls=True)
    context = ssl.create_default_context(cadata=server.certificate.pem)
    context.check_hostname = False
    client = dial(server, ssl=context)
    assert client.login()["ok"] is True
    assert server.requests == [("GET", "/PBX0/APPS/websocket")]


def test_the_answer_to_the_upgrade_is_small_and_offers_nothing(serve, dial, pbx):
    response = dial(serve(pbx)).socket.response
    assert len(response.serialize()) < 1024
    names = {name.lower() for name in response.headers}
    assert not names & {"sec-websocket-extensions", "sec-websocket-protocol"}


def test_a_pbx_without_the_socket_answers_like_any_page(serve, dial, pbx):
    with pytest.raises(InvalidStatus) as refused:
        dial(serve(pbx, offered=False))
    assert refused.value.response.status_code == 401


def test_an_idle_socket_ends_if_the_pbx_says_so(serve, dial, pbx):
    assert dial(serve(pbx, idle_seconds=0.05)).has_ended()
