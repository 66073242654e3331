"""Connections to the database of a history, set up so that nothing is half written."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from auditor.errors import HistoryError
from auditor.fleet.store.connection.database_errors import refused
from auditor.fleet.store.connection.history_urls import Place, is_at_rest
from auditor.fleet.store.connection.one_tenant import narrow_file
from auditor.fleet.store.connection.session_settings import keep_settings, settings_of
from auditor.interrupt import check
from auditor.messages.message import say

# What tells a file of ours from one of another program: "pbxa".
APPLICATION_ID: Final = 0x70627861
OLDEST_POSTGRESQL: Final = 15
# The first with strict tables.
OLDEST_SQLITE: Final = (3, 37)
# Any number: who writes holds it, so that runs and events are numbered without gaps.
WRITER: Final = 0x70627861
# A database may be locked for a minute, and a server may take one to start.
PATIENCE: Final = 90.0
_PAUSE: Final = 0.5
# So often a server may refuse who was let in before: it may have had too many for a moment.
_REFUSALS: Final = 5
# So many seconds it may take to say whether it runs.
_ASKED: Final = "10"
# So many seconds until a network that swallows everything is taken for one that is gone.
_SWALLOWED: Final = 60
# Codes of a server that stops or starts begin so.
_STOPPED: Final = "57P"
_WRITES: Final = "history_writes"


def engine_of(
    place: Place, patience: float, *, read_only: bool = False, tenant: str | None = None
) -> Engine:
    """Return an engine; `patience` is how many seconds it waits for what others hold.

    With a `tenant`, its connections see what is about that one alone. Raises HistoryError if the
    driver of PostgreSQL is not installed.
    """
    if place.file is not None:
        return _sqlite(place, place.file, patience, read_only=read_only, tenant=tenant)
    try:
        return _postgresql(place, patience, tenant)
    except ImportError:
        raise HistoryError(
            say("the driver of PostgreSQL is not installed"),
            where=place.shown,
            advice=say("pip install 'pbx-auditor[postgresql]'"),
        ) from None


def _sqlite(
    place: Place, file: Path, patience: float, *, read_only: bool, tenant: str | None
) -> Engine:
    engine = create_engine(
        _at_rest(file) if is_at_rest(file) else place.url,
        hide_parameters=True,
        connect_args={"timeout": patience, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ARG001, ANN401
        """Ask for what SQLite does not do by itself."""
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        if tenant is not None:
            narrow_file(cursor, tenant)
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        """Begin a transaction: one that writes waits for others here, and never in the middle."""
        writes = connection.get_execution_options().get(_WRITES)
        if writes is not None and connection.info.get(_WRITES) is not writes:
            connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if writes else 'NORMAL'}")
            connection.info[_WRITES] = writes
        connection.exec_driver_sql("BEGIN" if writes is None else "BEGIN IMMEDIATE")

    return engine


def _at_rest(file: Path) -> URL:
    """Return the URL of a file that nobody writes: beside it, SQLite could put nothing either."""
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    return URL.create("sqlite", database=f"file:{quote(str(file))}", query=query)


def _postgresql(place: Place, patience: float, tenant: str | None) -> Engine:
    engine = create_engine(
        place.url,
        hide_parameters=True,
        # A run may last for hours, in which a connection that is not used is cut.
        pool_pre_ping=True,
        connect_args=connection_options(patience, tenant),
    )

    wait_for_server(engine, place, patience)
    keep_settings(engine, settings_of(patience, tenant))

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        """Let those who write do it one after the other."""
        writes = connection.get_execution_options().get(_WRITES)
        if writes is not None:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITER,))

    return engine


def connection_options(patience: float, tenant: str | None = None) -> dict[str, object]:
    """Return how PostgreSQL is connected to by who waits so many seconds for what others hold.

    With a `tenant`, nothing of another one can be read.
    """
    settings = settings_of(patience, tenant)
    return {
        "connect_timeout": max(2, int(patience)),
        # An id has no spaces.
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "application_name": "pbx-auditor",
        "keepalives_idle": _SWALLOWED // 2,
        "keepalives_interval": _SWALLOWED // 6,
        "keepalives_count": 3,
        "tcp_user_timeout": _SWALLOWED * 1000,
    }


def conninfo_of(place: Place) -> str:
    """Return how the driver is told of a place. Raises ImportError without one."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- not everybody has it

    _, told = place.url.get_dialect()().create_connect_args(place.url)
    return str(make_conninfo(**told))


def is_up(place: Place) -> bool:
    """Return whether the server of a place takes connections, though perhaps not this one.

    The driver has no code for why a connection did not come about, and its text is for people.
    """
    from psycopg import pq  # noqa: PLC0415 -- not everybody has it

    told = conninfo_of(place._replace(url=place.url.update_query_dict({"connect_timeout": _ASKED})))
    return bool(pq.PGconn.ping(told.encode()) == pq.Ping.OK)


def wait_for_server(engine: Engine, place: Place, patience: float) -> None:
    """Let an engine wait for a server that was there and is not now: it may be started again.

    One that was never there is an error at once, and so is one that runs and refuses who comes:
    that does not heal by itself. Raises HistoryError, and Interruption where it waits.
    """
    was_there = threading.Event()

    @event.listens_for(engine, "do_connect")
    def _connect(
        dialect: Dialect,
        entry: object,  # noqa: ARG001
        arguments: list[Any],
        options: dict[str, Any],
    ) -> Any:  # noqa: ANN401 -- a connection of the driver
        hope = _Hope(place, patience, _REFUSALS) if was_there.is_set() else _Hope(place, 0, 1)
        while True:
            try:
                connection = dialect.connect(*arguments, **options)
            except dialect.loaded_dbapi.OperationalError as error:
                hope.check(error)
                check()
                time.sleep(_PAUSE)
            else:
                was_there.set()
                return connection


class _Hope:
    """For how long, and how often, it makes sense to ask a server again that did not let in."""

    def __init__(self, place: Place, seconds: float, refusals: int) -> None:
        self._place = place
        self._until = time.monotonic() + seconds
        self._refusals = refusals

    def check(self, error: Exception) -> None:
        """Raise the error of a connection if there is no use in another one, or HistoryError."""
        code = getattr(error, "sqlstate", None) or _STOPPED
        if not code.startswith(_STOPPED):
            raise error
        if is_up(self._place):
            self._refusals -= 1
            if not self._refusals:
                raise refused(self._place.shown) from None
        elif time.monotonic() >= self._until:
            raise error


def to_read(engine: Engine) -> Engine:
    """Return an engine whose transactions see one state, however many questions they ask."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def to_write(engine: Engine, *, at_once: bool = True) -> Engine:
    """Return an engine whose transactions write, and so are alone from their beginning on.

    Unless it is `at_once`, what was written to a file may wait for the next one to reach the disk:
    who kills the process loses nothing by that, but a power cut, which ends it too, may take the
    last ones back as a whole. A server may break down alone, so it always writes at once.
    """
    return engine.execution_options(**{_WRITES: at_once})
