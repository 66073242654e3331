"""Mail: what it looks like, and that nothing is said before TLS that is trusted."""

from __future__ import annotations

import json

import pytest

from auditor.fleet.store.history_records import DeliveryState
from tests.fixtures.fleet_story import failed, passed
from tests.fixtures.receivers import Mailbox, mail_server
from tests.fleet.outward.conftest import make_due, recipient

TO = ("officer@example.com", "other@example.com")


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def mails(story, listed, sends, trusted):
    """Send a digest to a mail server; return how the delivery stands then."""
    listed("a-1")

    def mail(server, code=0, **more):
        more = {
            "to": TO, "sender": "pbx@example.org", "server": server,
            "ca_file": str(trusted.ca_file), **more,
        }  # fmt: skip
        sends.to(recipient("officer", "mail", **more))
        story.night({"a-1": [failed()] if story.number == 0 else [passed()]})
        sends(code=code)
        return story.history.outbox().newest()["officer"]

    return mail


@pytest.fixture
def server(mailbox, trusted):
    with mail_server(mailbox, trusted.server()) as address:
        yield address


def test_a_message_in_text_and_html(mails, mailbox, server):
    delivery = mails(server)
    assert delivery.state is DeliveryState.SENT
    ((sender, to, _),) = mailbox.got
    assert (sender, to) == ("pbx@example.org", TO)
    (message,) = mailbox.messages
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{delivery.key}@example.org>"
    assert message["List-Id"]
    assert message["To"] == ", ".join(TO)
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for body in (text, html):
        assert "HD-01" in body
        assert "a-1" in body
    for active in ("<script", "http://", "https://", "src=", "<link", "url("):
        assert active not in html


def test_messages_are_one_thread_and_each_is_another(mails, mailbox, server):
    mails(server)
    mails(server)
    first, second = mailbox.messages
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"] == second["In-Reply-To"]


def test_a_retry_has_the_same_id(mails, mailbox, server, story, sends):
    mailbox.answers = {"DATA": "451 later"}
    delivery = mails(server, code=6)
    assert (delivery.state, mailbox.got) == (DeliveryState.QUEUED, [])
    make_due(story.history)
    mailbox.answers = {}
    sends()
    assert mailbox.messages[0]["Message-ID"] == f"<{delivery.key}@example.org>"


def test_tls_from_the_beginning(mails, mailbox, trusted):
    with mail_server(mailbox, trusted.server(), is_tls=True) as address:
        assert mails(address, tls="tls").state is DeliveryState.SENT
    assert len(mailbox.got) == 1


def test_a_login(mails, mailbox, trusted, monkeypatch, folder):
    mailbox.accounts = {"pbx": "right"}
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-password")
    with mail_server(mailbox, trusted.server()) as address:
        more = {"username": "pbx", "password_env": "MAIL_PASSWORD"}
        assert mails(address, code=6, **more).state is DeliveryState.FAILED
        monkeypatch.setenv("MAIL_PASSWORD", "right")
        assert mails(address, **more).state is DeliveryState.SENT
    assert len(mailbox.got) == 1
    kept = (folder.path / "history.db").read_bytes()
    assert b"wrong-password" not in kept


def test_without_starttls_nothing_is_said(mails, mailbox, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "right")
    with mail_server(mailbox) as address:
        delivery = mails(address, code=6, username="pbx", password_env="MAIL_PASSWORD")
    assert delivery.state is DeliveryState.FAILED
    assert mailbox.got == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_nobody_trusts(mails, mailbox, trusted, tls):
    with mail_server(mailbox, trusted.server(), is_tls=tls == "tls") as address:
        delivery = mails(address, code=6, tls=tls, ca_file=str(trusted.other))
    assert delivery.state is DeliveryState.FAILED
    assert mailbox.got == []


@pytest.mark.parametrize(("answers", "state"), [
    ({"RCPT": "450 later"}, "queued"),
    ({"RCPT": "550 nobody"}, "failed"),
    ({"DATA": "452 full"}, "queued"),
    ({"DATA": "554 no"}, "failed"),
    ({TO[1]: "450 later"}, "queued"),
])  # fmt: skip
def test_nobody_has_it_yet(mails, mailbox, server, answers, state):
    mailbox.answers = answers
    assert mails(server, code=6).state == state
    assert mailbox.got == []


def test_one_address_that_is_gone_keeps_no_other_from_it(mails, mailbox, server, console, sends):
    mailbox.answers = {TO[1]: "550 nobody"}
    assert mails(server, code=6).state is DeliveryState.PARTLY
    assert mailbox.got[0][1] == TO[:1]
    document = json.loads(console("fleet", "status", "--format", "json").out)
    ((told,), shown) = document["not_sent"], console("fleet", "status").out
    assert (told["recipient"], told["state"]) == ("officer", "partly")
    assert "550" in told["reason"]
    assert "550" in shown
    assert 'deliveries{state="partly"} 1' in console("fleet", "metrics").out
    assert sends(code=6).code == 6
    assert len(mailbox.got) == 1
    mails(server, code=6)
    changed = mailbox.messages[1].get_body(("plain",)).get_content()
    assert "first digest" not in changed
    mailbox.answers = {}
    assert mails(server).state is DeliveryState.SENT


def test_one_that_is_busy_for_long_keeps_no_other_from_it(mails, mailbox, server, sends, story):
    mailbox.answers = {TO[1]: "452 full"}
    mails(server, code=6)
    for tries in range(2, 5):
        assert mailbox.got == []
        make_due(story.history)
        sends(code=6)
        assert story.history.outbox().newest()["officer"].tries == tries
    assert mailbox.got[0][1] == TO[:1]


def test_no_server(mails):
    assert mails("127.0.0.1:1", code=6).state is DeliveryState.QUEUED


@pytest.mark.parametrize("name", ["Ä\u202eB", "<b>x</b>", "a" * 190, "x: y, z <q@r>"])
def test_a_name_does_no_harm(mails, mailbox, server, folder, name):
    file = folder.path / "fleet.toml"
    text = file.read_text().replace('"Systemhaus"', f'"{name}"')
    if name.isprintable():
        file.write_text(text)
    mails(server)
    (message,) = mailbox.messages
    assert set(message.keys()) >= {"From", "To", "Subject", "Message-ID"}
    assert "<b>" not in message.get_body(("html",)).get_content()
    assert all(len(line) < 998 for line in mailbox.got[0][2].split(b"\r\n"))
