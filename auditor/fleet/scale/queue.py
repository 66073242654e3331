"""The queue of a run: Procrastinate's tables, in a schema of their own in the history's database.

A job names a run and a PBX and nothing else: its arguments are logged. Which run asks for what is
an errand of the history, and what comes of a job is handed in there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import psycopg
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.schema import SchemaManager
from procrastinate.sql import queries

from auditor.errors import HistoryError
from auditor.messages.message import say

SCHEMA: Final = "queue"
TASK: Final = "audit"
# The queue of PBXs that any worker reaches; others are named by the inventory.
OF_ALL: Final = "all"
# A worker says so often that it is alive, in seconds, and counts as dead after so many without.
HEARTBEAT: Final = 5.0
DEAD_AFTER: Final = 20.0
# A job of which workers died, or whose result they could not hand in, so often is given up.
_TRIES: Final = 3
_MANY: Final = 1000
_JOBS: Final = "SELECT id, status::text, attempts, args FROM procrastinate_jobs"
_WORKERS: Final = (
    "SELECT count(*) AS number FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - (%(seconds)s || ' second')::interval"
)
# As on every table with a tenant, see the migration `v0005_tenants`: who sees a PBX, sees its jobs.
# What workers are alive names nobody; nothing here is periodic.
_ALL: Final = "(SELECT {0}.seen_tenants()) IS NULL"
_POLICIES: Final = {
    "procrastinate_jobs": f"{_ALL} OR args ->> 'pbx' = ANY ((SELECT {{0}}.seen_pbxs())::text[])",
    "procrastinate_events": f"{_ALL} OR EXISTS"
    " (SELECT FROM procrastinate_jobs j WHERE j.id = job_id)",
    "procrastinate_periodic_defers": _ALL,
    "procrastinate_workers": "true",
}
_OTHERS: Final = (
    "DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND (args ->> 'run')::int <> %(run)s"
)
_OF_RUN: Final = "DELETE FROM procrastinate_jobs WHERE (args ->> 'run')::int = %(run)s"


class Order(NamedTuple):
    """A PBX to be audited: in which queue, not before when, and beside which others not."""

    pbx: str
    queue: str = OF_ALL
    begins: datetime | None = None
    lock: str | None = None


def options(conninfo: str) -> dict[str, Any]:
    """Return how the queue is connected to."""
    return {
        "conninfo": conninfo,
        "kwargs": {
            "options": f"-c search_path={SCHEMA} -c timezone=UTC",
            "application_name": "pbx-auditor queue",
        },
    }


def is_made(conninfo: str) -> bool:
    """Return whether a database has a queue. Raises HistoryError."""
    with _told(), psycopg.connect(conninfo) as connection:
        found = connection.execute(f"SELECT to_regclass('{SCHEMA}.procrastinate_jobs')").fetchone()
        return found is not None and found[0] is not None


def make(conninfo: str) -> None:
    """Make the queue in the database of a history, unless it is there.

    Raises HistoryError; only an owner can.
    """
    with _told(), psycopg.connect(conninfo) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('pbx-auditor queue'))")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        found = connection.execute(f"SELECT to_regclass('{SCHEMA}.procrastinate_jobs')").fetchone()
        if found is None or found[0] is None:
            row = connection.execute("SELECT quote_ident(current_schema())").fetchone()
            history = row[0] if row is not None else None
            connection.execute(f"SET LOCAL search_path = {SCHEMA}")
            connection.execute(SchemaManager.get_schema())
            for table, rows in _POLICIES.items():
                connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
                connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
                policy = f"CREATE POLICY tenants ON {table} USING ({rows.format(history)})"
                connection.execute(policy)


class Queue:
    """The queue, as a run fills and watches it. Every method raises HistoryError."""

    def __init__(self, app: App, connector: SyncPsycopgConnector) -> None:
        self._manager = app.job_manager
        self._connector = connector

    def fill(self, run: int, orders: Iterable[Order]) -> None:
        """Queue jobs of a run that are not queued yet; those of earlier runs that wait go away."""
        with _told():
            self._connector.execute_query(_OTHERS, run=run)
            known = {row["args"]["pbx"] for row in self._jobs(run)}
            jobs = [_job(run, order) for order in orders if order.pbx not in known]
            for begin in range(0, len(jobs), _MANY):
                self._manager.batch_defer_jobs(jobs[begin : begin + _MANY])

    def take_back_stalled(self, run: int) -> tuple[str, ...]:
        """Queue again what dead workers had, and return the PBXs that are not tried any more."""
        with _told():
            stalled = self._connector.execute_query_all(
                queries["select_stalled_jobs_by_heartbeat"],
                queue=None,
                task_name=TASK,
                seconds_since_heartbeat=DEAD_AFTER,
            )
            for row in stalled:
                if row["args"]["run"] == run and row["attempts"] + 1 < _TRIES:
                    self._manager.retry_job_by_id(row["id"], _now())
                else:
                    self._fail(row["id"])
            failed = [job for job in self._jobs(run) if job["status"] == "failed"]
            for job in failed:
                if job["attempts"] < _TRIES:
                    self._manager.retry_job_by_id(job["id"], _now())
            return tuple(job["args"]["pbx"] for job in failed if job["attempts"] >= _TRIES)

    def workers(self) -> int:
        """Return how many workers said lately that they are alive."""
        with _told():
            found = self._connector.execute_query_one(_WORKERS, seconds=DEAD_AFTER)
            return int(found["number"])

    def clear(self, run: int) -> None:
        """Remove what is left of a run."""
        with _told():
            self._connector.execute_query(_OF_RUN, run=run)

    def _fail(self, job: int) -> None:
        self._connector.execute_query(
            "UPDATE procrastinate_jobs SET status = 'failed', attempts = attempts + 1"
            " WHERE id = %(job)s",
            job=job,
        )

    def _jobs(self, run: int) -> list[Mapping[str, Any]]:
        where = " WHERE (args ->> 'run')::int = %(run)s"
        return list(self._connector.execute_query_all(_JOBS + where, run=run))


@contextmanager
def opened(conninfo: str) -> Iterator[Queue]:
    """Give the queue of a database. Raises HistoryError."""
    connector = SyncPsycopgConnector(**options(conninfo), min_size=1, max_size=2)
    app = App(connector=connector)
    with _told():
        app.open()
    try:
        yield Queue(app, connector)
    finally:
        app.close()


def _job(run: int, order: Order) -> Job:
    return Job(
        task_name=TASK,
        queue=order.queue,
        lock=order.lock,
        queueing_lock=f"{run}/{order.pbx}",
        task_kwargs={"run": run, "pbx": order.pbx},
        scheduled_at=order.begins,
    )


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _told() -> Iterator[None]:
    """Turn each failure of the queue into a HistoryError that quotes nothing."""
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        code = getattr(error.__cause__ or error, "sqlstate", None) or type(error).__name__
        raise HistoryError(
            say("the queue in the database of the history cannot be reached ({code})", code=code),
            advice=say("see that its server runs; `pbx-auditor help fleet-postgresql`"),
        ) from None
