"""What a worker makes jobs of: what a run asks for, its own inventory, what is known of a PBX."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from auditor import __version__
from auditor.fleet.inventory.model import Inventory, Pbx
from auditor.fleet.inventory.reading import read_inventory
from auditor.fleet.model import AuditRecord, Ending
from auditor.fleet.runner.boxes import Boxes
from auditor.fleet.runner.desk import Days
from auditor.fleet.runner.jobs import Asked, Failure, Job, Result
from auditor.fleet.runner.records import failed
from auditor.fleet.scale.errand import asked_of, digest_of, wanted_of
from auditor.fleet.store.errands import Errand
from auditor.fleet.store.history import History
from auditor.messages.message import NOTHING, Message, say

# Two clocks that are kept right differ by less.
_CLOCKS_DIFFER: Final = timedelta(minutes=10)
# For so many seconds it is known what is bound. Who is bound meanwhile, the run finds when it
# records: it has to, since an audit may take longer.
_BOUND: Final = 5.0


class _Set(NamedTuple):
    """What holds for all PBXs of a run; `refusal` is why this worker does none of it."""

    run: int
    asked: Asked
    pbxs: Mapping[str, Pbx]
    days: Days
    refusal: Message


class _Bound(NamedTuple):
    """What was bound to which PBX at a moment of a clock that only goes on, for a run."""

    run: int
    at: float
    boxes: Boxes


class Preparing:
    """Makes jobs in several threads; the inventory is read once for each run."""

    def __init__(
        self, history: History, inventory: Path, name: str, warn: Callable[[Message], None]
    ) -> None:
        self._history = history
        self._inventory = inventory
        self._name = name
        self._warn = warn
        self._lock = threading.Lock()
        self._set: _Set | None = None
        self._bound: _Bound | None = None

    def job(self, run: int, pbx: str) -> Job | Result | None:
        """Return what is to be done; None if nobody waits for it, a result if it is refused.

        Raises HistoryError.
        """
        found = self._history.commissioned(run, pbx)
        if found is None:
            return None
        (errand, clock), known, documents = found
        all_of_it = self._set_of(errand)
        now = datetime.now(UTC)
        one = all_of_it.pbxs.get(pbx)
        if one is None:
            return self._unknown(pbx, all_of_it.refusal, now)
        bare = Job(all_of_it.asked, one, all_of_it.days.at(one.tenant), now)
        refusal = all_of_it.refusal or self._wrong_clock(clock, now)
        if refusal:
            return failed(bare, Failure(Ending.REFUSED, refusal), now)
        near = self._boxes(run).near(known.serial or one.serial)
        return bare._replace(known=known, documents=documents, bound=near)

    def _unknown(self, pbx: str, refusal: Message, now: datetime) -> Result:
        """Return that the inventory of this worker has no such PBX, and so is another one."""
        reason = refusal or say("the inventory of worker {name} lacks it", name=self._name)
        tenant = self._history.tenants().get(pbx, "")
        return Result(AuditRecord(pbx, tenant, now, now, now.date(), Ending.REFUSED, reason))

    def _set_of(self, errand: Errand) -> _Set:
        with self._lock:
            known = self._set
            if known is None or known.run != errand.run:
                known = self._set = self._new_set(errand)
                if known.refusal:
                    self._warn(known.refusal)
            return known

    def _new_set(self, errand: Errand) -> _Set:
        inventory = read_inventory(self._inventory)
        wanted = wanted_of(errand)
        histories = self._history.audited_before(errand.run)
        asked = asked_of(errand.run, inventory, wanted, histories)
        days = Days(lambda: datetime.now(UTC), asked.zones, wanted.today)
        pbxs = {one.id: one for one in inventory.pbxs}
        return _Set(errand.run, asked, pbxs, days, self._refusal(errand, inventory))

    def _boxes(self, run: int) -> Boxes:
        """Return what is bound. Before a run begins it may be another box, so each asks anew."""
        with self._lock:
            known, now = self._bound, time.monotonic()
            if known is None or known.run != run or now - known.at >= _BOUND:
                known = self._bound = _Bound(run, now, Boxes(self._history.bound()))
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
