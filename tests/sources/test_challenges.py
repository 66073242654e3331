"""`WWW-Authenticate` as RFC 9110 has it: what is offered, and that digest is taken where it is."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import LoginError
from auditor.messages.message import Message
from auditor.model.site import Trust
from auditor.report.translation import german
from auditor.simulator.authentication import Gate
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.body import ACCEPTED
from auditor.sources.live.challenges import quoted_string, read_challenges
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.login import open_client
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.pbx import simulated, site_of
from tests.fixtures.sentences import sentence

DIGEST = 'Digest realm="{realm}", nonce="{nonce}", qop="auth"'
# What a PBX, or a proxy before it, may send; each is one list of fields.
ANSWERED = {
    "alone": [DIGEST],
    "in lower case": ['digest REALM="{realm}", NONCE="{nonce}", QOP="AUTH"'],
    "basic first": [f'Basic realm="proxy", {DIGEST}'],
    "digest first": [f'{DIGEST}, Basic realm="proxy"'],
    "two fields": ['Basic realm="proxy"', DIGEST],
    "two fields, digest first": [DIGEST, 'Basic realm="proxy"'],
    "one of three": [f'Negotiate, NTLM, {DIGEST}, Basic realm="proxy"'],
    "token68 before": [f"Negotiate YWJj/+==, {DIGEST}"],
    "token68 without padding before": [f"Negotiate YWJj,{DIGEST}"],
    "token68 after": [f"{DIGEST}, Negotiate YWJj="],
    "blanks around =": ['Digest realm = "{realm}" , nonce= "{nonce}" ,qop ="auth"'],
    "tabs": ['Digest\trealm\t=\t"{realm}"\t,\tnonce="{nonce}",\tqop=auth'],
    "several blanks after the scheme": [DIGEST.replace("Digest ", "Digest    ")],
    "empty elements": [f", ,{DIGEST}, ,"],
    "commas in quotes": [f'Basic realm="a, Digest realm=x, nonce=y", {DIGEST}'],
    "quotes in quotes": [f'Basic realm="a \\", Digest \\" b", {DIGEST}'],
    "several qops": ['Digest realm="{realm}", nonce="{nonce}", qop="auth-int , auth"'],
    "qop as a token": ['Digest realm="{realm}", nonce="{nonce}", qop=auth'],
    "no qop": ['Digest realm="{realm}", nonce="{nonce}"'],
    "empty qop": ['Digest realm="{realm}", nonce="{nonce}", qop=""'],
    "parameters nobody knows": [
        'Digest a=b, realm="{realm}", domain="/ /x", nonce="{nonce}", stale=TRUE, qop="auth"'
    ],
    "nonce first": ['Digest qop="auth",nonce="{nonce}",realm="{realm}"'],
    "an algorithm nobody knows first": [
        'Digest realm="{realm}", nonce="{nonce}", algorithm=FUTURE-512, qop="auth"',
        DIGEST,
    ],
    "auth-int alone first": [f'Digest realm="r", nonce="n", qop="auth-int", {DIGEST}'],
    "a damaged one first": [f'Digest realm="r", realm="s", nonce="n", {DIGEST}'],
    "bearer first": [f'Bearer realm="x", error="invalid_token", {DIGEST}'],
    "split between fields": ['Digest realm="{realm}"', 'nonce="{nonce}", qop="auth"'],
}


def offering(monkeypatch, fields):
    def challenges(gate):
        known = {"{realm}": gate.realm, "{nonce}": gate.nonce}
        found = []
        for text in fields:
            for name, value in known.items():
                text = text.replace(name, value)  # noqa: PLW2901 -- one after the other
            found.append(text)
        return found

    monkeypatch.setattr(Gate, "challenges", property(challenges))


def read(server):
    user = next(one for one in server.pbx.accounts if one.role == "viewer")
    account = Credentials(user.username, user.password)
    return read_live(server.url, site_of(), account, LiveOptions(timeout=5.0, back_off=0.0))


@pytest.mark.parametrize("kind", ANSWERED)
def test_digest_is_taken_wherever_it_is_offered(monkeypatch, kind):
    offering(monkeypatch, ANSWERED[kind])
    with SimulatorServer(simulated()) as server:
        assert read(server).objects


def test_what_stands_in_quotes_is_escaped_when_it_is_sent_back(monkeypatch):
    escaped = DIGEST.replace("{realm}", 'a \\"b\\\\c\\", d')
    offering(monkeypatch, [escaped])
    whole = Gate.account

    def account(gate, login, candidates):
        return whole(Gate('a "b\\c", d', gate.nonce, gate.behaviour), login, candidates)

    monkeypatch.setattr(Gate, "account", account)
    with SimulatorServer(simulated()) as server:
        assert read(server).objects


def answer_to(challenge, username="viewer"):
    """Return what is sent back to a challenge, by a client that has asked once without a login."""
    options = LiveOptions(back_off=0.0)
    with open_client("http://pbx", Trust(), Credentials(username, "x"), options) as client:
        flow = client.auth.sync_auth_flow(httpx.Request("GET", "http://pbx/cfg.txt"))
        asked = next(flow)
        assert "Authorization" not in asked.headers
        challenges = {"WWW-Authenticate": challenge}
        return flow.send(httpx.Response(401, headers=challenges, request=asked)).headers[
            "Authorization"
        ]


@pytest.mark.parametrize("username", ["j\u00f6rg", "\u5f20"])
def test_a_name_that_no_field_can_hold_is_refused_with_advice(username):
    with pytest.raises(LoginError, match=sentence("cannot be answered")) as refused:
        answer_to('Digest realm="r", nonce="n"', username)
    assert "ASCII" in refused.value.advice
    assert refused.value.advice.told(german) != refused.value.advice


def test_a_name_with_quotes_is_escaped():
    (sent,) = read_challenges([answer_to('Digest realm="r", nonce="n"', 'a"b\\c')])
    assert sent.parameters["username"] == 'a"b\\c'


@pytest.mark.parametrize(
    ("offered", "sent"),
    [(', qop="auth"', True), (", qop=auth", True), ("", False), (', qop=""', False)],
)
def test_what_a_server_offers_to_protect_is_taken(offered, sent):
    (answer,) = read_challenges([answer_to(f'Digest realm="r", nonce="n"{offered}')])
    assert (answer.parameters.get("qop") == "auth") is sent
    assert ({"nc", "cnonce"} <= answer.parameters.keys()) is sent


@pytest.mark.parametrize("charset", ["UTF-8", "utf-8"])
def test_names_beyond_ascii_are_answered_where_their_charset_is_said(monkeypatch, charset):
    realm = "B\u00fcro"
    on_the_wire = realm.encode().decode("latin-1")
    said = f"{DIGEST.replace('{realm}', on_the_wire)}, charset={charset}"
    offering(monkeypatch, [said])
    whole = Gate.account

    def account(gate, login, candidates):
        sent = login.authorization.encode("latin-1").decode()
        given = replace(login, authorization=sent)
        return whole(Gate(realm, gate.nonce, gate.behaviour), given, candidates)

    monkeypatch.setattr(Gate, "account", account)
    with SimulatorServer(simulated()) as server:
        assert read(server).objects


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        ("Negotiate", "not as an innovaphone PBX"),
        ("NTLM TlRMTVNTUAAC, Negotiate", "not as an innovaphone PBX"),
        ('Bearer realm="x"', "not as an innovaphone PBX"),
        ('Basic realm="x, Digest y"', "in clear"),
        ('Basic realm="Digest realm=x, nonce=y"', "in clear"),
        ('Digest realm="x", nonce="y", algorithm=FUTURE-512', "cannot be answered"),
        ('Digest realm="x"', "cannot be answered"),
        ('Digest realm="x", nonce="y", qop="auth-int"', "cannot be answered"),
        ('Digest realm="x, nonce="y"', "cannot be answered"),
    ],
)
def test_what_cannot_be_answered_is_called_so(challenge, said):
    asks = http(b"", "401 Unauthorized", f"WWW-Authenticate: {challenge}")
    with HostilePbx(dict.fromkeys(("/CMD0/box_info.xml", "/cfg.txt"), asks)) as pbx:
        with pytest.raises(LoginError) as refused:
            read_live(pbx.url, site_of(), Credentials("viewer", "x"), LiveOptions(back_off=0.0))
        assert said in refused.value.message
        assert isinstance(refused.value.advice, Message)
        assert refused.value.advice.told(german)
        assert len(pbx.requests) == 1


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([], []),
        ([""], []),
        ([" , ,"], []),
        (["Basic"], [("basic", "", {})]),
        (["a, b"], [("a", "", {}), ("b", "", {})]),
        (["a b="], [("a", "b=", {})]),
        (["a b=c"], [("a", "", {"b": "c"})]),
        (["a b = c"], [("a", "", {"b": "c"})]),
        (['a b=""'], [("a", "", {"b": ""})]),
        (['a b="c,d", e=f, g h==, i'], [
            ("a", "", {"b": "c,d", "e": "f"}), ("g", "h==", {}), ("i", "", {}),
        ]),
        (["x=y"], []),
    ],
)  # fmt: skip
def test_reading(fields, found):
    shown = [(one.scheme, one.token, one.parameters) for one in read_challenges(fields)]
    assert shown == found


NAMES = st.text("abcdefghij-", min_size=1, max_size=8)
CHALLENGES = st.lists(
    st.tuples(NAMES, st.dictionaries(NAMES, st.text('ab \\",=é\t', max_size=12), max_size=4)),
    max_size=4,
)


@settings(derandomize=True, database=None, deadline=None)
@given(CHALLENGES, st.sampled_from([", ", ",", " ,\t"]), st.sampled_from(["=", " = "]))
def test_what_is_written_is_read(made, comma, equals):
    parts = (
        (
            scheme,
            comma.join(f"{name}{equals}{quoted_string(value)}" for name, value in given.items()),
        )
        for scheme, given in made
    )
    text = comma.join(" ".join(one).rstrip() for one in parts)
    shown = read_challenges([text])
    assert [(one.scheme, one.parameters) for one in shown] == made
    assert not any(one.damaged for one in shown)


@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(st.text('ab=", \\\t'), max_size=3))
def test_nonsense_is_read_to_its_end(fields):
    read_challenges(fields)


def test_a_client_asks_for_what_it_can_unpack_and_follows_nothing():
    place = "http://127.0.0.1:1"
    with open_client(place, Trust(), Credentials("viewer", "x"), LiveOptions()) as client:
        assert client.headers["Accept-Encoding"] == ACCEPTED
        assert not client.follow_redirects
        assert not client.trust_env
        assert client.base_url == place
