"""Where a worker audits: live PBXs are read in threads, what was read is judged in processes.

It is what a run does on one machine, with jobs that come one by one. All of it happens in one
thread, beside the one that speaks to the queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final

from auditor.fleet.inventory.inventory_reader import is_read_live
from auditor.fleet.runner.auditing import audit_pbx
from auditor.fleet.runner.jobs import AuditResult, Failure, Job
from auditor.fleet.runner.live_reader import read_job
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.fleet.runner.scheduling.worker_pool import Task, WorkerPool
from auditor.fleet.runner.setup_cache import setups_of
from auditor.model.snapshot import Snapshot

_TICK: Final = 0.5
_LEAST: Final = 1.0
Done = Callable[[AuditResult | Failure], None]
Died = Callable[[BaseException], None]


class Executor:
    """Audits what it is given, until it is stopped."""

    def __init__(self, slots: int, workers: int) -> None:
        self._acts: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._readings = ReaderThreads(slots, _read, self._acts.put)
        self._workers = WorkerPool(workers, self._acts.put)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self, died: Died) -> None:
        """Begin; `died` is called in that thread if it ends by itself, which it never should.

        Nothing comes of what it was given then.
        """
        self._died = died
        self._thread.start()

    def stop(self) -> None:
        """End, with all processes, whatever they do."""
        self._stopped.set()
        self._thread.join()
        self._workers.stop()

    def submit(self, job: Job, done: Done) -> None:
        """Have a PBX audited; `done` is called with what came of it, in another thread."""
        self._acts.put(partial(self._begin, job, done))

    def _work(self) -> None:
        try:
            self._act()
        except BaseException as error:  # noqa: BLE001 -- told to who waits for it
            self._died(error)

    def _act(self) -> None:
        while not self._stopped.is_set():
            now = time.monotonic()
            self._readings.give_up(now)
            self._workers.go_on(now)
            try:
                act = self._acts.get(timeout=_TICK)
            except Empty:
                continue
            act()

    def _begin(self, job: Job, done: Done) -> None:
        now = time.monotonic()
        if is_read_live(job.pbx):
            self._readings.begin(job, now, partial(self._judge, job, done))
        else:
            self._workers.hand_out(Task(audit_pbx, (job,), float(job.pbx.deadline), done), now)

    def _judge(self, job: Job, done: Done, read: Snapshot | Failure, took: float) -> None:
        if not isinstance(read, Snapshot):
            done(read)
            return
        seconds = max(job.pbx.deadline - took, _LEAST)
        self._workers.hand_out(Task(audit_pbx, (job, read), seconds, done), time.monotonic())


def _read(job: Job) -> Snapshot | Failure:
    return read_job(job, setups_of(job.asked.run, job.asked.papers))
