"""Questions about how every PBX stands now; nothing here writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, ScalarSelect, and_, func, select

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, Expiry, Standing
from auditor.fleet.store import content_store
from auditor.fleet.store.queries.result_rows import (
    Attempt,
    ControlState,
    Counts,
    Movement,
    Overview,
    Success,
)
from auditor.fleet.store.tables import AUDIT, DOCUMENT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN
from auditor.model.vocabulary import Severity, Status

_MANY: Final = 200
_STILL_WRONG: Final = (Standing.FAILED, Standing.WAIVED)


def overview(
    connection: Connection, counts: Mapping[str, Counts] | None = None
) -> tuple[Overview, ...]:
    """Return every PBX that the history knows, as it stands.

    Its cost rests on the number of PBXs and their controls, not on that of nights. `counts` are
    those of the controls of each PBX, if they were counted already.
    """
    runs = connection.execute(
        select(
            PBX,
            newest_audit().label("last"),
            newest_audit(AuditEnding.AUDITED).label("success"),
            newest_audit(AuditEnding.AUDITED, wanted=AUDIT.c.objects, skipped=1).label(
                "objects_before"
            ),
            newest_audit(AuditEnding.AUDITED, AuditEnding.CONFLICT).label("answered"),
        )
    ).all()
    wanted = {(row.id, run) for row in runs for run in (row.last, row.success) if run is not None}
    audits = _audits(connection, wanted)
    counts = _counts(connection) if counts is None else counts
    expiries = _expiries(connection, audits.values())
    latest = {row.id: row.success for row in runs if row.success and row.success == row.last}
    movements = _movements(connection, latest)
    rows = []
    for row in runs:
        last, success = audits.get((row.id, row.last)), audits.get((row.id, row.success))
        rows.append(
            Overview(
                row.id,
                row.tenant,
                attempt_of(last) if last is not None else None,
                success_of(success) if success is not None else None,
                row.objects_before,
                not row.rebound and row.answered != row.success,
                counts.get(row.id, {}),
                movements.get(row.id, Movement()),
                expiries.get(success.expiries, ()) if success is not None else (),
            )
        )
    return tuple(rows)


def state_of_control(text: str) -> ControlState:
    """Return a status, or that a control is not asked any more."""
    return Standing.NOT_ASKED if text == Standing.NOT_ASKED else Status(text)


def attempt_of(row: Row[tuple[object, ...]]) -> Attempt:
    """Return an audit by its row."""
    return Attempt(
        row.run, row.day, row.started, row.ended, AuditEnding(row.ending), row.reason, row.remarks
    )


def success_of(row: Row[tuple[object, ...]]) -> Success:
    """Return an audit that could look, by its row."""
    return Success(
        row.run,
        row.day,
        row.started,
        row.ended,
        ExitCode(row.code),
        row.score,
        row.objects,
        row.profile,
    )


def newest_audit(
    *endings: AuditEnding,
    wanted: Column[Any] = AUDIT.c.run,
    skipped: int = 0,
    before: int | None = None,
) -> ScalarSelect[Any]:
    """Return of the last audit of a PBX that ended so its run, or what else is wanted.

    It is found from the newest one on, so each question is for what most audits are. `before` is a
    run that is too late.
    """
    chosen = AUDIT.c.pbx == PBX.c.id
    if endings:
        chosen = and_(chosen, AUDIT.c.ending.in_(endings))
    if before is not None:
        chosen = and_(chosen, AUDIT.c.run < before)
    newest = select(wanted).where(chosen).order_by(AUDIT.c.run.desc()).limit(1)
    return newest.offset(skipped).correlate(PBX).scalar_subquery()


def _audits(
    connection: Connection, wanted: Iterable[tuple[str, int]]
) -> Mapping[tuple[str, int], Row[tuple[object, ...]]]:
    """Return audits by PBX and run; of a run from which many are wanted all are read."""
    of_run: dict[int, set[str]] = defaultdict(set)
    for pbx, run in wanted:
        of_run[run].add(pbx)
    found = {}
    for run, pbxs in of_run.items():
        asked = select(AUDIT).where(AUDIT.c.run == run)
        if len(pbxs) < _MANY:
            asked = asked.where(AUDIT.c.pbx.in_(pbxs))
        for row in connection.execute(asked):
            if row.pbx in pbxs:
                found[row.pbx, row.run] = row
    return found


def _counts(connection: Connection) -> Mapping[str, Counts]:
    spans = RESULT_SPAN.c
    found = (
        select(spans.pbx, spans.status, spans.severity, func.count())
        .where(spans.to_run.is_(None), spans.status != Standing.NOT_ASKED)
        .group_by(spans.pbx, spans.status, spans.severity)
    )
    counts: dict[str, dict[tuple[ControlState, Severity], int]] = defaultdict(dict)
    for pbx, status, severity, count in connection.execute(found).all():
        counts[pbx][Status(status), Severity(severity)] = count
    return counts


def _movements(connection: Connection, latest: Mapping[str, int]) -> Mapping[str, Movement]:
    """Return what the last audits changed, of PBXs with the run of theirs."""
    before = FINDING_SPAN.alias("before")
    was = (
        select(before.c.standing)
        .where(
            before.c.finding == FINDING_SPAN.c.finding,
            before.c.from_run < FINDING_SPAN.c.from_run,
        )
        .order_by(before.c.from_run.desc())
        .limit(1)
        .correlate(FINDING_SPAN)
        .scalar_subquery()
    )
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    for run in set(latest.values()):
        found = (
            select(FINDING.c.pbx, FINDING_SPAN.c.standing, was)
            .join(FINDING, FINDING.c.id == FINDING_SPAN.c.finding)
            .where(FINDING_SPAN.c.from_run == run)
        )
        for pbx, standing, earlier in connection.execute(found):
            if latest.get(pbx) == run:
                moved[pbx].update(_kinds(standing, earlier))
        for pbx in _weighing_more(connection, run):
            if latest.get(pbx) == run:
                moved[pbx]["new"] += 1
    return {pbx: Movement(**kinds) for pbx, kinds in moved.items()}


def _weighing_more(connection: Connection, run: int) -> Iterator[str]:
    """Yield the PBX of each control that fails as before, and weighs more since a run.

    A run says of it that it is new, with the exit code for it, though none of its findings is.
    """
    before, now = RESULT_SPAN.alias("before"), RESULT_SPAN.c
    failed = Status.FAILED.value
    found = (
        select(now.pbx, now.severity, before.c.severity)
        .join(before, and_(before.c.pbx == now.pbx, before.c.control == now.control))
        .where(now.from_run == run, before.c.to_run == run)
        .where(now.status == failed, before.c.status == failed)
    )
    for pbx, severity, earlier in connection.execute(found):
        if Severity(severity).rank < Severity(earlier).rank:
            yield pbx


def _kinds(standing: str, before: str | None) -> tuple[str, ...]:
    """Return as what a change of a finding counts."""
    if standing == Standing.FAILED:
        came_back = before in {Standing.FIXED, Standing.GONE}
        return ("new", "reopened") if came_back else ("new",)
    if before in _STILL_WRONG and standing in {Standing.FIXED, Standing.GONE}:
        return (standing,)
    return ()


def _expiries(
    connection: Connection, audits: Iterable[Row[tuple[object, ...]]]
) -> Mapping[int, tuple[Expiry, ...]]:
    """Return what expires, by the number of the document."""
    numbers = {row.expiries for row in audits if row.expiries is not None}
    found = select(DOCUMENT.c.id, DOCUMENT.c.digest).where(DOCUMENT.c.id.in_(numbers))
    expiries = {}
    for number, digest in connection.execute(found).all():
        content = content_store.stored_content(connection, digest)
        expiries[number] = content_store.expiries_of(content or b"[]")
    return expiries
