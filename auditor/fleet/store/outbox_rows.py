"""Deliveries as the database has them: how they are read, and which of them can go."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select

from auditor.fleet.store.history_records import Delivery, DeliveryState
from auditor.fleet.store.tables import DELIVERY, DELIVERY_TENANT

OPEN: Final = (DeliveryState.QUEUED, DeliveryState.SENDING)
# What was told counts from these on.
ARRIVED: Final = (DeliveryState.SENT, DeliveryState.PARTLY)


def is_open() -> ColumnElement[bool]:
    """Return the condition that a delivery is still to be sent."""
    return DELIVERY.c.state.in_(OPEN)


def newest(*states: DeliveryState) -> ColumnElement[bool]:
    """Return the condition that a delivery is the last one to its recipient, in any state."""
    last = select(func.max(DELIVERY.c.id)).group_by(DELIVERY.c.recipient)
    if states:
        last = last.where(DELIVERY.c.state.in_(states))
    return DELIVERY.c.id.in_(last.scalar_subquery())


def is_past(day: date) -> ColumnElement[bool]:
    """Return the condition that nobody needs a delivery of before a day any more.

    The last one that was sent says what the next one has to tell.
    """
    since = datetime.combine(day, time(), UTC)
    return and_(DELIVERY.c.made < since, ~is_open(), ~newest(), ~newest(*ARRIVED))


def names_alone(tenant: str) -> ColumnElement[bool]:
    """Return the condition that a delivery names things of a tenant, and can go with it.

    What waits goes too where it names others: the next digest tells what concerns these.
    """
    of = DELIVERY_TENANT.c.delivery == DELIVERY.c.id
    return and_(
        exists().where(of, DELIVERY_TENANT.c.tenant == tenant),
        or_(is_open(), ~exists().where(of, DELIVERY_TENANT.c.tenant != tenant)),
    )


def deliveries(connection: Connection, condition: ColumnElement[bool]) -> list[Delivery]:
    """Return deliveries in the order in which they were made."""
    rows = connection.execute(select(DELIVERY).where(condition).order_by(DELIVERY.c.id)).all()
    named = select(DELIVERY_TENANT).join(DELIVERY, DELIVERY.c.id == DELIVERY_TENANT.c.delivery)
    tenants: dict[int, set[str]] = defaultdict(set)
    for one in connection.execute(named.where(condition)):
        tenants[one.delivery].add(one.tenant)
    return [_delivery(row, frozenset(tenants[row.id])) for row in rows]


def _delivery(row: Row[Any], tenants: frozenset[str]) -> Delivery:
    return Delivery(
        row.id,
        row.recipient,
        row.channel,
        row.run,
        row.told,
        row.key,
        DeliveryState(row.state),
        row.made,
        row.tries,
        row.last_try,
        row.next_try,
        row.reason,
        tenants,
    )
