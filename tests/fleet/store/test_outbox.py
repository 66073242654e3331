"""The outbox: nothing is lost by a kill, nobody sends what another sends, and what is over goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from auditor.errors import HistoryError
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import DeliveryState, NewDelivery
from auditor.fleet.store.tables import DELIVERY_TENANT, DOCUMENT
from auditor.messages.message import say
from tests.fixtures.fleet_history import DAY, NOW, attempt, audited, night, record

LATER = NOW + timedelta(minutes=5)
REASON = say("it does not answer")


def new(run, recipient="officer", tenants=("muster",), content=b"what changed"):
    key = f"{recipient}-{run}-{content.hex()}"
    return NewDelivery(recipient, "mail", run, run, tenants, key, content)


@pytest.fixture
def run(history):
    return night(history, record())


@pytest.fixture
def outbox(history, run):
    assert run == 1
    return history.outbox()


def only(outbox):
    (one,) = outbox.listed()
    return one


def test_what_is_queued_waits_until_it_is_sent(outbox, run):
    number = outbox.queue(new(run), NOW)
    assert only(outbox).state is DeliveryState.QUEUED
    claimed = outbox.claim(number, LATER)
    assert claimed.content == b"what changed"
    assert claimed.delivery.tries == 1
    assert outbox.waiting() == (claimed.delivery,)
    outbox.note_sent(claimed, LATER)
    assert outbox.waiting() == ()
    sent = outbox.last_sent()["officer"]
    assert (sent.state, sent.last_try, sent.run) == (DeliveryState.SENT, LATER, run)
    assert sent.tenants == {"muster"}
    assert outbox.newest() == outbox.last_sent()
    assert outbox.told("officer") == {"muster": run}
    assert outbox.told("other") == {}
    assert (outbox.made("officer", run), outbox.made("officer", run + 1)) == (1, 0)
    assert outbox.counts() == {("officer", DeliveryState.SENT): 1}


def test_one_of_two_takes_it(place, history, run):
    with History.open(place) as other:
        number = history.outbox().queue(new(run), NOW)
        assert history.outbox().claim(number, NOW)
        assert other.outbox().claim(number, NOW) is None


def test_who_died_loses_nothing_and_the_key_stays(outbox, run):
    number = outbox.queue(new(run), NOW)
    lost = outbox.claim(number, NOW)
    assert outbox.take_up() == 1
    again = outbox.claim(number, LATER)
    assert again.content == lost.content
    assert again.delivery.key == lost.delivery.key
    assert again.delivery.tries == 2
    # The first one lives after all: what it notes does not count any more.
    outbox.note_failure(lost, REASON)
    assert only(outbox).state is DeliveryState.SENDING
    outbox.note_sent(again, LATER)
    outbox.note_failure(lost, REASON)
    assert only(outbox).state is DeliveryState.SENT
    assert outbox.take_up() == 0


def test_a_failure_is_tried_again_or_not(outbox, run):
    number = outbox.queue(new(run), NOW)
    outbox.note_failure(outbox.claim(number, NOW), REASON, LATER)
    waiting = only(outbox)
    assert (waiting.state, waiting.next_try, waiting.reason) == (
        DeliveryState.QUEUED,
        LATER,
        REASON,
    )
    outbox.note_failure(outbox.claim(number, LATER), REASON)
    failed = only(outbox)
    assert (failed.state, failed.next_try, failed.tries) == (DeliveryState.FAILED, None, 2)
    assert outbox.claim(number, LATER) is None
    assert outbox.last_sent() == {}
    assert outbox.newest() == {"officer": failed}


def test_a_later_digest_takes_the_place_of_one_that_waits(outbox, run):
    first = outbox.queue(new(run), NOW)
    outbox.queue(new(run, "other"), NOW)
    second = outbox.queue(new(run, content=b"more"), LATER)
    assert [one.state for one in outbox.listed()] == [
        DeliveryState.WITHDRAWN,
        DeliveryState.QUEUED,
        DeliveryState.QUEUED,
    ]
    assert outbox.claim(first, LATER) is None
    assert outbox.content(second) == b"more"
    assert outbox.content(first) == b""


def test_what_is_withdrawn_is_not_sent(outbox, run):
    number = outbox.queue(new(run), NOW)
    outbox.withdraw(number, REASON)
    assert outbox.claim(number, NOW) is None
    assert only(outbox).reason == REASON


def documents(history):
    with history.reading() as connection:
        return connection.scalar(select(func.count()).select_from(DOCUMENT))


@pytest.mark.parametrize("end", ["sent", "failed", "withdrawn", "replaced"])
def test_what_it_told_goes_when_it_is_over(history, outbox, run, end):
    before = documents(history)
    number = outbox.queue(new(run), NOW)
    assert documents(history) == before + 1
    if end == "withdrawn":
        outbox.withdraw(number, REASON)
    elif end == "replaced":
        other = outbox.queue(new(run, content=b"other"), NOW)
        assert documents(history) == before + 1
        outbox.withdraw(other, REASON)
    elif end == "sent":
        outbox.note_sent(outbox.claim(number, NOW), NOW)
    else:
        outbox.note_failure(outbox.claim(number, NOW), REASON)
    assert documents(history) == before


def test_what_two_recipients_are_told_stays_for_the_other(outbox, run):
    first, second = (outbox.queue(new(run, name), NOW) for name in ("one", "two"))
    outbox.note_sent(outbox.claim(first, NOW), NOW)
    assert outbox.claim(second, NOW).content == b"what changed"


def test_nothing_is_written_to_a_history_without_the_run(outbox):
    with pytest.raises(HistoryError):
        outbox.queue(new(99), NOW)
    assert outbox.listed() == ()


def test_a_tenant_without_a_run_is_known_from_then_on(history, outbox, run):
    outbox.queue(new(run, tenants=("muster", "empty")), NOW)
    assert only(outbox).tenants == {"muster", "empty"}
    history.forget("empty", NOW)
    assert outbox.listed() == ()


def test_retention_keeps_what_the_next_digest_compares_with(history, outbox, run):
    for state in ("sent", "sent", "failed", "failed"):
        claimed = outbox.claim(outbox.queue(new(run, content=state.encode()), NOW), NOW)
        if state == "sent":
            outbox.note_sent(claimed, NOW)
        else:
            outbox.note_failure(claimed, REASON)
        run = night(history, attempt(night=run), number=run)
    outbox.queue(new(run, "other"), NOW)
    removed = history.prune(Retention(10, 10), DAY + timedelta(days=10), dry_run=True)
    assert {one.kind: one.rows for one in removed}["delivery"] == 0
    removed = history.prune(Retention(10, 10), DAY + timedelta(days=11))
    assert {one.kind: one.rows for one in removed}["delivery"] == 2
    states = [one.state for one in outbox.listed()]
    assert states == [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.QUEUED]


def test_a_tenant_who_is_forgotten_is_in_no_delivery(history, outbox, run):
    """What waits goes as a whole: who else is in it is told by the next digest."""
    night(history, record("kanari-1", of=audited(serial="kanari"), tenant="kanari"))
    both = ("muster", "kanari")
    outbox.note_sent(outbox.claim(outbox.queue(new(run, "all", both), NOW), NOW), NOW)
    outbox.queue(new(run, "all", both, b"kanari-1 failed"), NOW)
    outbox.queue(new(run, "kanari-officer", ("kanari",)), NOW)
    outbox.note_sent(outbox.claim(outbox.queue(new(run), NOW), NOW), NOW)
    removed = {one.kind: one.rows for one in history.forget("kanari", NOW)}
    assert removed["delivery"] == 2
    assert [(one.recipient, one.state, one.tenants) for one in outbox.listed()] == [
        ("all", DeliveryState.SENT, {"muster"}),
        ("officer", DeliveryState.SENT, {"muster"}),
    ]
    with history.reading() as connection:
        assert "kanari" not in repr(connection.execute(select(DELIVERY_TENANT)).all())
    assert history.verify().broken is None
