"""The chain of events. Each row carries the hash of the one before, so that none can be changed.

The hash of an event covers its number, kind and time, the digest of its facts, and the hash
before. So the facts of a tenant can be taken away and the chain still holds; a salt that goes with
them keeps anybody from guessing them by the digest. Facts may only be missing where a later event,
the receipt, says so.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from auditor.files.json_reading import parse_json
from auditor.fleet.store.columns import canonical
from auditor.fleet.store.history_records import Chain, Event
from auditor.fleet.store.tables import EVENT

Fact = str | int | list[str] | list[int]
FORGOTTEN: Final = "forgotten"
CLOCK_BACK: Final = "clock-back"
REBOUND: Final = "rebound"
COLLECTOR_ADDED: Final = "collector-added"
COLLECTOR_REVOKED: Final = "collector-revoked"
BUNDLE: Final = "bundle"
_FIRST: Final = "0" * 64
_SALT_BYTES: Final = 16


class EventSubject(NamedTuple):
    """What an event is about: nothing of a tenant, unless it is named here."""

    pbx: str = ""
    tenant: str = ""


def append(
    connection: Connection, kind: str, about: EventSubject, facts: Mapping[str, Fact], now: datetime
) -> int:
    """Add an event and return its number."""
    last = connection.execute(select(EVENT).order_by(EVENT.c.number.desc()).limit(1)).first()
    number = last.number + 1 if last is not None else 1
    content, salt = canonical(facts), secrets.token_hex(_SALT_BYTES)
    values = {
        "number": number,
        "kind": kind,
        "at": now,
        "pbx": about.pbx,
        "tenant": about.tenant,
        "facts": content,
        "salt": salt,
        "digest": _digest(salt, about.pbx, about.tenant, content),
        "previous": _hash(last) if last is not None else _FIRST,
    }
    connection.execute(insert(EVENT).values(values))
    return number


def verified(connection: Connection) -> Chain:
    """Return whether each event is the one that was written, and no number is missing."""
    forgotten = _receipts(connection)
    before, count, broken = _FIRST, 0, None
    for row in connection.execute(select(EVENT).order_by(EVENT.c.number)):
        count += 1
        fits = row.number == count and row.previous == before and _holds(row, forgotten)
        if not fits and broken is None:
            broken = row.number
        before = _hash(row)
    return Chain(count, broken, before)


def blank(connection: Connection, tenant: str, pbxs: list[str]) -> list[int]:
    """Take away what events say of a tenant, and return the numbers of these events."""
    chosen = (EVENT.c.tenant == tenant) | EVENT.c.pbx.in_(pbxs)
    numbers = list(connection.scalars(select(EVENT.c.number).where(chosen)))
    nothing = {"pbx": None, "tenant": None, "facts": None, "salt": None}
    connection.execute(update(EVENT).where(chosen).values(nothing))
    return numbers


def listed(connection: Connection) -> Iterator[Event]:
    """Yield each event, the oldest first."""
    for row in connection.execute(select(EVENT).order_by(EVENT.c.number)):
        yield Event(
            row.number, row.kind, row.at, row.pbx or "", row.tenant or "", row.facts or "{}"
        )


def _receipts(connection: Connection) -> Mapping[int, int]:
    """Return which event says of each number that its facts were taken away."""
    receipts: dict[int, int] = {}
    found = select(EVENT.c.number, EVENT.c.facts).where(EVENT.c.kind == FORGOTTEN)
    for number, facts in connection.execute(found):
        receipts.update(dict.fromkeys(_numbers(facts), number))
    return receipts


def _numbers(facts: str | None) -> list[int]:
    try:
        return [int(number) for number in parse_json(facts or "{}").get("events", [])]
    except (ValueError, AttributeError, TypeError):
        return []


def _holds(row: Row[Any], forgotten: Mapping[int, int]) -> bool:
    if row.facts is None:
        is_blank = row.pbx is None and row.tenant is None and row.salt is None
        return is_blank and forgotten.get(row.number, 0) > row.number
    return bool(row.digest == _digest(row.salt, row.pbx, row.tenant, row.facts))


def _digest(salt: str, pbx: str, tenant: str, facts: str) -> str:
    return hashlib.sha256(canonical([salt, pbx, tenant, facts]).encode()).hexdigest()


def _hash(row: Row[Any]) -> str:
    told = [row.number, row.kind, row.at.isoformat(), row.digest, row.previous]
    return hashlib.sha256(canonical(told).encode()).hexdigest()
