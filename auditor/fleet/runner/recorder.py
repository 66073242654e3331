"""Where jobs come from and results go: the one place of a run that speaks to the history."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from auditor.errors import AuditorError, HistoryError, OutputError
from auditor.fleet.compression import Packed
from auditor.fleet.history_model import AuditRecord, Known
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.runner.bound_boxes import BoundBoxes
from auditor.fleet.runner.failures import ANOTHERS, OTHER_TENANT
from auditor.fleet.runner.jobs import AuditResult, Failure, Job, RunRequest
from auditor.fleet.runner.outcomes import pbx_outcome
from auditor.fleet.runner.records import failed
from auditor.fleet.runner.reports import point_to, remove_reports, run_folder
from auditor.fleet.runner.totals import PbxOutcome, RunTotals
from auditor.fleet.store.connection.database_errors import LostConnectionError
from auditor.fleet.store.history import History
from auditor.messages.message import Message

# So many PBXs one after the other that the history does not take: it will take no other either.
_IN_VAIN: Final = 3


@dataclass(frozen=True, slots=True)
class Days:
    """Which day it is at each tenant; the same everywhere if somebody says which."""

    now: Callable[[], datetime]
    zones: Mapping[str, str]
    today: date | None = None

    def at(self, tenant: str) -> date:
        """Return the day at a tenant."""
        if self.today is not None:
            return self.today
        return self.now().astimezone(zoneinfo.ZoneInfo(self.zones[tenant])).date()


@dataclass(frozen=True, slots=True)
class RunListeners:
    """Who hears what becomes of each PBX, of what goes wrong, and that time goes on."""

    done: Callable[[PbxOutcome, Message, RunTotals], None]
    problem: Callable[[AuditorError], None]
    tick: Callable[[], None]


class RunState(NamedTuple):
    """What a run comes to, which days it is about, and when what was read before it was read."""

    totals: RunTotals
    days: Days
    read: Mapping[str, datetime] = {}


class HistoryRecorder:
    """Makes jobs of what the history knows, and hands their results to it."""

    def __init__(
        self,
        history: History,
        inventory: Inventory,
        asked: RunRequest,
        state: RunState,
        listeners: RunListeners,
    ) -> None:
        self._history = history
        self._asked = asked
        self._totals = state.totals
        self._days = state.days
        self._read = state.read
        self._listeners = listeners
        self._order = {pbx.id: at for at, pbx in enumerate(inventory.pbxs)}
        self._pbxs = {pbx.id: pbx for pbx in inventory.pbxs}
        self._boxes = BoundBoxes(history.bound())
        self._tenants = history.tenants()
        self._in_vain = 0

    @property
    def is_closed(self) -> bool:
        """Whether the history takes nothing any more."""
        return self._in_vain >= _IN_VAIN

    def tick(self) -> None:
        """Take notice that time goes on."""
        self._listeners.tick()

    def job(self, pbx: Pbx) -> Job | None:
        """Return the job for a PBX, with what the history knows of it."""
        return self._job(pbx, self._history.known_with_documents)

    def job_of_others(self, pbx: Pbx) -> Job | None:
        """Return the job for a PBX that is audited elsewhere, without documents."""
        return self._job(pbx, lambda name: (self._history.known(name), {}))

    def _job(
        self, pbx: Pbx, find: Callable[[str], tuple[Known, Mapping[str, Packed]]]
    ) -> Job | None:
        now = self._days.now()
        day = self._days.at(pbx.tenant)
        if self._tenants.get(pbx.id, pbx.tenant) != pbx.tenant:
            self.take(Job(self._asked, pbx, day, now), OTHER_TENANT)
            return None
        try:
            self._history.check_alone()
            known, documents = find(pbx.id)
        except HistoryError as error:
            self._lost(error)
            return None
        near = self._boxes.near(known.serial or pbx.serial)
        read = self._read.get(pbx.id)
        return Job(self._asked, pbx, day, now, known, documents, near, read)

    def take(
        self, job: Job, outcome: AuditResult | Failure, *, instead: Failure | None = None
    ) -> None:
        """Record what came of a job, and only then show its report.

        If the history does not take it, but takes `instead`, then that was wrong and not the
        history.
        """
        result = outcome
        if isinstance(result, Failure):
            result = failed(job, result, self._days.now())
        try:
            result = self._with_one_box(job, result)
            self._history.record(self._asked.run, result.record)
        except HistoryError as error:
            if instead is None or isinstance(error, LostConnectionError):
                self._lost(error)
            else:
                self.take(job, instead)
            return
        self._in_vain = 0
        self._totals.add(pbx_outcome(result.record, job.known, self._asked.fail_on))
        if result.record.audited is not None:
            self._boxes.bind(result.record.audited.serial, job.pbx.id)
            self._show_report(result)
        self._listeners.done(
            self._totals.seen[job.pbx.id], result.told or result.record.reason, self._totals
        )

    def _show_report(self, result: AuditResult) -> None:
        if result.unwritten:
            self.unwritten(OutputError(result.unwritten))
        elif result.folder is not None:
            try:
                point_to(result.folder)
            except OutputError as error:
                self.unwritten(error)

    def _with_one_box(self, job: Job, result: AuditResult) -> AuditResult:
        """Return a result; a conflict if its box turned out to be another id's meanwhile.

        Of two ids that were never audited the first of the inventory keeps the box, whichever was
        faster; what was recorded of the other is taken back.
        """
        if result.record.audited is None:
            return result
        serial = result.record.audited.serial
        others = [pbx for pbx in self._boxes.owners(serial) if pbx != job.pbx.id]
        if all(self._yields(pbx, job.pbx.id) and self._take_back(pbx) for pbx in others):
            return result
        if result.folder is not None:
            remove_reports(result.folder)
        return failed(job, ANOTHERS, self._days.now())

    def _yields(self, pbx: str, other: str) -> bool:
        """Return whether a PBX has to yield its box to another one."""
        is_first = self._order[other] < self._order.get(pbx, -1)
        return is_first and pbx not in self._asked.histories

    def _take_back(self, pbx: str) -> bool:
        """Take back what this run recorded of a PBX that was never audited before."""
        other, now = self._pbxs[pbx], self._days.now()
        day = self._days.at(other.tenant)
        record = AuditRecord(pbx, other.tenant, now, now, day, ANOTHERS.ending, ANOTHERS.reason)
        if not self._history.take_back(self._asked.run, record):
            return False
        self._boxes.free(pbx)
        remove_reports(run_folder(self._asked.reports, other, self._asked.run))
        self._totals.add(pbx_outcome(record, Known(), self._asked.fail_on))
        return True

    def _lost(self, error: HistoryError) -> None:
        """Note that the history does not take something."""
        self._in_vain += 1
        self.unwritten(error)

    def unwritten(self, error: AuditorError) -> None:
        """Take note that something of the run could not be written."""
        self._totals.unwritten += 1
        self._listeners.problem(error)
