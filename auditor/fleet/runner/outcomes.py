"""What one PBX came to, as a run counts it."""

from __future__ import annotations

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditRecord, Known
from auditor.fleet.runner.totals import ControlStandings, PbxOutcome
from auditor.fleet.store.recorded_runs import RecordedPbx
from auditor.model.vocabulary import Severity


def pbx_outcome(record: AuditRecord, known: Known, fail_on: Severity) -> PbxOutcome:
    """Return what a record comes to, given what was known of its PBX before.

    Of one that could not be read, or was not judged again, controls stand as they stood.
    """
    audited = record.audited
    standings = ControlStandings(
        {one.control: (one.status, one.severity) for one in known.controls.values()}
    )
    certain = False
    if audited is not None and audited.judgement.controls:
        judgement = audited.judgement
        standings = ControlStandings(
            {one.control: (one.status, one.severity) for one in judgement.controls}
        )
        was_certain = known.basis is not None and known.basis.code is ExitCode.FINDINGS
        fails = judgement.code is ExitCode.FINDINGS
        certain = fails and not was_certain and not standings.fails(fail_on)
    return PbxOutcome(
        record.pbx,
        record.tenant,
        record.ending,
        audited.changes if audited is not None else (),
        standings,
        record.reason,
        certain,
        known.basis.day if known.basis is not None else None,
    )


def outcome_again(recorded: RecordedPbx, fail_on: Severity) -> PbxOutcome:
    """Return what a PBX came to before the run was taken up again."""
    standings = ControlStandings(
        {one.control: (one.status, one.severity) for one in recorded.controls.values()}
    )
    fails = recorded.code is ExitCode.FINDINGS and bool(recorded.changes)
    return PbxOutcome(
        recorded.pbx,
        recorded.tenant,
        recorded.ending,
        recorded.changes,
        standings,
        recorded.reason,
        fails and not standings.fails(fail_on),
        recorded.last,
    )
