"""Questions for what goes outside: what is counted, and when it was; nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from auditor.errors import ExitCode
from auditor.fleet.history_model import Standing
from auditor.fleet.store.history_records import Delivery, RecordedRun
from auditor.fleet.store.outbox_rows import deliveries, newest
from auditor.fleet.store.runs import is_own, run_of
from auditor.fleet.store.tables import FINDING, FINDING_SPAN, RUN
from auditor.model.vocabulary import Severity

# A run that did what it is for, whatever it found.
FINE: Final = (ExitCode.OK, ExitCode.FINDINGS, ExitCode.INCOMPLETE)
_OPEN: Final = (Standing.FAILED, Standing.WAIVED, Standing.UNDECIDED)
# How many findings a PBX has of each standing and severity.
Findings = Mapping[tuple[str, Standing, Severity], int]


class Ended(NamedTuple):
    """The last run that came to its end, and the last that did what it is for, if there is one."""

    last: RecordedRun | None = None
    fine: RecordedRun | None = None


def open_findings(connection: Connection) -> Findings:
    """Return how many findings of each PBX are open, those that are accepted or undecided too."""
    found = (
        select(FINDING.c.pbx, FINDING_SPAN.c.standing, FINDING_SPAN.c.severity, func.count())
        .join(FINDING, FINDING.c.id == FINDING_SPAN.c.finding)
        .where(FINDING_SPAN.c.to_run.is_(None), FINDING_SPAN.c.standing.in_(_OPEN))
        .group_by(FINDING.c.pbx, FINDING_SPAN.c.standing, FINDING_SPAN.c.severity)
    )
    return {
        (pbx, Standing(standing), Severity(severity)): count
        for pbx, standing, severity, count in connection.execute(found)
    }


def last_deliveries(connection: Connection) -> tuple[Delivery, ...]:
    """Return the last delivery to each recipient."""
    return tuple(deliveries(connection, newest()))


def ended_runs(connection: Connection, *, reads_here: bool = False) -> Ended:
    """Return the last runs that ended; of a fleet that `reads_here` those that were no import."""
    ended = select(RUN).where(RUN.c.ended.is_not(None)).order_by(RUN.c.number.desc()).limit(1)
    if reads_here:
        ended = ended.where(is_own())
    last = connection.execute(ended).first()
    fine = connection.execute(ended.where(RUN.c.code.in_([int(code) for code in FINE]))).first()
    return Ended(*(run_of(row) if row is not None else None for row in (last, fine)))
