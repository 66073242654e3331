"""Questions about how every PBX stands beside how it stood before a run; nothing here writes.

However many runs lie between, only the difference is told. An answer costs as much as there are
PBXs and changes, not as there are nights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy import Connection, and_, func, or_, select

from auditor.fleet.history_model import AuditEnding, Cause, Standing
from auditor.fleet.store.queries.current_state import newest_audit, state_of_control
from auditor.fleet.store.queries.result_rows import (
    MovedControl,
    MovedFindings,
    RunInShort,
    Then,
    Worse,
)
from auditor.fleet.store.tables import AUDIT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN, RUN
from auditor.model.vocabulary import Severity, Status

_OPEN: Final = (Status.UNKNOWN, Status.ERROR)


def moved_since(connection: Connection, run: int) -> list[MovedControl]:
    """Return the controls that stand otherwise now than before a run, or findings of which do."""
    days = _days(connection, run)
    moved = _controls(connection, run, days)
    for key, (control, findings) in _findings(connection, run, days).items():
        known = moved.get(key)
        if known is None:
            moved[key] = control._replace(findings=tuple(findings))
            continue
        last = max(known.run, control.run)
        moved[key] = known._replace(run=last, day=days[last], findings=tuple(findings))
    return [moved[key] for key in sorted(moved)]


def worse_since(connection: Connection, run: int) -> Mapping[str, Worse]:
    """Return of each PBX the controls that fail, or are not decided, only since a run or later.

    A control fails so by a finding of it, too. What a first audit could not decide was never
    decided, so that it is nothing worse.
    """
    span, result = FINDING_SPAN.c, RESULT_SPAN.c
    later = result.cause != Cause.FIRST
    controls = select(result.pbx, result.control, result.status, result.severity).where(
        result.to_run.is_(None),
        result.from_run >= run,
        or_(result.status == Status.FAILED, and_(result.status.in_(_OPEN), later)),
    )
    findings = (
        select(FINDING.c.pbx, FINDING.c.control, span.standing, result.severity)
        .distinct()
        .join(FINDING_SPAN, span.finding == FINDING.c.id)
        .join(RESULT_SPAN, and_(result.pbx == FINDING.c.pbx, result.control == FINDING.c.control))
        .where(result.to_run.is_(None))
        .where(span.to_run.is_(None), span.from_run >= run, span.standing == Standing.FAILED)
    )
    worse: dict[str, tuple[dict[str, Severity], ...]] = defaultdict(lambda: ({}, {}))
    for found in (controls, findings):
        for pbx, control, status, severity in connection.execute(found):
            worse[pbx][status in _OPEN][control] = Severity(severity)
    return {pbx: _worse(*controls) for pbx, controls in worse.items()}


def _worse(failed: Mapping[str, Severity], undecided: Mapping[str, Severity]) -> Worse:
    worst = min(failed.values(), key=lambda severity: severity.rank, default=None)
    return Worse(_worst_first(failed), _worst_first(undecided), worst)


def _worst_first(controls: Mapping[str, Severity]) -> tuple[str, ...]:
    return tuple(sorted(controls, key=lambda name: (controls[name].rank, name)))


def not_read_since(connection: Connection) -> Mapping[str, RunInShort]:
    """Return of each PBX that the last audit could not read, the first one since that could not."""
    could = func.coalesce(newest_audit(AuditEnding.AUDITED), 0)
    first = (
        select(func.min(AUDIT.c.run))
        .where(AUDIT.c.pbx == PBX.c.id, AUDIT.c.run > could)
        .correlate(PBX)
        .scalar_subquery()
    )
    failing = select(PBX.c.id, first.label("run")).subquery()
    found = select(failing.c.id, RUN.c.number, RUN.c.day, RUN.c.started).join(
        RUN, RUN.c.number == failing.c.run
    )
    return {
        row.id: RunInShort(row.number, row.day, row.started) for row in connection.execute(found)
    }


def read_before(connection: Connection, run: int) -> Mapping[str, Then]:
    """Return how every PBX had been read before a run."""
    ending, ended = AUDIT.c.ending, AUDIT.c.ended
    answers = (AuditEnding.AUDITED, AuditEnding.CONFLICT)
    found = select(
        PBX.c.id,
        newest_audit(wanted=ending, before=run).label("last"),
        newest_audit(*answers, wanted=ending, before=run).label("answered"),
        newest_audit(AuditEnding.AUDITED, wanted=ended, before=run).label("success"),
    )
    return {
        row.id: Then(
            AuditEnding(row.last) if row.last is not None else None,
            AuditEnding(row.answered) if row.answered is not None else None,
            row.success,
        )
        for row in connection.execute(found)
    }


def run_before(connection: Connection, run: int) -> RunInShort | None:
    """Return the run before another one, None if there was none."""
    found = select(RUN).where(RUN.c.number < run).order_by(RUN.c.number.desc()).limit(1)
    row = connection.execute(found).first()
    return RunInShort(row.number, row.day, row.started) if row is not None else None


def _days(connection: Connection, run: int) -> Mapping[int, date]:
    found = select(RUN.c.number, RUN.c.day).where(RUN.c.number >= run)
    return {row.number: row.day for row in connection.execute(found)}


def _controls(
    connection: Connection, run: int, days: Mapping[int, date]
) -> dict[tuple[str, str], MovedControl]:
    span, was = RESULT_SPAN.c, RESULT_SPAN.alias("was")
    stood = and_(
        was.c.pbx == span.pbx,
        was.c.control == span.control,
        was.c.from_run < run,
        was.c.to_run >= run,
    )
    found = (
        select(RESULT_SPAN, PBX.c.tenant, was.c.status.label("before"))
        .join(PBX, PBX.c.id == span.pbx)
        .outerjoin(was, stood)
        .where(span.to_run.is_(None), span.from_run >= run)
    )
    return {
        (row.pbx, row.control): MovedControl(
            row.pbx,
            row.tenant,
            row.control,
            Severity(row.severity),
            state_of_control(row.before) if row.before is not None else None,
            state_of_control(row.status),
            Cause(row.cause),
            row.from_run,
            days[row.from_run],
        )
        for row in connection.execute(found)
    }


def _findings(
    connection: Connection, run: int, days: Mapping[int, date]
) -> dict[tuple[str, str], tuple[MovedControl, list[MovedFindings]]]:
    """Return how findings moved, by PBX and control, with the control as it was all along."""
    span, result, was = FINDING_SPAN.c, RESULT_SPAN.c, FINDING_SPAN.alias("was")
    stood = and_(was.c.finding == span.finding, was.c.from_run < run, was.c.to_run >= run)
    control = and_(
        result.pbx == FINDING.c.pbx,
        result.control == FINDING.c.control,
        result.to_run.is_(None),
    )
    about = (FINDING.c.pbx, PBX.c.tenant, FINDING.c.control, result.severity, result.status)
    how = (was.c.standing.label("before"), span.standing, span.cause)
    found = (
        select(*about, *how, func.max(span.from_run).label("last"), func.count().label("number"))
        .select_from(FINDING_SPAN)
        .join(FINDING, FINDING.c.id == span.finding)
        .join(PBX, PBX.c.id == FINDING.c.pbx)
        .join(RESULT_SPAN, control)
        .outerjoin(was, stood)
        .where(span.to_run.is_(None), span.from_run >= run)
        .group_by(*about, was.c.standing, span.standing, span.cause)
    )
    moved: dict[tuple[str, str], tuple[MovedControl, list[MovedFindings]]] = {}
    for row in connection.execute(found):
        if row.before == row.standing:
            continue
        state, cause = state_of_control(row.status), Cause(row.cause)
        seen = MovedControl(
            row.pbx,
            row.tenant,
            row.control,
            Severity(row.severity),
            state,
            state,
            cause,
            row.last,
            days[row.last],
        )
        key = (row.pbx, row.control)
        known, findings = moved.setdefault(key, (seen, []))
        if row.last > known.run:
            moved[key] = seen, findings
        before = Standing(row.before) if row.before is not None else None
        findings.append(MovedFindings(before, Standing(row.standing), cause, row.number))
    return moved
