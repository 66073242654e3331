"""Connections to the database of a history, set up so that nothing is half written."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from auditor.errors import HistoryError
from auditor.fleet.store.places import Place
from auditor.messages.message import say

# What tells a file of ours from one of another program: "pbxa".
APPLICATION_ID: Final = 0x70627861
OLDEST_POSTGRESQL: Final = 15
# Any number: who writes holds it, so that runs and events are numbered without gaps.
WRITER: Final = 0x70627861
_WRITES: Final = "history_writes"


def engine_of(place: Place, patience: float, *, read_only: bool = False) -> Engine:
    """Return an engine; `patience` is how many seconds it waits for what others hold.

    Raises HistoryError if the driver of PostgreSQL is not installed.
    """
    if place.file is not None:
        return _sqlite(place, patience, read_only=read_only)
    try:
        return _postgresql(place, patience)
    except ImportError:
        raise HistoryError(
            say("the driver of PostgreSQL is not installed"),
            where=place.shown,
            advice=say("pip install 'pbx-auditor[postgresql]'"),
        ) from None


def _sqlite(place: Place, patience: float, *, read_only: bool) -> Engine:
    engine = create_engine(
        place.url,
        hide_parameters=True,
        connect_args={"timeout": patience, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ARG001, ANN401
        """Ask for what SQLite does not do by itself."""
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        """Begin a transaction: one that writes waits for others here, and never in the middle."""
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(place: Place, patience: float) -> Engine:
    milliseconds = int(patience * 1000)
    engine = create_engine(
        place.url,
        hide_parameters=True,
        connect_args={
            "connect_timeout": max(2, int(patience)),
            "options": f"-c lock_timeout={milliseconds} -c timezone=UTC",
            "application_name": "pbx-auditor",
        },
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        """Let those who write do it one after the other."""
        if connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITER,))

    return engine


def to_write(engine: Engine) -> Engine:
    """Return an engine whose transactions write, and so are alone from their beginning on."""
    return engine.execution_options(**{_WRITES: True})
