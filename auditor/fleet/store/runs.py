"""Runs: numbered, begun with a plan, and taken up again where they stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from auditor.fleet.store.events import CLOCK_BACK, EventSubject, append
from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.tables import AUDIT, PBX, PLANNED, RUN, TENANT

OF_BUNDLE: Final = '["collector='


class NewRun(NamedTuple):
    """What is said of a run when it begins; `planned` are tenant and PBX of each audit."""

    owner: str
    day: date
    now: datetime
    selection: str
    planned: Sequence[tuple[str, str]]


def begin(connection: Connection, new: NewRun) -> int:
    """Begin a run and return its number. What an earlier one left undone is left for good.

    A bundle is no reason to leave what is read here undone, nor the other way round, unless this
    run does it.
    """
    number = (connection.scalar(select(func.max(RUN.c.number))) or 0) + 1
    _learn(connection, new.planned)
    _leave(connection, new)
    is_back = _is_before_earlier(connection, new.day, new.now)
    connection.execute(
        insert(RUN).values(
            number=number,
            owner=new.owner,
            day=new.day,
            started=new.now,
            selection=new.selection,
            clock_back=int(is_back),
        )
    )
    rows = [{"run": number, "pbx": pbx} for pbx in dict.fromkeys(pbx for _, pbx in new.planned)]
    if rows:
        connection.execute(insert(PLANNED), rows)
    if is_back:
        append(connection, CLOCK_BACK, EventSubject(), {"run": number}, new.now)
    return number


def last_run(connection: Connection) -> RecordedRun | None:
    """Return the last run, None if there was none."""
    row = connection.execute(select(RUN).order_by(RUN.c.number.desc()).limit(1)).first()
    if row is None:
        return None
    last = _with_left(connection, row)
    if last.is_of_bundle:
        found = select(RUN).where(is_own()).order_by(RUN.c.number.desc()).limit(1)
        before = connection.execute(found).first()
        own = _with_left(connection, before) if before is not None else None
        return last._replace(own=own)
    return last


def _with_left(connection: Connection, row: Row[Any]) -> RecordedRun:
    left = select(PLANNED.c.pbx).where(PLANNED.c.run == row.number).order_by(PLANNED.c.pbx)
    return run_of(row)._replace(left=tuple(connection.scalars(left)))


def is_own() -> ColumnElement[bool]:
    """Return whether a run read PBXs here, and judged no bundle."""
    return ~RUN.c.selection.startswith(OF_BUNDLE, autoescape=True)


def selection_of(collector: str) -> str:
    """Return what a run over the PBXs of a bundle selects."""
    return f'{OF_BUNDLE}{collector}"]'


def run_of(row: Row[Any]) -> RecordedRun:
    """Return a run by its row, without what is left of it."""
    return RecordedRun(
        number=row.number,
        owner=row.owner,
        day=row.day,
        started=row.started,
        ended=row.ended,
        code=row.code,
        selection=row.selection,
        clock_back=bool(row.clock_back),
        is_of_bundle=row.selection.startswith(OF_BUNDLE),
    )


def day_of(connection: Connection, number: int) -> date | None:
    """Return the day of a run, None if there is none of this number."""
    return connection.scalar(select(RUN.c.day).where(RUN.c.number == number))


def begun_since(connection: Connection, number: int) -> list[datetime]:
    """Return when a run and each later one began."""
    found = select(RUN.c.started).where(RUN.c.number >= number).order_by(RUN.c.number)
    return list(connection.scalars(found))


def resume(connection: Connection, now: datetime) -> tuple[int, frozenset[str]] | None:
    """Take up the last run if it did not end, or left something undone.

    Returns its number and the PBXs that it is done with.
    """
    last = last_run(connection)
    if last is None or (last.ended is not None and not last.left):
        return None
    is_back = _is_before_earlier(connection, last.day, now)
    values = {"ended": None, "code": None, "clock_back": int(is_back or last.clock_back)}
    connection.execute(update(RUN).where(RUN.c.number == last.number).values(values))
    if is_back:
        append(connection, CLOCK_BACK, EventSubject(), {"run": last.number}, now)
    done = connection.scalars(select(AUDIT.c.pbx).where(AUDIT.c.run == last.number))
    return last.number, frozenset(done)


def end(connection: Connection, run: int, code: int, now: datetime) -> bool:
    """Note that a run ended; return whether there is such a run."""
    values = {"ended": now, "code": int(code)}
    return connection.execute(update(RUN).where(RUN.c.number == run).values(values)).rowcount == 1


def learn_tenant(connection: Connection, tenant: str) -> None:
    """Note a tenant that was not known."""
    if connection.scalar(select(TENANT.c.id).where(TENANT.c.id == tenant)) is None:
        connection.execute(insert(TENANT).values(id=tenant))


def _leave(connection: Connection, new: NewRun) -> None:
    """Forget what earlier runs of the same kind left undone, and what a new run does itself."""
    is_bundle = new.selection.startswith(OF_BUNDLE)
    kind = RUN.c.selection == new.selection if is_bundle else is_own()
    connection.execute(delete(PLANNED).where(PLANNED.c.run.in_(select(RUN.c.number).where(kind))))
    planned = {pbx for _, pbx in new.planned}
    for pbx in planned.intersection(connection.scalars(select(PLANNED.c.pbx))):
        connection.execute(delete(PLANNED).where(PLANNED.c.pbx == pbx))


def _learn(connection: Connection, planned: Sequence[tuple[str, str]]) -> None:
    """Note tenants and PBXs that were not known. The tenant of one that was known stays."""
    tenants = set(connection.scalars(select(TENANT.c.id)))
    pbxs = set(connection.scalars(select(PBX.c.id)))
    new_tenants = [
        name for name in dict.fromkeys(name for name, _ in planned) if name not in tenants
    ]
    new = {pbx: tenant for tenant, pbx in planned if pbx not in pbxs}
    if new_tenants:
        connection.execute(insert(TENANT), [{"id": name} for name in new_tenants])
    if new:
        rows = [{"id": pbx, "tenant": tenant, "rebound": 0} for pbx, tenant in new.items()]
        connection.execute(insert(PBX), rows)


def _is_before_earlier(connection: Connection, day: date, now: datetime) -> bool:
    """Return whether the clock, or the day, was set back since an earlier run."""
    last = connection.execute(
        select(func.max(RUN.c.started), func.max(RUN.c.ended), func.max(RUN.c.day))
    ).one()
    return any(moment is not None and now < moment for moment in last[:2]) or (
        last[2] is not None and day < last[2]
    )
