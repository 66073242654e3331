"""How a worker is there for the runs: who it is, what it may take, and whether it would refuse.

What it would not do as the operator it puts back untouched, and takes nothing until that is over.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg_pool import PoolTimeout

from auditor.fleet.scale.connector import AsyncConnector
from auditor.messages.message import NOTHING, Message, content_of

# What a worker may take, by the tables as its login sees them.
_HERE: Final = (
    "INSERT INTO procrastinate_workers (queue_name, tenants, name, slots)"
    " VALUES (%(queue)s, seen_tenants(), %(name)s, %(slots)s) RETURNING id"
)
# Who was taken for dead meanwhile, and removed by another one that began, is there again.
_LIVES: Final = (
    "INSERT INTO procrastinate_workers (id, queue_name, tenants, name, slots, refuses)"
    " OVERRIDING SYSTEM VALUE"
    " VALUES (%(worker)s, %(queue)s, seen_tenants(), %(name)s, %(slots)s, %(refuses)s::jsonb)"
    " ON CONFLICT (id) DO UPDATE SET last_heartbeat = now(), tenants = EXCLUDED.tenants,"
    " refuses = EXCLUDED.refuses"
)
# As if it had never been taken; whoever has it by now keeps it.
_PUT_BACK: Final = (
    "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL"
    " WHERE id = %(job)s AND status = 'doing' AND worker_id = %(worker)s"
)


class Heart(NamedTuple):
    """Who hears how a worker lives: of each sign of life that was taken, and each that was not.

    `looks` says why it would still refuse; nothing if it would not.
    """

    beats: Callable[[], None]
    fails: Callable[[Exception], None]
    looks: Callable[[], Awaitable[Message]]


class Registering(JobManager):
    """Lets a worker say who it is, what it may take, and how much: at once, and while it lives.

    `told` are its queue, name and slots.
    """

    def __init__(self, connector: AsyncConnector, told: Mapping[str, object], heart: Heart) -> None:
        super().__init__(connector)
        self._told = told
        self._heart = heart
        self._number = 0
        self._refusal = NOTHING
        self._refused: set[int] = set()

    async def register_worker(self) -> int:
        """Return the number that a worker has now."""
        row = await self.connector.execute_query_one_async(_HERE, **self._told)
        self._number = row["id"]
        return self._number

    async def unregister_worker(self, worker_id: int) -> None:
        """Say that a worker is gone."""
        self._number = 0
        await super().unregister_worker(worker_id)

    async def live(self, seconds: float) -> None:
        """Say that a worker lives, each time that so many seconds went by, until it is cancelled.

        Procrastinate says so no more while what was begun is ended, as a worker does that was told
        to end or lost a connection, and it is taken for dead then.
        """
        while True:
            await asyncio.sleep(seconds)
            if self._number:
                await self.update_heartbeat(self._number)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that a worker lives, if that can be said now; it raises nothing."""
        refuses = json.dumps(content_of(self._refusal)) if self._refusal else None
        told = {"worker": worker_id, "refuses": refuses, **self._told}
        try:
            await self.connector.execute_query_async(_LIVES, **told)
        except (ConnectorException, PoolTimeout) as error:
            self._heart.fails(error)
        else:
            self._heart.beats()

    def refuse(self, job: int, refusal: Message) -> None:
        """Have a job put back when it ends, and take none until nothing is refused any more."""
        self._refusal = refusal
        self._refused.add(job)

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take a job, unless it would be refused."""
        if self._refusal:
            self._refusal = await self._heart.looks()
        return None if self._refusal else await super().fetch_job(queues, worker_id)

    async def finish_job_by_id_async(self, job_id: int, status: Status, delete_job: bool) -> None:  # noqa: FBT001 -- as Procrastinate calls it
        """End a job; one that was refused waits again, and it does not count that it was taken."""
        if job_id not in self._refused:
            await super().finish_job_by_id_async(job_id, status, delete_job)
            return
        self._refused.remove(job_id)
        await self.connector.execute_query_async(_PUT_BACK, job=job_id, worker=self._number)
