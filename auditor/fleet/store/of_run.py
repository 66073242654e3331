"""What a run recorded so far, so that one that is taken up again ends as an undisturbed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, select

from auditor.errors import ExitCode
from auditor.fleet.model import Cause, Change, Ending, KnownControl, Standing, SubjectSeen
from auditor.fleet.store.known import known_of
from auditor.fleet.store.tables import AUDIT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN
from auditor.messages.message import Message
from auditor.model.vocabulary import Severity, Status


class Recorded(NamedTuple):
    """One PBX as a run recorded it, with what changed, and how its controls stand."""

    pbx: str
    tenant: str
    ending: Ending
    reason: Message
    changes: tuple[Change, ...]
    controls: Mapping[str, KnownControl]
    code: ExitCode | None


def recorded_in(connection: Connection, run: int) -> Sequence[Recorded]:
    """Return every PBX that a run recorded, while it is the last one."""
    found = select(AUDIT, PBX.c.tenant).join(PBX, PBX.c.id == AUDIT.c.pbx).where(AUDIT.c.run == run)
    return [
        Recorded(
            row.pbx,
            row.tenant,
            Ending(row.ending),
            row.reason,
            tuple(_changes(connection, row.pbx, run)),
            known_of(connection, row.pbx).controls,
            ExitCode(row.code) if row.code is not None else None,
        )
        for row in connection.execute(found.order_by(AUDIT.c.pbx))
    ]


def _changes(connection: Connection, pbx: str, run: int) -> Iterator[Change]:
    """Yield what a run changed of a PBX: the spans that begin with it, and those they follow."""
    before = _ended(connection, _results(pbx), RESULT_SPAN, run)
    for row in connection.execute(_results(pbx).where(RESULT_SPAN.c.from_run == run)):
        last = before.get(row.control)
        yield Change(
            row.control,
            _status(last.status) if last is not None else None,
            _status(row.status),
            Cause(row.cause),
            severity=Severity(row.severity),
            also=row.also,
        )
    before = _ended(connection, _findings(pbx), FINDING_SPAN, run)
    for row in connection.execute(_findings(pbx).where(FINDING_SPAN.c.from_run == run)):
        last = before.get(row.key)
        yield Change(
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
