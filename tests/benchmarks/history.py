"""The history of a fleet after ten years: how large it is, and how long it takes to work with it.

Spans are written as `record` writes them, but many at once: ten years of nights one by one would
take hours.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, insert, text

from auditor.fleet.history_model import AuditEnding, Cause, Expiry, Standing
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store.content_store import expiries_content, keep
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import AUDIT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN, RUN, TENANT
from auditor.messages.message import NOTHING
from auditor.model.vocabulary import Severity, Status
from tests.benchmarks.process import MB, show
from tests.fixtures.fleet_history import (
    NOW,
    audited,
    change,
    change_of,
    control,
    finding,
    judgement,
    key,
    record,
)

PBXS: Final = 200
NIGHTS: Final = 3_650
CONTROLS: Final = 102
# Of one PBX: what is found once or more often in ten years, and what changes in a night of change.
FINDINGS: Final = 300
CHANGED: Final = 2
EVERY: Final = 5
SPANS_LIMIT_MB: Final = 200
SPANS: Final = ("result_span", "finding", "finding_span")
_BEGAN: Final = date(2016, 1, 1)
_AT_ONCE: Final = 50_000


def measure_history() -> list[str]:
    """Show size and times of a history of ten years; return every aim that is missed."""
    show(f"History in SQLite: {PBXS} PBXs, {NIGHTS:,} nights, a fifth of them changing each night")
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name:
        place = Path(name) / "history.db"
        with History.open(place) as history:
            with history.reading() as connection:
                _fill(connection)
            spans = _sizes(history)
            _times(history, place)
    missed = spans > SPANS_LIMIT_MB
    return [f"spans of {spans:.0f} MB, limit {SPANS_LIMIT_MB}"] if missed else []


def write_rows(connection: Connection, table: Table, rows: Iterator[dict[str, object]]) -> None:
    """Write rows of a table, many at once."""
    some: list[dict[str, object]] = []
    for row in rows:
        some.append(row)
        if len(some) == _AT_ONCE:
            connection.execute(insert(table), some)
            some.clear()
    if some:
        connection.execute(insert(table), some)


def _sizes(history: History) -> float:
    query = text("SELECT name, tbl_name FROM sqlite_master")
    pages = text("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name")
    with history.reading() as connection:
        table_of = {row.name: row.tbl_name for row in connection.execute(query)}
        sizes: dict[str, float] = {}
        for name, size in connection.execute(pages):
            table = table_of.get(name, name)
            sizes[table] = sizes.get(table, 0) + size / MB
    for name, size in sorted(sizes.items(), key=lambda one: -one[1])[:6]:
        show(f"  {name:13} {size:7.1f} MB")
    return sum(sizes[name] for name in SPANS)


def _times(history: History, place: Path) -> None:
    rounds = 40
    started = time.perf_counter()
    with History.open(place):
        show(f"  open and check it  {1000 * (time.perf_counter() - started):7.1f} ms")
    known = [history.known(f"pbx-{number}") for number in range(rounds)]
    started = time.perf_counter()
    for number in range(rounds):
        history.known(f"pbx-{number}")
    show(f"  what is known      {1000 * (time.perf_counter() - started) / rounds:7.1f} ms")
    run = history.begin(
        "bench", NOW.date(), NOW, "", [("tenant", f"pbx-{number}") for number in range(rounds)]
    )
    records = []
    for number, one in enumerate(known):
        status = one.controls["HD-1"].status
        other = Status.FAILED if status is Status.PASSED else Status.PASSED
        user = f"user-{number}"
        seen = judgement(control("HD-1", other, finding("HD-1", user)))
        changes = change("HD-1", status, other), change_of("HD-1", user, None, Standing.FAILED)
        of = audited(*changes, judged=seen, serial="", snapshot=f"{number}".encode() * 40_000)
        records.append(record(f"pbx-{number}", of=of, tenant="tenant"))
    started = time.perf_counter()
    for one in records:
        history.record(run, one)
    show(f"  record one audit   {1000 * (time.perf_counter() - started) / rounds:7.1f} ms")
    started = time.perf_counter()
    removed = history.prune(Retention(400, 10), _day(NIGHTS))
    took = time.perf_counter() - started
    told = ", ".join(f"{one.rows:,} of {one.kind}" for one in removed)
    show(f"  prune              {took:7.1f} s: {told}")
    show(f"  the file after it  {place.stat().st_size / MB:7.1f} MB")


def _day(number: int) -> date:
    return _BEGAN + timedelta(days=number)


def _fill(connection: Connection) -> None:
    connection.execute(insert(TENANT), [{"id": "tenant"}])
    pbxs = [{"id": f"pbx-{number}", "tenant": "tenant"} for number in range(PBXS)]
    connection.execute(insert(PBX), pbxs)
    write_rows(connection, RUN, _runs())
    write_rows(connection, FINDING, _findings())
    write_rows(connection, RESULT_SPAN, _spans(_result, CONTROLS, 1))
    write_rows(connection, FINDING_SPAN, _spans(_finding, FINDINGS, CHANGED))
    write_rows(connection, AUDIT, _audits(connection))


def _runs() -> Iterator[dict[str, object]]:
    for night in range(1, NIGHTS + 1):
        at = NOW - timedelta(days=NIGHTS - night)
        yield {
            "number": night,
            "owner": "pbx-auditor@host 4711",
            "day": _day(night),
            "started": at,
            "ended": at,
            "code": 1,
            "selection": "",
            "clock_back": 0,
        }


def _findings() -> Iterator[dict[str, object]]:
    for pbx in range(PBXS):
        for number in range(FINDINGS):
            user = f"{pbx:04x}{number:028x}"
            yield {
                "id": pbx * FINDINGS + number + 1,
                "pbx": f"pbx-{pbx}",
                "key": key(f"HD-{number % CONTROLS}", user),
                "control": f"HD-{number % CONTROLS}",
                "subject_kind": "user",
                "subject_id": user,
                "subject_name": f"Firstname Lastname {number}",
                "subject_owner": user,
                "property": "call-filter",
                "first_run": 1,
            }


def _spans(kind, things: int, at_once: int) -> Iterator[dict[str, object]]:
    """Yield the spans of all PBXs: of each, some things change by turns every few nights."""
    for pbx in range(PBXS):
        begun = dict.fromkeys(range(things), 1)
        turn = 0
        for night in range(2 + pbx % EVERY, NIGHTS + 1, EVERY):
            for thing in {(turn + step) % things for step in range(at_once)}:
                yield kind(pbx, thing, begun[thing], night)
                begun[thing] = night
            turn += at_once
        for thing, since in begun.items():
            yield kind(pbx, thing, since, None)


def _result(pbx: int, thing: int, since: int, until: int | None) -> dict[str, object]:
    return {
        "pbx": f"pbx-{pbx}",
        "control": f"HD-{thing}",
        "status": (Status.PASSED if since % 2 else Status.FAILED).value,
        "version": 1,
        **_span(since, until),
    }


def _finding(pbx: int, thing: int, since: int, until: int | None) -> dict[str, object]:
    standing = Standing.FIXED if since % 2 else Standing.FAILED
    number = pbx * FINDINGS + thing + 1
    return {"finding": number, "standing": standing.value, **_span(since, until)}


def _span(since: int, until: int | None) -> dict[str, object]:
    return {
        "severity": Severity.HIGH.value,
        "from_run": since,
        "to_run": until,
        "cause": (Cause.PBX if since > 1 else Cause.FIRST).value,
        "also": (),
    }


def _audits(connection: Connection) -> Iterator[dict[str, object]]:
    expiries = keep(connection, expiries_content([Expiry("waiver", "one", _day(9))]))
    snapshots = [keep(connection, f"snapshot {number}".encode()) for number in range(PBXS)]
    for night in range(1, NIGHTS + 1):
        at = NOW - timedelta(days=NIGHTS - night)
        for pbx in range(PBXS):
            yield {
                "run": night,
                "pbx": f"pbx-{pbx}",
                "started": at,
                "ended": at,
                "day": _day(night),
                "ending": AuditEnding.AUDITED.value,
                "reason": NOTHING,
                "remarks": (),
                "code": 1,
                "score": 80,
                "serial": f"0090330000{pbx:02x}",
                "objects": 200,
                "content": f"{pbx:064x}",
                "tool": "0.1.0",
                "rules": "r" * 64,
                "vulnerabilities": "v" * 64,
                "profile": "baseline",
                "snapshot": snapshots[pbx],
                "expiries": expiries,
            }


if __name__ == "__main__":
    show("\n".join(measure_history()) or "Every aim is met.")
