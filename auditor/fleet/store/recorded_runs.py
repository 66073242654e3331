"""What a run recorded so far, so that one that is taken up again ends as an undisturbed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, func, select

from auditor.errors import ExitCode
from auditor.fleet.history_model import (
    AuditEnding,
    Cause,
    KnownControl,
    RecordedChange,
    Standing,
    SubjectSeen,
)
from auditor.fleet.store.known_pbx import known_of
from auditor.fleet.store.tables import AUDIT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN, RUN
from auditor.messages.message import Message
from auditor.model.vocabulary import Severity, Status


class RecordedPbx(NamedTuple):
    """One PBX as a run recorded it, with what changed, and how its controls stand.

    `last` is the day of the last audit of it that could look, this one included.
    """

    pbx: str
    tenant: str
    ending: AuditEnding
    reason: Message
    changes: tuple[RecordedChange, ...]
    controls: Mapping[str, KnownControl]
    code: ExitCode | None
    last: date | None


def recorded_in(connection: Connection, run: int) -> Sequence[RecordedPbx]:
    """Return every PBX that a run recorded, while it is the last one."""
    found = select(AUDIT, PBX.c.tenant).join(PBX, PBX.c.id == AUDIT.c.pbx).where(AUDIT.c.run == run)
    return [
        _recorded(connection, row, run) for row in connection.execute(found.order_by(AUDIT.c.pbx))
    ]


def audited_before(connection: Connection, run: int) -> frozenset[str]:
    """Return the PBXs of which an audit could look before a run."""
    found = select(AUDIT.c.pbx).where(AUDIT.c.run < run, AUDIT.c.ending == AuditEnding.AUDITED)
    return frozenset(connection.scalars(found.distinct()))


def unannounced(connection: Connection, run: int) -> Sequence[tuple[str, str, RecordedChange]]:
    """Return tenant, PBX and change of what runs before changed that did not come to their end.

    Nobody heard of it yet. What a later run changed again is not among it.
    """
    ended = select(func.max(RUN.c.number)).where(RUN.c.number < run, RUN.c.ended.is_not(None))
    last = connection.scalar(ended) or 0
    found: list[tuple[str, str, RecordedChange]] = []
    for number in range(last + 1, run):
        of_run = select(AUDIT.c.pbx, PBX.c.tenant).join(PBX, PBX.c.id == AUDIT.c.pbx)
        for row in connection.execute(of_run.where(AUDIT.c.run == number)):
            changes = _changes(connection, row.pbx, number, still=True)
            found += [(row.tenant, row.pbx, change) for change in changes]
    return found


def _recorded(connection: Connection, row: Row[Any], run: int) -> RecordedPbx:
    known = known_of(connection, row.pbx)
    return RecordedPbx(
        row.pbx,
        row.tenant,
        AuditEnding(row.ending),
        row.reason,
        tuple(_changes(connection, row.pbx, run)),
        known.controls,
        ExitCode(row.code) if row.code is not None else None,
        known.basis.day if known.basis is not None else None,
    )


def _changes(
    connection: Connection, pbx: str, run: int, *, still: bool = False
) -> Iterator[RecordedChange]:
    """Yield what a run changed of a PBX: the spans that begin with it, and those they follow.

    With `still`, only what stands so to this day.
    """
    before = _ended(connection, _results(pbx), RESULT_SPAN, run)
    for row in connection.execute(_results(pbx).where(RESULT_SPAN.c.from_run == run)):
        if still and row.to_run is not None:
            continue
        last = before.get(row.control)
        yield RecordedChange(
            row.control,
            _status(last.status) if last is not None else None,
            _status(row.status),
            Cause(row.cause),
            severity=Severity(row.severity),
            also=row.also,
            weighed=Severity(last.severity) if last is not None else None,
        )
    before = _ended(connection, _findings(pbx), FINDING_SPAN, run)
    for row in connection.execute(_findings(pbx).where(FINDING_SPAN.c.from_run == run)):
        if still and row.to_run is not None:
            continue
        last = before.get(row.key)
        yield RecordedChange(
            row.control,
            Standing(last.standing) if last is not None else None,
            Standing(row.standing),
            Cause(row.cause),
            row.key,
            SubjectSeen(row.subject_kind, row.subject_id, row.subject_name, row.subject_owner),
            row.property,
            Severity(row.severity),
            row.also,
        )


def _results(pbx: str) -> Select[Any]:
    return select(RESULT_SPAN, RESULT_SPAN.c.control.label("what")).where(RESULT_SPAN.c.pbx == pbx)


def _findings(pbx: str) -> Select[Any]:
    columns = (
        *(one for one in FINDING.c if one.name != "id"),
        *(one for one in FINDING_SPAN.c if one.name != "id"),
        FINDING.c.key.label("what"),
    )
    joined = select(*columns).join(FINDING_SPAN, FINDING_SPAN.c.finding == FINDING.c.id)
    return joined.where(FINDING.c.pbx == pbx)


def _ended(
    connection: Connection, spans: Select[Any], table: Table, run: int
) -> dict[str, Row[Any]]:
    """Return the spans that ended with a run, by what they are about."""
    return {row.what: row for row in connection.execute(spans.where(table.c.to_run == run))}


def _status(value: str) -> Status | Standing:
    return Standing.NOT_ASKED if value == Standing.NOT_ASKED else Status(value)
