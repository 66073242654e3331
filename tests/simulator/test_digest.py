from __future__ import annotations

import urllib.request

import pytest

from auditor.simulator.server import SimulatorServer


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_both_accounts_log_in(server, connect, role):
    assert connect(server, role).ask("/cfg.txt").status == 200


def test_the_challenge_is_digest_with_the_reason_unauthorized(client):
    reply = client.send("GET", "/cfg.txt")
    assert (reply.status, reply.reason) == (401, "Unauthorized")
    assert reply.headers["WWW-Authenticate"].startswith("Digest ")
    assert 'qop="auth"' in reply.headers["WWW-Authenticate"]


def test_an_answer_without_qop_is_accepted_although_qop_is_offered(client, digest_header):
    client.challenge()
    fields = client.digest("GET", "/cfg.txt")
    assert client.send("GET", "/cfg.txt", login=digest_header(fields)).status == 200


def test_the_challenge_may_leave_qop_out(pbx, connect, digest_header):
    with SimulatorServer(pbx, offer_qop=False) as server:
        client = connect(server)
        assert "qop" not in client.challenge()
        fields = client.digest("GET", "/cfg.txt")
        assert client.send("GET", "/cfg.txt", login=digest_header(fields)).status == 200


def test_bare_fields_in_any_order_are_accepted(client):
    client.challenge()
    fields = client.digest_qop("GET", "/cfg.txt")
    quoted = {"username", "realm", "nonce", "uri", "cnonce", "response"}
    words = [f'{k}="{v}"' if k in quoted else f"{k}={v}" for k, v in reversed(fields.items())]
    login = f'Digest algorithm="MD5",{",".join(words)}'
    assert client.send("GET", "/cfg.txt", login=login).status == 200


def test_one_nonce_lasts_for_many_requests_and_connections(server, client, connect):
    for _ in range(20):
        assert client.ask("/PBX0/ADMIN/mod_cmd_login.xml").status == 200
    other = connect(server)
    other.realm, other.nonce = client.realm, client.nonce
    assert other.ask("/cfg.txt").status == 200
    challenges = [1 for method, _ in server.requests if method == "GET"]
    assert len(challenges) == 22


@pytest.mark.parametrize(
    "change",
    [
        {"password": "wrong"},
        {"username": "nobody"},
        {"nonce": "0123"},
        {"realm": "elsewhere"},
    ],
)
def test_a_wrong_login_is_refused(client, digest_header, change):
    client.challenge()
    for name, value in change.items():
        setattr(client, name, value)
    fields = client.digest_qop("GET", "/cfg.txt")
    assert client.send("GET", "/cfg.txt", login=digest_header(fields)).status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"response": ""},
        {"response": "ü"},
        {"qop": "auth-int"},
        {"cnonce": ""},
        {"uri": "/"},
        {"algorithm": "SHA-256"},
    ],
)
def test_an_answer_to_something_else_is_refused(client, digest_header, change):
    client.challenge()
    fields = client.digest_qop("GET", "/cfg.txt") | change
    assert client.send("GET", "/cfg.txt", login=digest_header(fields)).status == 401


@pytest.mark.parametrize("login", ["Basic dmlld2VyOng=", "Digest", "Digest ,,,=", "x"])
def test_other_schemes_and_nonsense_are_refused_with_a_challenge(client, login):
    reply = client.send("GET", "/cfg.txt", login=login)
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Digest ")


def test_a_generic_client_logs_in(server):
    account = server.pbx.accounts[0]
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, server.url, account.username, account.password)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(manager)
    )
    with opener.open(f"{server.url}/cfg.txt", timeout=60) as response:
        assert response.read().startswith(b"vars check ")
