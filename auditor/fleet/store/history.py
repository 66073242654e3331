"""The history of a fleet: the only way to its database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection, Engine, select, update

from auditor.errors import ExitCode, HistoryError
from auditor.fleet.compression import Packed
from auditor.fleet.history_model import AuditRecord, Known, RecordedChange
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store import content_store, events, removing, runs
from auditor.fleet.store.collectors import Collectors
from auditor.fleet.store.compacting import compact
from auditor.fleet.store.connection.database_errors import DAMAGED, RESTORE, told_as_history_errors
from auditor.fleet.store.connection.engines import PATIENCE, to_read, to_write
from auditor.fleet.store.connection.history_urls import is_sound
from auditor.fleet.store.connection.reconnecting import done_again
from auditor.fleet.store.errands import Commission, Errands, commission
from auditor.fleet.store.history_opening import Opened, opened_history
from auditor.fleet.store.history_records import Chain, Event, RecordedRun, Removed
from auditor.fleet.store.known_pbx import known_of, known_with_documents
from auditor.fleet.store.outbox import Outbox
from auditor.fleet.store.recorded_runs import RecordedPbx, audited_before, recorded_in, unannounced
from auditor.fleet.store.recording import record
from auditor.fleet.store.schema_version import check_still
from auditor.fleet.store.tables import PBX
from auditor.fleet.store.taking_back import take_back
from auditor.messages.message import NOTHING, Message, say

_NO_SUCH_PBX: Final = say("the history knows no such PBX")


def _nobody() -> None:
    """Do what is to be done if nobody looks whether a run is alone: nothing."""


class History:
    """What was audited when, what it came to, and what was done: in SQLite or PostgreSQL.

    Whatever writes is one transaction: it is there wholly, or not at all. Every method raises
    HistoryError; `damage` says why nothing is written any more, and is empty otherwise; `remark`
    what is to be said of the way to it. `patience` is for how many seconds what a run asks for is
    tried again if connections are lost.
    """

    def __init__(self, opened: Opened, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._engine = opened.engine
        self._reader = to_read(opened.engine)
        self._writer = to_write(opened.engine)
        # A power cut leaves planned what it takes back, so that the run does it again. Beginning
        # and end of a run wait for the disk, and with them all that is between.
        self._recorder = to_write(opened.engine, at_once=False)
        self.where = opened.where
        self.damage: Message = opened.damage
        self.remark: Message = opened.remark
        self._version = opened.version
        self._unchecked = opened.unchecked
        self._check: Callable[[], None] = _nobody

    @classmethod
    def open(
        cls,
        place: Path | str,
        *,
        migrate: bool = True,
        patience: float = PATIENCE,
        tenant: str | None = None,
        sees_part: bool = False,
    ) -> Self:
        """Open the history in a file or at the URL of a PostgreSQL database.

        One that is not there is made, and an older one brought up to date, if it may `migrate`. So
        is a file looked through for damage; otherwise that is done before something is written.
        `patience` is for how many seconds others may hold it. With a `tenant`, nothing of another
        one can be read, and nothing is to be written. A worker `sees_part` of it, and may.
        """
        found = opened_history(
            place, patience, may_migrate=migrate, tenant=tenant, sees_part=sees_part
        )
        return cls(found, patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def check_with(self, check: Callable[[], None]) -> None:
        """Have it checked before each step of a run that no other run is at work."""
        self._check = check

    @done_again
    def check_alone(self) -> None:
        """Raise BusyError if another run took over meanwhile."""
        self._check()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees the history as it is now, for questions of this package."""
        with told_as_history_errors(self.where), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self, writer: Engine | None = None) -> Iterator[Connection]:
        self._check()
        if self._unchecked is not None:
            self.damage = NOTHING if is_sound(self._unchecked) else DAMAGED
            self._unchecked = None
        if self.damage:
            raise HistoryError(self.damage, where=self.where, advice=RESTORE)
        with told_as_history_errors(self.where), (writer or self._writer).begin() as connection:
            check_still(connection, self._version, self.where)
            yield connection

    def begin(
        self,
        owner: str,
        day: date,
        now: datetime,
        selection: str,
        planned: Sequence[tuple[str, str]],
    ) -> int:
        """Begin a run and return its number; `planned` are tenant and PBX of each audit of it.

        A tenant or PBX that was not known is from now on.
        """
        with self._writing() as connection:
            return runs.begin(connection, runs.NewRun(owner, day, now, selection, planned))

    def resume(self, now: datetime) -> tuple[int, frozenset[str]] | None:
        """Take up the last run if it was not brought to its end; return what it is done with.

        What remains is `last_run().left`: run again, each of them is recorded exactly once.
        """
        with self._writing() as connection:
            return runs.resume(connection, now)

    @done_again
    def end(self, run: int, code: ExitCode | int, now: datetime) -> None:
        """Note with which exit code a run ended."""
        with self._writing() as connection:
            if not runs.end(connection, run, int(code), now):
                raise HistoryError(say("there is no run {run}", run=run), where=self.where)

    @done_again
    def last_run(self) -> RecordedRun | None:
        """Return the last run, None if there was none."""
        with self.reading() as connection:
            return runs.last_run(connection)

    def day_of(self, run: int) -> date | None:
        """Return the day of a run, None if there is none of this number."""
        with self.reading() as connection:
            return runs.day_of(connection, run)

    def begun_since(self, run: int) -> Sequence[datetime]:
        """Return when a run and each later one began."""
        with self.reading() as connection:
            return runs.begun_since(connection, run)

    @done_again
    def record(self, run: int, audit: AuditRecord) -> None:
        """Record one audit of a run, wholly or not at all."""
        with self._writing(self._recorder) as connection:
            record(connection, run, audit)

    def take_back(self, run: int, instead: AuditRecord) -> bool:
        """Let an attempt stand for the first audit of a PBX; False if it was not its first."""
        with self._writing() as connection:
            return take_back(connection, run, instead)

    @done_again
    def recorded_in(self, run: int) -> Sequence[RecordedPbx]:
        """Return every PBX that the last run recorded so far."""
        with self.reading() as connection:
            return recorded_in(connection, run)

    @done_again
    def unannounced(self, run: int) -> Sequence[tuple[str, str, RecordedChange]]:
        """Return tenant, PBX and change of what runs before changed that did not end."""
        with self.reading() as connection:
            return unannounced(connection, run)

    @done_again
    def audited_before(self, run: int) -> frozenset[str]:
        """Return the PBXs of which an audit could look before a run."""
        with self.reading() as connection:
            return audited_before(connection, run)

    @done_again
    def known(self, pbx: str) -> Known:
        """Return what is known of a PBX; nothing of one that was never planned."""
        with self.reading() as connection:
            return known_of(connection, pbx)

    def document(self, digest: str) -> bytes:
        """Return a snapshot or a paper by its digest."""
        with self.reading() as connection:
            content = content_store.stored_content(connection, digest)
        if content is None:
            raise HistoryError(say("a document is not in the history"), where=self.where)
        return content

    @done_again
    def known_with_documents(self, pbx: str) -> tuple[Known, Mapping[str, Packed]]:
        """Return what is known of a PBX, and what that rests on, by digest, as it is kept."""
        with self.reading() as connection:
            return known_with_documents(connection, pbx)

    @done_again
    def commissioned(
        self, run: int, pbx: str
    ) -> tuple[Commission, Known, Mapping[str, Packed]] | None:
        """Return what a worker has to know to audit a PBX; None if nobody waits for that."""
        with self.reading() as connection:
            check_still(connection, self._version, self.where)
            found = commission(connection, run, pbx)
            return (found, *known_with_documents(connection, pbx)) if found is not None else None

    @done_again
    def bound(self) -> Mapping[str, str]:
        """Return the PBX that each serial is bound to, serials as `plain_serial` makes them."""
        with self.reading() as connection:
            found = select(PBX.c.serial, PBX.c.id).where(PBX.c.serial.is_not(None))
            return {row.serial: row.id for row in connection.execute(found)}

    @done_again
    def tenants(self) -> Mapping[str, str]:
        """Return the tenant that the history has each PBX under."""
        with self.reading() as connection:
            return {row.id: row.tenant for row in connection.execute(select(PBX))}

    def rebind(self, pbx: str, now: datetime) -> None:
        """Let another box stand for an id: the next one that is audited is bound to it."""
        with self._writing() as connection:
            row = connection.execute(select(PBX).where(PBX.c.id == pbx)).first()
            if row is None:
                raise HistoryError(_NO_SUCH_PBX, where=pbx)
            connection.execute(update(PBX).where(PBX.c.id == pbx).values(serial=None, rebound=1))
            about = events.EventSubject(pbx, row.tenant)
            events.append(connection, events.REBOUND, about, {"serial": row.serial or ""}, now)

    def append(
        self, kind: str, pbx: str, tenant: str, facts: Mapping[str, events.Fact], now: datetime
    ) -> int:
        """Add an event and return its number. What names a tenant's things must say its tenant."""
        with self._writing() as connection:
            return events.append(connection, kind, events.EventSubject(pbx, tenant), facts, now)

    def events(self) -> tuple[Event, ...]:
        """Return all events, the oldest first."""
        with self.reading() as connection:
            return tuple(events.listed(connection))

    def verify(self) -> Chain:
        """Return whether each event is the one that was written."""
        with self.reading() as connection:
            return events.verified(connection)

    def outbox(self) -> Outbox:
        """Return what is to be sent, and what was."""
        return Outbox(self.reading, self._writing)

    def collectors(self) -> Collectors:
        """Return who may deliver what was read elsewhere."""
        return Collectors(self.reading, self._writing)

    def errands(self) -> Errands:
        """Return what runs ask of workers, and what these hand in."""
        return Errands(self.reading, self._writing)

    def prune(
        self, retention: Retention, today: date, *, dry_run: bool = False
    ) -> tuple[Removed, ...]:
        """Remove what is not to be kept any more; return what that is, or with `dry_run` would be.

        Spans and events stay, and of each PBX the audit, of each recipient the delivery, that the
        next one compares with.
        """
        with self._writing() as connection:
            removed = removing.prune(connection, retention, today)
            if dry_run:
                connection.rollback()
        if not dry_run:
            self._compact(wholly=False)
        return removed

    def forget(self, tenant: str, now: datetime) -> tuple[Removed, ...]:
        """Remove all that there is of a tenant; the chain of events stays one."""
        with self._writing() as connection:
            removed = removing.forget(connection, tenant, now)
        self._compact(wholly=True)
        return removed

    def _compact(self, *, wholly: bool) -> None:
        with told_as_history_errors(self.where):
            compact(self._engine, self.where, wholly=wholly)
