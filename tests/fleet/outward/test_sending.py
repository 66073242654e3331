"""Tries, back-off and kills: what was taken is sent again under its key, and by one alone."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

from auditor.errors import BusyError
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.choosing import channel_to
from auditor.fleet.outward.channels.time_limit import within
from auditor.fleet.outward.delivery.backoff import MOST_TRIES, OLDEST, next_try
from auditor.fleet.outward.delivery.sending import Sender, TryOutcome
from auditor.fleet.store.connection.locks import SENDING, locked_file, this_process
from auditor.fleet.store.history_records import DeliveryState, NewDelivery
from auditor.messages.message import NOTHING, say
from tests.fixtures.fleet_story import failed, passed
from tests.fixtures.program import start
from tests.fleet.conftest import pbx
from tests.fleet.outward.conftest import digests, make_due, recipient

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
REFUSED = say("the server cannot be reached")


class Moment:
    """A clock that goes on when somebody sleeps."""

    def __init__(self):
        self.now = NOW
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Way:
    """A channel that fails as it is told, and then works."""

    def __init__(self, *failures, server=""):
        self.failures = list(failures)
        self.keys = []
        self._server = server

    def server(self):
        return self._server

    def payload(self, letter):
        return letter.key.encode()

    def send(self, letter, _now):
        self.keys.append(letter.key)
        if self.failures:
            raise self.failures.pop(0)
        return NOTHING


@pytest.fixture
def content(story, listed, sends, web):
    """Return what a digest is kept as."""
    assert web.got == []
    listed("a-1")
    sends.to(recipient("officer"))
    story.night({"a-1": [failed()]})
    return sends("--dry-run").out.strip().encode()


@pytest.fixture
def sending(story, content):
    """Send to channels until a time; return the outcomes and the moment that it ended."""

    def send(patience=timedelta(), **ways):
        outbox, clock = story.history.outbox(), Moment()
        told: list[TryOutcome] = []
        for name in ways:
            outbox.queue(NewDelivery(name, "x", 1, 1, ("a",), f"key-{name}", content), NOW)
        sender = Sender(outbox, ways, lambda: clock.now, clock.sleep, told.append)
        sender.send_all(NOW + patience)
        return told, clock, outbox

    return send


def test_it_is_tried_again_until_it_arrives(sending):
    way = Way(DeliveryError(REFUSED), DeliveryError(REFUSED))
    told, clock, outbox = sending(timedelta(minutes=10), officer=way)
    assert way.keys == ["key-officer"] * 3
    assert [one.is_sent for one in told] == [False, False, True]
    assert 30 <= clock.slept[0] <= 40
    assert 60 <= clock.slept[1] <= 75
    assert outbox.newest()["officer"].state is DeliveryState.SENT


def test_without_patience_it_waits_for_the_next_start(sending):
    told, clock, outbox = sending(officer=Way(DeliveryError(REFUSED)))
    assert clock.slept == []
    (waiting,) = outbox.waiting()
    assert waiting.next_try == told[0].next_try > NOW
    assert waiting.reason == REFUSED


def test_what_is_refused_for_good_is_not_tried_again(sending):
    way = Way(DeliveryError(REFUSED, is_final=True))
    _, _, outbox = sending(timedelta(hours=1), officer=way)
    assert len(way.keys) == 1
    assert outbox.newest()["officer"].state is DeliveryState.FAILED


def test_one_that_fails_keeps_nobody_else_waiting(sending):
    told, _, outbox = sending(bad=Way(DeliveryError(REFUSED)), good=Way())
    assert {one.recipient: one.is_sent for one in told} == {"bad": False, "good": True}
    assert [one.recipient for one in outbox.waiting()] == ["bad"]


def silence():
    return DeliveryError(REFUSED, is_silent=True)


def test_a_server_that_hangs_is_waited_for_by_two_alone(sending):
    ways = {name: Way(*[silence()] * 9, server="mail") for name in ("a", "b", "c", "d", "e")}
    other = Way(server="elsewhere")
    told, clock, outbox = sending(**ways, other=other)
    assert [len(way.keys) for way in ways.values()] == [1, 1, 0, 0, 0]
    assert len(other.keys) == 1
    assert {one.recipient: one.is_sent for one in told} == {
        **dict.fromkeys(ways, False),
        "other": True,
    }
    assert all(one.next_try > clock.now for one in told if not one.is_sent)
    waiting = {one.recipient: one for one in outbox.waiting()}
    assert [waiting[name].tries for name in ways] == [1, 1, 0, 0, 0]
    assert waiting["c"].reason == waiting["e"].reason != waiting["a"].reason == REFUSED


def test_who_was_not_tried_comes_first(sending):
    """The server, or what it does with these two, is mended later than the others are told."""
    sick = [Way(*[silence()] * 99, server="mail") for _ in range(2)]
    well = [Way(server="mail") for _ in range(3)]
    ways = dict(zip("abcde", [*sick, *well], strict=True))
    told, clock, outbox = sending(timedelta(minutes=2), **ways)
    assert all(len(way.keys) == 1 for way in well)
    assert all(len(way.keys) > 1 for way in sick)
    assert clock.slept[0] < 60
    assert {one.recipient for one in outbox.waiting()} == {"a", "b"}
    assert {one.recipient for one in told if one.is_sent} == {"c", "d", "e"}


def test_a_server_that_answers_some_is_asked_for_all(sending):
    ways = {name: Way(*([silence()] if name in "ace" else []), server="mail") for name in "abcdefg"}
    told, _, _ = sending(**ways)
    assert all(len(way.keys) == 1 for way in ways.values())
    assert sum(one.is_sent for one in told) == 4


def test_who_has_no_server_that_is_known_is_always_tried(sending):
    ways = {name: Way(silence()) for name in "abcd"}
    sending(**ways)
    assert all(len(way.keys) == 1 for way in ways.values())


@pytest.mark.parametrize(
    ("block", "server"),
    [
        ({}, "hook.example"),
        ({"url_env": "NOWHERE", "secret_env": "HOOK_SECRET"}, ""),
        ({"channel": "slack", "url_env": "HOOK"}, "hook.example"),
        ({"channel": "command", "command": ["tell", "x"]}, "tell"),
        ({"channel": "syslog", "server": "log.example:6514"}, "log.example:6514"),
        (
            {"channel": "mail", "to": ["a@b.example"], "sender": "c@b.example", "server": "mx.b"},
            "mx.b",
        ),
    ],
    ids=["webhook", "no-url", "chat", "command", "syslog", "mail"],
)
def test_every_channel_names_its_server(block, server, folder, monkeypatch):
    monkeypatch.setenv("HOOK", "https://hook.example/secret")
    monkeypatch.delenv("NOWHERE", raising=False)
    folder.inventory(pbx("graz"), recipient("officer", **block))
    (one,) = read_inventory(folder.file).recipients
    assert channel_to(one).server() == server


def test_an_error_of_ours_keeps_nobody_else_waiting(sending):
    told, _, outbox = sending(bad=Way(ZeroDivisionError()), good=Way())
    assert {one.recipient: one.is_sent for one in told} == {"bad": False, "good": True}
    assert outbox.newest()["bad"].state is DeliveryState.FAILED


def test_a_server_that_never_answers_is_not_waited_for():
    def never():
        threading.Event().wait()

    with pytest.raises(DeliveryError) as error:
        within(0.01, never)
    assert not error.value.is_final


def test_how_long_the_receiver_asks_to_wait_counts(sending):
    way = Way(DeliveryError(REFUSED, wait=timedelta(minutes=7)))
    _, clock, _ = sending(timedelta(minutes=10), officer=way)
    assert clock.slept == [420]
    assert len(way.keys) == 2


def test_it_ends_some_time(sending):
    way = Way(*[DeliveryError(REFUSED)] * 99)
    _, clock, outbox = sending(timedelta(days=9), officer=way)
    assert 1 < len(way.keys) <= MOST_TRIES
    assert clock.now - NOW <= OLDEST
    assert outbox.newest()["officer"].state is DeliveryState.FAILED


def test_tries_come_later_each_time_and_not_all_at_once(sending, story):
    sending(officer=Way(DeliveryError(REFUSED)))
    (one,) = story.history.outbox().waiting()
    pauses = [
        {next_try(one._replace(tries=tries, made=NOW), None, NOW) for _ in range(20)}
        for tries in (1, 3, 5)
    ]
    assert all(len(some) > 1 for some in pauses)
    assert max(pauses[0]) < min(pauses[1]) < max(pauses[1]) < min(pauses[2])


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1500)])
def test_a_clock_that_was_wrong_delays_nothing(sending, back):
    """What failed while it was ahead is due, not in years."""
    _, clock, outbox = sending(officer=Way(DeliveryError(REFUSED)))
    clock.now -= back
    way = Way()
    sender = Sender(outbox, {"officer": way}, lambda: clock.now, clock.sleep, lambda _: None)
    sender.send_all(clock.now)
    assert way.keys == ["key-officer"]
    assert outbox.newest()["officer"].state is DeliveryState.SENT


def test_a_clock_that_is_set_back_meanwhile_makes_nobody_sleep_for_years(story, content):
    outbox, clock = story.history.outbox(), Moment()

    def sleep(seconds):
        clock.sleep(seconds)
        if len(clock.slept) == 1:
            clock.now -= timedelta(days=365)

    outbox.queue(NewDelivery("officer", "x", 1, 1, ("a",), "key", content), NOW)
    way = Way(*[DeliveryError(REFUSED)] * 99)
    sender = Sender(outbox, {"officer": way}, lambda: clock.now, sleep, lambda _: None)
    sender.send_all(NOW + timedelta(minutes=5))
    assert 2 < len(way.keys) < MOST_TRIES
    assert sum(clock.slept) <= 300


@pytest.mark.usefixtures("content")
def test_a_digest_that_cannot_be_read_is_given_up(story):
    outbox, clock = story.history.outbox(), Moment()
    told: list[TryOutcome] = []
    outbox.queue(NewDelivery("officer", "x", 1, 1, ("a",), "key", b"{}"), NOW)
    Sender(outbox, {"officer": Way()}, lambda: clock.now, clock.sleep, told.append).send_all(NOW)
    assert outbox.newest()["officer"].state is DeliveryState.FAILED


class TestKills:
    def test_between_sending_and_noting(self, story, listed, sends, web, folder):
        """Kill the process while the receiver has it and nobody noted that."""
        listed("a-1")
        sends.to(recipient("officer"))
        story.night({"a-1": [failed()]})
        web.holds.clear()
        today = story.day(1).isoformat()
        running = start(["fleet", "digest", "--today", today], folder.path)
        try:
            assert web.arrived.wait(30)
        finally:
            os.kill(running.pid, signal.SIGKILL)
            running.communicate()
        web.holds.set()
        (taken,) = story.history.outbox().listed()
        assert taken.state is DeliveryState.SENDING
        sends()
        keys = {headers["webhook-id"] for _, headers, _ in web.got}
        assert len(web.got) == 2
        assert keys == {taken.key}
        assert web.got[0][2] == web.got[1][2]
        assert story.history.outbox().newest()["officer"].state is DeliveryState.SENT
        sends()
        assert len(web.got) == 2

    def test_and_the_next_night_begins_with_what_may_have_arrived(self, story, listed, sends, web):
        listed("a-1")
        sends.to(recipient("officer"))
        story.night({"a-1": [failed()]})
        web.answers = [(500, {})]
        sends(code=6)
        outbox = story.history.outbox()
        (one,) = outbox.waiting()
        outbox.claim(one.id, NOW)
        # It is due, as what was taken is: nobody noted when it would be tried again.
        make_due(story.history)
        web.answers = [(200, {})]
        story.night({"a-1": [passed()]})
        sends()
        told = digests(web)
        assert [one["run"] for one in told] == [1, 1, 2]
        assert told[2]["fixed"]["controls"]
        assert told[2]["since"] == story.day(1).isoformat()

    def test_who_sends_is_alone(self, story, listed, sends, web, folder):
        listed("a-1")
        sends.to(recipient("officer"))
        story.night({"a-1": [failed()]})
        place = folder.path / "history.db"
        with locked_file(place, this_process(NOW), SENDING):
            sends(code=75)
            with pytest.raises(BusyError), locked_file(place, this_process(NOW), SENDING):
                pass
        assert web.got == []
        sends()
        assert len(web.got) == 1

    def test_who_lost_the_lock_to_somebody_sends_nothing_more(
        self, story, listed, sends, web, folder
    ):
        """The one who took it sends all that is taken and not noted."""
        listed("a-1")
        sends.to(recipient("one"), recipient("other"))
        story.night({"a-1": [failed()]})
        place = folder.path / "history.db"
        web.holds.clear()
        today = story.day(1).isoformat()
        sending = start(["fleet", "digest", "--wait", "0", "--today", today], folder.path)
        try:
            assert web.arrived.wait(30)
            (folder.path / "history.db.sending").unlink()
            with locked_file(place, this_process(NOW), SENDING):
                web.holds.set()
                sending.communicate(timeout=60)
        finally:
            sending.kill()
        assert sending.returncode == 75
        assert len(web.got) == 1
        sends()
        keys = [headers["webhook-id"] for _, headers, _ in web.got]
        assert (len(keys), len(set(keys))) == (3, 2)

    def test_while_a_run_is_at_work_only_what_waits_is_sent(
        self, story, listed, sends, web, folder
    ):
        listed("a-1", "a-2")
        sends.to(recipient("officer"))
        story.night({"a-1": [failed()], "a-2": None})
        with locked_file(folder.path / "history.db", this_process(NOW)):
            sends(code=75)
        assert web.got == []
        sends()
        assert json.loads(web.got[0][2])["remarks"]
