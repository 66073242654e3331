"""Collectors: who may deliver what was read of a tenant's PBXs, and what each delivered last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from auditor.errors import HistoryError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.store import events, runs
from auditor.fleet.store.tables import AUDIT, COLLECTOR, RUN
from auditor.messages.message import say

_Connected = Callable[[], AbstractContextManager[Connection]]


class Collector(NamedTuple):
    """Somebody who delivers bundles of one tenant, signed by a key (base64 of its raw octets).

    `sequence` and `digest` are those of the last bundle that was accepted, 0 and empty before the
    first; `run` is the run that judged it.
    """

    name: str
    tenant: str
    public_key: str
    added: datetime
    revoked: datetime | None = None
    sequence: int = 0
    digest: str = ""
    run: int = 0


class Delivered(NamedTuple):
    """A bundle that is accepted: whose it is, its number and the SHA-256 of its octets."""

    collector: str
    tenant: str
    sequence: int
    digest: str


class Collectors:
    """The collectors of a history. Every method raises HistoryError."""

    def __init__(self, reading: _Connected, writing: _Connected) -> None:
        self._reading = reading
        self._writing = writing

    def listed(self) -> Sequence[Collector]:
        """Return all of them, those too that were revoked, by their names."""
        with self._reading() as connection:
            found = connection.execute(select(COLLECTOR).order_by(COLLECTOR.c.name))
            return [_collector(row) for row in found]

    def add(self, name: str, tenant: str, public_key: str, now: datetime) -> None:
        """Let somebody deliver. A name that was revoked gets another key, and goes on counting."""
        with self._writing() as connection:
            row = connection.execute(select(COLLECTOR).where(COLLECTOR.c.name == name)).first()
            if row is not None and (row.revoked is None or row.tenant != tenant):
                raise HistoryError(
                    say("there is a collector of this name"),
                    where=name,
                    advice=say("choose another name, or revoke it first to give it another key"),
                )
            runs.learn_tenant(connection, tenant)
            values = {"public_key": public_key, "added": now, "revoked": None}
            if row is None:
                new = {"name": name, "tenant": tenant, "sequence": 0, **values}
                connection.execute(insert(COLLECTOR).values(new))
            else:
                chosen = update(COLLECTOR).where(COLLECTOR.c.name == name)
                connection.execute(chosen.values(values))
            about = events.EventSubject(tenant=tenant)
            facts: dict[str, events.Fact] = {"collector": name, "public_key": public_key}
            events.append(connection, events.COLLECTOR_ADDED, about, facts, now)

    def revoke(self, name: str, now: datetime) -> None:
        """Accept nothing of a collector any more."""
        with self._writing() as connection:
            row = connection.execute(select(COLLECTOR).where(COLLECTOR.c.name == name)).first()
            if row is None or row.revoked is not None:
                reason = say("there is no collector of this name that could deliver")
                raise HistoryError(reason, where=name)
            chosen = update(COLLECTOR).where(COLLECTOR.c.name == name)
            connection.execute(chosen.values(revoked=now))
            about = events.EventSubject(tenant=row.tenant)
            events.append(connection, events.COLLECTOR_REVOKED, about, {"collector": name}, now)

    def looked_last(self, pbxs: Sequence[str]) -> Mapping[str, datetime]:
        """Return when each PBX was read the last time, as far as an audit could look."""
        found = (
            select(AUDIT.c.pbx, func.max(AUDIT.c.started).label("moment"))
            .where(AUDIT.c.pbx.in_(pbxs), AUDIT.c.ending == AuditEnding.AUDITED)
            .group_by(AUDIT.c.pbx)
        )
        with self._reading() as connection:
            return {row.pbx: row.moment for row in connection.execute(found)}

    def is_cut_off(self, collector: Collector) -> bool:
        """Return whether the run of the last bundle did not come to its end."""
        ended = select(RUN.c.ended).where(RUN.c.number == collector.run)
        with self._reading() as connection:
            row = connection.execute(ended).first()
        return row is not None and row.ended is None

    def begin(self, new: runs.NewRun, delivered: Delivered) -> int:
        """Begin the run of a bundle, which is accepted by that, and return its number.

        Both happen or neither: what was accepted is never accepted again.
        """
        with self._writing() as connection:
            number = runs.begin(connection, new)
            values = {
                "sequence": delivered.sequence,
                "digest": delivered.digest,
                "run": number,
            }
            chosen = COLLECTOR.c.name == delivered.collector
            is_later = COLLECTOR.c.sequence < delivered.sequence
            # Just this one was accepted, and its run was cut off.
            is_again = (
                (COLLECTOR.c.sequence == delivered.sequence)
                & (COLLECTOR.c.digest == delivered.digest)
                & COLLECTOR.c.run.in_(select(RUN.c.number).where(RUN.c.ended.is_(None)))
            )
            can = chosen & (is_later | is_again) & COLLECTOR.c.revoked.is_(None)
            if connection.execute(update(COLLECTOR).where(can).values(values)).rowcount != 1:
                reason = say("the collector delivered something else meanwhile, or was revoked")
                raise HistoryError(reason, where=delivered.collector)
            about = events.EventSubject(tenant=delivered.tenant)
            facts: dict[str, events.Fact] = {
                "collector": delivered.collector,
                "sequence": delivered.sequence,
                "digest": delivered.digest,
                "run": number,
            }
            events.append(connection, events.BUNDLE, about, facts, new.now)
            return number


def _collector(row: Row[Any]) -> Collector:
    return Collector(
        row.name,
        row.tenant,
        row.public_key,
        row.added,
        row.revoked,
        row.sequence,
        row.digest or "",
        row.run or 0,
    )
