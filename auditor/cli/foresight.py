"""The remediation plan of an audit, with what it would close and open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from auditor.audit import Outcome, audit
from auditor.cli.planning import Plan
from auditor.model.result import ControlResult
from auditor.model.snapshot import Snapshot
from auditor.remediation import plan as remediation
from auditor.remediation.whatif import Difference, foreseen
from auditor.report.score import score
from auditor.view import AuditView


class Foresight(NamedTuple):
    """A plan that says what it leads to, and what becomes of each control."""

    plan: remediation.Plan
    differences: list[Difference]


def look_ahead(chosen: Plan, outcome: Outcome, name: str, run_id: str) -> Foresight:
    """Return the plan for an outcome; what it leads to is audited with the same controls."""
    view = AuditView(outcome.snapshot, outcome.site, chosen.today)
    made = remediation.draft_plan(view, outcome.results, target_name=name, run_id=run_id)

    def judge(snapshot: Snapshot) -> Sequence[ControlResult]:
        return audit(snapshot, chosen.site, chosen.selection, chosen.today).results

    def scorer(results: Sequence[ControlResult]) -> int | None:
        return score(results, chosen.minimum_coverage)[0]

    return Foresight(*foreseen(made, outcome.snapshot, outcome.results, judge, scorer))
