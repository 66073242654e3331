"""`pbx-auditor audit`: one or more targets, a report for each, one exit code for all."""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.audit import (
    Outcome,
    audit,
    check_form,
    check_target,
    if_stopped,
    is_live,
    only_seen,
    read_target,
    scores_everybody,
    unreached,
    with_failure,
)
from auditor.cli.console import say, show, speaks_unicode, wants_colour, width
from auditor.cli.live import Connections, Deadline, Timeout, live_options
from auditor.cli.outputs import SharedOut, check_folder
from auditor.cli.planning import Files, Plan, prepare
from auditor.cli.reports import (
    DEFAULT_FORMATS,
    FORMATS,
    DetailsOption,
    JunitPer,
    chosen,
    chosen_baseline,
    folder_name,
    write_reports,
)
from auditor.credentials import find_credentials
from auditor.errors import AuditorError, ExitCode, InputError, TargetError
from auditor.gate import Incomplete, Thresholds, decide, strongest
from auditor.language import Language
from auditor.model.vocabulary import Severity
from auditor.report import changes, summary, v1
from auditor.report.build import RunContext, adjustments, build_report, shown_results
from auditor.report.compare import Comparison, compare_results, tolerated
from auditor.report.history import with_history
from auditor.report.saved import load_report
from auditor.settings import DEFAULTS, Credentials

if TYPE_CHECKING:
    from auditor.remediation.plan import Plan as RemediationPlan

# An audit makes many objects and hardly any cycles; the default costs a third of the time.
_GARBAGE_THRESHOLD: Final = 500_000


