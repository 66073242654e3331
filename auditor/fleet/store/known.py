"""What a history knows of a PBX before an audit."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, select

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

# Looked up rather than asked, which takes ten times as long for each of many controls.
_STATUS: Final = {one.value: one for one in Status}
_SEVERITY: Final = {one.value: one for one in Severity}
_STANDING: Final = {one.value: one for one in Standing}
# Asked of each PBX in each run: only the columns that are needed, and made once.
_CONTROLS: Final = (
    select(
        RESULT_SPAN.c.control, RESULT_SPAN.c.version, RESULT_SPAN.c.status, RESULT_SPAN.c.severity
    )
    .where(
        RESULT_SPAN.c.pbx == bindparam("pbx"),
        RESULT_SPAN.c.to_run.is_(None),
        RESULT_SPAN.c.status != Standing.NOT_ASKED,
    )
    .order_by(RESULT_SPAN.c.control)
)
_FINDINGS: Final = (
    select(
        FINDING.c.key,
        FINDING.c.control,
        FINDING.c.property,
        FINDING_SPAN.c.standing,
        FINDING.c.subject_kind,
        FINDING.c.subject_id,
        FINDING.c.subject_name,
        FINDING.c.subject_owner,
    )
    .join(FINDING_SPAN, FINDING_SPAN.c.finding == FINDING.c.id)
    .where(FINDING.c.pbx == bindparam("pbx"), FINDING_SPAN.c.to_run.is_(None))
    .order_by(FINDING.c.id)
)
_PBX: Final = select(PBX.c.serial, PBX.c.rebound).where(PBX.c.id == bindparam("pbx"))
_LAST: Final = (
    select(AUDIT)
    .where(AUDIT.c.pbx == bindparam("pbx"), AUDIT.c.ending == Ending.AUDITED)
    .order_by(AUDIT.c.run.desc())
    .limit(1)
)
_DIGESTS: Final = select(DOCUMENT.c.id, DOCUMENT.c.digest).where(
    DOCUMENT.c.id.in_(bindparam("used", expanding=True))
)


def known_of(connection: Connection, pbx: str) -> Known:
    """Return what is known of a PBX; nothing of one that was never planned."""
    row = connection.execute(_PBX, {"pbx": pbx}).first()
    if row is None:
        return Known()
    return Known(
        serial=row.serial or "",
        basis=_basis(connection, pbx),
        controls=_controls(connection, pbx),
        findings=_findings(connection, pbx),
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
    row = connection.execute(_LAST, {"pbx": pbx}).first()
    return None if row is None else basis_of(connection, row)


def basis_of(connection: Connection, row: Row[Any]) -> Basis:
    """Return what an audit rested on, by its row."""
    numbers = {kind: getattr(row, paper_column(kind)) for kind in PaperKind}
    used = [
        row.snapshot,
        row.expiries,
        *(number for number in numbers.values() if number is not None),
    ]
    digests = {row.id: row.digest for row in connection.execute(_DIGESTS, {"used": used})}
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
        fail_on=Severity(row.fail_on) if row.fail_on else None,
        generation=row.generation or "",
    )


def _expiries(connection: Connection, digest: str) -> tuple[Expiry, ...]:
    """Return what was to end; nothing if that is damaged, so that it is found out again."""
    try:
        return expiries_of(content_of(connection, digest) or b"[]")
    except ValueError:
        return ()


def _controls(connection: Connection, pbx: str) -> dict[str, KnownControl]:
    """Return each control that is asked, as it stands."""
    return {
        control: KnownControl(control, version, _STATUS[status], _SEVERITY[severity])
        for control, version, status, severity in connection.execute(_CONTROLS, {"pbx": pbx}).all()
    }


def _findings(connection: Connection, pbx: str) -> dict[str, KnownFinding]:
    return {
        key: KnownFinding(key, control, SubjectSeen(*subject), about, _STANDING[standing])
        for key, control, about, standing, *subject in connection.execute(
            _FINDINGS, {"pbx": pbx}
        ).all()
    }
