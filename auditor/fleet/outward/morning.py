"""What a morning has to say about a fleet, or about one tenant: who needs somebody, what changed.

It is made of how every PBX stands and of what the history has changed since a run; whoever shows
it (a page, a digest) decides nothing more. What is of another tenant is not in it.

A PBX needs somebody today if nobody knows how it stands (never audited, another box, out of date,
not reached), if it fails or is incomplete by something that is at most `FRESH` old, if it shrank,
or if something that it rests on ends within `FRESH`. What fails for longer is known: it is counted
beside it, and never called fine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from auditor.fleet.drift.usable_evidence import fewer
from auditor.fleet.history_model import AuditEnding, Expiry, State
from auditor.fleet.inventory.inventory_model import Inventory
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.look_back.fleet_status import SOON, FleetStatus, StatusRow, status_of
from auditor.fleet.outward.moves import Moved, MoveKind, TitleOf, moves_of
from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.queries.result_rows import MovedControl, Overview, RunInShort, Then, Worse
from auditor.messages.message import Message
from auditor.model.vocabulary import Severity

FRESH: Final = timedelta(days=7)
_GRAVE: Final = frozenset({Severity.CRITICAL, Severity.HIGH})
BLIND: Final = (State.NEVER, State.CONFLICT, State.STALE, State.UNREACHABLE)


class Need(StrEnum):
    """Why a PBX needs somebody today."""

    CONFLICT = "identity-conflict"
    NEVER = "never"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    UNDECIDED = "undecided"
    SHRUNK = "shrunk"
    ENDS = "ends"


_NEEDS: Final = tuple(Need)


class PbxMorning(NamedTuple):
    """A PBX: how it stands, why it needs somebody, and what is otherwise than before.

    `not_read_since` is the first audit since the last success that could not look. `was` is how it
    stood before if nobody knew, None if somebody did. `newly_ending` came within thirty days since,
    `worse` are controls that fail or are not decided since `FRESH` at most.
    """

    row: StatusRow
    state: State
    needs: tuple[Need, ...] = ()
    moved: tuple[Moved, ...] = ()
    not_read_since: v1.When | None = None
    was: State | None = None
    newly_ending: tuple[Expiry, ...] = ()
    worse: Worse = Worse()

    @property
    def status(self) -> v1.PbxStatus:
        """Return how it stands, in numbers."""
        return self.row.status

    @property
    def is_blind(self) -> bool:
        """Whether nobody knows how it stands now; what is shown of it is what was last known."""
        return self.state in BLIND

    @property
    def is_changed(self) -> bool:
        """Whether anything about it is news."""
        now = self.state if self.is_blind else None
        return bool(self.moved or self.newly_ending) or now is not self.was


class Morning(NamedTuple):
    """A fleet, or one tenant of it, this morning; the worst PBX first.

    `since` is the first run whose changes are told, `before` the run before that one.
    """

    seen: FleetStatus
    tenant: str | None
    since: int
    before: RunInShort | None
    pbxs: tuple[PbxMorning, ...]

    @property
    def remarks(self) -> tuple[Message, ...]:
        """Return what is to be said of the fleet: a run that did not happen, or did not end."""
        return self.seen.remarks

    @property
    def last_run(self) -> v1.LastRun | None:
        """Return the last run, with when the next was due if it did not happen."""
        return self.seen.document.last_run

    @property
    def needing(self) -> tuple[PbxMorning, ...]:
        """Return the PBXs that need somebody today, the most urgent first."""
        return tuple(sorted((one for one in self.pbxs if one.needs), key=_urgency))

    @property
    def states(self) -> Mapping[State, int]:
        """Return how many PBXs are in each state; their sum is that of all PBXs."""
        return {state: sum(one.state is state for one in self.pbxs) for state in State}

    @property
    def is_changed(self) -> bool:
        """Whether anything about any PBX is news."""
        return any(one.is_changed for one in self.pbxs)

    def moved(self, *kinds: MoveKind) -> tuple[Moved, ...]:
        """Return what moved so, the worst first."""
        found = (one for pbx in self.pbxs for one in pbx.moved if one.kind in kinds)
        return tuple(
            sorted(found, key=lambda one: (one.severity.rank, one.control, one.tenant, one.pbx))
        )

    def ending(self) -> tuple[tuple[PbxMorning, Expiry], ...]:
        """Return the papers and certificates that end within thirty days, the first to end first.

        Those of PBXs that were not reached are among them.
        """
        found = [(pbx, one) for pbx in self.pbxs for one in pbx.row.expiring]
        found.sort(key=lambda pair: (pair[1].ends, pair[0].status.pbx, pair[1].kind))
        return tuple(found)


class Facts(NamedTuple):
    """What the history says of all PBXs, so that a page of each tenant asks it no more.

    `worse` are controls of PBXs of which something is failed or undecided only since `FRESH` ago.
    """

    last: RecordedRun | None = None
    overview: tuple[Overview, ...] = ()
    since: int = 1
    before: RunInShort | None = None
    moved: tuple[MovedControl, ...] = ()
    worse: Mapping[str, Worse] = {}
    not_read: Mapping[str, RunInShort] = {}
    then: Mapping[str, Then] = {}


def morning_of(
    inventory: Inventory,
    facts: Facts,
    calendar: Calendar,
    title_of: TitleOf,
    tenant: str | None = None,
) -> Morning:
    """Return what there is to say about the PBXs of an inventory, or of one tenant."""
    seen = status_of(inventory, facts.overview, facts.last, calendar, tenant)
    zones = {one.id: one.time_zone for one in inventory.tenants}
    owners = {one.pbx: one.tenant for one in facts.overview}
    moved: dict[str, list[MovedControl]] = {}
    for one in facts.moved:
        moved.setdefault(one.pbx, []).append(one)
    pbxs = []
    for row in seen.rows:
        # What the history has under another tenant is not theirs.
        is_own = owners.get(row.status.pbx) == row.status.tenant
        found = moved.get(row.status.pbx, ()) if is_own else ()
        today = calendar.today(zones[row.status.tenant])
        told = tuple(told for one in found for told in moves_of(one, title_of))
        pbxs.append(_pbx(row, facts if is_own else Facts(), told, calendar, today))
    return Morning(seen, tenant, facts.since, facts.before, tuple(pbxs))


def _pbx(
    row: StatusRow, facts: Facts, moved: tuple[Moved, ...], calendar: Calendar, today: date
) -> PbxMorning:
    status = row.status
    state = State(status.state)
    since = facts.not_read.get(status.pbx)
    worse = facts.worse.get(status.pbx, Worse())
    return PbxMorning(
        row,
        state,
        tuple(_needs(status, state, today, worse)),
        moved,
        v1.When(since.number, since.day) if since is not None else None,
        _was(facts.then.get(status.pbx, Then()), facts.before, status.max_age_seconds),
        _newly_ending(row, facts.before, calendar),
        worse,
    )


def _needs(status: v1.PbxStatus, state: State, today: date, worse: Worse) -> Iterator[Need]:
    if state in BLIND:
        yield Need(state.value)
    if worse.failed and state is State.FAILED:
        yield Need.FAILED
    if worse.undecided and state in {State.FAILED, State.INCOMPLETE}:
        yield Need.UNDECIDED
    before, now = status.objects_before, status.objects
    if before is not None and now is not None and fewer(before, now):
        yield Need.SHRUNK
    if any(one.ends <= today + FRESH for one in status.expiring):
        yield Need.ENDS


def _urgency(pbx: PbxMorning) -> tuple[int, int, int]:
    """Return the sort key of who needs somebody; what is alike keeps the order of states.

    What is certain to be bad and new comes before what nobody could look at, for that is often a
    night's outage of many; the rest is the other severities, what is open, shrank, or ends.
    """
    need = pbx.needs[0]
    worst = pbx.worse.worst
    if need is Need.CONFLICT:
        return 0, 0, 0
    if need is Need.FAILED and worst in _GRAVE:
        return 1, worst.rank, 0
    if pbx.is_blind:
        return 2, 0, 0
    rank = worst.rank if need is Need.FAILED and worst is not None else 0
    return 3, _NEEDS.index(need), rank


def _was(then: Then, before: RunInShort | None, max_age: int) -> State | None:
    """Return how a PBX stood before if nobody knew how; the moment is the start of that run."""
    if then.last is None or before is None:
        return State.NEVER
    if then.answered is AuditEnding.CONFLICT:
        return State.CONFLICT
    if then.success is not None and _is_older(then.success, before.started, max_age):
        return State.STALE
    if then.success is None or then.last is not AuditEnding.AUDITED:
        return State.UNREACHABLE
    return None


def _is_older(success: datetime, moment: datetime, max_age: int) -> bool:
    return moment - success > timedelta(seconds=max_age)


def _newly_ending(
    row: StatusRow, before: RunInShort | None, calendar: Calendar
) -> tuple[Expiry, ...]:
    """Return what was further than thirty days away on the day of the run before."""
    if before is None:
        return row.expiring
    day = min(before.day, calendar.today())
    return tuple(one for one in row.expiring if one.ends > day + SOON)
