"""Webhooks, Teams and Slack: what goes over the wire, and what each answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from auditor.errors import InputError
from auditor.fleet.outward.channels.http import LONGEST_WAIT, NO_PROXY, waited
from auditor.fleet.outward.channels.verified_tls import NO_SERVER
from auditor.fleet.outward.channels.webhook import key_of, signature
from auditor.fleet.store.history_records import DeliveryState
from tests.fixtures.fleet_story import failed
from tests.fixtures.receivers import Web, answering
from tests.fleet.outward.conftest import WEBHOOK_SECRET, recipient

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
OTHERS = ("teams", "slack")


@pytest.fixture
def posts(story, listed, sends, web):
    """Send one digest to the web server; return how the delivery stands then."""
    assert web.got == []

    def post(channel="webhook", code=0, **more):
        listed("a-1")
        if channel != "webhook":
            more = {"url_env": "HOOK", **more}
        sends.to(recipient("officer", channel, **more))
        story.night({"a-1": [failed()]})
        said = sends(code=code)
        assert "secret-token" not in said.said
        return story.history.outbox().newest()["officer"]

    return post


def test_the_published_example_is_signed_so():
    key = key_of(WEBHOOK_SECRET, "")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [
    "", "whsec_", "whsec_!!", "whsec_" + base64.b64encode(b"x" * 23).decode(),
    "whsec_" + base64.b64encode(b"x" * 65).decode(), "whsec_ä",
])  # fmt: skip
def test_what_is_no_secret_of_standard_webhooks(secret):
    with pytest.raises(InputError) as error:
        key_of(secret, "place")
    assert error.value.where == "place"
    assert not secret or secret not in str(error.value).replace("whsec_ and", "")


def test_a_receiver_can_check_the_signature(posts, web):
    posts()
    (_, headers, body) = web.got[0]
    age = datetime.now(UTC).timestamp() - int(headers["webhook-timestamp"])
    assert 0 <= age < 300
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["content-type"] == "application/json"


ANSWERS = {
    200: "sent", 202: "sent", 204: "sent",
    301: "failed", 302: "failed", 307: "failed", 308: "failed",
    400: "failed", 401: "failed", 403: "failed", 404: "failed", 410: "gone", 413: "failed",
    408: "queued", 429: "queued", 500: "queued", 503: "queued",
}  # fmt: skip
# The other channels read answers by the same code.
TRIED = [*(("webhook", one) for one in ANSWERS), *((one, 202) for one in OTHERS),
         *((one, 410) for one in OTHERS), *((one, 429) for one in OTHERS)]  # fmt: skip


@pytest.mark.parametrize(("channel", "status"), TRIED)
def test_what_an_answer_means(posts, web, channel, status):
    state = ANSWERS[status]
    web.answers = [(status, {"location": f"{web.url}/elsewhere"} if 300 <= status < 400 else {})]
    delivery = posts(channel, code=0 if state == "sent" else 6)
    assert delivery.state == state
    assert len(web.got) == 1


@pytest.mark.parametrize("channel", ["webhook", *OTHERS])
def test_who_is_gone_is_not_asked_again(posts, web, console, sends, channel):
    """As Standard Webhooks asks for: until somebody says that the address is there again."""
    web.answers = [(410, {}), (200, {})]
    assert posts(channel, code=6).state is DeliveryState.GONE
    said = sends("--quiet", code=6)
    assert "--enable officer" in said.err
    assert sends("--dry-run").out.strip() == ""
    posts(channel, code=6)
    assert len(web.got) == 1
    document = json.loads(console("fleet", "status", "--format", "json").out)
    assert [one["state"] for one in document["not_sent"]] == ["gone"]
    assert "--enable officer" in console("fleet", "status").out
    metrics = console("fleet", "metrics").out
    assert 'deliveries{state="gone"} 1' in metrics
    assert "a-1" in sends("--dry-run", "--enable", "officer").out
    assert len(web.got) == 1
    sends("--enable", "officer")
    assert len(web.got) == 2
    assert posts(channel).state is DeliveryState.SENT


def test_who_is_gone_is_told_by_another_channel(posts, web):
    web.answers = [(410, {}), (200, {})]
    posts(code=6)
    assert posts("slack").state is DeliveryState.SENT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["same", "another"])
def test_nothing_goes_where_a_server_sends_to(posts, web, status, host):
    elsewhere = Web()
    try:
        to = web.url if host == "same" else elsewhere.url
        web.answers = [(status, {"location": to}), (200, {})]
        assert posts(code=6).state is DeliveryState.FAILED
        assert (len(web.got), elsewhere.got) == (1, [])
    finally:
        elsewhere.close()


class TestProxies:
    def test_what_is_for_this_computer_goes_through_none(self, posts, web, monkeypatch):
        """A proxy would read URL and message, for there is no TLS."""
        other = Web()
        for name in ("http_proxy", "all_proxy"):
            monkeypatch.setenv(name, other.url)
        assert posts().state is DeliveryState.SENT
        other.close()
        assert (len(web.got), other.got) == (1, [])

    @pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:1", "socks5://127.0.0.1:1", "x:y:z"])
    def test_one_that_is_none(self, posts, web, monkeypatch, proxy):
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("HOOK", web.url.replace("http:", "https:"))
        delivery = posts(code=6)
        assert delivery.reason == NO_PROXY
        assert web.got == []

    def test_one_that_is_not_there(self, posts, web, monkeypatch):
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("HOOK", web.url.replace("http:", "https:"))
        assert posts(code=6).state is DeliveryState.QUEUED


@pytest.mark.parametrize("host", ["a..b", ".", "a" * 64, "xn--", "xn--zzzzzz99999"])
def test_a_name_that_no_server_can_have(posts, monkeypatch, host):
    monkeypatch.setenv("HOOK", f"https://{host}/secret-token")
    delivery = posts(code=6)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, NO_SERVER)


class TestOddServers:
    @pytest.mark.parametrize(("answer", "state"), [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "sent"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nx", "sent"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip", "sent"),
        (b"HTTP/1.1 500 no\r\ntransfer-encoding: chunked\r\n\r\n", "queued"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "sent"),
        (b"HTTP/1.1 103 Early\r\n\r\n", "queued"),
        (b"HTTP/1.1 200", "queued"), (b"", "queued"), (b"SSH-2.0-x\r\n", "queued"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000, "queued"),
        (b"HTTP/1.1 429 x\r\nretry-after: \xff\r\n\r\n", "queued"),
    ])  # fmt: skip
    def test_only_the_beginning_of_an_answer_counts(self, posts, monkeypatch, answer, state):
        monkeypatch.setattr("auditor.fleet.outward.channels.http.SECONDS", 0.5)
        with answering(answer) as url:
            monkeypatch.setenv("HOOK", url)
            assert posts(code=0 if state == "sent" else 6).state == state


@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_is_kept(posts, web, status):
    web.answers = [(status, {"retry-after": "3600"})]
    delivery = posts(code=6)
    assert timedelta(minutes=59) < delivery.next_try - delivery.last_try < timedelta(minutes=61)


@pytest.mark.parametrize(("said", "wait"), [
    ("0", timedelta()), ("120", timedelta(minutes=2)), (" 5 ", timedelta(seconds=5)),
    ("99999999999999999999", LONGEST_WAIT), ("-5", None), ("1.5", None), ("soon", None), ("", None),
    ("Sun, 01 Mar 2026 08:02:00 GMT", timedelta(minutes=2)),
    ("Sun, 01 Mar 2026 07:00:00 GMT", timedelta()),
    ("Sun, 01 Mar 2099 07:00:00 GMT", LONGEST_WAIT),
    ("٣", None), ("Sun, 01 Mar 2026 08:02:00 +99999999999999999999", None),
])  # fmt: skip
def test_how_long_a_server_asks_to_wait(said, wait):
    assert waited(said, NOW) == wait


def test_nobody_at_the_address(posts, web):
    web.close()
    assert posts(code=6).state is DeliveryState.QUEUED


def test_tls_is_verified(posts, web, trusted, monkeypatch):
    monkeypatch.setenv("HOOK", web.secure(trusted.server()))
    assert posts(code=6).state is DeliveryState.FAILED
    assert web.got == []
    assert posts(ca_file=str(trusted.ca_file)).state is DeliveryState.SENT
    assert len(web.got) == 1


class TestTeams:
    def test_it_is_one_adaptive_card(self, posts, web):
        posts("teams")
        message = json.loads(web.got[0][2])
        (attachment,) = message["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert attachment["content"]["type"] == "AdaptiveCard"
        assert {one["type"] for one in attachment["content"]["body"]} == {"RichTextBlock"}


class TestSlack:
    def test_it_is_blocks_of_plain_text(self, posts, web):
        posts("slack")
        message = json.loads(web.got[0][2])
        texts = [one["text"] for one in message["blocks"] if "text" in one]
        assert {one["type"] for one in texts} == {"plain_text"}
        assert any("a-1" in one["text"] for one in texts)
