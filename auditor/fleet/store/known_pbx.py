"""What a history knows of a PBX before an audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from auditor.errors import ExitCode
from auditor.fleet.compression import Packed, unpack
from auditor.fleet.history_model import (
    AuditEnding,
    Basis,
    Expiry,
    Known,
    KnownControl,
    KnownFinding,
    PaperKind,
    Standing,
    SubjectSeen,
    Versions,
)
from auditor.fleet.store.content_store import expiries_of, stored_content
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
_PBX: Final = select(PBX.c.id, PBX.c.serial, PBX.c.rebound).where(PBX.c.id == bindparam("pbx"))
# What is told of the attempt itself is not needed, and messages take long to read.
_TOLD: Final = frozenset({"pbx", "started", "ended", "ending", "reason", "remarks", "serial"})
_LAST: Final = (
    select(*(column for column in AUDIT.c if column.name not in _TOLD))
    .where(AUDIT.c.pbx == bindparam("pbx"), AUDIT.c.ending == AuditEnding.AUDITED)
    .order_by(AUDIT.c.run.desc())
    .limit(1)
)
_USED: Final = DOCUMENT.c.id.in_(bindparam("used", expanding=True))
_DIGESTS: Final = select(DOCUMENT.c.id, DOCUMENT.c.digest).where(_USED)
_DOCUMENTS: Final = select(
    DOCUMENT.c.id, DOCUMENT.c.digest, DOCUMENT.c.size, DOCUMENT.c.content
).where(_USED)


def known_of(connection: Connection, pbx: str) -> Known:
    """Return what is known of a PBX; nothing of one that was never planned."""
    row = connection.execute(_PBX, {"pbx": pbx}).first()
    if row is None:
        return Known()
    last = connection.execute(_LAST, {"pbx": pbx}).first()
    return _known(connection, row, basis_of(connection, last) if last is not None else None)


def known_with_documents(connection: Connection, pbx: str) -> tuple[Known, dict[str, Packed]]:
    """Return what is known of a PBX, and what its last audit rested on, by digest, as it is kept.

    It is asked of each PBX in each run, so each document is asked for once.
    """
    row = connection.execute(_PBX, {"pbx": pbx}).first()
    if row is None:
        return Known(), {}
    last = connection.execute(_LAST, {"pbx": pbx}).first()
    if last is None:
        return _known(connection, row, None), {}
    kept = {one[0]: Packed(*one[1:]) for one in connection.execute(_DOCUMENTS, _used_by(last))}
    basis = _basis(last, {number: one.digest for number, one in kept.items()})
    if last.expiries in kept:
        basis = basis._replace(expiries=_expiries(partial(unpack, kept[last.expiries])))
    needed = {basis.snapshot, *basis.papers.values()}
    documents = {one.digest: one for one in kept.values() if one.digest in needed}
    return _known(connection, row, basis), documents


def _known(connection: Connection, row: Row[Any, Any, Any], basis: Basis | None) -> Known:
    return Known(
        serial=row.serial or "",
        basis=basis,
        controls=_controls(connection, row.id),
        findings=_findings(connection, row.id),
        rebound=bool(row.rebound),
    )


def paper_column(kind: PaperKind) -> str:
    """Return the column of an audit that refers to a kind of paper."""
    return f"paper_{kind.value}"


def basis_of(connection: Connection, row: Row[Any]) -> Basis:
    """Return what an audit rested on, by its row."""
    digests = {one.id: one.digest for one in connection.execute(_DIGESTS, _used_by(row))}
    content = partial(stored_content, connection, digests.get(row.expiries, ""))
    return _basis(row, digests)._replace(expiries=_expiries(content))


def _used_by(row: Row[Any]) -> dict[str, list[int]]:
    """Return the numbers of the documents that an audit used."""
    papers = (getattr(row, paper_column(kind)) for kind in PaperKind)
    return {"used": [one for one in (row.snapshot, row.expiries, *papers) if one is not None]}


def _basis(row: Row[Any], digests: Mapping[int, str]) -> Basis:
    """Return what an audit rested on, by its row and digests of documents, without what ends."""
    numbers = {kind: getattr(row, paper_column(kind)) for kind in PaperKind}
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
        fail_on=Severity(row.fail_on) if row.fail_on else None,
        generation=row.generation or "",
    )


def _expiries(content: Callable[[], bytes | None]) -> tuple[Expiry, ...]:
    """Return what was to end; nothing if that is damaged, so that it is found out again."""
    try:
        return expiries_of(content() or b"[]")
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
