"""What retention removes, and what is left of a tenant who is forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from auditor.errors import HistoryError
from auditor.fleet.compression import pack
from auditor.fleet.history_model import Cause, Expiry, Standing
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import AUDIT, METADATA
from auditor.messages.message import say
from auditor.model.vocabulary import Status
from tests.fixtures.fleet_history import (
    DAY,
    NOW,
    VERSIONS,
    attempt,
    audited,
    begin,
    change,
    change_of,
    control,
    finding,
    judgement,
    night,
    paper,
    record,
)

KEEP_ALL = Retention(every_run_days=400, month_ends_years=10)


def contents(history):
    with history.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in METADATA.sorted_tables
        }


def days(history, pbx="graz"):
    with history.reading() as connection:
        found = select(AUDIT.c.day).where(AUDIT.c.pbx == pbx).order_by(AUDIT.c.run)
        return list(connection.scalars(found))


def nights(history, numbers, failed=()):
    """Record nights of one PBX, each with a snapshot of its own."""
    for number in numbers:
        of = audited(snapshot=f"night {number}".encode(), papers=(paper(b"site"),))
        one = attempt(night=number) if number in failed else record(of=of, night=number)
        night(history, one, number=number)


def counts(removed):
    return {one.kind: one.rows for one in removed}


def test_every_run_is_kept_for_days_and_then_month_ends(history):
    nights(history, range(0, 100, 5))
    today = DAY + timedelta(days=100)
    removed = history.prune(Retention(10, 10), today)
    assert days(history) == [
        date(2026, 1, 31),
        date(2026, 2, 25),
        date(2026, 3, 27),
        date(2026, 4, 1),
        date(2026, 4, 6),
    ]
    assert counts(removed) == {"audit": 15, "delivery": 0, "document": 15}
    assert all(one.bytes > one.rows for one in removed if one.rows)


def test_month_ends_go_after_years(history):
    nights(history, [0, 400, 800])
    history.prune(Retention(10, 1), DAY + timedelta(days=801))
    assert days(history) == [DAY + timedelta(days=800)]


def test_the_end_of_a_month_is_its_last_audit_that_could_look(history):
    nights(history, [10, 20, 30, 200], failed=[30])
    history.prune(Retention(10, 10), DAY + timedelta(days=201))
    assert days(history) == [DAY + timedelta(days=20), DAY + timedelta(days=200)]


def test_what_the_next_audit_compares_with_always_stays(history):
    nights(history, [0, 1, 2, 3], failed=[2, 3])
    basis = history.known("graz").basis
    history.prune(Retention(1, 0), DAY + timedelta(days=5000))
    assert days(history) == [DAY + timedelta(days=1), DAY + timedelta(days=3)]
    assert history.known("graz").basis == basis
    assert history.document(basis.snapshot) == b"night 1"
    assert all(history.document(digest) == b"site" for digest in basis.papers.values())


def test_spans_events_and_runs_stay(history):
    nights(history, range(5))
    history.rebind("graz", NOW)
    before = contents(history)
    history.prune(Retention(0, 0), DAY + timedelta(days=5000))
    after = contents(history)
    for kept in ("run", "result_span", "finding", "finding_span", "event", "pbx", "tenant"):
        assert after[kept] == before[kept]
    assert len(after["audit"]) == 1


def test_a_dry_run_says_the_same_and_removes_nothing(history):
    nights(history, range(0, 900, 12))
    before = contents(history)
    today = DAY + timedelta(days=900)
    said = history.prune(KEEP_ALL, today, dry_run=True)
    assert contents(history) == before
    assert history.prune(KEEP_ALL, today) == said
    assert counts(said)["audit"] > 0
    assert not any(counts(history.prune(KEEP_ALL, today)).values())


@pytest.mark.parametrize("today", [date(2028, 2, 29), date(9, 1, 1)])
def test_retention_reaches_back_from_any_day(history, today):
    nights(history, range(2))
    assert history.prune(KEEP_ALL, today)


# Customer `muster` and customer `kanari` have the same site file, and nothing else.
CANARY = "kanari"
SHARED = b"the same site file for both of them"


def secretive(number):
    name = f"{CANARY}-finding"
    return audited(
        change("HD-01", None, Status.FAILED, Cause.FIRST),
        change_of("HD-01", name, None, Standing.FAILED, Cause.FIRST),
        judged=judgement(control("HD-01", Status.FAILED, finding("HD-01", name))),
        serial=f"{CANARY}{number}",
        snapshot=f"{CANARY} snapshot {number} ".encode() * 100,
        papers=(paper(SHARED),),
        expiries=(Expiry("waiver", f"{CANARY}-waiver", DAY),),
    )


def two_customers(history):
    theirs = [
        record(f"{CANARY}-{number}", of=secretive(number), tenant=CANARY)._replace(
            remarks=(say("{name} is new", name=CANARY),)
        )
        for number in range(3)
    ]
    night(history, record(of=audited(papers=(paper(SHARED),))), *theirs)
    history.append("note", f"{CANARY}-1", CANARY, {"what": CANARY}, NOW)
    history.append("note", "graz", "muster", {"what": "other"}, NOW)
    history.rebind(f"{CANARY}-2", NOW)
    history.begin("me", DAY, NOW, f"tenant={CANARY}", [(CANARY, f"{CANARY}-1")])


def test_nothing_is_left_of_a_tenant_who_is_forgotten(history):
    night(history, record(of=audited(papers=(paper(SHARED),))))
    alone = contents(history)
    two_customers_after(history)
    history.forget(CANARY, NOW)
    assert CANARY not in repr(contents(history))
    after = contents(history)
    for table in ("tenant", "pbx", "audit", "result_span", "finding", "finding_span", "document"):
        assert after[table] == alone[table]


def two_customers_after(history):
    night(history, record(f"{CANARY}-1", of=secretive(1), tenant=CANARY))
    history.append("note", f"{CANARY}-1", CANARY, {"what": CANARY}, NOW)
    history.begin("me", DAY, NOW, f"tenant={CANARY}", [(CANARY, f"{CANARY}-1")])


def test_the_chain_holds_after_a_tenant_is_forgotten(history):
    two_customers(history)
    before = history.verify()
    assert before.broken is None
    removed = history.forget(CANARY, NOW)
    after = history.verify()
    assert (after.events, after.broken) == (before.events + 1, None)
    receipt = history.events()[-1]
    assert receipt.kind == "forgotten"
    assert CANARY not in repr(receipt)
    assert counts(removed)["audit"] == 3
    history.append("note", "graz", "muster", {}, NOW)
    assert history.verify().broken is None
    told = [event.tenant for event in history.events() if event.kind == "note"]
    assert told == ["", "muster", "muster"]


def test_what_is_shared_stays_for_the_others(history):
    two_customers(history)
    history.forget(CANARY, NOW)
    known = history.known("graz")
    assert [history.document(digest) for digest in known.basis.papers.values()] == [SHARED]
    assert history.document(known.basis.snapshot)
    assert known.basis.versions == VERSIONS


def test_nothing_is_left_in_the_files(tmp_path):
    place = tmp_path / "history.db"
    with History.open(place) as history:
        two_customers(history)
        kept = pack(f"{CANARY} snapshot 1 ".encode() * 100).compressed
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert kept in files
        assert CANARY.encode() in files
        history.forget(CANARY, NOW)
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert kept not in files
        assert CANARY.encode() not in files


def test_a_tenant_may_come_back(history):
    two_customers(history)
    history.forget(CANARY, NOW)
    night(history, record(f"{CANARY}-1", of=secretive(1), tenant=CANARY), number=1)
    assert history.known(f"{CANARY}-1").basis.objects == 44
    history.forget(CANARY, NOW)
    assert history.verify().broken is None


def test_nobody_can_be_forgotten_who_is_not_known(history):
    begin(history)
    with pytest.raises(HistoryError):
        history.forget("must", NOW)
    assert history.tenants() == {"graz": "muster"}
