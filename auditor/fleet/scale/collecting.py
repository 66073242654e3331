"""Reads PBXs of an inventory and judges none: what a collector does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import AuditorError, ExitCode
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.inventory.inventory_reader import is_read_live
from auditor.fleet.runner.chosen_evidence import tonight, why_cut
from auditor.fleet.runner.failures import INTERRUPTED, NoAuditError, failure_of
from auditor.fleet.runner.jobs import Failure, Job, RunRequest
from auditor.fleet.runner.live_reader import credentials_of, read_job
from auditor.fleet.runner.recorder import Days
from auditor.fleet.runner.scheduling.concurrency_limits import ConcurrencyLimits
from auditor.fleet.runner.scheduling.inbox import Inbox
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.fleet.runner.setup_cache import Setups, site_for
from auditor.fleet.scale.bundle import Gathered
from auditor.interrupt import shielded
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Severity
from auditor.run.clock import SYSTEM_CLOCK, Clock
from auditor.run.ending import stopped_with
from auditor.run.reader import Reader
from auditor.run.session import Session
from auditor.sources.snapshot.saved import dump_snapshot
from auditor.values.shares import is_less

_TICK: Final = 0.5
# No run judges here, so nothing of this is looked at but the day.
_NO_RUN: Final = RunRequest(0, Severity.HIGH, Path(), (), {}, {})


class CollectionListeners(NamedTuple):
    """Who hears what came of each PBX, and how many of all are done."""

    done: Callable[[Gathered, Failure | None, int], None]
    tick: Callable[[], None]


def code_of_reading(read: int, total: int, least: float) -> ExitCode:
    """Return the exit code: whether so many percent were read."""
    return ExitCode.UNREACHABLE if is_less(read, least, total) else ExitCode.OK


def collect_all(
    inventory: Inventory,
    pbxs: Sequence[Pbx],
    slots: int,
    told: CollectionListeners,
    clock: Clock = SYSTEM_CLOCK,
) -> list[Gathered]:
    """Return what came of reading each PBX, each within its own deadline. Raises Interruption."""
    with shielded():
        return _Collection(inventory, slots, told, clock).of(pbxs)


class _Collection:
    """Readings that go on at the same time, and what came of those that are done."""

    def __init__(
        self, inventory: Inventory, slots: int, told: CollectionListeners, clock: Clock
    ) -> None:
        zones = {one.id: one.time_zone for one in inventory.tenants}
        self._at_once = {one.id: one.at_once for one in inventory.tenants}
        self._days = Days(clock.now, zones)
        self._clock = clock
        self._told = told
        self._inbox = Inbox()
        self._readings = ReaderThreads(slots, partial(read_any, setups=Setups()), self._inbox.post)
        self._limits = ConcurrencyLimits()
        self._gathered: list[Gathered] = []

    def of(self, pbxs: Sequence[Pbx]) -> list[Gathered]:
        left = list(pbxs)
        while left or self._limits.total():
            now = time.monotonic()
            self._readings.give_up(now)
            for pbx in [one for one in left if not self._is_full(one)]:
                if self._readings.is_free(now) and not self._is_full(pbx):
                    left.remove(pbx)
                    self._begin(pbx, now)
            self._told.tick()
            self._wait()
        return self._gathered

    def _is_full(self, pbx: Pbx) -> bool:
        return self._limits.is_full(pbx, self._at_once[pbx.tenant])

    def _begin(self, pbx: Pbx, now: float) -> None:
        began = self._clock.now()
        job = Job(_NO_RUN, pbx, self._days.at(pbx.tenant), began)
        self._limits.begin(pbx)
        self._readings.begin(job, now, partial(self._end, pbx, began))

    def _end(self, pbx: Pbx, began: datetime, read: Snapshot | Failure, _since: float) -> None:
        self._limits.end(pbx)
        ended = max(began, self._clock.now())
        if isinstance(read, Failure):
            one = Gathered(pbx.id, began, ended, reason=read.reason)
        else:
            one = Gathered(pbx.id, began, ended, b"".join(dump_snapshot(read)))
        self._gathered.append(one)
        failure = read if isinstance(read, Failure) else None
        self._told.done(one, failure, len(self._gathered))

    def _wait(self) -> None:
        until = self._readings.next_end
        seconds = _TICK if until is None else min(max(until - time.monotonic(), 0.0), _TICK)
        act = self._inbox.take(seconds if self._limits.total() else 0)
        while act is not None:
            act()
            act = self._inbox.take(0)


def read_any(job: Job, setups: Setups) -> Snapshot | Failure:
    """Return the snapshot of a PBX, live or of what was saved of it, or why there is none."""
    if is_read_live(job.pbx):
        return read_job(job, setups)
    try:
        target = tonight(job.pbx.target)
        setup = setups.of(job.pbx, job.day, job.asked.fail_on, target)
        site = site_for(job.pbx, setup.site)
        snapshot = Session(setup, Reader(site, credentials_of(job.pbx, site))).read(target)
    except (AuditorError, NoAuditError) as error:
        return failure_of(error)
    if stopped_with(snapshot) is not None:
        return INTERRUPTED
    why = why_cut(snapshot)
    return Failure(AuditEnding.UNREACHABLE, why) if why else snapshot
