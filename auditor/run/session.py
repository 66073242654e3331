"""The run session: one target after another, each from its address to its report.

Commands and scheduled runs audit through it. It keeps nothing of a target that it is done with, so
one process can audit as many as it likes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.errors import ExitCode, TargetError
from auditor.messages.languages import Language
from auditor.messages.message import say_count
from auditor.model.snapshot import Snapshot
from auditor.report.build import (
    RunContext,
    adjustments,
    build_report,
    name_of_system,
    shown_results,
)
from auditor.report.earlier_reports import with_history
from auditor.report.schema import v1
from auditor.report.schema.v1project import ProjectFile
from auditor.run.audit import Outcome, audit, scores_everybody
from auditor.run.clock import SYSTEM_CLOCK, Clock
from auditor.run.ending import if_stopped, only_seen, stopped_with, unreached, with_failure
from auditor.run.gate import decide
from auditor.run.reader import Reader
from auditor.run.repository_paths import locations_of
from auditor.run.setup import Setup
from auditor.run.target import shown_address
from auditor.sources.options import Activity, LiveOptions, Progress

if TYPE_CHECKING:
    from auditor.report.compare import Baseline, Comparison
    from auditor.run.impact_preview import ImpactPreview


_ENDINGS: Final[Mapping[ExitCode | None, v1.EndingWord]] = {
    None: "complete",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "terminated",
}


def random_id() -> str:
    """Return the id of a run that no other run has."""
    return str(uuid.uuid4())


class Expectations(NamedTuple):
    """What a run is compared with, and how its report is told.

    With `fail_on_new`, violations that the baseline has do not count. Without a `language`, the
    site file says which one a reader sees first. `project` is the file that options came from.
    """

    baseline: Baseline | None = None
    fail_on_new: bool = False
    earlier: Sequence[v1.Report] = ()
    language: Language | None = None
    project: ProjectFile | None = None


_NOTHING_EXPECTED: Final = Expectations()


class Audited(NamedTuple):
    """What came out for one target.

    `comparison` is None without a baseline; `failure` is why the target could not be read.
    """

    outcome: Outcome
    report: v1.Report
    comparison: Comparison | None = None
    failure: TargetError | None = None

    @property
    def code(self) -> ExitCode:
        """Return the exit code that the gate decided on."""
        return self.outcome.decision.code


class _Compared(NamedTuple):
    """An outcome as the baseline leaves it, its results as shown, and the comparison, if any."""

    outcome: Outcome
    shown: Sequence[v1.Result]
    comparison: Comparison | None = None


class Session(NamedTuple):
    """Audits targets with one setup; clock, ids and limits are given to it."""

    setup: Setup
    reader: Reader
    expectations: Expectations = _NOTHING_EXPECTED
    clock: Clock = SYSTEM_CLOCK
    new_id: Callable[[], str] = random_id

    def with_limits(self, limits: LiveOptions) -> Session:
        """Return the session with other limits."""
        return self._replace(reader=self.reader.with_limits(limits))

    def read(self, target: str) -> Snapshot:
        """Return the snapshot of a target, with the scores that its controls need.

        Raises AuditorError.
        """
        everybody = scores_everybody(self.setup.selection.rules)
        limits = self.reader.limits._replace(scores_everybody=everybody)
        return self.reader.with_limits(limits).read(target)

    def judge(self, snapshot: Snapshot) -> Outcome:
        """Return results and decision for a snapshot."""
        count = len(self.setup.selection.rules)
        self.tell(say_count("{count} control", "{count} controls", count), Activity.JUDGING)
        return audit(snapshot, self.setup.site, self.setup.selection, self.setup.today)

    def tell(self, what: str, activity: Activity) -> None:
        """Say what is being done, to whoever wants to know how far it is."""
        self.reader.limits.notify(Progress(what, activity=activity))

    def audit(self, target: str) -> Audited:
        """Read a target, judge it, and report. Raises InputError.

        Of a target that could not be read, the result says why, and what was seen all the same.
        """
        self.tell(shown_address(target), Activity.READING)
        end = self.clock.monotonic() + self.reader.limits.deadline
        try:
            outcome = self.judge(self.read(target))
        except TargetError as error:
            return self._unread(target, error, end - self.clock.monotonic())
        return self.report_on(target, outcome)

    def report_on(self, target: str, outcome: Outcome) -> Audited:
        """Return an outcome with its report, for whoever reads and judges in different places."""
        compared = self._compared(outcome)
        ended = _ENDINGS[stopped_with(outcome.snapshot)]
        compared = compared._replace(outcome=if_stopped(compared.outcome))
        report = self._report(target, compared, ended)
        return Audited(compared.outcome, report, compared.comparison)

    def name_of(self, target: str, snapshot: Snapshot) -> str:
        """Return what the system of a target is called, in its report and in its plan."""
        return name_of_system(snapshot, self.setup.site.target.name, shown_address(target))

    def plan(self, outcome: Outcome, name: str, run_id: str) -> ImpactPreview:
        """Return what to do about an outcome, and what that leads to."""
        from auditor.run.impact_preview import preview_impact  # noqa: PLC0415

        return preview_impact(self.setup, outcome, name, run_id)

    def _unread(self, target: str, error: TargetError, seconds: float) -> Audited:
        """Return what could be decided without the PBX, often nothing, and why it was not read."""
        snapshot = unreached(target, self.setup.site, error, seconds)
        seen = only_seen(self.judge(snapshot), self.setup.selection.thresholds)
        compared = self._compared(seen)
        compared = compared._replace(outcome=with_failure(compared.outcome, error))
        report = self._report(target, compared, "unreached")
        return Audited(compared.outcome, report, compared.comparison, error)

    def _compared(self, outcome: Outcome) -> _Compared:
        """Return the outcome that the baseline leaves, its results as shown, and the comparison."""
        results = shown_results(outcome.results, self.setup.catalogue.origins)
        baseline = self.expectations.baseline
        if baseline is None:
            return _Compared(outcome, results)
        from auditor.report.compare import compare_results, tolerated  # noqa: PLC0415

        comparison = compare_results(baseline, outcome.snapshot.target, results)
        if self.expectations.fail_on_new and outcome.results:
            thresholds = self.setup.selection.thresholds
            decision = decide(outcome.results, thresholds, tolerated(comparison))
            outcome = outcome._replace(decision=decision)
        return _Compared(outcome, results, comparison)

    def _report(self, target: str, compared: _Compared, ended: v1.EndingWord) -> v1.Report:
        setup, outcome = self.setup, compared.outcome
        context = RunContext(
            run_id=self.new_id(),
            started=self.clock.now().isoformat(timespec="seconds"),
            profile=setup.profile,
            thresholds=setup.selection.thresholds,
            site_file=setup.site_file,
            target_name=setup.site.target.name,
            address=shown_address(target),
            rules_digest=setup.catalogue.digest,
            minimum_coverage=setup.minimum_coverage,
            adjustments=adjustments(setup.site),
            origins=setup.catalogue.origins,
            waiver_file=setup.waiver_file,
            language=self.expectations.language or setup.site.report.language,
            shown=compared.shown,
            profile_id=setup.profile_id,
            ended=ended,
            locations=locations_of(target, outcome.snapshot.sources, setup.site_path),
            project=self.expectations.project,
            profile_title=setup.profile_title,
            profile_title_de=setup.profile_title_de,
            branding=setup.branding,
        )
        report = build_report(
            outcome.snapshot, outcome.results, outcome.decision, context, outcome.waivers
        )
        earlier = self.expectations.earlier
        if not earlier and compared.comparison is None:
            return report
        from auditor.report.since import with_since  # noqa: PLC0415

        known = with_history(report, earlier)
        return with_since(known, earlier, self.expectations.baseline, compared.comparison)
