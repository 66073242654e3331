"""The queue of a run: Procrastinate's tables, in a schema of their own in the history's database.

A job names a run and a PBX and nothing else: its arguments are logged. Which run asks for what is
an errand of the history, and what comes of a job is handed in there. What stands in the queue is
never believed: it is compared with what the run wants, and made so again.
"""

# ruff: noqa: S608 -- what is put together are texts of this module
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import psycopg
from procrastinate import App
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job
from psycopg_pool import PoolTimeout

from auditor.errors import HistoryError
from auditor.fleet.scale.connector import Connector, commit_each, options, silence_logs
from auditor.fleet.scale.queue_tables import are_made, make_tables
from auditor.fleet.scale.queued import Order, Present, Queued, longest_order, settling
from auditor.fleet.store.connection.database_errors import LostConnectionError, of_code
from auditor.messages.message import NOTHING, Message, loaded, say

TASK: Final = "audit"
# The queue of PBXs that any worker reaches; others are named by the inventory.
OF_ALL: Final = "all"
# A worker says so often that it is alive, in seconds, and counts as dead after so many without.
HEARTBEAT: Final = 5.0
DEAD_AFTER: Final = 20.0
_MANY: Final = 1000
# A heartbeat from the future is of before the clock of the server was set back.
_ALIVE: Final = (
    "last_heartbeat BETWEEN now() - %(dead)s * interval '1 second'"
    " AND now() + %(dead)s * interval '1 second'"
)
_IDLE: Final = """
    SELECT queue_name FROM procrastinate_jobs
    WHERE args ->> 'run' = %(run)s::text AND status IN ('todo', 'doing') GROUP BY queue_name
    HAVING bool_and(status = 'todo') AND bool_or(scheduled_at IS NULL OR scheduled_at <= now())"""
# Taking a job notes that, in the same transaction; a moment that is infinite is one of nobody.
_LASTS: Final = """(
        SELECT CASE WHEN isfinite(e.at) THEN extract(epoch FROM now() - e.at)::float8 END
        FROM procrastinate_events e
        WHERE e.job_id = procrastinate_jobs.id AND e.type = 'started'
        ORDER BY e.id DESC LIMIT 1)"""
_JOBS: Final = f"""
    SELECT id, status::text AS status, attempts, args ->> 'pbx' AS pbx, queue_name AS queue, lock,
        task_name = %(task)s
            AND queueing_lock = %(run)s::text || '/' || (args ->> 'pbx')
            AND args = jsonb_build_object('run', %(run)s::int, 'pbx', args ->> 'pbx') AS is_plain,
        CASE WHEN scheduled_at > now() THEN extract(epoch FROM scheduled_at)::float8 END AS begins,
        EXISTS (SELECT FROM procrastinate_workers w WHERE w.id = worker_id AND {_ALIVE}) AS is_held,
        CASE WHEN status = 'doing' THEN {_LASTS} END AS lasts, worker_id AS worker
    FROM procrastinate_jobs WHERE args ->> 'run' = %(run)s::text"""
# Who had what goes away and lives has a slot less: that is noted in the same transaction.
_NOTED: Final = """
    WITH gone AS ({} RETURNING id)
    UPDATE procrastinate_workers SET hung = hung + 1
    WHERE id = %(hung)s AND EXISTS (SELECT FROM gone)"""
_OTHERS: Final = f"""
    WITH gone AS (
        DELETE FROM procrastinate_jobs WHERE args ->> 'run' IS DISTINCT FROM %(run)s::text AND NOT
            (status = 'doing' AND EXISTS (SELECT FROM procrastinate_workers w
                WHERE w.id = worker_id AND {_ALIVE}) AND abs({_LASTS}) <= %(most)s)
        RETURNING worker_id)
    UPDATE procrastinate_workers SET hung = hung + many
    FROM (SELECT worker_id, count(*) AS many FROM gone GROUP BY worker_id) AS had
    WHERE id = had.worker_id"""
# As they were when they were looked at: a worker may have been faster.
_AS_SEEN: Final = "id = %(id)s AND status::text = %(status)s AND attempts = %(attempts)s"
_REMOVE: Final = _NOTED.format(f"DELETE FROM procrastinate_jobs WHERE {_AS_SEEN}")
_GIVE_BACK: Final = _NOTED.format(
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = %(tried)s, worker_id = NULL,"
    f" scheduled_at = NULL, abort_requested = false WHERE {_AS_SEEN}"
)
_OF_RUN: Final = "DELETE FROM procrastinate_jobs WHERE args ->> 'run' = %(run)s::text"
_PRESENT: Final = (
    "SELECT queue_name AS queue, tenants, name, slots, hung, refuses FROM procrastinate_workers"
    f" WHERE {_ALIVE}"
)
_WAITING: Final = """
    SELECT args ->> 'pbx' AS pbx, queue_name AS queue FROM procrastinate_jobs
    WHERE args ->> 'run' = %(run)s::text AND status = 'todo'
        AND (scheduled_at IS NULL OR scheduled_at <= now())"""
_FAILED: Final = """
    SELECT EXISTS (SELECT FROM procrastinate_jobs
        WHERE args ->> 'run' = %(run)s::text AND status = 'failed') AS found"""
