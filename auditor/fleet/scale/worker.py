"""A worker: takes jobs off the queue, audits, and hands in what came of it.

It names itself by its computer, process and start, so no two are one. What it was doing when it
died is queued again by the run that waits for it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from psycopg_pool import PoolTimeout

from auditor.errors import AuditorError, HistoryError
from auditor.fleet.runner.jobs import AuditResult, Failure, Job
from auditor.fleet.runner.records import failed
from auditor.fleet.scale.connector import AsyncConnector, commit_each_async, options, silence_logs
from auditor.fleet.scale.executor import Executor
from auditor.fleet.scale.handing_in import dumped
from auditor.fleet.scale.preparing import Preparing
from auditor.fleet.scale.queue import DEAD_AFTER, HEARTBEAT, OF_ALL, TASK, why_queue_refused
from auditor.fleet.scale.registering import Heart, Registering
from auditor.fleet.store.connection.database_errors import OutgrownError, UnavailableError
from auditor.fleet.store.connection.engines import PATIENCE
from auditor.fleet.store.connection.reconnecting import done_again
from auditor.fleet.store.errands import Errand, HandedIn
from auditor.fleet.store.history import History
from auditor.messages.message import NOTHING, Message, say

# So often the queue is asked by itself, in seconds; else it says when there is something.
_POLL: Final = 5.0
_POLL_ALONE: Final = 1.0
# Before it is looked again whether a server is there.
_PAUSE: Final = 1.0
# What Procrastinate would do beside jobs, and is done here.
_NEVER: Final = 1e6
# How many threads ask the history at once, each by a connection, and connections to the queue. With
# one that listens that is what a worker takes, which the guide says.
_ASKING: Final = 4
_SLOTS_OF_CONNECTIONS: Final = 4
_Answer = TypeVar("_Answer")
_LOST: Final = say("warning: the queue cannot be reached, or not be written: it is asked again")


class WorkerOptions(NamedTuple):
    """How a worker works: where the queue is, how much at once, for whom, and who hears of it.

    Who hears what goes wrong, hears that in any case.
    """

    conninfo: str
    slots: int
    workers: int
    collector: str
    name: str
    tell: Callable[[Message], None]
    warn: Callable[[Message], None]
    listens: bool = True


class ExecutorError(Exception):
    """What audits died, so nothing comes of what it was given: a bug of ours."""


class Worker:
    """Audits what its queue holds, of whichever run.

    `patience` is for how many seconds what it asks of the history is tried again if connections are
    lost.
    """

    def __init__(self, history: History, inventory: Path, way: WorkerOptions) -> None:
        self.patience = history.patience
        self._errands = history.errands()
        self._way = way
        self._preparing = Preparing(history, inventory, way.name)
        self._executor = Executor(way.slots, way.workers)
        self._broken: asyncio.Future[BaseException]
        self._lost_at: float | None = None
        self._refusal = NOTHING

    def run(self) -> None:
        """Work until SIGTERM or SIGINT.

        Raises HistoryError if the queue is lost for long, and ExecutorError.
        """
        silence_logs()
        try:
            asyncio.run(self._run())
        except (ConnectorException, PoolTimeout) as error:
            raise _gone(error) from None
        finally:
            self._executor.stop()

    async def _run(self) -> None:
        """Work, and go on after the server cut a connection, which ends what Procrastinate does."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        loop.set_default_executor(ThreadPoolExecutor(_ASKING))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self._begin()
        while not stop.is_set() and not self._broken.done():
            try:
                await self._work(stop)
            except (ConnectorException, PoolTimeout):
                if self._is_lost_for_long():
                    raise
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _PAUSE)
        if self._broken.done():
            error = self._broken.result()
            if isinstance(error, HistoryError):
                raise error
            raise ExecutorError from error

    def _is_lost_for_long(self) -> bool:
        """Return whether no sign of life was taken for long; it is told when that begins."""
        now = asyncio.get_running_loop().time()
        if self._lost_at is None:
            self._way.warn(_LOST)
            self._lost_at = now
        return now - self._lost_at > PATIENCE

    def _beats(self) -> None:
        """Take notice that the queue took a sign of life: what is lost later, is lost anew."""
        self._lost_at = None

    def _fails(self, error: Exception) -> None:
        """Take notice that it did not."""
        if self._is_lost_for_long() and not self._broken.done():
            self._broken.set_result(_gone(error))

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._broken = loop.create_future()
        self._executor.start(partial(_post, loop, self._broken))

    async def _work(self, stop: asyncio.Event) -> None:
        """Work until a connection is lost, or it is to stop; what is begun is ended then."""
        connector = AsyncConnector(
            **options(self._way.conninfo),
            configure=commit_each_async,
            min_size=1,
            max_size=_SLOTS_OF_CONNECTIONS,
        )
        app = App(connector=connector)
        queue = self._way.collector or OF_ALL
        told = {"queue": queue, "name": self._way.name, "slots": self._way.slots}
        manager = Registering(connector, told, Heart(self._beats, self._fails, self._looks))
        app.job_manager = manager
        app.task(name=TASK, pass_context=True)(partial(self._audit, manager))
        async with app.open_async():
            working = asyncio.ensure_future(
                app.run_worker_async(
                    queues=[queue],
                    name=self._way.name,
                    concurrency=self._way.slots,
                    listen_notify=self._way.listens,
                    fetch_job_polling_interval=_POLL if self._way.listens else _POLL_ALONE,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=_NEVER,
                    stalled_worker_timeout=DEAD_AFTER,
                )
            )
            living = asyncio.ensure_future(manager.live(HEARTBEAT))
            stopping = asyncio.ensure_future(stop.wait())
            await _first_of(working, stopping, self._broken)
            stopping.cancel()
            working.cancel()
            try:
                with suppress(asyncio.CancelledError):
                    await working
            finally:
                living.cancel()

    async def _audit(
        self,
        manager: Registering,
        context: JobContext,
        /,
        run: object = None,
        pbx: object = None,
        **_others: object,
    ) -> None:
        """Do a job: what it comes to is handed in, whatever that is; or put it back."""
        if not isinstance(run, int) or not isinstance(pbx, str):
            return  # no run asked for that
        try:
            refusal = await self._do(run, pbx)
        except AuditorError as error:
            self._way.warn(say("{pbx}: not handed in: {reason}", pbx=pbx, reason=error.message))
            raise
        except Exception as error:
            kind = type(error).__name__
            self._way.warn(say("{pbx}: not handed in: {reason}", pbx=pbx, reason=kind))
            raise
        if refusal and context.job.id is not None:
            manager.refuse(context.job.id, refusal)

    async def _do(self, run: int, pbx: str) -> Message:
        """Do a job; return why that is refused, if it is."""
        prepared = await self._asked(partial(self._preparing.job, run, pbx))
        if prepared is None:
            return NOTHING
        errand, what = prepared
        self._tell(what if isinstance(what, Message) else NOTHING)
        if isinstance(what, Message):
            return what
        if isinstance(what, Job):
            outcome = await self._outcome(what)
            result = (
                outcome
                if isinstance(outcome, AuditResult)
                else failed(what, outcome, datetime.now(UTC))
            )
        else:
            result = what
        await self._asked(partial(self._hand_in, errand, result))
        return NOTHING

    async def _looks(self) -> Message:
        """Return why it would still refuse what is asked for; what is not known, is as it was."""
        with suppress(HistoryError):
            self._tell(await self._asked(self._preparing.refusal))
        return self._refusal

    def _tell(self, refusal: Message) -> None:
        """Tell once why it refuses."""
        if refusal and refusal != self._refusal:
            self._way.warn(refusal)
        self._refusal = refusal

    async def _asked(self, question: Callable[[], _Answer]) -> _Answer:
        """Return what the history answers, which may be full or refuse connections for a while.

        A worker ends if that lasts, or is for good: no job could be done, and each would be taken
        for a dead letter. Raises HistoryError.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience
        while True:
            try:
                return await asyncio.to_thread(question)
            except UnavailableError as error:
                is_over = isinstance(error, OutgrownError) or loop.time() >= until
                if is_over and not self._broken.done():
                    self._broken.set_result(error)
                if self._broken.done():
                    raise
            await asyncio.sleep(_PAUSE)

    async def _outcome(self, job: Job) -> AuditResult | Failure:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AuditResult | Failure] = loop.create_future()

        def done(outcome: AuditResult | Failure) -> None:
            loop.call_soon_threadsafe(future.set_result, outcome)

        self._executor.submit(job, done)
        await _first_of(future, self._broken)
        if not future.done():
            raise ExecutorError
        return future.result()

    def _hand_in(self, errand: Errand, result: AuditResult) -> None:
        handed = HandedIn(result.record.pbx, self._way.name, dumped(result, errand.run))
        if self._kept(errand, handed):
            self._way.tell(say("{pbx}: handed in", pbx=handed.pbx))

    @done_again
    def _kept(self, errand: Errand, handed: HandedIn) -> bool:
        return self._errands.hand_in(errand, handed, datetime.now(UTC))


def _gone(error: Exception) -> HistoryError:
    return why_queue_refused(error) or HistoryError(
        say("the queue in the database of the history cannot be reached"),
        advice=say("start the worker again when it can: nothing was lost"),
    )


async def _first_of(*futures: asyncio.Future[Any]) -> None:
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


def _post(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[BaseException], error: BaseException
) -> None:
    """Tell a loop of an error in another thread; one that is over has nobody who waits."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(future.set_result, error)
