"""Mail servers that fail at each stage: what is final, what is tried again, and who has it."""

from __future__ import annotations

import base64

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from auditor.fleet.outward.channels import smtp
from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.smtp import Envelope, Server, deliver
from auditor.fleet.outward.channels.time_limit import within
from auditor.fleet.outward.channels.verified_tls import (
    NO_SERVER,
    NOT_REACHED,
    NOT_TRUSTED,
    TOO_LATE,
)
from tests.fixtures.authority import DAY, NOW, issue
from tests.fixtures.bad_mail import CLOSE, DRIP, FLOOD, HANG, ScriptedMail, server_context

SECRET = "secret"
MESSAGE = b"Subject: x\r\n\r\nbody\r\n"
TO = ("a@example.com", "b@example.com", "c@example.com")
STAGES = ("banner", "EHLO", "STARTTLS", "EHLO again", "AUTH", "MAIL", "RCPT", "DATA", "after DATA")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    made = issue("authority", ca=True)
    made.file = folder / "ca.pem"
    made.file.write_text(made.pem, encoding="ascii")
    made.folder = folder
    made.context = server_context(issue("mail", made), folder)
    return made


@pytest.fixture
def mails(authority, monkeypatch):
    """Send to a server that follows a script; return what was lacking."""
    monkeypatch.setattr(smtp, "SECONDS", 0.5)
    made = Mails(authority)
    yield made
    for one in made.servers:
        one.close()


class Mails:
    """Sends a message to a server of its own; `server` is the last one."""

    def __init__(self, authority):
        self._authority = authority
        self.servers = []

    @property
    def server(self):
        return self.servers[-1]

    def __call__(self, to=TO, *, context=None, host="127.0.0.1", waits=True, said=SECRET, **script):
        server = ScriptedMail(context or self._authority.context, **script)
        self.servers.append(server)
        where = f"{host}:{server.port}"
        account = Server(
            where, is_tls=False, ca_file=self._authority.file, username="pbx", password=said
        )
        return deliver(account, Envelope("pbx@example.org", to, MESSAGE), waits=waits)


def refused(mails, **script):
    with pytest.raises(DeliveryError) as error:
        mails(**script)
    assert "secret" not in str(error.value.reason)
    return error.value


def test_it_arrives(mails):
    assert not mails()
    assert mails.server.got == [MESSAGE]
    before, _, after = "\n".join(mails.server.said).partition("STARTTLS")
    assert before.split()[0::2] == ["ehlo"]
    assert after.count("rcpt") == len(TO)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("code", [421, 451, 500, 554])
def test_what_a_code_means_at_each_stage(mails, stage, code):
    error = refused(mails, **{stage: f"{code} no"})
    assert error.is_final == (code >= 500)
    assert str(code) in str(error.reason)
    assert not mails.server.got or stage == "after DATA"


@pytest.mark.parametrize("stage", STAGES)
def test_one_that_hangs_is_late_and_tried_again(mails, stage):
    error = refused(mails, **{stage: HANG})
    assert (error.reason, error.is_final) == (TOO_LATE, False)


@pytest.mark.parametrize("stage", STAGES)
def test_one_that_hangs_up_is_tried_again(mails, stage):
    error = refused(mails, **{stage: CLOSE})
    assert (error.reason, error.is_final) == (NOT_REACHED, False)


@pytest.mark.parametrize("stage", ["banner", "EHLO again", "after DATA"])
def test_an_answer_without_end_is_not_kept(mails, stage):
    assert not refused(mails, **{stage: FLOOD}).is_final


def test_an_answer_that_drips_is_not_waited_for(mails):
    with pytest.raises(DeliveryError) as error:
        within(0.2, lambda: mails(banner=DRIP))
    assert error.value.reason == TOO_LATE


def test_garbage(mails):
    assert not refused(mails, banner="hello").is_final


def test_without_starttls_nothing_is_said(mails):
    assert refused(mails, EHLO="250 test").is_final
    assert [one.partition(" ")[0] for one in mails.server.said] == ["ehlo"]


@pytest.mark.parametrize("odd", ["expired", "other name", "self-signed", "for clients"])
def test_certificates_that_are_not_trusted(mails, authority, odd):
    made = {
        "expired": lambda: issue("mail", authority, since=NOW - 9 * DAY, until=NOW - DAY),
        "other name": lambda: issue("mail", authority),
        "self-signed": lambda: issue("mail"),
        "for clients": lambda: issue("mail", authority, usage=ExtendedKeyUsageOID.CLIENT_AUTH),
    }[odd]()
    context = server_context(made, authority.folder, "odd.pem")
    host = "localhost" if odd == "other name" else "127.0.0.1"
    error = refused(mails, context=context, host=host)
    assert (error.reason, error.is_final) == (NOT_TRUSTED, True)
    assert not any(one.startswith("AUTH") for one in mails.server.said)


@pytest.mark.parametrize("offered", ["250 test", "250-test\r\n250 AUTH GSSAPI"])
def test_no_login_that_is_known(mails, offered):
    assert refused(mails, **{"EHLO again": offered}).is_final


def test_a_password_that_is_refused_is_said_once(mails):
    """More tries at a time would lock the account."""
    assert refused(mails, AUTH="535 no").is_final
    assert sum(one.startswith("AUTH") for one in mails.server.said) == 1


def test_a_password_with_any_character(mails):
    mails(said="pässwörd-€")
    (said,) = [one for one in mails.server.said if one.startswith("AUTH")]
    assert base64.b64decode(said.split()[2]).decode() == "\0pbx\0pässwörd-€"
    by_login = {"EHLO again": "250-test\r\n250 AUTH LOGIN", "AUTH": "334 UGFzc3dvcmQ6"}
    assert refused(mails, said="pässwörd-secret", **by_login).is_final


@pytest.mark.parametrize("name", ["a..b", "a" * 64 + ".example", "."])
def test_a_name_that_no_server_can_have(name):
    server = Server(name, is_tls=False, ca_file=None, username="", password="")
    with pytest.raises(DeliveryError) as error:
        deliver(server, Envelope("a@b.example", TO, MESSAGE), waits=True)
    assert (error.value.reason, error.value.is_final) == (NO_SERVER, True)


OK, LATER, NEVER = "250 ok", "450 later", "550 nobody"


class TestSomeAddresses:
    def test_who_is_gone_keeps_nobody_else_from_it(self, mails):
        lacking = mails(RCPT=[OK, NEVER, OK])
        assert len(mails.server.got) == 1
        assert "2" in str(lacking)
        assert "550" in str(lacking)
        assert "example.com" not in str(lacking)

    def test_who_is_busy_is_waited_for_and_then_not(self, mails):
        assert not refused(mails, RCPT=[OK, LATER, NEVER]).is_final
        assert mails.server.got == []
        lacking = mails(RCPT=[OK, LATER, NEVER], waits=False)
        assert len(mails.server.got) == 1
        assert "450" in str(lacking)
        assert "550" in str(lacking)

    @pytest.mark.parametrize("waits", [True, False])
    @pytest.mark.parametrize(("answers", "is_final"), [([NEVER], True), ([NEVER, LATER], False)])
    def test_where_nobody_is_left(self, mails, waits, answers, is_final):
        assert refused(mails, RCPT=answers, waits=waits).is_final == is_final
        assert mails.server.got == []
