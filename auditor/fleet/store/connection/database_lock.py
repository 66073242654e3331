"""The locks on a history in PostgreSQL; the session of one says whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from auditor.fleet.store.connection.database_errors import told_as_history_errors
from auditor.fleet.store.connection.engines import PATIENCE, connection_options, wait_for_server
from auditor.fleet.store.connection.history_urls import Place, place_of
from auditor.fleet.store.connection.locks import RUN, Hold, Owner, Work, busy
from auditor.fleet.store.connection.session_settings import keep_settings, settings_of

# "PBX", and "run" or "out": two numbers that another program is unlikely to choose.
_PBX: Final = 0x504258
_NAME: Final = "pbx-auditor"
# It is that of a transaction, and not of a session, which others may share behind a pooler.
_TAKE: Final = text("SELECT pg_try_advisory_xact_lock(:one, :two)")
_HOLDER: Final = text(
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :one AND l.objid = :two "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_STILL: Final = text("SELECT 1")
_SAY: Final = text("SELECT set_config('application_name', :name, true)")
# PostgreSQL cuts names of applications there.
_LONGEST: Final = 63


@contextmanager
def locked_database(url: str, owner: Owner, work: Work = RUN) -> Iterator[Hold]:
    """Hold a lock in a database. Raises BusyError and HistoryError."""
    hold = _DatabaseHold(place_of(url), owner, work)
    try:
        hold.take()
        yield hold
    finally:
        hold.release()


class _DatabaseHold:
    """A lock in a database: it ends with the transaction that took it, which does nothing else."""

    def __init__(self, place: Place, owner: Owner, work: Work) -> None:
        self._owner = owner
        self._work = work
        self._key = {"one": _PBX, "two": work.number}
        self._where = place.shown
        self._engine = create_engine(
            place.url,
            hide_parameters=True,
            poolclass=NullPool,
            connect_args=connection_options(PATIENCE),
        )
        wait_for_server(self._engine, place, PATIENCE)
        keep_settings(self._engine, settings_of(PATIENCE))
        self._connection: Connection | None = None

    def take(self) -> None:
        with told_as_history_errors(self._where):
            self._connection = self._engine.connect()
            is_taken = _take(self._connection, self._owner, self._key)
            holder = None if is_taken else _holder(self._connection, self._key)
        if not is_taken:
            raise busy(self._where, holder, self._work)

    def renew(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.execute(_STILL)
                return
        self._close()
        self.take()

    def release(self) -> None:
        if self._connection is not None:
            # The server would notice the end of the session only a moment later.
            with suppress(SQLAlchemyError):
                self._connection.rollback()
        self._close()
        self._engine.dispose()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()


def _take(connection: Connection, owner: Owner, key: dict[str, int]) -> bool:
    tail = f" {owner.process} {owner.since}"
    host = owner.host[: _LONGEST - len(_NAME) - len(tail) - 1]
    connection.execute(_SAY, {"name": f"{_NAME} {host}{tail}"})
    return bool(connection.execute(_TAKE, key).scalar())


def _holder(connection: Connection, key: dict[str, int]) -> Owner | None:
    """Return who holds the lock; not everybody may see that."""
    parts = str(connection.execute(_HOLDER, key).scalar() or "").split(" ")
    match parts:
        case [name, host, process, since] if name == _NAME and process.isdecimal():
            return Owner(host, int(process), since)
    return None
