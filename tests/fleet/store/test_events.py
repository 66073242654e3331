"""The chain of events: whatever is changed, taken out or put in is noticed, and where."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from auditor.fleet.store.history import History
from auditor.fleet.store.tables import EVENT
from tests.fixtures.fleet_history import NOW, begin

EVENTS = 5


@pytest.fixture
def chained(history):
    begin(history)
    for number in range(EVENTS):
        history.append("note", "graz", "muster", {"number": number}, NOW)
    return history


def tamper(history, *statements):
    with history.reading() as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_chain_that_nobody_touched_holds(chained):
    chain = chained.verify()
    assert (chain.events, chain.broken) == (EVENTS, None)
    assert chained.events()[2].facts == '{"number":2}'


def test_an_empty_chain_holds(history):
    assert history.verify().broken is None


def test_the_end_of_a_chain_is_a_number_that_can_be_noted(chained):
    before = chained.verify().last
    chained.append("note", "", "", {}, NOW)
    assert chained.verify().last != before
    tamper(chained, delete(EVENT).where(EVENT.c.number == EVENTS + 1))
    assert chained.verify().last == before


def third(**values):
    return update(EVENT).where(EVENT.c.number == 3).values(values)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"facts": '{"number":9}'}, 3),
        ({"pbx": "wien"}, 3),
        ({"tenant": "beispiel"}, 3),
        ({"salt": "0" * 32}, 3),
        ({"digest": "0" * 64}, 3),
        ({"previous": "0" * 64}, 3),
        ({"kind": "other"}, 4),
        ({"at": NOW.replace(year=2020)}, 4),
        ({"number": 99}, 4),
        # Nobody was forgotten.
        ({"facts": None, "pbx": None, "tenant": None, "salt": None}, 3),
        ({"facts": None}, 3),
    ],
)
def test_what_is_changed_is_noticed(chained, change, broken):
    tamper(chained, third(**change))
    assert chained.verify().broken == broken


def test_what_is_taken_out_is_noticed(chained):
    tamper(chained, delete(EVENT).where(EVENT.c.number == 2))
    assert chained.verify().broken == 3


def test_what_is_put_in_is_noticed(chained):
    with chained.reading() as connection:
        row = connection.execute(select(EVENT).where(EVENT.c.number == EVENTS)).mappings().one()
    tamper(chained, insert(EVENT).values({**row, "number": EVENTS + 1}))
    assert chained.verify().broken == EVENTS + 1


def test_a_receipt_hides_nothing_that_comes_after_it(chained):
    chained.forget("muster", NOW)
    assert chained.verify().broken is None
    begin(chained)
    chained.append("note", "graz", "muster", {}, NOW)
    after = chained.verify().events
    blank = {"facts": None, "pbx": None, "tenant": None, "salt": None}
    tamper(chained, update(EVENT).where(EVENT.c.number == after).values(blank))
    assert chained.verify().broken == after


def test_a_receipt_that_is_changed_is_noticed(chained):
    chained.forget("muster", NOW)
    facts = '{"events":[1,2,3,4,5,6]}'
    tamper(chained, update(EVENT).where(EVENT.c.number == EVENTS + 1).values(facts=facts))
    assert chained.verify().broken == EVENTS + 1


def test_another_box_may_stand_for_an_id_by_an_event(history, place):
    begin(history)
    history.rebind("graz", NOW)
    assert history.known("graz").rebound
    assert [(event.kind, event.pbx) for event in history.events()] == [("rebound", "graz")]
    with History.open(place) as again:
        assert again.verify().broken is None
