"""What is removed: what retention does not ask for any more, and all that there is of a tenant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)

from auditor.errors import HistoryError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store import runs
from auditor.fleet.store.content_store import is_unused
from auditor.fleet.store.events import FORGOTTEN, EventSubject, append, blank
from auditor.fleet.store.history_records import Removed
from auditor.fleet.store.outbox_rows import is_past, names_alone
from auditor.fleet.store.tables import (
    AUDIT,
    COLLECTOR,
    DELIVERY,
    DELIVERY_TENANT,
    DOCUMENT,
    EVENT,
    FINDING,
    FINDING_SPAN,
    HANDED_IN,
    PBX,
    PLANNED,
    RESULT_SPAN,
    ROLE_TENANT,
    RUN,
    TENANT,
)
from auditor.messages.message import say

# "2026-01" of "2026-01-31".
_MONTH: Final = 7
# A number takes about as much.
_NUMBER: Final = 4


def prune(connection: Connection, retention: Retention, today: date) -> tuple[Removed, ...]:
    """Remove audits that are not to be kept any more, then documents that nothing needs.

    Runs, spans and events stay, of each PBX its last attempt and its last audit, and to each
    recipient the last delivery and the last that was sent.
    """
    every = _days_before(today, retention.every_run_days)
    kept: dict[str, list[int]] = {}
    for chosen in (_newest(), _newest_audited(), _month_ends(retention, today)):
        for row in connection.execute(chosen):
            kept.setdefault(row.pbx, []).append(row.run)
    # By PBX: to look up pairs takes databases long.
    removed = [
        _remove(
            connection,
            AUDIT,
            and_(AUDIT.c.pbx == pbx, AUDIT.c.day < every, AUDIT.c.run.not_in(runs)),
        )
        for pbx, runs in kept.items()
    ]
    audits = Removed(
        AUDIT.name, sum(one.rows for one in removed), sum(one.bytes for one in removed)
    )
    deliveries = _remove(connection, DELIVERY, is_past(every))
    return audits, deliveries, _remove(connection, DOCUMENT, is_unused())


def _newest() -> Select[tuple[str, int]]:
    return select(AUDIT.c.pbx, func.max(AUDIT.c.run).label("run")).group_by(AUDIT.c.pbx)


def _newest_audited() -> Select[tuple[str, int]]:
    return _newest().where(AUDIT.c.ending == AuditEnding.AUDITED)


def _month_ends(retention: Retention, today: date) -> Select[tuple[str, int]]:
    """Select the last audit of each month that is not too long ago."""
    month = func.substr(type_coerce(AUDIT.c.day, Text), 1, _MONTH)
    since = _years_before(today, retention.month_ends_years)
    return _newest_audited().where(AUDIT.c.day >= since).group_by(month)


def _days_before(day: date, days: int) -> date:
    return date.fromordinal(max(day.toordinal() - days, date.min.toordinal()))


def _years_before(day: date, years: int) -> date:
    year = max(day.year - years, date.min.year)
    try:
        return day.replace(year=year)
    except ValueError:
        # The last of February is not there in each year.
        return date(year, 2, 28)


def forget(connection: Connection, tenant: str, now: datetime) -> tuple[Removed, ...]:
    """Remove all that there is of a tenant, and write a receipt that names nothing of it.

    Documents that another tenant has too stay. Raises HistoryError if there is no such tenant, or
    something is left.
    """
    pbxs = list(connection.scalars(select(PBX.c.id).where(PBX.c.tenant == tenant)))
    if connection.scalar(select(TENANT.c.id).where(TENANT.c.id == tenant)) is None:
        raise HistoryError(say("the history knows no such tenant"), where=tenant)
    collectors = list(
        connection.scalars(select(COLLECTOR.c.name).where(COLLECTOR.c.tenant == tenant))
    )
    removed = [_remove(connection, table, condition) for table, condition in _of(tenant)]
    removed.append(_remove(connection, DOCUMENT, is_unused()))
    _blank_selections(connection, [tenant, *pbxs, *collectors])
    numbers = blank(connection, tenant, pbxs)
    _check_nothing_left(connection, tenant, pbxs)
    rows = {one.kind: one.rows for one in removed}
    append(connection, FORGOTTEN, EventSubject(), {"events": numbers, **rows}, now)
    return tuple(removed)


def _of(tenant: str) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """Return what each table has of a tenant, in an order in which it can be removed."""
    pbxs = select(PBX.c.id).where(PBX.c.tenant == tenant).scalar_subquery()
    findings = select(FINDING.c.id).where(FINDING.c.pbx.in_(pbxs)).scalar_subquery()
    return (
        (PLANNED, PLANNED.c.pbx.in_(pbxs)),
        (HANDED_IN, HANDED_IN.c.pbx.in_(pbxs)),
        (FINDING_SPAN, FINDING_SPAN.c.finding.in_(findings)),
        (FINDING, FINDING.c.pbx.in_(pbxs)),
        (RESULT_SPAN, RESULT_SPAN.c.pbx.in_(pbxs)),
        (AUDIT, AUDIT.c.pbx.in_(pbxs)),
        (DELIVERY, names_alone(tenant)),
        (DELIVERY_TENANT, DELIVERY_TENANT.c.tenant == tenant),
        (ROLE_TENANT, ROLE_TENANT.c.tenant == tenant),
        (COLLECTOR, COLLECTOR.c.tenant == tenant),
        (PBX, PBX.c.tenant == tenant),
        (TENANT, TENANT.c.id == tenant),
    )


def _blank_selections(connection: Connection, names: Iterable[str]) -> None:
    """Take away what a run was asked for where it names a tenant, its PBXs or its collectors."""
    named = or_(*(RUN.c.selection.contains(name, autoescape=True) for name in names))
    is_bundle = RUN.c.selection.startswith(runs.OF_BUNDLE, autoescape=True)
    # What a run was stays: that of a bundle is none that was expected, whoever brought it.
    blank_one = case((is_bundle, runs.selection_of("")), else_="")
    connection.execute(update(RUN).where(named).values(selection=blank_one))


def _check_nothing_left(connection: Connection, tenant: str, pbxs: list[str]) -> None:
    """Look once more in each column that could name a tenant. Raises HistoryError."""
    places = (
        (TENANT.c.id, [tenant]),
        *(
            (column, [tenant])
            for column in (
                PBX.c.tenant,
                EVENT.c.tenant,
                DELIVERY.c.tenant,
                DELIVERY_TENANT.c.tenant,
                ROLE_TENANT.c.tenant,
                COLLECTOR.c.tenant,
            )
        ),
        *(
            (table.c.pbx, pbxs)
            for table in (PLANNED, HANDED_IN, AUDIT, RESULT_SPAN, FINDING, EVENT)
        ),
        (PBX.c.id, pbxs),
    )
    for column, names in places:
        if connection.scalar(select(literal(1)).where(column.in_(names)).limit(1)):
            raise HistoryError(say("something of the tenant is left"), where=column.table.name)
    if connection.scalar(select(literal(1)).where(is_unused()).limit(1)):
        raise HistoryError(say("something of the tenant is left"), where=DOCUMENT.name)


def _remove(connection: Connection, table: Table, condition: ColumnElement[bool]) -> Removed:
    measured = select(func.count(), func.coalesce(func.sum(_bytes(table)), 0)).select_from(table)
    rows, size = connection.execute(measured.where(condition)).one()
    connection.execute(delete(table).where(condition))
    return Removed(table.name, int(rows), int(size))


def _bytes(table: Table) -> ColumnElement[int]:
    """Return about how many bytes a row takes."""
    total: ColumnElement[int] = literal(0)
    for column in table.columns:
        if column.type.python_type is int:
            total += literal(_NUMBER)
        else:
            total += func.coalesce(func.length(_plain(column)), 0)
    return total


def _plain(column: ColumnElement[object]) -> ColumnElement[object]:
    is_binary = column.type.python_type is bytes
    return column if is_binary else type_coerce(column, Text)
