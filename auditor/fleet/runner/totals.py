"""What a run comes to: counted PBX by PBX, folded into one exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, RecordedChange, Standing
from auditor.messages.message import NOTHING, Message
from auditor.model.vocabulary import Severity, Status
from auditor.run.gate import strongest
from auditor.values.shares import is_less

_OPEN: Final = frozenset({Status.UNKNOWN, Status.ERROR})
# What stands so was decided; a control that is not asked was not.
_DECIDED_CONTROL: Final = frozenset(set(Status) - _OPEN)
_DECIDED_FINDING: Final = frozenset({Standing.FAILED, Standing.WAIVED, Standing.FIXED})
_REACHED: Final = frozenset({AuditEnding.AUDITED, AuditEnding.CONFLICT})


class Counts(NamedTuple):
    """What counts for the exit code, as the command line says.

    Findings and controls of this severity or worse count; `known` says that what was known counts
    too; `min_reached` is in percent of the PBXs that were selected.
    """

    fail_on: Severity = Severity.HIGH
    known: bool = False
    min_reached: float = 95.0


class ControlStandings(NamedTuple):
    """How controls of a PBX stand after its audit, or stood when it was last read."""

    status: Mapping[str, tuple[Status, Severity]]

    def fails(self, fail_on: Severity) -> bool:
        """Return whether a control fails that counts."""
        return any(
            status is Status.FAILED and severity.rank <= fail_on.rank
            for status, severity in self.status.values()
        )

    @property
    def is_open(self) -> bool:
        """Whether a control is not decided."""
        return any(status in _OPEN for status, _ in self.status.values())


class PbxOutcome(NamedTuple):
    """What one PBX came to in a run.

    `certain` says that something failed for certain that no control by itself shows, and did not
    before. `last` is the day of the last audit before.
    """

    pbx: str
    tenant: str
    ending: AuditEnding
    changes: tuple[RecordedChange, ...] = ()
    standings: ControlStandings = ControlStandings({})
    reason: Message = NOTHING
    certain: bool = False
    last: date | None = None


class NewFinding(NamedTuple):
    """A finding that is new, or is back, at a PBX."""

    pbx: str
    tenant: str
    change: RecordedChange


@dataclass(slots=True)
class RunTotals:
    """What a run came to so far, of so many PBXs that were selected.

    `unannounced` is what runs before changed that did not come to their end.
    """

    selected: int
    counts: Counts
    seen: dict[str, PbxOutcome] = field(default_factory=dict)
    unwritten: int = 0
    unannounced: list[NewFinding] = field(default_factory=list)
    _failing: set[str] = field(default_factory=set)
    _endings: Counter[AuditEnding] = field(default_factory=Counter)

    def add(self, one: PbxOutcome) -> None:
        """Count a PBX; what was counted of it before counts no more."""
        if one.pbx in self.seen:
            self._endings[self.seen[one.pbx].ending] -= 1
        self._endings[one.ending] += 1
        self.seen[one.pbx] = one
        self._failing.discard(one.pbx)
        if one.standings.fails(self.counts.fail_on):
            self._failing.add(one.pbx)

    def number(self, ending: AuditEnding) -> int:
        """Return how many PBXs ended so."""
        return self._endings[ending]

    @property
    def reached(self) -> int:
        """Return how many PBXs were reached; a wrong box answers, too."""
        return sum(map(self.number, _REACHED))

    @property
    def failed(self) -> int:
        """Return how many PBXs have a control that fails and counts."""
        return len(self._failing)

    def new_at(self, pbx: str) -> int:
        """Return how many findings of a PBX are new and count."""
        return sum(1 for _ in _new(self.seen[pbx].changes, self.counts.fail_on))

    def below_at(self, pbx: str) -> int:
        """Return how many findings of a PBX are new, and not severe enough to count."""
        return _below(self.seen[pbx].changes, self.counts.fail_on)

    def below(self) -> int:
        """Return how many findings are new, and not severe enough to count."""
        return _below((one.change for one in self._changed()), self.counts.fail_on)

    def new(self) -> list[NewFinding]:
        """Return what fails now and did not before, and counts, the worst first."""
        fail_on = self.counts.fail_on
        found = [one for one in self._changed() if any(_new([one.change], fail_on))]
        return sorted(
            found, key=lambda one: (one.change.severity.rank, one.change.control, one.pbx)
        )

    def _changed(self) -> Iterator[NewFinding]:
        yield from self.unannounced
        for one in self.seen.values():
            yield from (NewFinding(one.pbx, one.tenant, change) for change in one.changes)

    def code(self) -> ExitCode:
        """Return the exit code, the first that holds of 70, 2, 1, 6, 3, 4 and 0."""
        return strongest([*self._codes(), ExitCode.OK])

    def _codes(self) -> Iterator[ExitCode]:
        if self.number(AuditEnding.CRASHED):
            yield ExitCode.INTERNAL
        if self.number(AuditEnding.REFUSED):
            yield ExitCode.USAGE
        if (
            self.number(AuditEnding.CONFLICT)
            or self.new()
            or any(map(self._fails, self.seen.values()))
        ):
            yield ExitCode.FINDINGS
        if self.unwritten:
            yield ExitCode.OUTPUT
        if is_less(self.reached, self.counts.min_reached, self.selected):
            yield ExitCode.UNREACHABLE
        newly_open = any(_became_open(one.change) for one in self.unannounced)
        if newly_open or any(map(self._is_open, self.seen.values())):
            yield ExitCode.INCOMPLETE

    def _fails(self, one: PbxOutcome) -> bool:
        if self.counts.known and one.standings.fails(self.counts.fail_on):
            return True
        return one.certain

    def _is_open(self, one: PbxOutcome) -> bool:
        if self.counts.known and one.standings.is_open:
            return True
        return any(map(_became_open, one.changes))


def _new(changes: Iterable[RecordedChange], fail_on: Severity) -> Iterator[RecordedChange]:
    """Yield what fails and did not: findings, and controls that count only since they weigh more.

    A finding that a waiver covered is new without it.
    """
    for change in changes:
        fails = change.after in {Standing.FAILED, Status.FAILED}
        if fails and change.severity.rank <= fail_on.rank and _did_not_count(change, fail_on):
            yield change


def _below(changes: Iterable[RecordedChange], fail_on: Severity) -> int:
    """Return how many changes would be new if everything counted, and do not count."""
    return sum(
        change.severity.rank > fail_on.rank and _weighs_more(change)
        for change in changes
        if change.after in {Standing.FAILED, Status.FAILED}
    )


def _weighs_more(change: RecordedChange) -> bool:
    """Return whether a finding fails newly, or a control that failed before weighs more now."""
    before = change.weighed if change.before == Status.FAILED else None
    return bool(change.key) or (before is not None and before.rank > change.severity.rank)


def _did_not_count(change: RecordedChange, fail_on: Severity) -> bool:
    """Return whether a failure did not count before; that of a control by its severity alone."""
    if change.key:
        return True
    weighed = change.weighed if change.before == Status.FAILED else None
    return weighed is not None and weighed.rank > fail_on.rank


def _became_open(change: RecordedChange) -> bool:
    """Return whether something is undecided that was decided before."""
    if change.key:
        return change.after is Standing.UNDECIDED and change.before in _DECIDED_FINDING
    return change.after in _OPEN and change.before in _DECIDED_CONTROL
