"""Questions about what changed, when and why, and what counted on a day; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Table,
    and_,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.sql.selectable import NamedFromClause

from auditor.fleet.history_model import AuditEnding, Cause, Standing, SubjectSeen
from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.known_pbx import basis_of
from auditor.fleet.store.queries.current_state import state_of_control, success_of
from auditor.fleet.store.queries.result_rows import (
    AuditInShort,
    ControlNow,
    ControlState,
    InForce,
    SpanChange,
    StoodAt,
    Success,
)
from auditor.fleet.store.tables import AUDIT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN, RUN
from auditor.model.vocabulary import Severity, Status

_NIGHT: Final = timedelta(days=1)


def first_run_since(connection: Connection, day: date) -> int:
    """Return the first run of a day or later; one after the last if there is none."""
    found = connection.scalar(select(func.min(RUN.c.number)).where(RUN.c.day >= day))
    if found is not None:
        return int(found)
    return int(connection.scalar(select(func.max(RUN.c.number))) or 0) + 1


def first_run_of_night(connection: Connection, last: RecordedRun) -> int:
    """Return the first run of what the last night is made of.

    Bundles come one after the other, most of them after the run over what is read here.
    """
    if not last.is_of_bundle:
        return last.number
    own = last.own
    if own is not None and last.day - own.day <= _NIGHT:
        return own.number
    return first_run_since(connection, last.day)


def changes_since(connection: Connection, run: int) -> Iterator[SpanChange]:
    """Yield what changed in this run and later ones, in the order of runs, PBXs and controls."""
    return _changes(connection, since=run)


def changes_of(connection: Connection, pbx: str) -> Iterator[SpanChange]:
    """Yield what ever changed about a PBX, in the order of runs."""
    return _changes(connection, pbx=pbx)


def audits_of(connection: Connection, pbx: str) -> list[AuditInShort]:
    """Return every audit of a PBX that is kept, in the order of runs."""
    found = select(AUDIT.c.run, AUDIT.c.day, AUDIT.c.ending).where(AUDIT.c.pbx == pbx)
    rows = connection.execute(found.order_by(AUDIT.c.run))
    return [AuditInShort(run, day, AuditEnding(ending)) for run, day, ending in rows]


def successes_of(connection: Connection, pbx: str) -> list[Success]:
    """Return every audit of a PBX that could look and is kept, in the order of runs."""
    found = select(AUDIT).where(AUDIT.c.pbx == pbx, AUDIT.c.ending == AuditEnding.AUDITED)
    return [success_of(row) for row in connection.execute(found.order_by(AUDIT.c.run))]


def in_force(connection: Connection, day: date | None, pbx: str | None = None) -> list[InForce]:
    """Return the last audit that could look of each PBX, or of one, until the end of a day.

    Of several audits of a day the last counts, by the number of its run.
    """
    inner = AUDIT.alias("newest")
    newest = (
        select(inner.c.run)
        .where(inner.c.pbx == PBX.c.id, inner.c.ending == AuditEnding.AUDITED)
        .order_by(inner.c.run.desc())
        .limit(1)
    )
    if day is not None:
        # A tenant's day is at most one away from that of its run, which is found faster.
        bound = select(func.max(RUN.c.number)).where(RUN.c.day <= day + timedelta(days=1))
        newest = newest.where(inner.c.run <= bound.scalar_subquery(), inner.c.day <= day)
    found = (
        select(AUDIT, PBX.c.tenant)
        .join(PBX, PBX.c.id == AUDIT.c.pbx)
        .where(AUDIT.c.run == newest.correlate(PBX).scalar_subquery())
    )
    if pbx is not None:
        found = found.where(PBX.c.id == pbx)
    rows = connection.execute(found.order_by(PBX.c.id)).all()
    return [
        InForce(row.pbx, row.tenant, success_of(row), basis_of(connection, row)) for row in rows
    ]


def stood_at(connection: Connection, pbx: str, run: int) -> StoodAt:
    """Return how the controls and findings of a PBX stood after a run."""
    span, result = FINDING_SPAN.c, RESULT_SPAN.c
    findings = (
        select(FINDING.c.key, span.standing)
        .join(FINDING_SPAN, span.finding == FINDING.c.id)
        .where(FINDING.c.pbx == pbx, _holds(FINDING_SPAN, run))
    )
    controls = select(result.control, result.status).where(
        result.pbx == pbx, _holds(RESULT_SPAN, run)
    )
    return StoodAt(
        {row.control: state_of_control(row.status) for row in connection.execute(controls)},
        {row.key: Standing(row.standing) for row in connection.execute(findings)},
    )


def _holds(table: Table, run: int) -> ColumnElement[bool]:
    span = table.c
    return and_(span.from_run <= run, or_(span.to_run.is_(None), span.to_run > run))


def statuses_now(connection: Connection) -> list[ControlNow]:
    """Return each control that is asked, as it stands for each PBX."""
    span = RESULT_SPAN.c
    found = (
        select(span.pbx, PBX.c.tenant, span.control, span.status, span.severity)
        .join(PBX, PBX.c.id == span.pbx)
        .where(span.to_run.is_(None), span.status != Standing.NOT_ASKED)
    )
    return [
        ControlNow(row.pbx, row.tenant, row.control, Status(row.status), Severity(row.severity))
        for row in connection.execute(found)
    ]


def known_pbxs(connection: Connection) -> dict[str, str]:
    """Return every PBX with its tenant."""
    return {row.id: row.tenant for row in connection.execute(select(PBX.c.id, PBX.c.tenant))}


def pbxs_on(connection: Connection, day: date) -> dict[str, str]:
    """Return PBXs that belonged to the fleet on a day, with their tenants.

    Somebody tried to audit them until then, and on that day or later. What changed tells of audits
    too that are not kept any more.
    """
    changed = select(func.min(RESULT_SPAN.c.from_run)).where(RESULT_SPAN.c.pbx == PBX.c.id)
    began = changed.correlate(PBX).scalar_subquery()
    first = select(RUN.c.day).where(RUN.c.number == began).correlate(PBX).scalar_subquery()
    until = or_(func.min(AUDIT.c.day) <= day, first <= day)
    found = select(PBX.c.id, PBX.c.tenant).join(AUDIT, AUDIT.c.pbx == PBX.c.id)
    found = found.group_by(PBX.c.id, PBX.c.tenant).having(until, func.max(AUDIT.c.day) >= day)
    return {row.id: row.tenant for row in connection.execute(found.order_by(PBX.c.id))}


def _changes(
    connection: Connection, *, since: int | None = None, pbx: str | None = None
) -> Iterator[SpanChange]:
    """Yield controls first, then findings, of each run and PBX."""
    found = [*_of_controls(connection, since, pbx)]
    found += _of_findings(connection, since, pbx)
    ordered = sorted(found, key=_place)
    return iter(ordered) if since is not None else _one_after_the_other(ordered)


def _one_after_the_other(changes: Iterable[SpanChange]) -> Iterator[SpanChange]:
    """Yield changes from the first one on, each with what was before: the one before says it."""
    last: dict[tuple[str, str, str], ControlState] = {}
    for one in changes:
        thing = one.pbx, one.key or one.control, one.key
        yield one._replace(before=last.get(thing))
        last[thing] = one.after


def _place(change: SpanChange) -> tuple[int, str, str, bool, str]:
    about = change.subject
    name = (about.name or about.id) if about is not None else ""
    return change.run, change.pbx, change.control, bool(change.key), name


def _of_controls(
    connection: Connection, since: int | None, pbx: str | None
) -> Sequence[SpanChange]:
    span, before = RESULT_SPAN.c, RESULT_SPAN.alias("before")
    same = and_(before.c.pbx == span.pbx, before.c.control == span.control)
    was = _last_before(RESULT_SPAN, before, same, before.c.status)
    before_it = was if since is not None else null()
    found = (
        select(RESULT_SPAN, PBX.c.tenant, RUN.c.day, before_it.label("was"))
        .join(PBX, PBX.c.id == span.pbx)
        .join(RUN, RUN.c.number == span.from_run)
    )
    if since is not None:
        found = found.where(span.from_run >= since)
    if pbx is not None:
        found = found.where(span.pbx == pbx)
    return [
        SpanChange(
            row.pbx,
            row.tenant,
            row.from_run,
            row.day,
            row.control,
            state_of_control(row.was) if row.was is not None else None,
            state_of_control(row.status),
            Cause(row.cause),
            row.also,
            Severity(row.severity),
        )
        for row in connection.execute(found)
    ]


def _of_findings(
    connection: Connection, since: int | None, pbx: str | None
) -> Sequence[SpanChange]:
    span, before = FINDING_SPAN.c, FINDING_SPAN.alias("before")
    was = _last_before(FINDING_SPAN, before, before.c.finding == span.finding, before.c.standing)
    before_it = was if since is not None else null()
    found = (
        select(FINDING_SPAN, FINDING, PBX.c.tenant, RUN.c.day, before_it.label("was"))
        .join(FINDING, FINDING.c.id == span.finding)
        .join(PBX, PBX.c.id == FINDING.c.pbx)
        .join(RUN, RUN.c.number == span.from_run)
    )
    if since is not None:
        found = found.where(span.from_run >= since)
    if pbx is not None:
        found = found.where(FINDING.c.pbx == pbx)
    return [_finding_change(row) for row in connection.execute(found)]


def _finding_change(row: Row[tuple[object, ...]]) -> SpanChange:
    subject = SubjectSeen(row.subject_kind, row.subject_id, row.subject_name, row.subject_owner)
    return SpanChange(
        row.pbx,
        row.tenant,
        row.from_run,
        row.day,
        row.control,
        Standing(row.was) if row.was is not None else None,
        Standing(row.standing),
        Cause(row.cause),
        row.also,
        Severity(row.severity),
        row.key,
        subject,
        row.property,
    )


def _last_before(
    table: Table, before: NamedFromClause, same: ColumnElement[bool], wanted: Column[str]
) -> ScalarSelect[str]:
    """Return what the span before one of a table says."""
    found = select(wanted).where(same, before.c.from_run < table.c.from_run)
    newest = found.order_by(before.c.from_run.desc()).limit(1)
    return newest.correlate(table).scalar_subquery()
