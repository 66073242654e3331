"""Conducts a run: begins each PBX when its time is come, and hands on what came of it.

Everything here happens in one thread. Live PBXs are read in threads of their own, since that is
waiting, and so is what a collector read; what is saved is read where it is judged, in worker
processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, Protocol

from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.runner.auditing import audit_pbx
from auditor.fleet.runner.jobs import AuditResult, Failure, Job
from auditor.fleet.runner.scheduling.concurrency_limits import ConcurrencyLimits
from auditor.fleet.runner.scheduling.pending import PendingPbx, PendingQueue, is_read_apart
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.fleet.runner.scheduling.worker_pool import Task, WorkerPool
from auditor.interrupt import shielded
from auditor.model.snapshot import Snapshot

# So often the display is brought up to date, and those are looked for that are over their time.
_TICK: Final = 0.5
# However long reading took, judging begins.
_LEAST: Final = 1.0


class Recorder(Protocol):
    """Where jobs come from, and where results go."""

    @property
    def is_closed(self) -> bool:
        """Whether no result can be kept any more, so that nothing else is begun."""

    def job(self, pbx: Pbx) -> Job | None:
        """Return the job for a PBX; None if there can be none, of which the recorder takes note."""

    def take(self, job: Job, outcome: AuditResult | Failure) -> None:
        """Keep what came of a job."""

    def tick(self) -> None:
        """Take notice that time goes on."""


class ActionQueue(Protocol):
    """What is to be done in the thread of the scheduler."""

    def take(self, seconds: float) -> Callable[[], None] | None:
        """Return what is to be done next, None after so many seconds without anything."""


class Scheduler:
    """One run over PBXs."""

    def __init__(
        self,
        readings: ReaderThreads,
        workers: WorkerPool,
        recorder: Recorder,
        inbox: ActionQueue,
        now: Callable[[], float],
    ) -> None:
        self._readings = readings
        self._workers = workers
        self._recorder = recorder
        self._inbox = inbox
        self._now = now
        self._pending = PendingQueue(())
        self._running = 0
        self._limits = ConcurrencyLimits()

    def run(self, planned: Iterable[PendingPbx]) -> None:
        """Audit all of them. Raises Interruption, after which what is done is kept."""
        self._pending = PendingQueue(planned)
        with shielded():
            while self._running or (self._pending and not self._recorder.is_closed):
                self._begin_all()
                self._wait()

    def _begin_all(self) -> None:
        now = self._now()
        self._readings.give_up(now)
        self._workers.go_on(now)
        while not self._recorder.is_closed:
            one = self._next(now)
            if one is None:
                return
            self._begin(one.pbx)
            now = self._now()

    def _next(self, now: float) -> PendingPbx | None:
        """Return the next PBX that can be begun, None if none can."""
        can_judge, can_read = self._places(now)

        def can_begin(one: PendingPbx) -> bool:
            is_free = can_read if is_read_apart(one.pbx) else can_judge
            return is_free and not self._limits.is_full(one.pbx, one.at_once)

        return self._pending.take(now, can_begin)

    def _places(self, now: float) -> tuple[bool, bool]:
        """Return whether a saved and a live PBX can be begun.

        What was read and waits to be judged takes a place, too.
        """
        can_read = self._workers.waiting < self._readings.slots and self._readings.is_free(now)
        return self._workers.has_place, can_read

    def _begin(self, pbx: Pbx) -> None:
        job = self._recorder.job(pbx)
        if job is None:
            return
        now = self._now()  # the recorder may have waited for long
        self._running += 1
        self._limits.begin(pbx)
        if is_read_apart(pbx):
            self._readings.begin(job, now, partial(self._judge, job))
        else:
            seconds = float(pbx.deadline)
            done = partial(self._end, job, is_read=True)
            self._workers.hand_out(Task(audit_pbx, (job,), seconds, done), now)

    def _judge(self, job: Job, read: Snapshot | Failure, took: float) -> None:
        """Hand on what was read of a live PBX in so many seconds."""
        self._limits.end(job.pbx)
        if not isinstance(read, Snapshot):
            self._end(job, read)
            return
        seconds = max(job.pbx.deadline - took, _LEAST)
        task = Task(audit_pbx, (job, read), seconds, partial(self._end, job))
        self._workers.hand_out(task, self._now())

    def _end(self, job: Job, outcome: AuditResult | Failure, *, is_read: bool = False) -> None:
        self._running -= 1
        if is_read:
            self._limits.end(job.pbx)
        self._recorder.take(job, outcome)

    def _wait(self) -> None:
        """Do what there is to do, or wait for it."""
        self._recorder.tick()
        if not self._running and (not self._pending or self._recorder.is_closed):
            return
        act = self._inbox.take(self._seconds_to_wait())
        while act is not None:
            act()
            act = self._inbox.take(0)

    def _seconds_to_wait(self) -> float:
        now = self._now()
        moments = (self._readings.next_end, self._pending.next_moment(now))
        until = min((one for one in moments if one is not None), default=now + _TICK)
        return min(max(until - now, 0.0), _TICK)
