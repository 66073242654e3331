"""Threads that read live PBXs: one that does not come back is left alone, and its slot is free.

They are daemons, so that a socket that never closes keeps no program from ending. One that takes
longer than nine of ten others gives its slot away and goes on beside them, since waiting costs
nothing: so sockets that hang hold up nobody but themselves.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from auditor.fleet.runner.failures import failure_of, out_of_time
from auditor.fleet.runner.jobs import Failure, Job
from auditor.fleet.runner.scheduling.worker_pool import Post
from auditor.model.snapshot import Snapshot

# Longer than such a part of the last ones took is long. While fewer are known than this, or than
# half a round, so many seconds are.
_USUAL: Final = 0.9
_FEW: Final = 10
_PATIENCE: Final = 10.0
_LEAST: Final = 2.0
_REMEMBERED: Final = 50
# With those that take long, so many times the slots are read at once.
_AT_MOST: Final = 5


@dataclass(eq=False, slots=True)
class _Reading:
    """A PBX that is being read, since when and until when."""

    job: Job
    since: float
    until: float
    done: Callable[[Snapshot | Failure, float], None]


def in_thread(work: Callable[[], None]) -> None:
    """Do some work in a thread that keeps no program from ending."""
    threading.Thread(target=work, daemon=True).start()


class ReaderThreads:
    """As many readings at a time as there are slots."""

    def __init__(
        self,
        slots: int,
        read: Callable[[Job], Snapshot | Failure],
        post: Post,
        launch: Callable[[Callable[[], None]], None] = in_thread,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots = slots
        self._read = read
        self._post = post
        self._launch = launch
        self._now = now
        self._running: set[_Reading] = set()
        self._took: deque[float] = deque(maxlen=_REMEMBERED)

    def is_free(self, now: float) -> bool:
        """Return whether another PBX can be read."""
        if len(self._running) < self.slots:
            return True
        if len(self._running) >= self.slots * _AT_MOST:
            return False
        slow = now - self._patience()
        return sum(one.since > slow for one in self._running) < self.slots

    def _patience(self) -> float:
        """Return for how many seconds a reading may keep its slot."""
        if len(self._took) < min(_FEW, max(1, self.slots // 2)):
            return _PATIENCE
        return max(_LEAST, sorted(self._took)[int(_USUAL * len(self._took))])

    @property
    def next_end(self) -> float | None:
        """Return when the first of those that are read is given up, None if none is read."""
        return min((one.until for one in self._running), default=None)

    def begin(
        self, job: Job, now: float, done: Callable[[Snapshot | Failure, float], None]
    ) -> None:
        """Read a PBX; `done` is called with what came of it, and how many seconds that took."""
        reading = _Reading(job, now, now + job.pbx.deadline, done)
        self._running.add(reading)
        self._launch(partial(self._work, reading))

    def give_up(self, now: float) -> None:
        """Free the slots of those that are over their time."""
        for reading in [one for one in self._running if one.until <= now]:
            deadline = reading.job.pbx.deadline
            self._end(reading, out_of_time(deadline), deadline)

    def _work(self, reading: _Reading) -> None:
        try:
            found: Snapshot | Failure = self._read(reading.job)
        except BaseException as error:  # noqa: BLE001 -- of one PBX; the others go on
            found = failure_of(error)
        # Whoever takes it may have waited for something else meanwhile.
        self._post(partial(self._end, reading, found, self._now() - reading.since))

    def _end(self, reading: _Reading, found: Snapshot | Failure, took: float) -> None:
        if reading in self._running:  # else it was given up before
            self._running.remove(reading)
            if isinstance(found, Snapshot):
                self._took.append(took)
            reading.done(found, took)
