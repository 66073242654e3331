"""What a history knows of a PBX before an audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from auditor.errors import ExitCode
from auditor.fleet.model import (
    Basis,
    Ending,
    Expiry,
    Known,
    KnownControl,
    KnownFinding,
    PaperKind,
    Standing,
    SubjectSeen,
    Versions,
)
from auditor.fleet.store.documents import content_of, expiries_of
from auditor.fleet.store.tables import AUDIT, DOCUMENT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN
from auditor.model.vocabulary import Severity, Status

_OPEN_RESULT = RESULT_SPAN.c.to_run.is_(None)


def known_of(connection: Connection, pbx: str) -> Known:
    """Return what is known of a PBX; nothing of one that was never planned."""
    row = connection.execute(select(PBX).where(PBX.c.id == pbx)).first()
    if row is None:
        return Known()
    return Known(
        serial=row.serial or "",
        basis=_basis(connection, pbx),
        controls=_controls(connection, pbx),
        findings={finding.key: finding for finding in _findings(connection, pbx)},
        rebound=bool(row.rebound),
    )


def last_audited() -> Select[tuple[str, int]]:
    """Select each PBX with its last run that could look."""
    return (
        select(AUDIT.c.pbx, func.max(AUDIT.c.run).label("run"))
        .where(AUDIT.c.ending == Ending.AUDITED)
        .group_by(AUDIT.c.pbx)
    )


def paper_column(kind: PaperKind) -> str:
    """Return the column of an audit that refers to a kind of paper."""
    return f"paper_{kind.value}"


def _basis(connection: Connection, pbx: str) -> Basis | None:
    found = select(AUDIT).where(AUDIT.c.pbx == pbx, AUDIT.c.ending == Ending.AUDITED)
    row = connection.execute(found.order_by(AUDIT.c.run.desc()).limit(1)).first()
    return None if row is None else basis_of(connection, row)


def basis_of(connection: Connection, row: Row[Any]) -> Basis:
    """Return what an audit rested on, by its row."""
    numbers = {kind: getattr(row, paper_column(kind)) for kind in PaperKind}
    used = [
        row.snapshot,
        row.expiries,
        *(number for number in numbers.values() if number is not None),
    ]
    found = select(DOCUMENT.c.id, DOCUMENT.c.digest).where(DOCUMENT.c.id.in_(used))
    digests = {row.id: row.digest for row in connection.execute(found)}
    return Basis(
        run=row.run,
        day=row.day,
        snapshot=digests[row.snapshot],
        content=row.content,
        papers={kind: digests[number] for kind, number in numbers.items() if number is not None},
        versions=Versions(row.tool, row.rules, row.vulnerabilities, row.profile),
        objects=row.objects,
        code=ExitCode(row.code),
        score=row.score,
        expiries=_expiries(connection, digests.get(row.expiries, "")),
    )


def _expiries(connection: Connection, digest: str) -> tuple[Expiry, ...]:
    """Return what was to end; nothing if that is damaged, so that it is found out again."""
    try:
        return expiries_of(content_of(connection, digest) or b"[]")
    except ValueError:
        return ()


def _controls(connection: Connection, pbx: str) -> dict[str, KnownControl]:
    """Return each control that is asked, as it stands."""
    found = select(RESULT_SPAN).where(
        RESULT_SPAN.c.pbx == pbx, _OPEN_RESULT, RESULT_SPAN.c.status != Standing.NOT_ASKED
    )
    return {
        row.control: KnownControl(
            row.control, row.version, Status(row.status), Severity(row.severity)
        )
        for row in connection.execute(found.order_by(RESULT_SPAN.c.control))
    }


def _findings(connection: Connection, pbx: str) -> list[KnownFinding]:
    found = (
        select(FINDING, FINDING_SPAN.c.standing)
        .join(FINDING_SPAN, FINDING_SPAN.c.finding == FINDING.c.id)
        .where(FINDING.c.pbx == pbx, FINDING_SPAN.c.to_run.is_(None))
        .order_by(FINDING.c.id)
    )
    return [
        KnownFinding(
            row.key,
            row.control,
            SubjectSeen(row.subject_kind, row.subject_id, row.subject_name, row.subject_owner),
            row.property,
            Standing(row.standing),
        )
        for row in connection.execute(found)
    ]
