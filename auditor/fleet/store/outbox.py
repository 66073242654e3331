"""The outbox: what is to be sent, by whom it was taken, and what became of it.

Each step is one transaction, so that a kill loses nothing: what was taken and not noted is taken
again, under the same key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, true, update

from auditor.fleet.store import content_store
from auditor.fleet.store.history_records import Delivery, DeliveryState, NewDelivery
from auditor.fleet.store.outbox_rows import ARRIVED, deliveries, is_open, newest
from auditor.fleet.store.tables import DELIVERY, DELIVERY_TENANT, DOCUMENT, TENANT
from auditor.messages.message import NOTHING, Message, say

_LATER_TELLS: Final = say("a later digest tells it too")
_Transaction = Callable[[], AbstractContextManager[Connection]]


class Claimed(NamedTuple):
    """A delivery that this process alone sends now."""

    delivery: Delivery
    content: bytes


class Outbox:
    """The deliveries of a history. Every method raises HistoryError.

    Whoever sends holds the lock of the outbox: `take_up` rests on nobody else sending.
    """

    def __init__(self, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def queue(self, new: NewDelivery, now: datetime, first_try: datetime | None = None) -> int:
        """Queue a message and return its number; one that waits for this recipient is withdrawn.

        It is tried at once, or from its `first_try` on.
        """
        with self._writing() as connection:
            waiting = and_(DELIVERY.c.recipient == new.recipient, is_open())
            _close(connection, waiting, DeliveryState.WITHDRAWN, _LATER_TELLS)
            values = {
                "run": new.run,
                "told": new.told,
                "channel": new.channel,
                "recipient": new.recipient,
                "key": new.key,
                "state": DeliveryState.QUEUED,
                "made": now,
                "tries": 0,
                "next_try": first_try or now,
                "reason": NOTHING,
                "document": content_store.keep(connection, new.content),
                "tenant": new.tenants[0] if len(set(new.tenants)) == 1 else None,
            }
            made = connection.execute(insert(DELIVERY).values(values)).inserted_primary_key
            number = int(made[0]) if made else 0
            _note_tenants(connection, number, new.tenants)
        return number

    def take_up(self) -> int:
        """Queue again what somebody took who died; return how many these are.

        They may have arrived, so they are sent under the same key.
        """
        with self._writing() as connection:
            taken = DELIVERY.c.state == DeliveryState.SENDING
            again = update(DELIVERY).where(taken).values(state=DeliveryState.QUEUED)
            return connection.execute(again).rowcount

    def claim(self, number: int, now: datetime) -> Claimed | None:
        """Take a delivery that waits, to send it; None if somebody else did, or it need not be."""
        with self._writing() as connection:
            waits = and_(DELIVERY.c.id == number, DELIVERY.c.state == DeliveryState.QUEUED)
            values = {
                "state": DeliveryState.SENDING,
                "tries": DELIVERY.c.tries + 1,
                "last_try": now,
            }
            if connection.execute(update(DELIVERY).where(waits).values(values)).rowcount != 1:
                return None
            found = select(DOCUMENT.c.digest).join(DELIVERY, DELIVERY.c.document == DOCUMENT.c.id)
            digest = connection.scalar(found.where(DELIVERY.c.id == number)) or ""
            content = _content(connection, digest)
            return Claimed(deliveries(connection, DELIVERY.c.id == number)[0], content)

    def note_sent(self, claimed: Claimed, now: datetime, lacking: Message = NOTHING) -> None:
        """Note that a delivery arrived, and to whom of several it did not."""
        state = DeliveryState.PARTLY if lacking else DeliveryState.SENT
        with self._writing() as connection:
            _close(connection, _is_ours(claimed), state, lacking, last_try=now)

    def note_failure(
        self,
        claimed: Claimed,
        reason: Message,
        next_try: datetime | None = None,
        *,
        is_gone: bool = False,
    ) -> None:
        """Note why a delivery did not arrive, and when it is tried again; None: not any more.

        Of one whose address `is_gone`, no other is tried either.
        """
        with self._writing() as connection:
            if next_try is None or is_gone:
                state = DeliveryState.GONE if is_gone else DeliveryState.FAILED
                _close(connection, _is_ours(claimed), state, reason)
                return
            values = {"state": DeliveryState.QUEUED, "reason": reason, "next_try": next_try}
            connection.execute(update(DELIVERY).where(_is_ours(claimed)).values(values))

    def postpone(self, number: int, reason: Message, next_try: datetime) -> None:
        """Note why a delivery that waits was not tried, which is no try, and when it will be."""
        with self._writing() as connection:
            waits = and_(DELIVERY.c.id == number, DELIVERY.c.state == DeliveryState.QUEUED)
            values = {"reason": reason, "next_try": next_try}
            connection.execute(update(DELIVERY).where(waits).values(values))

    def enable(self, recipient: str) -> None:
        """Let a recipient be told again whose address was gone."""
        gone = and_(DELIVERY.c.recipient == recipient, DELIVERY.c.state == DeliveryState.GONE)
        with self._writing() as connection:
            connection.execute(update(DELIVERY).where(gone).values(state=DeliveryState.FAILED))

    def withdraw(self, number: int, reason: Message) -> None:
        """Let a delivery that waits not be sent."""
        with self._writing() as connection:
            waits = and_(DELIVERY.c.id == number, is_open())
            _close(connection, waits, DeliveryState.WITHDRAWN, reason)

    def waiting(self) -> tuple[Delivery, ...]:
        """Return what is still to be sent, and what somebody is sending."""
        with self._reading() as connection:
            return tuple(deliveries(connection, is_open()))

    def content(self, number: int) -> bytes:
        """Return what a delivery that waits tells; nothing if it does not wait any more."""
        with self._reading() as connection:
            found = select(DOCUMENT.c.digest).join(DELIVERY, DELIVERY.c.document == DOCUMENT.c.id)
            digest = connection.scalar(found.where(DELIVERY.c.id == number))
            return b"" if digest is None else _content(connection, digest)

    def newest(self) -> Mapping[str, Delivery]:
        """Return the last delivery to each recipient."""
        with self._reading() as connection:
            return {one.recipient: one for one in deliveries(connection, newest())}

    def last_sent(self) -> Mapping[str, Delivery]:
        """Return the last delivery to each recipient that arrived."""
        with self._reading() as connection:
            found = deliveries(connection, newest(*ARRIVED))
            return {one.recipient: one for one in found}

    def told(self, recipient: str) -> Mapping[str, int]:
        """Return of each tenant the last run that a recipient was told wholly."""
        named = DELIVERY.join(DELIVERY_TENANT, DELIVERY_TENANT.c.delivery == DELIVERY.c.id)
        sent = and_(DELIVERY.c.recipient == recipient, DELIVERY.c.state.in_(ARRIVED))
        tenant = DELIVERY_TENANT.c.tenant
        found = select(tenant, func.max(DELIVERY.c.told)).select_from(named).where(sent)
        with self._reading() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(found.group_by(tenant))}

    def made(self, recipient: str, run: int) -> int:
        """Return how many deliveries to a recipient about a run were made."""
        about = and_(DELIVERY.c.recipient == recipient, DELIVERY.c.run == run)
        with self._reading() as connection:
            found = select(func.count()).select_from(DELIVERY).where(about)
            return int(connection.scalar(found) or 0)

    def listed(self) -> tuple[Delivery, ...]:
        """Return all deliveries that are kept, in the order in which they were made."""
        with self._reading() as connection:
            return tuple(deliveries(connection, true()))

    def counts(self) -> Mapping[tuple[str, DeliveryState], int]:
        """Return how many deliveries there are to each recipient in each state."""
        columns = DELIVERY.c.recipient, DELIVERY.c.state
        found = select(*columns, func.count()).group_by(*columns)
        counts: Counter[tuple[str, DeliveryState]] = Counter()
        with self._reading() as connection:
            for recipient, state, count in connection.execute(found):
                counts[recipient, DeliveryState(state)] = count
        return counts


def _is_ours(claimed: Claimed) -> ColumnElement[bool]:
    """Return the condition that nobody took a delivery since: it would count one more try."""
    return and_(
        DELIVERY.c.id == claimed.delivery.id,
        DELIVERY.c.state == DeliveryState.SENDING,
        DELIVERY.c.tries == claimed.delivery.tries,
    )


def _close(
    connection: Connection,
    condition: ColumnElement[bool],
    state: DeliveryState,
    reason: Message,
    **values: datetime,
) -> None:
    """Bring deliveries to their end, and let go of what they would have told."""
    found = select(DELIVERY.c.document).where(condition, DELIVERY.c.document.is_not(None))
    let_go = list(connection.scalars(found))
    ended = {"state": state, "reason": reason, "next_try": None, "document": None, **values}
    connection.execute(update(DELIVERY).where(condition).values(ended))
    connection.execute(delete(DOCUMENT).where(DOCUMENT.c.id.in_(let_go), content_store.is_unused()))


def _content(connection: Connection, digest: str) -> bytes:
    """Return what a delivery tells; nothing if it is damaged, which nobody can send."""
    try:
        return content_store.stored_content(connection, digest) or b""
    except ValueError:
        return b""


def _note_tenants(connection: Connection, number: int, tenants: Sequence[str]) -> None:
    """Note whose things a delivery names; a tenant may have no run yet."""
    known = set(connection.scalars(select(TENANT.c.id)))
    names = list(dict.fromkeys(tenants))
    new = [{"id": name} for name in names if name not in known]
    if new:
        connection.execute(insert(TENANT), new)
    if names:
        rows = [{"delivery": number, "tenant": name} for name in names]
        connection.execute(insert(DELIVERY_TENANT), rows)
