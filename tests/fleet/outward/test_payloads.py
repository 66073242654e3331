"""What every channel would send: within its limits, harmless, and of nobody else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import jsonschema
import pytest

from auditor.fleet.history_model import AuditEnding, Expiry
from auditor.fleet.inventory.inventory_model import MailPlace, Recipient
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.inventory.recipient_document import ChannelKind
from auditor.fleet.look_back.calendar import calendar_of
from auditor.fleet.outward.channels import slack, syslog, teams
from auditor.fleet.outward.channels.channel import Letter
from auditor.fleet.outward.channels.choosing import channel_to
from auditor.fleet.outward.delivery.planning import DigestPlanner
from auditor.fleet.outward.digest.bodies import html_of
from auditor.fleet.outward.digest.digest_schema import (
    ControlMoved,
    Digest,
    Moves,
    NotRead,
    Others,
    Terms,
    Totals,
    digest_schema,
)
from auditor.fleet.outward.digest.recipient_digest import MOST
from auditor.fleet.outward.digest.written import written
from auditor.model.vocabulary import Severity
from tests.fixtures.fleet_story import failed, passed, unknown
from tests.fixtures.pbx import ROOT
from tests.fixtures.schemas import keeps
from tests.fleet.outward.conftest import recipient

SCHEMAS = ROOT / "tests/schemas"
CHANNELS: dict[str, dict[str, object]] = {
    "mail": {"to": ["a@example.com"], "sender": "b@example.com", "server": "127.0.0.1"},
    "webhook": {},
    "teams": {"url_env": "HOOK"},
    "slack": {"url_env": "HOOK"},
    "syslog": {"server": "127.0.0.1"},
    "command": {"command": ["true"]},
}
HOSTILE = "<!channel> [x](http://evil) *b* _i_\u202e\r\nBcc: evil@example.com\r\n##vso[x]&amp;"


@pytest.fixture
def payload(folder, sends, story):
    """Return what a channel would send to somebody about the last night."""

    def made(channel, tenants="all", **more):
        sends.to(recipient("officer", channel, tenants, **{**CHANNELS[channel], **more}))
        inventory = read_inventory(folder.path / "fleet.toml")
        now = story.moment(story.number)
        planner = DigestPlanner(
            story.history, inventory, calendar_of(now, story.day(story.number), None)
        )
        prepared = planner.prepare(inventory.recipients[0], story.history.last_run(), now)
        return channel_to(inventory.recipients[0]).payload(prepared.letter)

    return made


def readable(payload):
    """Return what people would read of a payload, whatever form it has."""
    if payload.startswith(b"From:"):
        message = message_from_bytes(payload, policy=policy.default)
        bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
        return " ".join([str(message["Subject"]), *bodies])
    return payload.decode()


@pytest.mark.parametrize("details", [False, True])
def test_nothing_of_another_tenant_is_in_it(story, listed, payload, details):
    """Tenant b has one of everything, and its names are in it; a hears nothing of them."""
    names = ["b-failed", "b-away", "b-other", "b-open", "b-ends", "b-never"]
    listed("a-1", *names)
    ends = {"b-ends": (Expiry("waiver", "b-waiver b-user", story.day(20)),)}
    first = {name: [passed(), failed("HD-02", "b-user")] for name in names[:-1]}
    story.night({"a-1": [failed("HD-01", "a-user")], **first, "b-gone": [passed()]})
    second = {"b-failed": [failed("HD-01", "b-user")], "b-away": AuditEnding.UNREACHABLE,
              "b-other": AuditEnding.CONFLICT, "b-open": [unknown()],
              "b-ends": [passed()]}  # fmt: skip
    story.night({"a-1": [failed("HD-01", "a-user")], **second}, expiries=ends)
    for channel in CHANNELS:
        sent = payload(channel, ["a"], details=details)
        own = readable(sent)
        assert "a-1" in own
        # Headers and all else of what is sent, too.
        assert not re.search(rb"\bb-", sent)
        assert not re.search(r"\bb-", own), channel
        assert re.search(r"\bb-failed", readable(payload(channel, ["b"], details=details)))


def test_what_the_history_has_under_another_tenant(story, listed, payload):
    listed("a-1", "a-2")
    story.night({"a-1": [passed()], "a-2": [failed("HD-09", "secret")]}, tenants={"a-2": "z"})
    for channel in CHANNELS:
        assert "HD-09" not in readable(payload(channel, ["a"], details=True))


@pytest.fixture(scope="module")
def crowd():
    """Let very many PBXs fail, with long names."""
    controls = [
        ControlMoved(
            f"a-{number:04}", f"Häuser {number}", "a", "HD-01", "It is weak", "high", 1, "pbx",
            whole=True, subjects=["ä" * 60],
        )
        for number in range(MOST)
    ]  # fmt: skip
    none, details = Moves(), True
    digest = Digest(
        fleet="Systemhaus", recipient="officer", terms=Terms(["a"], details, "info", "en"), run=3,
        day=date(2026, 3, 3), made=datetime(2026, 3, 3, 4, tzinfo=UTC), since=None, changed=True,
        totals=Totals(900, 900, 900, 0, 0, 0), failed=Moves(controls, 900 - MOST), not_read=[],
        conflicts=[], undecided=none, ending=[], fixed=none, others=Others(0, 0, 0, 0), remarks=[],
    )  # fmt: skip
    return Letter("key", digest, written(digest))


@pytest.fixture
def about_many(crowd):
    """Return what a channel would send about them."""

    def made(channel, letter=crowd):
        mail = MailPlace(("a@example.com",), "b@example.com", is_tls=False, username="")
        some = Recipient(
            "officer", ("a",), is_for_all=False, channel=ChannelKind(channel), language="en",
            details=True, min_severity=Severity.INFO,
        )  # fmt: skip
        return channel_to(some._replace(mail=mail if channel == "mail" else None)).payload(letter)

    return made


class TestMail:
    def test_no_client_cuts_it_off(self, crowd, about_many):
        """Each PBX has a list of its own things, which takes more than Gmail shows."""
        controls = [replace(one, subjects=["ä<" * 30] * 20) for one in crowd.digest.failed.controls]
        digest = replace(
            crowd.digest, failed=Moves(controls), undecided=Moves(controls), fixed=Moves(controls)
        )
        letter = Letter("key", digest, written(digest))
        assert len(html_of(letter.told).encode()) > 102_000
        message = message_from_bytes(about_many("mail", letter), policy=policy.default)
        html = message.get_body(("html",)).get_content()
        assert 50_000 < len(html.encode()) <= 102_000
        # What is left out is counted, and each list is there.
        assert html.count("<h2") == 3
        assert left_out(html)
        assert html.rstrip().endswith("</html>")


class TestAlike:
    def test_what_came_to_many_is_said_once(self, crowd):
        digest = replace(
            crowd.digest,
            failed=Moves([replace(one, subjects=[]) for one in crowd.digest.failed.controls[:30]]),
        )
        (section,) = written(digest).sections
        (line,) = section.lines
        assert line.severity == "high"
        assert line.text.count("a / Häuser") == 12
        assert re.search(r"\b30\b", line.text)
        assert re.search(r"\b18\b", line.text)  # not named

    def test_another_control_title_or_severity_is_another_line(self, crowd):
        one, *_ = [replace(one, subjects=[]) for one in crowd.digest.failed.controls]
        others = [
            replace(one, pbx="b", control="HD-02"),
            replace(one, pbx="c", title="Otherwise"),
            replace(one, pbx="d", severity="low"),
        ]
        digest = replace(crowd.digest, failed=Moves([one, replace(one, pbx="e"), *others]))
        (section,) = written(digest).sections
        assert len(section.lines) == 4

    def test_what_somebody_is_to_know_of_each_is_said_of_each(self, crowd):
        digest = replace(crowd.digest, failed=Moves(crowd.digest.failed.controls[:3]))
        (section,) = written(digest).sections
        assert len(section.lines) == 3

    def test_numbers_of_none_are_not_said(self, crowd):
        totals = Totals(9, 9, 4, 0, 5, 0)
        lead = written(replace(crowd.digest, totals=totals)).lead[1]
        assert set(re.findall(r"\b\d+\b", lead)) == {"3", "2026", "03", "9", "4", "5"}


def left_out(text):
    return re.search(r"and \d+ more", text)


# Each of these means something to somebody who shows it.
HOSTILE_NAMES = (
    HOSTILE, "nul\0nul", "<script>alert(1)</script>", "\u202eevil\u2066x", "ä" * 300, "a" * 300,
    "😀" * 300, "@everyone <!here> <@U123>", "*b* ~s~ `c` > q http://evil.example/x",
    "[x](http://evil.example) ![y](z)", '=cmd|"/c calc"!A1', '"]\\ [x@1 a="b"]', "'\"; rm -rf /",
    "\u200b\u00ad\ufeff", "e\u0301" * 150, "=?utf-8?q?x?=",
)  # fmt: skip


@pytest.fixture(params=["hostile", "very many"])
def odd(request, crowd):
    """Let PBXs with odd names fail, or very many with very long ones, and another box answer."""
    names = list(HOSTILE_NAMES)
    if request.param != "hostile":
        names = [f"{one} {'ü' * 296}" for one in range(500)]
    first = crowd.digest.failed.controls[0]
    fails = [replace(first, name=name, subjects=[name]) for name in names]
    away = [
        NotRead(f"b-{number}", name, "a", "unreachable", date(2026, 3, 1), None, news=True)
        for number, name in enumerate(names)
    ]
    other = NotRead("other", "Other", "a", "identity-conflict", None, None, news=True)
    digest = replace(
        crowd.digest, fleet=names[0], failed=Moves(fails), not_read=away, conflicts=[other]
    )
    return Letter("k" * 32, digest, written(digest))


class TestOddNames:
    """What is published about each form, held against the oddest names."""

    def test_the_card_is_one_by_its_schema(self, odd, about_many):
        sent = about_many("teams", odd)
        card = json.loads(sent)["attachments"][0]["content"]
        # Teams' own key beside those of the schema.
        assert card.pop("msteams") == {"width": "Full"}
        schema = json.loads((SCHEMAS / "adaptive-cards/adaptive-card-1.4.0.json").read_text())
        jsonschema.Draft6Validator(schema).validate(card)
        assert len(sent) <= teams.LIMIT
        runs = [run for one in card["body"] for run in one["inlines"]]
        assert {run["type"] for run in runs} == {"TextRun"}
        assert all(run["text"].isprintable() for run in runs)
        assert any("Other" in run["text"] for run in runs)

    def test_the_blocks_keep_to_the_limits_of_slack(self, odd, about_many):
        message = json.loads(about_many("slack", odd))
        assert len(message["blocks"]) <= 50
        for block in message["blocks"]:
            texts = block["elements"] if block["type"] == "context" else [block["text"]]
            limit = slack.LONGEST_HEADER if block["type"] == "header" else slack.LONGEST_TEXT
            for one in texts:
                assert one["type"] == "plain_text"
                assert 0 < slack.length(one["text"]) <= limit
                assert one["text"].replace("\n", "").isprintable()
        assert not set("<>") & set(message["text"])
        assert any("Other" in one["text"]["text"] for one in message["blocks"] if "text" in one)

    def test_one_line_of_syslog(self, odd, about_many):
        sent = about_many("syslog", odd).decode()
        assert len(sent.encode()) <= syslog.LIMIT
        assert sent.replace("\ufeff", "", 1).isprintable()
        assert sent.split(" ")[6] == "-"
        assert "Other" in sent

    def test_mail_by_the_strict_reading(self, odd, about_many):
        sent = about_many("mail", odd)
        strict = policy.SMTP.clone(raise_on_defect=True)
        message = message_from_bytes(sent, policy=strict)
        assert set(message.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id",
            "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
            "Content-Language",
        }  # fmt: skip
        assert not message.defects
        assert not any(one.defects for one in message.values())
        assert str(message["Subject"]) == odd.told.subject
        # DKIM holds where no relay has to wrap or encode a line anew.
        assert max(map(len, sent.split(b"\r\n"))) < 998
        assert sent.count(b"\n") == sent.count(b"\r\n") == sent.count(b"\r")
        assert sent.isascii()
        text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert max(map(len, text.splitlines())) <= 80
        assert "<script" not in html
        for body in (text, html):
            assert body.replace("\r\n", "").isprintable()

    @pytest.mark.parametrize("channel", ["webhook", "command"])
    def test_json_says_the_names_as_they_are(self, odd, about_many, channel):
        sent = about_many(channel, odd)
        assert sent.count(b"\n") == 0
        told = json.loads(sent)
        keeps(told, digest_schema)
        assert [one["name"] for one in told["not_read"]] == [
            one.name for one in odd.digest.not_read
        ]


class TestSentAgain:
    """A chat has no key by which it would drop a second message."""

    @pytest.mark.parametrize("channel", ["teams", "slack"])
    def test_it_says_so(self, about_many, crowd, channel):
        first, second, third = (
            about_many(channel, crowd._replace(tries=tries)).decode() for tries in (1, 2, 3)
        )
        assert "Sent again" not in first
        assert "Sent again" in second
        assert second != third

    @pytest.mark.parametrize("channel", ["mail", "webhook", "syslog", "command"])
    def test_what_has_a_key_is_the_same(self, about_many, crowd, channel):
        assert about_many(channel, crowd._replace(tries=2)) == about_many(channel, crowd)


class TestLimits:
    def test_teams_takes_28_kb(self, about_many):
        sent = about_many("teams")
        assert teams.LIMIT * 0.9 < len(sent) <= teams.LIMIT < 28_000
        assert left_out(sent.decode())

    def test_slack_has_limits_of_its_own(self, about_many):
        sent = about_many("slack")
        message = json.loads(sent)
        assert len(message["blocks"]) <= 50
        assert left_out(sent.decode())
        for block in message["blocks"]:
            if block["type"] == "header":
                assert len(block["text"]["text"]) <= slack.LONGEST_HEADER
            if block["type"] == "section":
                assert 0 < len(block["text"]["text"]) <= slack.LONGEST_TEXT

    def test_syslog(self, about_many):
        sent = about_many("syslog")
        assert len(sent) <= syslog.LIMIT
        assert left_out(sent.decode())

    def test_mail_is_read_by_people(self, about_many):
        sent = about_many("mail")
        assert len(sent) < 200_000
        assert left_out(readable(sent))

    def test_programs_are_told_how_many_are_left_out(self, story, listed, payload, monkeypatch):
        monkeypatch.setattr("auditor.fleet.outward.digest.recipient_digest.MOST", 2)
        listed("a-1")
        story.night({"a-1": [failed(f"HD-0{number}") for number in range(1, 6)]})
        told = json.loads(payload("webhook"))["failed"]
        assert (len(told["controls"]), told["more"]) == (2, 3)


def test_names_do_no_harm(story, listed, payload):
    listed("a-1")
    story.night({"a-1": [failed("HD-01", HOSTILE)]})
    sent = {channel: payload(channel, details=True) for channel in CHANNELS}
    assert all("a-1" in readable(one) for one in sent.values())
    for channel in ("mail", "teams", "slack", "syslog"):
        assert "\u202e" not in readable(sent[channel])
    assert b"\r\nBcc:" not in sent["mail"]
    assert "<!channel>" not in readable(sent["mail"]).partition("<!DOCTYPE html>")[2]
    assert b"\n" not in sent["syslog"]
    assert b"\r" not in sent["syslog"]
    card = json.loads(sent["teams"])["attachments"][0]["content"]
    assert {one["type"] for one in card["body"]} == {"RichTextBlock"}
    message = json.loads(sent["slack"])
    assert {one["text"]["type"] for one in message["blocks"] if "text" in one} == {"plain_text"}
    assert "<" not in message["text"]


def test_the_same_digest_is_the_same_bytes(story, listed, payload):
    listed("a-1")
    story.night({"a-1": [failed()]})
    for channel in CHANNELS:
        assert payload(channel) == payload(channel)
