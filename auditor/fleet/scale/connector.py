"""How Procrastinate's tables are reached: by their full names, whoever stands between.

A schema that is asked for where a connection begins gets lost at a pooler in transaction mode,
which gives each transaction another connection. So does what was prepared on one.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from procrastinate import PsycopgConnector, SyncPsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection, Connection, Error

from auditor.files.json_reading import JsonError, parse_json

SCHEMA: Final = "queue"
_NAME: Final = re.compile(r"\bprocrastinate_(?=\w)")
# The one notice that is acted upon: any login of a database can send any other.
_NEW_JOB: Final = "job_inserted"
# Before it is tried again, in seconds, to hear of them; the queue is asked meanwhile.
_AGAIN: Final = 5.0


# They write where a server is, and tracebacks, to stderr. What went wrong is told by who asked.
_LOGS: Final = ("procrastinate", "psycopg", "psycopg.pool", "asyncio")


def silence_logs() -> None:
    """Let nothing but this program speak of the queue."""
    for name in _LOGS:
        log = logging.getLogger(name)
        log.propagate = False
        log.addHandler(logging.NullHandler())


def qualified(query: str) -> str:
    """Return a statement of Procrastinate with the schema of everything that is Procrastinate's."""
    return _NAME.sub(f"{SCHEMA}.procrastinate_", query)


def options(conninfo: str) -> dict[str, Any]:
    """Return how the queue is connected to."""
    kwargs = {"application_name": "pbx-auditor queue", "prepare_threshold": None}
    return {"conninfo": conninfo, "kwargs": kwargs}


def commit_each(connection: Connection[Any]) -> None:
    """Let each statement be a transaction of its own: nothing of the queue is two of them."""
    connection.autocommit = True


async def commit_each_async(connection: AsyncConnection[Any]) -> None:
    """Do the same for a worker."""
    await connection.set_autocommit(True)


class Connector(SyncPsycopgConnector):
    """Reaches the queue for a run."""

    def execute_query(self, query: str, **arguments: Any) -> None:  # noqa: ANN401 -- its own
        """Ask for something that has no answer."""
        super().execute_query(qualified(query), **arguments)

    def execute_query_one(self, query: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return one row."""
        row: dict[str, Any] = super().execute_query_one(qualified(query), **arguments)
        return row

    def execute_query_all(self, query: str, **arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Return all rows."""
        rows: list[dict[str, Any]] = super().execute_query_all(qualified(query), **arguments)
        return rows


class AsyncConnector(PsycopgConnector):
    """Reaches the queue for a worker."""

    async def execute_query_async(self, query: str, **arguments: Any) -> None:  # noqa: ANN401
        """Ask for something that has no answer."""
        await super().execute_query_async(qualified(query), **arguments)

    async def execute_query_one_async(
        self,
        query: str,
        **arguments: Any,  # noqa: ANN401 -- its own
    ) -> dict[str, Any]:
        """Return one row."""
        row: dict[str, Any] = await super().execute_query_one_async(qualified(query), **arguments)
        return row

    async def execute_query_all_async(
        self,
        query: str,
        **arguments: Any,  # noqa: ANN401 -- its own
    ) -> list[dict[str, Any]]:
        """Return all rows."""
        found = await super().execute_query_all_async(qualified(query), **arguments)
        rows: list[dict[str, Any]] = found
        return rows

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Hear of new jobs, again after a connection was lost, until it is cancelled.

        What else is said there is not believed: it would stop a worker.
        """

        async def heard(*, channel: str, payload: str) -> None:
            if is_of_new_job(payload):
                await on_notification(channel=channel, payload=payload)

        while True:
            with suppress(ConnectorException, Error):
                await super().listen_notify(on_notification=heard, channels=channels)
            await asyncio.sleep(_AGAIN)


def is_of_new_job(payload: str) -> bool:
    """Return whether a notice says that there is a new job."""
    try:
        told = parse_json(payload)
    except JsonError:
        return False
    return isinstance(told, dict) and told.get("type") == _NEW_JOB
