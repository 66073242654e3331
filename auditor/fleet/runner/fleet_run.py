"""One run over a fleet, from its inventory to its exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Final, NamedTuple, Protocol

from auditor.errors import HistoryError, InputError, OptionPlace, OutputError
from auditor.files.probing import check_writable
from auditor.fleet.inventory.inventory_model import LATE, Fleet, Inventory, Pbx
from auditor.fleet.inventory.inventory_reader import is_collected, is_read_live, reads_here
from auditor.fleet.runner.history_lock import opened
from auditor.fleet.runner.jobs import Failure, Job, RunRequest
from auditor.fleet.runner.live_reader import read_job
from auditor.fleet.runner.outcomes import outcome_again
from auditor.fleet.runner.recorder import Days, HistoryRecorder, RunListeners, RunState
from auditor.fleet.runner.scheduling.inbox import Inbox
from auditor.fleet.runner.scheduling.pending import PendingPbx
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.fleet.runner.scheduling.scheduler import Scheduler
from auditor.fleet.runner.scheduling.start_times import begins_after
from auditor.fleet.runner.scheduling.worker_pool import WorkerPool
from auditor.fleet.runner.selection import selected
from auditor.fleet.runner.setup_cache import Setups
from auditor.fleet.runner.totals import Counts, NewFinding, RunTotals
from auditor.fleet.store.connection.locks import this_process
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import RecordedRun
from auditor.messages.message import Message, say, say_count
from auditor.model.snapshot import Snapshot
from auditor.run.clock import SYSTEM_CLOCK, Clock

_ANOTHER_FOLDER: Final = say(
    "see that `reports` of the inventory names a folder that can be written"
)


class AuditsAll(Protocol):
    """Audits all PBXs that a run has left: in this process, or by others."""

    def __call__(
        self,
        recorder: HistoryRecorder,
        inventory: Inventory,
        options: Options,
        started: Started,
    ) -> None:
        """Return when a recorder has a result of each, or takes none any more."""


class Options(NamedTuple):
    """What the command line wants of a run.

    `window` is over how many seconds the PBXs begin; `workers` is how many processes judge, as many
    as there are cores without it. `by` is who audits, threads and processes of this one without it.
    """

    only: tuple[str, ...] = ()
    carries: bool = False
    resumes: bool = False
    slots: int = 32
    window: float = 0.0
    today: date | None = None
    formats: tuple[str, ...] = ("json",)
    counts: Counts = Counts()
    workers: int | None = None
    by: AuditsAll | None = None


class ReadingMethod(NamedTuple):
    """How what is not read by worker processes is read, and when that was, if before the run."""

    read: Callable[[Job], Snapshot | Failure]
    moments: Mapping[str, datetime] = {}


class Started(NamedTuple):
    """A run that has begun: its number, what it is about, and what is left of that.

    Without another `reading`, live PBXs are asked. It is all that was left of the run `rest_of`,
    if that is not 0.
    """

    number: int
    pbxs: tuple[Pbx, ...]
    left: tuple[Pbx, ...]
    remarks: tuple[Message, ...] = ()
    is_resumed: bool = False
    rest_of: int = 0
    reading: ReadingMethod | None = None


def start(
    history: History, inventory: Inventory, options: Options, clock: Clock = SYSTEM_CLOCK
) -> Started:
    """Begin a run, or take up the last one where it stopped. Raises InputError, OutputError."""
    check_reports(inventory.fleet)
    chosen = selected(inventory, options.only)
    now = clock.now()
    rest = _rest(history, inventory) if options.resumes else None
    if rest is not None:
        number, chosen = rest
        return _begun(history, chosen, options, now)._replace(rest_of=number)
    if options.resumes:
        taken_up = resumed(history, inventory, now)
        if taken_up is not None and any(map(is_collected, taken_up.left)):
            raise InputError(
                say("the last run judges a bundle of a collector, and was stopped"),
                where=OptionPlace("--resume"),
                advice=say("import the same bundle again to go on with it"),
            )
        if taken_up is not None:
            return taken_up
    remarks = (*((history.remark,) if history.remark else ()), *_remarks(history, inventory, now))
    return _begun(history, chosen, options, now)._replace(remarks=remarks)


def _begun(history: History, chosen: tuple[Pbx, ...], options: Options, now: datetime) -> Started:
    owner = this_process(now)
    number = history.begin(
        f"{owner.host} {owner.process}",
        options.today or now.date(),
        now,
        json.dumps(options.only),
        [(pbx.tenant, pbx.id) for pbx in chosen],
    )
    return Started(number, chosen, chosen)


def _rest(history: History, inventory: Inventory) -> tuple[int, tuple[Pbx, ...]] | None:
    """Return what a run left undone after which a bundle was judged, and its number.

    It is the part of another run: what is recorded later has a higher number.
    """
    last = history.last_run()
    own = last.own if last is not None else None
    left = {*own.left} if own is not None else set()
    found = tuple(one for one in inventory.pbxs if one.id in left and not is_collected(one))
    return (own.number, found) if own is not None and found else None


def check_reports(fleet: Fleet) -> None:
    """Raise OutputError if reports cannot be written."""
    try:
        check_writable(fleet.reports)
    except OutputError as error:
        raise OutputError(error.message, where=error.where, advice=_ANOTHER_FOLDER) from None


def resumed(history: History, inventory: Inventory, now: datetime) -> Started | None:
    """Take up the last run where it stopped; None if it did not stop. Raises HistoryError."""
    found = history.resume(now)
    last = history.last_run()
    if found is None or last is None:
        return None
    number, done = found
    left = tuple(pbx for pbx in inventory.pbxs if pbx.id in last.left)
    whole = tuple(pbx for pbx in inventory.pbxs if pbx.id in last.left or pbx.id in done)
    return Started(number, whole, left, is_resumed=True)


def conduct(
    history: History,
    inventory: Inventory,
    options: Options,
    started: Started,
    listeners: RunListeners,
) -> RunTotals:
    """Audit what is left of a run, note its end, and return what it came to.

    Raises Interruption; the run can be taken up again then.
    """
    clock = SYSTEM_CLOCK
    totals = RunTotals(len(started.pbxs), options.counts)
    for recorded in history.recorded_in(started.number) if started.is_resumed else ():
        totals.add(outcome_again(recorded, options.counts.fail_on))
    zones = {one.id: one.time_zone for one in inventory.tenants}
    asked = RunRequest(
        started.number,
        options.counts.fail_on,
        inventory.fleet.reports,
        options.formats,
        {one.id: one.tenant for one in inventory.pbxs},
        zones,
        history.audited_before(started.number),
        options.carries,
    )
    reading = started.reading or ReadingMethod(partial(read_job, setups=Setups()))
    state = RunState(totals, Days(clock.now, zones, options.today), reading.moments)
    recorder = HistoryRecorder(history, inventory, asked, state, listeners)
    if started.left:
        audits = options.by or partial(_audit_all, reading=reading)
        audits(recorder, inventory, options, started)
    if not recorder.is_closed:
        try:
            totals.unannounced += _unannounced(history, started.number)
            history.end(started.number, totals.code(), clock.now())
        except HistoryError as error:  # it did not end, so the next run tells what this one found
            recorder.unwritten(error)
    return totals


def _unannounced(history: History, number: int) -> list[NewFinding]:
    return [NewFinding(pbx, tenant, change) for tenant, pbx, change in history.unannounced(number)]


def _audit_all(
    recorder: HistoryRecorder,
    inventory: Inventory,
    options: Options,
    started: Started,
    reading: ReadingMethod,
) -> None:
    """Audit PBXs with as many threads and processes as are wanted, which are gone afterwards."""
    clock = SYSTEM_CLOCK
    at_once = {one.id: one.at_once for one in inventory.tenants}
    begun = clock.monotonic()
    planned = [
        PendingPbx(pbx, begun + begins_after(pbx.id, options.window), at_once[pbx.tenant])
        for pbx in started.left
    ]
    if any(map(is_read_live, started.left)):
        from auditor.sources.live.live_pbx import silence_http_log  # noqa: PLC0415 -- no httpx

        silence_http_log()
    inbox = Inbox()
    readings = ReaderThreads(options.slots, reading.read, inbox.post)
    workers = WorkerPool(min(options.workers or _cores(), len(started.left)), inbox.post)
    try:
        Scheduler(readings, workers, recorder, inbox, clock.monotonic).run(planned)
    finally:
        workers.stop()


def _cores() -> int:
    """Return how many processes can work at the same time."""
    usable = getattr(os, "sched_getaffinity", None)  # what the scheduler allows, where it says so
    return len(usable(0)) if usable else os.cpu_count() or 1


def rebind(fleet: Fleet, pbx: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Let another box stand for an id from its next audit on. Raises BusyError, HistoryError."""
    with opened(fleet, clock) as history:
        history.rebind(pbx, clock.now())


def _remarks(history: History, inventory: Inventory, now: datetime) -> tuple[Message, ...]:
    """Return what is to be said of the runs before: one that did not happen, a clock set back."""
    latest = history.last_run()
    every = inventory.fleet.every
    if latest is None:
        return ()
    if now < latest.started:
        return (say("the clock was set back: the run before began {when}", when=_shown(latest)),)
    last = latest.expected(reads_here=reads_here(inventory))
    if last is None:
        return ()
    missed = int((now - last.started).total_seconds() / every - LATE) if every else 0
    if missed > 0:
        text = say_count(
            "{count} run did not happen; the last one began {when}",
            "{count} runs did not happen; the last one began {when}",
            missed,
            when=_shown(last),
        )
        return (text,)
    return ()


def _shown(run: RecordedRun) -> str:
    return run.started.isoformat(sep=" ", timespec="minutes")
