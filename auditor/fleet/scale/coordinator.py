"""A run by workers: hands its PBXs out, records what is handed in, and takes back what was lost.

Recording is the operator's alone, by the same recorder as on one machine: it sees all tenants, and
so which box belongs to whom. A worker may die or come back whenever it likes; of each PBX one
result is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from auditor.errors import AuditorError, HistoryError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.runner.fleet_run import Options, Started
from auditor.fleet.runner.jobs import AuditResult, Failure, Job
from auditor.fleet.runner.recorder import HistoryRecorder
from auditor.fleet.runner.scheduling.inbox import Inbox
from auditor.fleet.runner.scheduling.start_times import begins_after
from auditor.fleet.scale.errand import WantedOptions, errand_of
from auditor.fleet.scale.handing_in import load_result
from auditor.fleet.scale.missing_workers import nobody, nobody_came, useless
from auditor.fleet.scale.queue import OF_ALL, Queue, open_queue
from auditor.fleet.scale.queue_locks import locks_of
from auditor.fleet.scale.queued import Order, Present
from auditor.fleet.store.connection.engines import PATIENCE
from auditor.fleet.store.errands import AT_ONCE, Errands, HandedIn
from auditor.fleet.store.history import History
from auditor.interrupt import shielded
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK

_TICK: Final = 0.3
# So often, in seconds, it is looked whether workers live, and said once if there is none so long.
_WATCH: Final = 5.0
_PATIENCE: Final = 60.0
# A worker's computer is started again, or updated, in less; a nightly run has to end by morning.
_ABSENT: Final = 900.0
# Since when something is that was told, so that it is not told again.
_TOLD: Final = float("inf")
_DEAD_LETTER: Final = Failure(
    AuditEnding.CRASHED,
    say("three workers died of it, did not end it, or could not hand in what came of it"),
)


class Coordinator:
    """Audits PBXs by workers; it stands where threads and processes of this one would."""

    def __init__(
        self, history: History, conninfo: str, problem: Callable[[AuditorError], None]
    ) -> None:
        self._errands = history.errands()
        self._conninfo = conninfo
        self._problem = problem

    def __call__(
        self,
        recorder: HistoryRecorder,
        inventory: Inventory,
        options: Options,
        started: Started,
    ) -> None:
        """Return when all are recorded.

        Raises Interruption, and HistoryError where nothing was heard of the database for long;
        workers go on with what is queued, and the run can be taken up again.
        """
        run = started.number
        wanted = WantedOptions(
            options.counts.fail_on, options.formats, options.carries, options.today
        )
        with shielded(), open_queue(self._conninfo) as queue:
            self._errands.give(errand_of(run, inventory, wanted))
            found = _orders(inventory, started.left, options, queue.now())
            orders = {one.pbx: one for one in found}
            watch = PendingResults(recorder, self._errands, queue, run, started.left)
            watch.look_after(orders)
            await_all(watch, orders, self._problem)
            with suppress(HistoryError):  # the next run clears it too
                queue.clear(run)
                self._errands.close(run)


class PendingResults:
    """What a run still waits for."""

    def __init__(
        self,
        recorder: HistoryRecorder,
        errands: Errands,
        queue: Queue,
        run: int,
        left: Iterable[Pbx],
    ) -> None:
        self.recorder = recorder
        self.queue = queue
        self.left = {one.id: one for one in left}
        self.has_more = False
        self._is_in_doubt = False
        self._errands = errands
        self._run = run

    def take_all(self) -> None:
        """Record what was handed in, or some of it: `has_more` says whether there may be more."""
        found = self._errands.handed_in(self._run)
        for handed in found:
            pbx = self.left.get(handed.pbx)
            job = self.recorder.job_of_others(pbx) if pbx is not None else None
            if job is not None:
                self.recorder.take(job, _outcome(handed, job), instead=_unfit(handed))
            self.left.pop(handed.pbx, None)
        self.has_more = len(found) == AT_ONCE
        if found:
            self._errands.put_away(self._run, [handed.pbx for handed in found])

    def idle(self) -> Collection[str]:
        """Return the queues in which something waits, and nobody does anything."""
        return self.queue.idle(self._run)

    def present(self) -> Collection[Present]:
        """Return the workers that are alive."""
        return self.queue.present()

    def alone(self, present: Collection[Present]) -> Mapping[str, str]:
        """Return the PBXs for which no worker is there, with their queues."""
        tenants = {one.id: one.tenant for one in self.left.values()}
        return self.queue.alone(self._run, tenants, present)

    def give_up(self, name: str, failure: Failure) -> None:
        """Wait no longer for a PBX."""
        job = self.recorder.job_of_others(self.left[name])
        if job is not None:
            self.recorder.take(job, failure)
        self.left.pop(name)

    def check_room(self) -> None:
        """Raise HistoryError if workers cannot hand in, which they could not tell."""
        self._is_in_doubt = True
        for name in self.left:
            self._errands.check_room(self._run, name, SYSTEM_CLOCK.now())
            break
        self._is_in_doubt = False

    def look_after(self, orders: Mapping[str, Order]) -> None:
        """Queue again what dead workers had, and what is not queued; note what they died of.

        Raises HistoryError. Where the history takes nothing, that is no PBX's fault.
        """
        # What was handed in waits here, and not in the queue. What is handed in from here on may
        # be queued for nothing.
        handed = self._errands.waiting(self._run)
        wanted = {name: orders[name] for name in self.left if name not in handed}
        has_failed = self.queue.has_failed(self._run)
        given_up = self.queue.settle(self._run, wanted)
        if has_failed or given_up or self._is_in_doubt:
            self.check_room()
        for name in given_up:
            self.give_up(name, _DEAD_LETTER)


def await_all(
    watch: PendingResults, orders: Mapping[str, Order], problem: Callable[[AuditorError], None]
) -> None:
    """Return when all is recorded, or a recorder takes nothing any more. Raises HistoryError."""
    inbox, clock = Inbox(), SYSTEM_CLOCK
    idle: dict[str, float] = {}
    absent: dict[str, float] = {}
    told: set[str] = set()

    def look() -> None:
        watch.look_after(orders)
        present = watch.present()
        _tell_once(useless(present), told, problem)
        now, alone = clock.monotonic(), watch.alone(present)
        for name in _over({*watch.idle(), *alone.values()}, idle, now, _PATIENCE):
            watch.check_room()
            problem(nobody(name))
            idle[name] = _TOLD
        gone = _over(alone, absent, now, _ABSENT)
        if gone:
            watch.check_room()
        for name in gone:
            tenant = watch.left[name].tenant
            watch.give_up(name, nobody_came(alone[name], tenant, present, _ABSENT))

    # What only reads may go on where nothing is written any more, so each is patient by itself.
    taking, looking = _Patiently(watch.take_all), _Patiently(look)
    looked = clock.monotonic()
    while watch.left and not watch.recorder.is_closed:
        watch.recorder.tick()
        taking()
        if clock.monotonic() - looked >= _WATCH:
            looked = clock.monotonic()
            looking()
        if watch.left:
            inbox.take(0 if watch.has_more else _TICK)


class _Patiently:
    """Does something again and again; a server that is started again is asked again."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._answered = SYSTEM_CLOCK.monotonic()

    def __call__(self) -> None:
        """Do it. Raises HistoryError if it failed for as long as a server may take to start."""
        try:
            self._act()
        except HistoryError:
            if SYSTEM_CLOCK.monotonic() - self._answered >= PATIENCE:
                raise
        else:
            self._answered = SYSTEM_CLOCK.monotonic()