def command(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="https://host, a cfg.txt, an object export, a snapshot, or a folder of those.",
            show_default=False,
        ),
    ],
    site: Annotated[
        Path | None, typer.Option(help="Site file (TOML): what only the customer knows.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Selection of controls.")] = "tutorial",
    waivers: Annotated[
        Path | None, typer.Option(help="Waiver file (TOML): risks that somebody accepted.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports; none are written without it.")
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", help=f"Comma-separated: {', '.join(FORMATS)}.")
    ] = ",".join(DEFAULT_FORMATS),
    language: Annotated[
        Language | None,
        typer.Option(help="Language that a reader sees first; else as the site file says."),
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(
            help="Earlier report.json or report.html, for trend and first seen; may be repeated."
        ),
    ] = None,
    junit_per: Annotated[
        JunitPer, typer.Option(help="What one JUnit test case is about.")
    ] = JunitPer.RULE,
    details: DetailsOption = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Baseline to compare with, see `baseline create`.")
    ] = None,
    fail_on_new: Annotated[  # noqa: FBT002
        bool, typer.Option("--fail-on-new", help="Exit 1 only for what the baseline does not have.")
    ] = False,
    fail_on: Annotated[
        Severity, typer.Option(help="Exit 1 for failed controls of this severity or worse.")
    ] = Severity.HIGH,
    incomplete: Annotated[
        Incomplete, typer.Option(help="Whether undecided controls make the run exit 4.")
    ] = Incomplete.FAIL,
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with controls of your own, run too; may be repeated."),
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(help="Run only this control; may be repeated.")
    ] = None,
    timeout: Timeout = DEFAULTS.timeout,
    deadline: Deadline = DEFAULTS.deadline,
    max_connections: Connections = DEFAULTS.max_connections,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Audit PBX systems: live by address, or from saved evidence.

    A live audit takes its account from PBX_AUDITOR_USERNAME and PBX_AUDITOR_PASSWORD, or from
    where [credentials] of the site file says. With
    PBX_AUDITOR_PBX_PASSWORD, stored passwords are scored in memory; PBX_AUDITOR_ADMIN_PASSWORD and
    PBX_AUDITOR_APP_PLATFORM_PASSWORD are only compared with it, and with each other.

    Exit codes: 0 fine, 1 findings, 2 usage or input, 3 unreachable, 4 incomplete, 5 nothing to do,
    6 output not written, 70 internal error.
    """
    check_folder(out, shared=shared_out)
    thresholds = Thresholds(fail_on, incomplete)
    files = Files(tuple(rules or ()), waivers)
    prepared = prepare(site, profile, tuple(control or ()), thresholds, files, targets=targets)
    known = chosen_baseline(baseline, fail_on_new=fail_on_new)
    look = replace(prepared.rendering, junit_per=junit_per.value, details=details)
    plan = replace(
        prepared,
        formats=chosen(formats),
        rendering=look,
        baseline=known,
        fail_on_new=fail_on_new,
        out=out,
        language=language,
        earlier=tuple(load_report(path, "--earlier") for path in earlier or ()),
        reading=(timeout, deadline, max_connections),
    )
    for target in targets:
        check_form(target)
    credentials = find_credentials(plan.site, live=any(map(is_live, targets)))
    for target in targets:
        check_target(target, credentials)
    gc.set_threshold(_GARBAGE_THRESHOLD)
    codes = []
    for target in targets:
        codes.append(run_target(target, plan, credentials, several=len(targets) > 1))
        if codes[-1] in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
            break
    raise typer.Exit(strongest(codes))


@dataclass(frozen=True, slots=True)
class Found:
    """What came out for one target. `comparison` is None without a baseline."""

    outcome: Outcome
    report: v1.Report
    comparison: Comparison | None


def run_target(target: str, plan: Plan, credentials: Credentials, *, several: bool) -> ExitCode:
    """Audit one target, write its reports, show its summary, and return its exit code."""
    _, deadline, _ = plan.reading
    end = time.monotonic() + deadline
    try:
        with live_options(*plan.reading) as options:
            read_with = replace(options, scores_everybody=scores_everybody(plan.selection.rules))
            snapshot = read_target(target, plan.site, credentials, read_with)
        outcome = audit(snapshot, plan.site, plan.selection, plan.today)
        found = found_in(target, plan, outcome)
    except TargetError as error:
        say(f"error: {error}")
        found = _not_reached(target, plan, error, end - time.monotonic())
        plan = replace(plan, formats=tuple(one for one in plan.formats if one != "remediation"))
    except InputError as error:
        say(f"error: {error}")
        return error.exit_code
    failures = publish(target, plan, found, several=several)
    return strongest([found.outcome.decision.code, *failures])


def publish(target: str, plan: Plan, found: Found, *, several: bool = False) -> list[ExitCode]:
    """Write the reports of one target, show its summary, and return the codes of failures."""
    folder = plan.out / folder_name(found.report, target) if plan.out and several else plan.out
    steps: tuple[Callable[[], None], ...] = (
        partial(_write, folder, plan, found),
        partial(_show, found.report),
        partial(_show_changes, found.comparison),
    )
    if not found.outcome.results:  # the error says all there is to say
        steps = steps[:1]
    failures = []
    for step in steps:  # that one fails is no reason to leave out the other
        try:
            step()
        except AuditorError as error:
            say(f"error: {error}")
            failures.append(error.exit_code)
    return failures


def found_in(
    target: str, plan: Plan, outcome: Outcome, ended: Callable[[Outcome], Outcome] = if_stopped
) -> Found:
    """Return what an audit of one target came to; report and comparison are made once.

    With --fail-on-new, violations that the baseline has do not count. `ended` gives the outcome
    that takes account of how the reading ended.
    """
    results = shown_results(outcome.results, plan.catalogue.origins)
    comparison = None
    if plan.baseline is not None:
        comparison = compare_results(plan.baseline, outcome.snapshot.target, results)
    if comparison is not None and plan.fail_on_new and outcome.results:
        known = tolerated(comparison)
        decision = decide(outcome.results, plan.selection.thresholds, known)
        outcome = replace(outcome, decision=decision)
    outcome = ended(outcome)
    return Found(outcome, _report(target, plan, outcome, results), comparison)


def _show_changes(comparison: Comparison | None) -> None:
    if comparison is not None:
        show(changes.render(comparison, width=width(), unicode=speaks_unicode()))


def _report(target: str, plan: Plan, outcome: Outcome, results: Sequence[v1.Result]) -> v1.Report:
    context = RunContext(
        run_id=str(uuid.uuid4()),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        profile=plan.profile,
        thresholds=plan.selection.thresholds,
        site_file=plan.site_file,
        target_name=plan.site.target.name,
        address=target if is_live(target) else Path(target).name,
        rules_digest=plan.catalogue.digest,
        minimum_coverage=plan.minimum_coverage,
        adjustments=adjustments(plan.site),
        origins=plan.catalogue.origins,
        waiver_file=plan.waiver_file,
        language=plan.language or plan.site.report.language,
        shown=results,
        profile_id=plan.profile_id,
    )
    report = build_report(
        outcome.snapshot, outcome.results, outcome.decision, context, outcome.waivers
    )
    return with_history(replace(report, branding=plan.branding), plan.earlier)


def _write(folder: Path | None, plan: Plan, found: Found) -> None:
    if folder is None:
        return

    def planned() -> RemediationPlan:
        from auditor.cli.foresight import look_ahead  # noqa: PLC0415 -- only for this format

        return look_ahead(plan, found.outcome, report.target.name, report.run.id).plan

    report, rules = found.report, plan.catalogue.rules
    look = replace(plan.rendering, comparison=found.comparison)
    for path in write_reports(folder, plan.formats, report, look, planned, rules):
        say(f"written: {path}")


def _show(report: v1.Report) -> None:
    show(summary.render(report, width=width(), colour=wants_colour(), unicode=speaks_unicode()))


def _not_reached(target: str, plan: Plan, error: TargetError, seconds: float) -> Found:
    """Return what could be decided without the PBX, often nothing, and why it was not read."""
    snapshot = unreached(target, plan.site, error, seconds)
    judged = audit(snapshot, plan.site, plan.selection, plan.today)
    seen = only_seen(judged, plan.selection.thresholds)
    return found_in(target, plan, seen, lambda outcome: with_failure(outcome, error))
