"""The locks on a history in PostgreSQL; the session of one says whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from auditor.fleet.store.failures import told_as_history_errors
from auditor.fleet.store.locks import RUN, Owner, Work, busy
from auditor.fleet.store.places import place_of

# "PBX", and "run" or "out": two numbers that another program is unlikely to choose.
_PBX: Final = 0x504258
_NAME: Final = "pbx-auditor"
_TAKE: Final = text("SELECT pg_try_advisory_lock(:one, :two)")
_RELEASE: Final = text("SELECT pg_advisory_unlock(:one, :two)")
_HOLDER: Final = text(
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :one AND l.objid = :two "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_SAY: Final = text("SELECT set_config('application_name', :name, false)")
# PostgreSQL cuts names of applications there.
_LONGEST: Final = 63


@contextmanager
def locked_database(url: str, owner: Owner, work: Work = RUN) -> Iterator[None]:
    """Hold a lock in a database. Raises BusyError and HistoryError."""
    place, key = place_of(url), {"one": _PBX, "two": work.number}
    engine = create_engine(place.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with told_as_history_errors(place.shown):
            connection = engine.connect()
        with connection:
            with told_as_history_errors(place.shown):
                is_taken = _take(connection, owner, key)
                holder = None if is_taken else _holder(connection, key)
            if not is_taken:
                raise busy(place.shown, holder, work)
            try:
                yield
            finally:  # the server would notice the end of the session only a moment later
                with suppress(SQLAlchemyError):
                    connection.execute(_RELEASE, key)
    finally:
        engine.dispose()


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