_NOW: Final = "SELECT now() AS now"


def is_made(conninfo: str) -> bool:
    """Return whether a database has a queue as this version has it. Raises HistoryError."""
    with _told(), psycopg.connect(conninfo) as connection:
        return are_made(connection)


def make(conninfo: str) -> None:
    """Make the queue in the database of a history, or bring it up to date.

    Raises HistoryError; only an owner can.
    """
    with _told(), psycopg.connect(conninfo) as connection:
        make_tables(connection)


class Queue:
    """The queue, as a run fills and watches it. Every method raises HistoryError."""

    def __init__(self, app: App, connector: Connector) -> None:
        self._manager = app.job_manager
        self._connector = connector

    def now(self) -> datetime:
        """Return what the server has for a clock: it says when a job begins."""
        with _told():
            moment: datetime = self._connector.execute_query_one(_NOW)["now"]
            return moment

    def settle(self, run: int, orders: Mapping[str, Order]) -> tuple[str, ...]:
        """Have one job in the queue for each order, and no other; return what is given up.

        Queued again is what dead workers had, what live ones do not end, what was removed, and what
        somebody changed. Jobs of earlier runs that wait go away.
        """
        with _told():
            most = longest_order(orders)
            self._connector.execute_query(_OTHERS, run=run, dead=DEAD_AFTER, most=most)
            found = settling(self._jobs(run), orders)
            for job in (*found.removed, *found.given_up):
                self._connector.execute_query(_REMOVE, **_seen(job, found.hung))
            for job in found.back:
                told = _seen(job, found.hung)
                self._connector.execute_query(_GIVE_BACK, tried=job.tried, **told)
            missing = [_job(run, order) for order in found.missing]
            for begin in range(0, len(missing), _MANY):
                self._manager.batch_defer_jobs(missing[begin : begin + _MANY])
            return tuple(job.pbx for job in found.given_up)

    def has_failed(self, run: int) -> bool:
        """Return whether there are jobs whose results could not be handed in."""
        with _told():
            return bool(self._connector.execute_query_one(_FAILED, run=run)["found"])

    def idle(self, run: int) -> frozenset[str]:
        """Return the queues of which jobs of a run are due, and none is at work."""
        with _told():
            rows = self._connector.execute_query_all(_IDLE, run=run)
            return frozenset(row["queue_name"] for row in rows)

    def present(self) -> tuple[Present, ...]:
        """Return the workers that are alive."""
        with _told():
            workers = self._connector.execute_query_all(_PRESENT, dead=DEAD_AFTER)
        return tuple(Present(**(row | {"refuses": _refusal(row["refuses"])})) for row in workers)

    def alone(
        self, run: int, tenants: Mapping[str, str], present: Collection[Present]
    ) -> dict[str, str]:
        """Return PBXs that are due, and for which no worker is there, with their queues.

        `tenants` are those of the PBXs that a run waits for.
        """
        with _told():
            waiting = self._connector.execute_query_all(_WAITING, run=run)
        due = {row["pbx"]: row["queue"] for row in waiting if row["pbx"] in tenants}
        return {
            name: queue
            for name, queue in due.items()
            if not any(one.may_take(queue, tenants[name]) for one in present)
        }

    def clear(self, run: int) -> None:
        """Remove what is left of a run."""
        with _told():
            self._connector.execute_query(_OF_RUN, run=run)

    def _jobs(self, run: int) -> Iterator[Queued]:
        told = {"run": run, "task": TASK, "dead": DEAD_AFTER}
        for row in self._connector.execute_query_all(_JOBS, **told):
            yield Queued(**(row | {"pbx": row["pbx"] or "", "is_plain": bool(row["is_plain"])}))


@contextmanager
def open_queue(conninfo: str) -> Iterator[Queue]:
    """Give the queue of a database. Raises HistoryError."""
    silence_logs()
    connector = Connector(**options(conninfo), configure=commit_each, min_size=1, max_size=2)
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


def _refusal(content: object) -> Message:
    """Return why a worker says that it would refuse; what is no message says nothing."""
    try:
        return loaded(content or "")
    except (ValueError, KeyError):
        return NOTHING


def _seen(job: Queued, hung: Collection[int]) -> dict[str, object]:
    worker = job.worker if job.id in hung else None
    return {"id": job.id, "status": job.status, "attempts": job.attempts, "hung": worker}


def why_queue_refused(error: Exception) -> HistoryError | None:
    """Return why a server that is there did not do what was asked of the queue, if it says that."""
    known = of_code(_code(error))
    return None if isinstance(known, LostConnectionError) else known


@contextmanager
def _told() -> Iterator[None]:
    """Turn each failure of the queue into a HistoryError that quotes nothing."""
    try:
        yield
    except (ProcrastinateException, psycopg.Error, PoolTimeout) as error:
        code = _code(error) or type(error).__name__
        raise why_queue_refused(error) or HistoryError(
            say("the queue in the database of the history cannot be reached ({code})", code=code),
            advice=say("see that its server runs; `pbx-auditor help fleet-postgresql`"),
        ) from None


def _code(error: Exception) -> str:
    return getattr(error.__cause__ or error, "sqlstate", None) or ""
