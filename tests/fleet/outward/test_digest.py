"""What the morning's message says, to whom, and that nothing is lost or said twice."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.fleet.history_model import AuditEnding, Expiry
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.look_back.json_answers import look_back_schema
from auditor.fleet.outward.delivery.planning import DigestPlanner
from auditor.fleet.outward.digest.digest_schema import digest_schema
from auditor.fleet.store.history_records import DeliveryState
from auditor.model.vocabulary import Severity
from auditor.run.clock import SYSTEM_CLOCK, Clock
from tests.fixtures.fleet_story import failed, passed, unknown, waived
from tests.fixtures.receivers import LogServer, Mailbox, mail_server
from tests.fixtures.schemas import keeps
from tests.fleet.outward.conftest import digests, make_due, recipient

AWAY = AuditEnding.UNREACHABLE


@pytest.fixture
def takers(web, trusted, folder):
    """Give the keys of somebody who takes what a channel sends, and what returns that."""

    ca_file = {"ca_file": str(trusted.ca_file)}

    @contextmanager
    def taker(channel):
        if channel == "mail":
            mailbox = Mailbox()
            with mail_server(mailbox, trusted.server()) as address:
                more = {"to": ["a@example.com"], "sender": "b@example.com", "server": address}
                yield {**more, **ca_file}, lambda: [content for _, _, content in mailbox.got]
        elif channel == "syslog":
            log = LogServer(trusted.server())

            def logged():
                assert log.ended.acquire(timeout=60)
                return [one.partition(b" ")[2] for one in log.got]

            yield {"server": log.address, **ca_file}, logged
            log.close()
        elif channel == "command":
            out = folder.path / "out"
            program = folder.write("program", f"#!/bin/sh\ncat > '{out}'\n")
            program.chmod(0o700)
            yield {"command": [str(program)]}, lambda: [out.read_bytes()]
        else:
            more = {} if channel == "webhook" else {"url_env": "HOOK"}
            yield more, lambda: [body for _, _, body in web.got]

    return taker


@pytest.fixture
def fleet(story, listed, sends, web):
    """Two tenants with two PBXs each, and one recipient of all."""
    assert web.got == []
    listed("alpen-graz", "alpen-wien", "city-linz", "city-enns")
    sends.to(recipient("officer"))
    return story


def night(story, **more):
    """Tell a night in which everything passes but what is stated."""
    names = ("alpen-graz", "alpen-wien", "city-linz", "city-enns")
    told = {name: more.get(name.replace("-", "_"), [passed()]) for name in names}
    return story.night(told, expiries=more.get("expiries", {}))


def failures(digest):
    return [(one["pbx"], one["control"]) for one in digest["failed"]["controls"]]


def test_the_first_one_lists_everything_that_fails(fleet, sends, web):
    for _ in range(3):
        night(fleet, alpen_graz=[failed("HD-01"), failed("HD-02")], city_linz=[waived()])
    sends()
    (told,) = digests(web)
    assert failures(told) == [("alpen-graz", "HD-01"), ("alpen-graz", "HD-02")]
    assert told["since"] is None
    assert (told["totals"]["pbxs"], told["totals"]["audited"]) == (4, 4)
    keeps(told, digest_schema)


def test_one_message_for_a_run_and_none_for_the_same_again(fleet, sends, web):
    night(fleet, alpen_graz=[failed()], alpen_wien=[failed()], city_linz=AWAY)
    sends()
    sends()
    assert len(web.got) == 1
    night(fleet, alpen_graz=[failed()], alpen_wien=[failed()], city_linz=AWAY)
    sends()
    assert len(web.got) == 2


def test_unchanged_is_said_and_never_as_if_all_were_fine(fleet, sends, web):
    for _ in range(2):
        night(fleet, alpen_graz=[failed()], city_linz=AWAY)
        sends()
    told = digests(web)[1]
    assert not told["changed"]
    assert failures(told) == []
    assert (told["totals"]["failed"], told["totals"]["audited"]) == (1, 3)
    assert [(one["pbx"], one["news"]) for one in told["not_read"]] == [("city-linz", False)]


def test_the_order_is_the_worst_first(fleet, sends, web):
    night(fleet)
    sends()
    low, worst = Severity.LOW, Severity.CRITICAL
    night(
        fleet,
        alpen_graz=[failed("HD-01", severity=low), failed("HD-09", severity=worst)],
        alpen_wien=[failed("HD-02")],
    )
    sends()
    told = digests(web)[1]
    assert failures(told) == [
        ("alpen-graz", "HD-09"), ("alpen-wien", "HD-02"), ("alpen-graz", "HD-01"),
    ]  # fmt: skip
    assert told["changed"]


def test_each_kind_of_news_is_told(fleet, sends, web):
    night(
        fleet,
        alpen_graz=[passed("HD-01"), failed("HD-02"), unknown("HD-03"), failed("HD-04")],
        city_linz=AWAY,
    )
    sends()
    ends = (Expiry("waiver", "HD-01", fleet.day(2) + timedelta(days=30), "anna"),)
    night(
        fleet,
        alpen_graz=[unknown("HD-01"), passed("HD-02"), passed("HD-03"), waived("HD-04")],
        city_enns=AuditEnding.CONFLICT,
        expiries={"alpen-wien": ends},
    )
    sends()
    told = digests(web)[1]
    assert [one["control"] for one in told["undecided"]["controls"]] == ["HD-01"]
    assert [one["control"] for one in told["fixed"]["controls"]] == ["HD-02"]
    assert told["others"] == {"read_again": 1, "accepted": 1, "decided": 1, "not_asked": 0}
    assert [one["pbx"] for one in told["conflicts"]] == ["city-enns"]
    assert [(one["pbx"], one["name"], one["news"]) for one in told["ending"]] == [
        ("alpen-wien", "HD-01", True)
    ]


def test_what_could_not_be_sent_is_told_the_next_night(fleet, sends, web):
    """The difference counts from the last digest that arrived, not from the last run."""
    night(fleet)
    sends()
    web.answers = [(400, {})]
    night(fleet, alpen_graz=[failed()])
    sends(code=6)
    web.answers = [(200, {})]
    night(fleet, alpen_graz=[failed()])
    sends()
    assert failures(digests(web)[2]) == [("alpen-graz", "HD-01")]
    states = [one.state for one in fleet.history.outbox().listed()]
    assert states == [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SENT]


def test_what_waits_is_replaced_by_the_next_night(fleet, sends, web):
    web.answers = [(500, {})]
    night(fleet, alpen_graz=[failed()])
    sends(code=6)
    night(fleet, alpen_graz=[failed()], alpen_wien=[failed()])
    web.answers = [(200, {})]
    sends(code=6)  # it is not due yet, and the later one begins no earlier
    assert len(web.got) == 1
    states = [one.state for one in fleet.history.outbox().listed()]
    assert states == [DeliveryState.WITHDRAWN, DeliveryState.QUEUED]


def test_a_run_that_is_taken_up_again_is_told_to_its_end(fleet, sends, web):
    fleet.night({"alpen-graz": [failed()], "alpen-wien": None, "city-linz": None})
    sends()
    sends()
    assert len(web.got) == 1
    assert digests(web)[0]["remarks"]
    fleet.resumed({"alpen-wien": [failed("HD-02")], "city-linz": [passed()]})
    sends()
    assert ("alpen-wien", "HD-02") in failures(digests(web)[1])
    sends()
    assert len(web.got) == 2


def test_a_tenant_that_is_added_later_is_told_from_the_beginning(fleet, sends, web):
    sends.to(recipient("officer", tenants=["alpen"]))
    night(fleet, city_linz=[failed()])
    sends()
    assert failures(digests(web)[0]) == []
    sends.to(recipient("officer", tenants=["alpen", "city"]))
    night(fleet, city_linz=[failed()])
    sends()
    told = digests(web)[1]
    assert failures(told) == [("city-linz", "HD-01")]
    assert told["totals"]["pbxs"] == 4


def test_runs_that_did_not_happen_are_told_by_the_next(story, listed, sends, web):
    listed("alpen-graz", fleet='every = "24h"')
    sends.to(recipient("officer"))
    story.night({"alpen-graz": [passed()]})
    sends()
    story.number += 3
    story.night({"alpen-graz": [passed()]})
    sends()
    assert not any("3" in one for one in digests(web)[0]["remarks"])
    assert any("3" in one for one in digests(web)[1]["remarks"])


class TestNoRun:
    """`fleet digest` is started, and no run was."""

    @pytest.fixture
    def prepared(self, story, listed, folder, sends):
        """Return what somebody is told so many hours after the last run, and note it as sent."""
        assert sends
        listed("alpen-graz", "alpen-wien", fleet='every = "24h"')
        sends.to(recipient("officer"))

        def prepare(hours, **more):
            inventory = read_inventory(folder.path / "fleet.toml")
            now = story.moment(story.number) + timedelta(hours=hours)
            planner = DigestPlanner(story.history, inventory, Calendar(now, **more))
            made = planner.prepare(inventory.recipients[0], story.history.last_run(), now)
            if made is None:
                return None
            outbox = story.history.outbox()
            outbox.note_sent(outbox.claim(outbox.queue(made.new, now), now), now)
            return made.letter

        return prepare

    def test_it_is_told_once_for_each_that_did_not_happen(self, story, prepared):
        story.night({"alpen-graz": [failed()], "alpen-wien": [passed()]})
        hours = [1, 2, 35, 36, 37, 40, 59, 60, 61, 84.5, 200, 201]
        told = {hour: letter for hour in hours if (letter := prepared(hour))}
        assert {hour: one.digest.missed for hour, one in told.items()} == {
            1: 0, 36: 1, 60: 2, 84.5: 3, 200: 7,
        }  # fmt: skip
        assert len({one.key for one in told.values()}) == len(told)
        late = told[36]
        assert story.day(1).isoformat() in late.told.subject
        assert late.digest.failed.total == 0
        assert not any("fails still" in one for one in late.told.lead)
        assert told[200].digest.not_read[0].state == "stale"

    def test_the_next_run_is_told_as_always(self, story, prepared):
        for _ in range(2):
            story.night({"alpen-graz": [failed()], "alpen-wien": [passed()]})
            assert [prepared(hour) is None for hour in (1, 2)] == [False, True]
        assert prepared(40).digest.missed == 1
        story.number += 1
        story.night({"alpen-graz": [passed()], "alpen-wien": [passed()]})
        told = prepared(1)
        assert (told.digest.missed, told.digest.fixed.total) == (0, 1)

    def test_the_first_one_comes_late(self, story, prepared):
        story.night({"alpen-graz": [failed()], "alpen-wien": [passed()]})
        told = prepared(100)
        assert (told.digest.missed, told.digest.failed.total) == (3, 1)
        assert prepared(101) is None

    def test_nobody_waits_for_a_run(self, story, prepared, folder):
        file = folder.path / "fleet.toml"
        file.write_text(file.read_text().replace('every = "24h"', ""))
        story.night({"alpen-graz": [passed()], "alpen-wien": [passed()]})
        assert [prepared(hour) is None for hour in (1, 500)] == [False, True]

    def test_a_day_that_somebody_says_is_no_moment(self, story, prepared):
        story.night({"alpen-graz": [passed()], "alpen-wien": [passed()]})
        assert prepared(1) is not None
        assert prepared(500, away=-20) is None


def test_less_severe_ones_are_only_counted(fleet, sends, web):
    sends.to(recipient("officer", min_severity="high"))
    night(fleet, alpen_graz=[failed("HD-01", severity=Severity.LOW), failed("HD-02")])
    sends()
    (told,) = digests(web)
    assert failures(told) == [("alpen-graz", "HD-02")]
    assert told["failed"]["minor"] == 1


def test_users_are_named_only_where_details_are_wanted(fleet, sends, web):
    more = {"expiries": {"alpen-wien": (Expiry("waiver", "HD-01", date(2026, 3, 9), "user-carl"),)}}
    night(fleet, alpen_graz=[failed("HD-01", "user-anna", "user-bert")], **more)
    sends.to(recipient("officer"), recipient("admin", details=True))
    sends()
    without, with_details = (body.decode() for _, _, body in web.got)
    assert "user-" not in without
    assert json.loads(with_details)["failed"]["controls"][0]["subjects"] == [
        "user-anna", "user-bert",
    ]  # fmt: skip
    assert "user-carl" in with_details


def test_it_is_in_the_language_of_the_recipient(fleet, sends, web):
    night(fleet, alpen_graz=[failed()])
    sends.to(recipient("english"), recipient("german", language="de"))
    sends()
    english, german = (one["failed"]["controls"][0]["title"] for one in digests(web))
    assert english != german
    assert [one["terms"]["language"] for one in digests(web)] == ["en", "de"]


def test_a_changed_recipient_gets_nothing_that_was_made_before(fleet, sends, web):
    """What waits for somebody who is to see less now is withdrawn, and made anew."""
    night(fleet, alpen_graz=[failed()], city_linz=[failed()])
    web.answers = [(503, {})]
    sends(code=6)
    web.answers = [(200, {})]
    sends.to(recipient("officer", tenants=["alpen"]))
    sends()
    assert "city-linz" in web.got[0][2].decode()
    assert "city" not in web.got[1][2].decode()
    keys = [headers["webhook-id"] for _, headers, _ in web.got]
    assert keys[0] != keys[1]


def test_who_is_no_recipient_any_more_gets_nothing(fleet, sends, web):
    night(fleet)
    web.answers = [(503, {})]
    sends(code=6)
    sends.to(recipient("other"))
    web.answers = [(200, {})]
    sends()
    assert [one["recipient"] for one in digests(web)] == ["officer", "other"]
    states = {one.recipient: one.state for one in fleet.history.outbox().listed()}
    assert states == {"officer": DeliveryState.WITHDRAWN, "other": DeliveryState.SENT}


def test_only_some_recipients(fleet, sends, web):
    night(fleet)
    sends.to(
        recipient("one", tenants=["alpen"]), recipient("two", tenants=["city"]), recipient("three")
    )
    sends("--tenant", "city")
    assert [one["recipient"] for one in digests(web)] == ["two", "three"]
    sends("--recipient", "one")
    assert digests(web)[2]["recipient"] == "one"


class TestStatus:
    def status(self, console, *arguments):
        document = json.loads(console("fleet", "status", "--format", "json", *arguments).out)
        keeps(document, look_back_schema)
        return document

    def test_it_says_what_did_not_arrive(self, fleet, sends, web, console):
        sends.to(recipient("officer"), recipient("alpen", tenants=["alpen"]))
        night(fleet)
        assert self.status(console)["not_sent"] == []
        web.answers = [(404, {}), (503, {})]
        sends(code=6)
        told = self.status(console)
        assert [(one["recipient"], one["state"], one["tries"]) for one in told["not_sent"]] == [
            ("officer", "failed", 1), ("alpen", "queued", 1),
        ]  # fmt: skip
        assert "404" in told["not_sent"][0]["reason"]
        assert len(told["remarks"]) >= 2
        assert "404" in console("fleet", "status").out
        assert len(self.status(console, "--tenant", "city")["not_sent"]) == 1
        web.answers = [(200, {})]
        night(fleet)
        make_due(fleet.history)
        sends()
        assert self.status(console)["not_sent"] == []


class TestDryRun:
    @pytest.fixture
    def one_moment(self, monkeypatch):
        """Let the clock stand."""
        moment = datetime.now(UTC)
        clock = Clock(lambda: moment, SYSTEM_CLOCK.monotonic)
        monkeypatch.setattr("auditor.cli.fleet.digest.SYSTEM_CLOCK", clock)

    def test_it_shows_what_is_sent_and_notes_nothing(self, fleet, sends, web):
        night(fleet, alpen_graz=[failed()])
        shown = json.loads(sends("--dry-run").out)
        assert web.got == []
        assert fleet.history.outbox().listed() == ()
        sends()
        (sent,) = digests(web)
        made = shown.pop("made"), sent.pop("made")
        assert made[0] < made[1]
        assert shown == sent
        assert sends("--dry-run").out.strip() == ""

    def test_nothing_acts_upon_a_terminal(self, fleet, sends, monkeypatch):
        night(fleet, alpen_graz=[failed("HD-01", "\u202eevil")])
        sends.to(recipient("officer", details=True))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        shown = sends("--dry-run").out
        assert "\u202e" not in shown
        assert "evil" in shown

    def test_it_shows_what_waits_as_it_waits(self, fleet, sends, web):
        night(fleet)
        web.answers = [(500, {})]
        sends(code=6)
        assert sends("--dry-run").out.strip() == web.got[0][2].decode()

    @pytest.mark.parametrize("channel", ["mail", "webhook", "teams", "slack", "syslog", "command"])
    @pytest.mark.usefixtures("one_moment")
    def test_it_is_what_arrives_to_the_byte(self, fleet, sends, takers, channel):
        night(fleet, alpen_graz=[failed("HD-01", "Ännä <@U1>")], city_linz=AWAY)
        with takers(channel) as (more, got):
            sends.to(recipient("officer", channel, details=True, **more))
            shown = sends("--dry-run").out
            sends()
            (arrived,) = got()
        assert shown.encode() == arrived.removesuffix(b"\n") + b"\n"

    def test_every_channel_shows_its_own(self, fleet, sends):
        blocks: dict[str, dict[str, object]] = {
            "mail": {"to": ["a@example.com"], "sender": "b@example.com", "server": "127.0.0.1"},
            "teams": {"url_env": "HOOK"},
            "slack": {"url_env": "HOOK"},
            "syslog": {"server": "127.0.0.1"},
            "command": {"command": ["true"]},
        }
        sends.to(*(recipient(f"by-{channel}", channel, **one) for channel, one in blocks.items()))
        night(fleet, alpen_graz=[failed()])
        said = sends("--dry-run", "--language", "de")
        assert said.out.count("alpen-graz") >= len(blocks)
        assert "first digest" not in said.out
        assert "secret-token" not in said.said


class TestBadInput:
    def test_no_recipient(self, story, listed, sends):
        listed("alpen-graz")
        story.night({"alpen-graz": [passed()]})
        sends(code=2)

    def test_no_run(self, fleet, sends, web):
        assert fleet.number == 0
        sends(code=6)
        sends("--dry-run", code=6)
        assert web.got == []

    def test_no_history(self, fleet, sends, folder):
        fleet.history.close()
        (folder.path / "history.db").unlink()
        sends(code=6)

    def test_a_recipient_without_a_pbx(self, fleet, sends, web, folder):
        file = folder.path / "fleet.toml"
        file.write_text(file.read_text().replace("[[pbx]]", '[[tenant]]\nid = "empty"\n[[pbx]]', 1))
        sends.to(recipient("nobody", tenants=["empty"]))
        night(fleet)
        sends()
        assert digests(web)[0]["totals"]["pbxs"] == 0

    def test_a_secret_that_is_not_there(self, fleet, sends, monkeypatch):
        monkeypatch.delenv("HOOK")
        night(fleet)
        sends(code=6)
        (one,) = fleet.history.outbox().listed()
        assert one.state is DeliveryState.FAILED

    @pytest.mark.parametrize(
        "url", ["ftp://127.0.0.1/x", "http://192.0.2.1/x", "x", "https://", ""]
    )
    def test_a_url_that_is_none(self, fleet, sends, web, monkeypatch, url):
        monkeypatch.setenv("HOOK", url)
        night(fleet)
        said = sends(code=6)
        assert web.got == []
        assert "192.0.2.1" not in said.said
