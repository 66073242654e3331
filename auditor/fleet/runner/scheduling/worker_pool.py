"""Worker processes that judge: each started once, one PBX at a time, and none can harm another.

Each worker is a pool of one process, so that nothing that becomes of it, in whatever moment it is
killed, holds up the others. A task that takes too long is ended with its process; that is measured
here, since the pool asks the clock on the wall, which may be set meanwhile. What comes of tasks is
posted, to be dealt with in the thread that hands them out.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from pebble import ProcessExpired, ProcessPool

from auditor.files.children import deaf_to_ctrl_c
from auditor.files.core_dumps import forbid_core_dumps
from auditor.files.memory import bound_memory, share_of_memory
from auditor.fleet.runner.failures import failure_of, of_died_worker, out_of_time
from auditor.fleet.runner.jobs import AuditResult, Failure

_GARBAGE_THRESHOLD: Final = 500_000
# A process that dies at the same PBX twice does so because of it.
_TRIES: Final = 2
# For so many seconds a process may be started, until a worker is given up that begins nothing.
_GRACE: Final = 15.0
_DIED: Final = (ProcessExpired, BrokenExecutor, CancelledError)
Post: TypeAlias = Callable[[Callable[[], None]], None]


@dataclass(eq=False, slots=True)
class Task:
    """A piece of work for a worker process; `done` is called with what came of it, once."""

    function: Callable[..., AuditResult]
    arguments: tuple[object, ...]
    seconds: float
    done: Callable[[AuditResult | Failure], None]
    tries: int = 0


def begin_worker(bytes_of_memory: int = 0) -> None:
    """Prepare a process for judging as the program itself is, with at most so much memory."""
    gc.set_threshold(_GARBAGE_THRESHOLD)
    forbid_core_dumps()
    if bytes_of_memory:
        bound_memory(bytes_of_memory)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"


class WorkerPool:
    """Some workers, and the tasks that wait for them."""

    def __init__(self, count: int, post: Post) -> None:
        self._post = post
        self._waiting: deque[Task] = deque()
        memory = share_of_memory(count)
        self._workers = [_Worker(memory) for _ in range(count)]

    @property
    def waiting(self) -> int:
        """Return how many tasks wait for a worker."""
        return len(self._waiting)

    @property
    def has_place(self) -> bool:
        """Return whether a task would begin soon: no more of them wait than there are workers."""
        return len(self._waiting) < len(self._workers)

    def hand_out(self, task: Task, now: float) -> None:
        """Work on a task as soon as a worker is free."""
        self._waiting.append(task)
        self.go_on(now)

    def go_on(self, now: float) -> None:
        """Give free workers what waits, and up those that are over their time."""
        for worker in self._workers:
            given_up = worker.give_up(now)
            if given_up is not None:
                given_up.done(out_of_time(given_up.seconds))
            if worker.task is None and self._waiting:
                task = self._waiting.popleft()
                worker.begin(task, now, partial(self._ended, worker, task))

    def stop(self) -> None:
        """End all processes, whatever they do."""
        for worker in self._workers:
            worker.stop()

    def _ended(self, worker: _Worker, task: Task, future: Future[AuditResult]) -> None:
        """Have what came of a task dealt with; this is called in a thread of the pool."""
        self._post(partial(self._take, worker, task, future))

    def _take(self, worker: _Worker, task: Task, future: Future[AuditResult]) -> None:
        if worker.task is not task:  # it was given up
            return
        worker.task = None
        error = future.exception()
        if isinstance(error, _DIED):
            worker.renew()
        if isinstance(error, _DIED) and task.tries < _TRIES:
            self._waiting.appendleft(task)
            return
        task.done(future.result() if error is None else _failure(error))


def _failure(error: BaseException) -> Failure:
    """Return what the end of a task means; a check that wants to end the program ends nothing."""
    return of_died_worker() if isinstance(error, _DIED) else failure_of(error)


class _Worker:
    """One worker process, and the task that it works on."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._pool = _new_pool(memory)
        self.task: Task | None = None
        self._future: Future[AuditResult] = Future()
        self._until = 0.0
        self._has_begun = False

    def begin(self, task: Task, now: float, ended: Callable[[Future[AuditResult]], None]) -> None:
        task.tries += 1
        self.task, self._until, self._has_begun = task, now + task.seconds + _GRACE, False
        future: Future[AuditResult] = Future()
        try:
            with deaf_to_ctrl_c():
                if not self._pool.active:  # its process died while there was nothing to do
                    self._replace()
                future = self._pool.schedule(task.function, args=task.arguments)
        except (RuntimeError, BrokenExecutor):  # no process can be started now
            future.set_exception(BrokenExecutor())
            self._replace()
        self._future = future
        future.add_done_callback(ended)

    def give_up(self, now: float) -> Task | None:
        """Return a task that is over its time, after a new process took the place of its.

        Its time begins when its process has it, which may have to be started first.
        """
        if self.task is None or self._future.done():
            return None
        if not self._has_begun and self._future.running():
            self._until, self._has_begun = now + self.task.seconds, True
        if now < self._until:
            return None
        task, self.task = self.task, None
        self._replace()
        return task

    def renew(self) -> None:
        """Begin anew after a death: half an answer may be left in the pipe of the process."""
        self._replace()

    def stop(self) -> None:
        _stop(self._pool)

    def _replace(self) -> None:
        old, self._pool = self._pool, _new_pool(self._memory)
        threading.Thread(target=_stop, args=(old,), daemon=True).start()


def _new_pool(memory: int) -> ProcessPool:
    context = multiprocessing.get_context("spawn")  # threads are about, so nothing is forked
    return ProcessPool(max_workers=1, initializer=begin_worker, initargs=(memory,), context=context)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
