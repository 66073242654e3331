"""What is recorded of a PBX of which there is no audit."""

from __future__ import annotations

from datetime import datetime

from auditor.fleet.history_model import AuditRecord
from auditor.fleet.runner.jobs import AuditResult, Failure, Job


def failed(job: Job, failure: Failure, ended: datetime) -> AuditResult:
    """Return what an attempt comes to that did not lead to an audit."""
    record = AuditRecord(
        pbx=job.pbx.id,
        tenant=job.pbx.tenant,
        started=job.started,
        ended=ended,
        day=job.day,
        ending=failure.ending,
        reason=failure.reason,
    )
    return AuditResult(record, told=failure.told)
