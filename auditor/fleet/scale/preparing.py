"""What a worker makes jobs of: what a run asks for, its own inventory, what is known of a PBX."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from auditor import __version__
from auditor.errors import InputError
from auditor.fleet.history_model import AuditEnding, AuditRecord
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.runner.bound_boxes import BoundBoxes
from auditor.fleet.runner.jobs import AuditResult, Job, RunRequest
from auditor.fleet.runner.recorder import Days
from auditor.fleet.scale.errand import asked_of, digest_of, wanted_of
from auditor.fleet.store.errands import Errand
from auditor.fleet.store.history import History
from auditor.messages.message import NOTHING, Message, say

# Two clocks that are kept right differ by less.
_CLOCKS_DIFFER: Final = timedelta(minutes=10)
# For so many seconds it is known what is bound. Who is bound meanwhile, the run finds when it
# records: it has to, since an audit may take longer. Nor does a worker refuse longer without
# another look at its inventory, which somebody may have put right.
_KNOWN: Final = 5.0


class _Set(NamedTuple):
    """What holds for all PBXs of a run."""

    asked: RunRequest
    pbxs: Mapping[str, Pbx]
    days: Days


class _Kept(NamedTuple):
    """What a worker does of an errand: a set, or a refusal, of a moment of a clock that goes on.

    A run that is taken up again is another errand if its inventory differs from before. Refused
    with a set is what this worker knows, and would not do as the operator.
    """

    errand: Errand
    at: float
    of_all: _Set | None
    refusal: Message


class PreparedJob(NamedTuple):
    """What is to be done for an errand: a job, or what is known without one.

    A message is why this worker does none of it: another one may.
    """

    errand: Errand
    what: Job | AuditResult | Message


class _Bound(NamedTuple):
    """What was bound to which PBX at a moment of a clock that only goes on, for a run."""

    run: int
    at: float
    boxes: BoundBoxes


class Preparing:
    """Makes jobs in several threads; the inventory is read once for each run."""

    def __init__(self, history: History, inventory: Path, name: str) -> None:
        self._history = history
        self._inventory = inventory
        self._name = name
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._bound: _Bound | None = None

    def job(self, run: int, pbx: str) -> PreparedJob | None:
        """Return what is to be done; None if nobody waits for it. Raises HistoryError."""
        found = self._history.commissioned(run, pbx)
        if found is None:
            return None
        (errand, clock), known, documents = found
        kept, now = self._kept_of(errand), datetime.now(UTC)
        refusal = kept.refusal or self._wrong_clock(clock, now)
        if kept.of_all is None or refusal:
            return PreparedJob(errand, refusal)
        one = kept.of_all.pbxs.get(pbx)
        if one is None:
            return PreparedJob(errand, self._unknown(pbx, now))
        near = self._boxes(run).near(known.serial or one.serial)
        day = kept.of_all.days.at(one.tenant)
        job = Job(kept.of_all.asked, one, day, now, known, documents, near)
        return PreparedJob(errand, job)

    def refusal(self) -> Message:
        """Return why what is asked for now would be refused; empty if it would not.

        Raises HistoryError.
        """
        found = self._history.errands().now()
        if found is None:
            return NOTHING
        kept = self._kept_of(found.errand)
        return kept.refusal or self._wrong_clock(found.now, datetime.now(UTC))

    def _unknown(self, pbx: str, now: datetime) -> AuditResult:
        """Return that an inventory lacks a PBX that the run was begun with."""
        reason = say("the inventory of worker {name} lacks it", name=self._name)
        tenant = self._history.tenants().get(pbx, "")
        return AuditResult(
            AuditRecord(pbx, tenant, now, now, now.date(), AuditEnding.REFUSED, reason)
        )

    def _kept_of(self, errand: Errand) -> _Kept:
        with self._lock:
            known, now = self._kept, time.monotonic()
            if known is not None and known.errand == errand and not _is_over(known, now):
                return known
            self._kept = _Kept(errand, now, *self._new(errand))
            return self._kept

    def _new(self, errand: Errand) -> tuple[_Set | None, Message]:
        try:
            inventory = read_inventory(self._inventory)
        except InputError as error:
            reason = say(
                "the inventory of worker {name} cannot be used: {reason}",
                name=self._name,
                reason=error.message,
            )
            return None, reason
        wanted = wanted_of(errand)
        histories = self._history.audited_before(errand.run)
        asked = asked_of(errand, inventory, wanted, histories)
        days = Days(lambda: datetime.now(UTC), asked.zones, wanted.today)
        pbxs = {one.id: one for one in inventory.pbxs}
        return _Set(asked, pbxs, days), self._refusal(errand, inventory)

    def _boxes(self, run: int) -> BoundBoxes:
        """Return what is bound. Before a run begins it may be another box, so each asks anew."""
        with self._lock:
            known, now = self._bound, time.monotonic()
            if known is None or known.run != run or now - known.at >= _KNOWN:
                known = self._bound = _Bound(run, now, BoundBoxes(self._history.bound()))
            return known.boxes

    def _refusal(self, errand: Errand, inventory: Inventory) -> Message:
        """Return why this worker would not do the same as the operator; empty if it would."""
        if errand.tool != __version__:
            return say(
                "worker {name} has version {version}, and the run was begun with {wanted}",
                name=self._name,
                version=__version__,
                wanted=errand.tool,
            )
        if errand.inventory != digest_of(inventory):
            return say(
                "the inventory or a paper of worker {name} differs from that of the run",
                name=self._name,
            )
        return NOTHING

    def _wrong_clock(self, clock: datetime, now: datetime) -> Message:
        """Return that it is not as late here as at the server, by which all of them go."""
        if abs(clock - now) <= _CLOCKS_DIFFER:
            return NOTHING
        return say(
            "the clock of worker {name} differs from that of the database by more than"
            " {minutes} minutes",
            name=self._name,
            minutes=int(_CLOCKS_DIFFER.total_seconds() // 60),
        )


def _is_over(kept: _Kept, now: float) -> bool:
    return bool(kept.refusal) and now - kept.at >= _KNOWN
