"""How every PBX of an inventory stands, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from auditor.fleet.history_model import AuditEnding, Expiry, State
from auditor.fleet.inventory.inventory_model import LATE, Inventory, Pbx
from auditor.fleet.inventory.inventory_reader import reads_here
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.look_back.deliveries import Undelivered
from auditor.fleet.look_back.fleet_labels import ENDINGS, fleet_word
from auditor.fleet.look_back.pbx_state import state_of_pbx
from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.queries.result_rows import ControlState, Overview
from auditor.messages.message import NOTHING, Message, say, say_count
from auditor.model.vocabulary import Severity, Status

SOON: Final = timedelta(days=30)
_STATES: Final = [state.value for state in State]
_UNDECIDED: Final = (Status.UNKNOWN, Status.ERROR)


class StatusRow(NamedTuple):
    """A PBX with what people are told of it; `expiring` is what ends within thirty days."""

    status: v1.PbxStatus
    reason: Message
    remarks: tuple[Message, ...]
    expiring: tuple[Expiry, ...] = ()


class FleetStatus(NamedTuple):
    """How a fleet stands."""

    document: v1.Status
    rows: tuple[StatusRow, ...]
    remarks: tuple[Message, ...]


def status_of(
    inventory: Inventory,
    overview: Iterable[Overview],
    last: RecordedRun | None,
    calendar: Calendar,
    tenant: str | None = None,
) -> FleetStatus:
    """Return how the PBXs of an inventory, or of one tenant, stand.

    What the history has under another tenant than the inventory is not shown: it is not theirs.
    """
    known = {one.pbx: one for one in overview}
    zones = {one.id: one.time_zone for one in inventory.tenants}
    chosen = [pbx for pbx in inventory.pbxs if tenant in {None, pbx.tenant}]
    rows = []
    for pbx in chosen:
        found = known.get(pbx.id)
        is_own = found is None or found.tenant == pbx.tenant
        rows.append(_row(pbx, found if is_own else None, calendar, zones[pbx.tenant]))
        if not is_own:
            moved = say("the history has it under another tenant; give it a new id")
            rows[-1] = _with_remark(rows[-1], moved)
    rows.sort(key=_worst_first)
    run, about_run = _last_run(last, inventory, calendar, {one.id for one in chosen})
    remarks = (*about_run, *_not_listed(inventory, known.values(), tenant))
    document = v1.Status(
        inventory.fleet.name,
        calendar.now,
        calendar.today(),
        run,
        [row.status for row in rows],
        [*remarks],
    )
    return FleetStatus(document, tuple(rows), remarks)


def with_undelivered(seen: FleetStatus, found: Undelivered) -> FleetStatus:
    """Return how a fleet stands, and whom its digests did not reach."""
    remarks = found.remarks()
    document = replace(
        seen.document,
        not_sent=found.documents(),
        remarks=[*seen.document.remarks, *remarks],
    )
    return seen._replace(document=document, remarks=(*seen.remarks, *remarks))


def _with_remark(row: StatusRow, remark: Message) -> StatusRow:
    row.status.remarks.append(remark)
    return row._replace(remarks=(*row.remarks, remark))


def _row(pbx: Pbx, seen: Overview | None, calendar: Calendar, zone: str) -> StatusRow:
    success = seen.success if seen else None
    last = seen.last if seen else None
    age = calendar.age(success) if success is not None else None
    state = state_of_pbx(seen, age, timedelta(seconds=pbx.max_age))
    reason = _reason(seen)
    remarks = last.remarks if last else ()
    counts = seen.counts if seen else {}
    expiring = _ending(seen.expiries if seen else (), calendar, zone)
    moved = seen.movement if seen else Overview("", "").movement
    status = v1.PbxStatus(
        pbx=pbx.id,
        name=pbx.name,
        tenant=pbx.tenant,
        state=state.value,
        reason=reason,
        last=v1.When(last.run, last.day) if last else None,
        success=v1.When(success.run, success.day) if success else None,
        age_seconds=int(age.total_seconds()) if age is not None else None,
        max_age_seconds=pbx.max_age,
        exit_code=int(success.code) if success else None,
        score=success.score if success else None,
        failed=_by_severity(counts),
        waived=_number(counts, Status.WAIVED),
        undecided=sum(_number(counts, status) for status in _UNDECIDED),
        passed=_number(counts, Status.PASSED),
        new=moved.new,
        reopened=moved.reopened,
        fixed=moved.fixed,
        gone=moved.gone,
        expiring=[v1.Ends(one.kind, one.whole_name, one.ends) for one in expiring],
        objects=success.objects if success else None,
        objects_before=seen.objects_before if seen else None,
        remarks=[*remarks],
    )
    return StatusRow(status, reason, remarks, expiring)


def _reason(seen: Overview | None) -> Message:
    """Return why the last audit could not look, nothing if it could."""
    if seen is None or seen.last is None or seen.last.ending is AuditEnding.AUDITED:
        return NOTHING
    if seen.last.reason:
        return seen.last.reason
    return Message(fleet_word(ENDINGS, seen.last.ending))


def _by_severity(counts: Mapping[tuple[ControlState, Severity], int]) -> dict[str, int]:
    return {
        severity.value: counts[Status.FAILED, severity]
        for severity in Severity
        if counts.get((Status.FAILED, severity))
    }


def _number(counts: Mapping[tuple[ControlState, Severity], int], status: Status) -> int:
    return sum(count for (known, _), count in counts.items() if known is status)


def _ending(expiries: Sequence[Expiry], calendar: Calendar, zone: str) -> tuple[Expiry, ...]:
    today = calendar.today(zone)
    soon = [one for one in expiries if today <= one.ends <= today + SOON]
    return tuple(sorted(soon, key=lambda one: (one.ends, one.kind, one.whole_name)))


def _worst_first(row: StatusRow) -> tuple[object, ...]:
    """Return the sort key: state, then violations from the worst severity on, then what is open."""
    one = row.status
    failed = tuple(-one.failed.get(severity.value, 0) for severity in Severity)
    return _STATES.index(one.state), failed, -one.undecided, one.tenant, one.pbx


def _last_run(
    last: RecordedRun | None, inventory: Inventory, calendar: Calendar, chosen: set[str]
) -> tuple[v1.LastRun | None, list[Message]]:
    """Return the last run, and what is to be said of it."""
    if last is None:
        if reads_here(inventory):
            return None, [say("there was no run yet: `pbx-auditor fleet run` begins one")]
        return None, [say("there was no run yet: import a bundle of a collector")]
    nightly = last.expected(reads_here=reads_here(inventory))
    overdue = _overdue(nightly, inventory.fleet.every, calendar) if nightly is not None else None
    left = len(chosen.intersection(last.left))
    told = v1.LastRun(last.number, last.day, last.started, last.ended, last.code, left, overdue)
    remarks = []
    if nightly is None:
        remarks.append(
            say("nothing but bundles was judged yet: `pbx-auditor fleet run` audits the rest")
        )
    elif overdue is not None:
        remarks.append(
            say(
                "a run did not happen: run {run} was the last, and the next was expected on {day} "
                "at {time} UTC",
                run=nightly.number,
                day=overdue.date().isoformat(),
                time=f"{overdue:%H:%M}",
            )
        )
    remarks += _unfinished(last, nightly, left, chosen)
    if last.clock_back:
        remarks.append(say("the clock was set back before run {run}", run=last.number))
    return told, remarks


def _unfinished(
    last: RecordedRun, nightly: RecordedRun | None, left: int, chosen: set[str]
) -> Iterator[Message]:
    """Yield which runs did not come to their end, and how to go on."""
    if nightly is not None and nightly is not last and nightly.ended is None:
        yield say_count(
            "run {run} did not come to its end before a bundle was judged, {count} PBX is left: "
            "`pbx-auditor fleet run --resume` audits it",
            "run {run} did not come to its end before a bundle was judged, {count} PBXs are left: "
            "`pbx-auditor fleet run --resume` audits them",
            len(chosen.intersection(nightly.left)),
            run=nightly.number,
        )
    if not left and last.ended is not None:
        return
    if last.is_of_bundle:
        yield say_count(
            "run {run} did not come to its end, {count} PBX is left: import the same bundle "
            "again to go on",
            "run {run} did not come to its end, {count} PBXs are left: import the same bundle "
            "again to go on",
            left,
            run=last.number,
        )
    else:
        yield say_count(
            "run {run} did not come to its end, {count} PBX is left: `pbx-auditor fleet run "
            "--resume` goes on",
            "run {run} did not come to its end, {count} PBXs are left: `pbx-auditor fleet run "
            "--resume` goes on",
            left,
            run=last.number,
        )


def _overdue(last: RecordedRun, every: int | None, calendar: Calendar) -> datetime | None:
    """Return when a run was expected that did not happen."""
    if every is None:
        return None
    length = timedelta(seconds=every)
    since = calendar.now - last.started
    if calendar.away is not None:
        since = timedelta(days=(calendar.today() - last.day).days)
    return last.started + length if since >= length * (1 + LATE) else None


def _not_listed(
    inventory: Inventory, known: Iterable[Overview], tenant: str | None
) -> Iterator[Message]:
    """Yield that the history has PBXs that the inventory does not: nobody looks at them."""
    listed = {pbx.id for pbx in inventory.pbxs}
    names = sorted(
        one.pbx for one in known if one.pbx not in listed and tenant in {None, one.tenant}
    )
    if names:
        yield say_count(
            "{count} PBX of the history is not in the inventory: {names}",
            "{count} PBXs of the history are not in the inventory: {names}",
            len(names),
            names=", ".join(names[:5]) + ("…" if names[5:] else ""),
        )
