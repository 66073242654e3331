"""The remediation plan of an audit, with what it would close and open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from auditor.errors import ExitCode
from auditor.model.result import ControlResult
from auditor.model.snapshot import Snapshot
from auditor.pbx.view import AuditView
from auditor.remediation.impact import Difference, foreseen
from auditor.remediation.plan import Plan, draft_plan
from auditor.report.score import score
from auditor.run.audit import Outcome, audit
from auditor.run.setup import Setup


class ImpactPreview(NamedTuple):
    """A plan that says what it leads to, and what becomes of each control."""

    plan: Plan
    differences: list[Difference]

    @property
    def code(self) -> ExitCode:
        """Return the exit code: that the plan is dangerous is a finding."""
        return ExitCode.FINDINGS if self.is_dangerous else ExitCode.OK

    @property
    def is_dangerous(self) -> bool:
        """Return whether the plan opens something as bad as what it closes."""
        return self.plan.prospect is not None and self.plan.prospect.dangerous


def preview_impact(setup: Setup, outcome: Outcome, name: str, run_id: str) -> ImpactPreview:
    """Return the plan for an outcome; what it leads to is audited with the same controls."""
    view = AuditView(outcome.snapshot, outcome.site, setup.today)
    made = draft_plan(view, outcome.results, target_name=name, run_id=run_id)

    def judge(snapshot: Snapshot) -> Sequence[ControlResult]:
        return audit(snapshot, setup.site, setup.selection, setup.today).results

    def scorer(results: Sequence[ControlResult]) -> int | None:
        return score(results, setup.minimum_coverage)[0]

    return ImpactPreview(*foreseen(made, outcome.snapshot, outcome.results, judge, scorer))
