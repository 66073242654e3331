"""The socket of myApps: what it tells anybody, and logins as public clients make them."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from auditor.pbx import crypt
from auditor.simulator.sockets.app_login import login_digest
from auditor.simulator.sockets.client_login import SocketLogin
from auditor.simulator.sockets.trains import of_train

PATHS = ("/PBX0/APPCLIENT/websocket", "/PBX0/APPCLIENT/130000/websocket")
NONCE = "00112233445566aa"
USER, PASSWORD = "p.krause", "hotdesk1"


@pytest.fixture
def client(serve, dial, pbx):
    return dial(serve(pbx), PATHS[0])


def digest(*parts):
    return sha256(":".join(("innovaphoneAppClient", *parts)).encode()).hexdigest()


def log_in(client, kind="user", name=USER, password=PASSWORD):
    asked = client.ask(mt="Login", type=kind, userAgent="test")
    assert (asked["mt"], asked["type"], asked["method"]) == ("Authenticate", kind, "digest")
    proof = digest(kind, asked["domain"], name, password, NONCE, asked["challenge"])
    sent = {"type": kind, "method": "digest", "username": name, "nonce": NONCE}
    return asked, client.ask(mt="Login", response=proof, **sent)


# websocket-apis.md 2.3, row 11.
def test_the_published_vector_reproduces():
    login = SocketLogin("user", "example.com", "anna", "pwd", NONCE, "0123456789abcdef")
    vector = "8436bb68bb64d7fe548f8715f79fa23dd3dc159007d6270a418b2870a2b4d7c6"
    assert login.is_right({"mt": "Login", "response": vector})


@pytest.mark.parametrize("path", PATHS)
def test_anybody_learns_logins_and_build(serve, dial, pbx, path):
    client = dial(serve(pbx), path)
    assert client.ask(mt="LoginInfo") == {
        "mt": "LoginInfoResult",
        "user": {"digest": True, "ntlm": False, "oauth2": False},
        "session": {"digest": True},
    }
    assert client.ask(mt="CheckBuild") == {
        "mt": "CheckBuildResult",
        "version": "13r3",
        "build": "135202",
    }
    assert client.ask(mt="SubscribeRegister", src="x")["mt"] == "UpdateRegister"


def test_the_login_methods_are_a_switch(serve, dial, pbx):
    client = dial(serve(pbx, login_methods=("ntlm", "oauth2")), PATHS[0])
    assert client.ask(mt="LoginInfo")["user"] == {"digest": False, "ntlm": True, "oauth2": True}


@pytest.mark.parametrize("train", ["13r1", "13r2", "13r3", "14r1", "16r1"])
def test_older_trains_do_not_know_login_info(serve, dial, pbx, train):
    client = dial(serve(of_train(pbx, train)), PATHS[0])
    assert client.is_silent(mt="LoginInfo") is (train < "13r3")
    assert client.ask(mt="CheckBuild")["version"] == train


@pytest.mark.parametrize(
    "message",
    [
        {"mt": "SubscribeApps"},
        {"mt": "AppGetLogin", "app": "users", "challenge": "1", "src": "x"},
        {"mt": "SubscribePresence", "sip": "chat"},
        {"mt": "AppChallenge"},
        {"mt": "GetPbxConfig", "api": "PbxAdminApi", "src": "x"},
    ],
)
def test_without_a_login_all_else_is_silence(client, message):
    assert client.is_silent(**message)


def test_a_user_logs_in_and_the_pbx_proves_itself(client, pbx):
    asked, result = log_in(client)
    info = result["info"]
    assert info["user"]["guid"] == pbx.index["h323", USER].guid
    text = json.dumps(info, ensure_ascii=False, separators=(",", ":"))
    parts = (asked["domain"], USER, PASSWORD, NONCE, asked["challenge"], text)
    assert result["digest"] == digest("loginresult", *parts)


def opened(info, name):
    key = f"innovaphoneAppClient:{name}:{NONCE}:{PASSWORD}"
    return crypt.rc4(key.encode(), bytes.fromhex(info["session"][name])).decode()


def test_a_session_resumes_on_another_socket(serve, dial, pbx):
    server = serve(pbx)
    _, result = log_in(dial(server, PATHS[0]))
    usr, pwd = opened(result["info"], "usr"), opened(result["info"], "pwd")
    assert (len(usr), len(pwd)) == (32, 23)
    _, again = log_in(dial(server, PATHS[1]), "session", usr, pwd)
    assert again["info"]["user"]["sip"] == USER
    assert "session" not in again["info"]


@pytest.mark.parametrize(
    ("kind", "name", "password", "error"),
    [
        ("user", USER, "wrong", 2),
        ("user", "nobody", "", 2),
        ("user", "pbx-admin", "pbx-secret", 2),
        ("user", "pbxmanager", "", 2),
        ("session", "0" * 32, "", 5),
    ],
)
def test_a_wrong_login_has_an_error_and_opens_nothing(client, kind, name, password, error):
    _, result = log_in(client, kind, name, password)
    assert result["error"] == error
    assert "info" not in result
    assert client.is_silent(mt="SubscribeApps")


def test_a_login_of_no_kind_and_one_without_challenge(client):
    assert client.ask(mt="Login", type="other")["error"] == 1
    proof = digest("user", "example.com", USER, PASSWORD, NONCE, "")
    sent = {"type": "user", "method": "digest", "username": USER, "nonce": NONCE}
    assert client.ask(mt="Login", response=proof, **sent)["error"] == 2


def test_the_apps_of_the_template_are_listed_once(client):
    log_in(client)
    client.send(mt="SubscribeApps")
    found = []
    while (told := client.receive())["mt"] == "UpdateAppsInfo":
        found.append(told["app"]["name"])
    assert told["mt"] == "UpdateAppsComplete"
    assert found == ["users"]  # of those that the template names, one has an object
    assert client.is_silent(mt="SubscribeApps")


def test_a_login_for_an_app_has_its_info_in_the_order_that_go_needs(client, pbx):
    log_in(client)
    answer = client.ask(mt="AppGetLogin", app="users", challenge="4711", src="s")
    assert answer["src"] == "s"
    assert list(answer["info"]) == ["appobj", "appdn", "appurl", "pbx", "cn", "groups", "apps"]
    password = pbx.password_of(pbx.index["h323", "users"])
    assert answer["digest"] == login_digest(answer, "4711", password)


@pytest.mark.parametrize("app", ["pbxmanager", "nobody", ""])
def test_no_login_for_an_app_that_the_user_has_not(client, app):
    log_in(client)
    answer = client.ask(mt="AppGetLogin", app=app, challenge="4711", src="s")
    assert answer["error"]
    assert "digest" not in answer


def test_a_user_that_is_gone_cannot_resume(serve, dial, pbx):
    server = serve(pbx)
    _, result = log_in(dial(server, PATHS[0]))
    usr, pwd = opened(result["info"], "usr"), opened(result["info"], "pwd")
    others = tuple(one for one in server.pbx.objects if one.names["h323"] != USER)
    server.state.edit(lambda now: replace(now, objects=others))
    _, again = log_in(dial(server, PATHS[0]), "session", usr, pwd)
    assert again["error"] == 5
