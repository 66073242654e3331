"""Takes back the first audit of a PBX: the box that was read turned out to be another id's."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from auditor.fleet.history_model import AuditEnding, AuditRecord
from auditor.fleet.store.content_store import is_unused
from auditor.fleet.store.recording import attempt
from auditor.fleet.store.tables import (
    AUDIT,
    DOCUMENT,
    DOCUMENTS_USED,
    FINDING,
    FINDING_SPAN,
    PBX,
    RESULT_SPAN,
)


def take_back(connection: Connection, run: int, instead: AuditRecord) -> bool:
    """Let an attempt stand for the first audit of a PBX, of which nothing is kept.

    Returns False, and changes nothing, if it was not the first one, or not of this run.
    """
    of_pbx = AUDIT.c.pbx == instead.pbx
    audits = list(
        connection.execute(select(AUDIT).where(of_pbx, AUDIT.c.ending == AuditEnding.AUDITED))
    )
    if [row.run for row in audits] != [run]:
        return False
    used = {
        getattr(audits[0], column.name) for column in DOCUMENTS_USED if column.table is AUDIT
    } - {None}
    findings = select(FINDING.c.id).where(FINDING.c.pbx == instead.pbx)
    connection.execute(delete(FINDING_SPAN).where(FINDING_SPAN.c.finding.in_(findings)))
    connection.execute(delete(FINDING).where(FINDING.c.pbx == instead.pbx))
    connection.execute(delete(RESULT_SPAN).where(RESULT_SPAN.c.pbx == instead.pbx))
    connection.execute(delete(AUDIT).where(of_pbx, AUDIT.c.run == run))
    connection.execute(update(PBX).where(PBX.c.id == instead.pbx).values(serial=None))
    connection.execute(delete(DOCUMENT).where(DOCUMENT.c.id.in_(used), is_unused()))
    connection.execute(insert(AUDIT).values(attempt(run, instead)))
    return True
