"""What a connection to PostgreSQL is told when it begins, and again where that gets lost.

A pooler between may leave out what is said at the beginning, as PgBouncer does with
`ignore_startup_parameters = options`, and give each transaction another connection. Then each
transaction is told by itself: without that `pbx_auditor.tenant` would narrow nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from auditor.fleet.store.connection.one_tenant import SETTING

# Whether what was said at the beginning arrived.
_ARRIVED: Final = "pbx_auditor.arrived"
_DID_IT: Final = f"SELECT current_setting('{_ARRIVED}', true)"
_POOLED: Final = "pbx_auditor_pooled"
_TELL: Final = (
    "SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS told (name, value)"
)
# What a server may be set up to end, for the sake of other users: a lock has to be held although
# nothing is asked for hours, and who waits for another to write asks for long.
_UNLIMITED: Final = (
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
)


def settings_of(patience: float, tenant: str | None = None) -> Mapping[str, str]:
    """Return what holds for the connections of who waits so many seconds for what others hold.

    With a `tenant`, nothing of another one can be read.
    """
    settings = {"lock_timeout": str(int(patience * 1000)), "timezone": "UTC", _ARRIVED: "yes"}
    settings |= dict.fromkeys(_UNLIMITED, "0")
    if tenant is not None:
        settings[SETTING] = tenant
    return settings


def keep_settings(engine: Engine, settings: Mapping[str, str]) -> None:
    """Have each transaction of an engine told what got lost on the way to the server."""

    @event.listens_for(engine, "connect")
    def _look(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401
        row = connection.execute(_DID_IT).fetchone()
        connection.rollback()
        if row[0] != settings[_ARRIVED]:
            entry.info[_POOLED] = True
            # What is prepared on one connection is not there on the next one.
            connection.prepare_threshold = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.info.get(_POOLED):
            told = list(settings), list(settings.values())
            connection.exec_driver_sql(_TELL, told)