def _tell_once(
    errors: Iterable[HistoryError], told: set[str], problem: Callable[[AuditorError], None]
) -> None:
    """Tell what was not told yet; `told` is what was."""
    for error in errors:
        if error.message not in told:
            told.add(error.message)
            problem(error)


def _over(
    found: Collection[str], since: dict[str, float], now: float, seconds: float
) -> Sequence[str]:
    """Return what was found for so long; `since` is from when on, of all that is found now."""
    for name in since.keys() - set(found):
        del since[name]
    return [name for name in sorted(found) if now - since.setdefault(name, now) >= seconds]


def _unfit(handed: HandedIn) -> Failure:
    """Return what stands for a result that the history does not take, though it takes others."""
    reason = say("what worker {name} handed in does not fit the history", name=handed.worker)
    return Failure(AuditEnding.CRASHED, reason)


def _outcome(handed: HandedIn, job: Job) -> AuditResult | Failure:
    """Return what was handed in; what cannot be read is a failure of its worker."""
    try:
        return load_result(handed.content, job, handed.worker)
    except HistoryError as error:
        return Failure(
            AuditEnding.CRASHED, say("{where}: {message}", where=error.where, message=error.message)
        )


def _orders(
    inventory: Inventory, left: Iterable[Pbx], options: Options, now: datetime
) -> Iterator[Order]:
    """Yield what is to be queued; no more can be done at once than tenants and platforms allow."""
    pbxs = [*left]
    locks = locks_of(pbxs, {one.id: one.at_once for one in inventory.tenants})
    for pbx in pbxs:
        seconds = begins_after(pbx.id, options.window)
        begins = now + timedelta(seconds=seconds) if options.window else None
        yield Order(pbx.id, pbx.worker or OF_ALL, pbx.deadline, locks.get(pbx.id), begins)
