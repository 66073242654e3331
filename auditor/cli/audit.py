"""`pbx-auditor audit`: one or more targets, a report for each, one exit code for all."""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
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
    is_live,
    only_seen,
    read_target,
    scores_everybody,
    stopped_with,
    unreached,
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
from auditor.gate import Decision, Incomplete, Thresholds, decide, strongest
from auditor.language import Language
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Severity
from auditor.report import changes, summary, v1
from auditor.report.build import RunContext, adjustments, build_report
from auditor.report.compare import compare, tolerated
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
    look = replace(prepared.rendering, junit_per=junit_per.value, details=details, baseline=known)
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


def run_target(target: str, plan: Plan, credentials: Credentials, *, several: bool) -> ExitCode:
    """Audit one target, write its reports, show its summary, and return its exit code."""
    _, deadline, _ = plan.reading
    end = time.monotonic() + deadline
    try:
        with live_options(*plan.reading) as options:
            read_with = replace(options, scores_everybody=scores_everybody(plan.selection.rules))
            snapshot = read_target(target, plan.site, credentials, read_with)
        outcome = _stopped(_judged(target, plan, snapshot))
    except TargetError as error:
        say(f"error: {error}")
        outcome = _not_reached(target, plan, error, end - time.monotonic())
        plan = replace(plan, formats=tuple(one for one in plan.formats if one != "remediation"))
    except InputError as error:
        say(f"error: {error}")
        return error.exit_code
    failures = publish(target, plan, outcome, several=several)
    return strongest([outcome.decision.code, *failures])


def publish(target: str, plan: Plan, outcome: Outcome, *, several: bool = False) -> list[ExitCode]:
    """Write the reports of one outcome, show its summary, and return the codes of failures."""
    report = _report(target, plan, outcome)
    folder = plan.out / folder_name(report, target) if plan.out and several else plan.out
    steps: tuple[Callable[[], None], ...] = (
        partial(_write, folder, plan, outcome, report),
        partial(_show, report),
        partial(_show_changes, plan, report),
    )
    if not outcome.results:  # the error says all there is to say
        steps = steps[:1]
    failures = []
    for step in steps:  # that one fails is no reason to leave out the other
        try:
            step()
        except AuditorError as error:
            say(f"error: {error}")
            failures.append(error.exit_code)
    return failures


def _judged(target: str, plan: Plan, snapshot: Snapshot) -> Outcome:
    return _but_known(target, plan, audit(snapshot, plan.site, plan.selection, plan.today))


def _but_known(target: str, plan: Plan, outcome: Outcome) -> Outcome:
    """Return an outcome; with --fail-on-new, violations that the baseline has do not count."""
    if not outcome.results or plan.baseline is None or not plan.fail_on_new:
        return outcome
    known = tolerated(compare(plan.baseline, _report(target, plan, outcome)))
    return replace(outcome, decision=decide(outcome.results, plan.selection.thresholds, known))


def _show_changes(plan: Plan, report: v1.Report) -> None:
    if plan.baseline is not None:
        found = compare(plan.baseline, report)
        show(changes.render(found, width=width(), unicode=speaks_unicode()))


def _report(target: str, plan: Plan, outcome: Outcome) -> v1.Report:
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
    )
    report = build_report(
        outcome.snapshot, outcome.results, outcome.decision, context, outcome.waivers
    )
    return with_history(replace(report, branding=plan.branding), plan.earlier)


def _write(folder: Path | None, plan: Plan, outcome: Outcome, report: v1.Report) -> None:
    if folder is None:
        return

    def planned() -> RemediationPlan:
        from auditor.cli.foresight import look_ahead  # noqa: PLC0415 -- only for this format

        return look_ahead(plan, outcome, report.target.name, report.run.id).plan

    rules = plan.catalogue.rules
    for path in write_reports(folder, plan.formats, report, plan.rendering, planned, rules):
        say(f"written: {path}")


def _show(report: v1.Report) -> None:
    show(summary.render(report, width=width(), colour=wants_colour(), unicode=speaks_unicode()))


def _stopped(outcome: Outcome) -> Outcome:
    """Return an outcome that says first of all that somebody stopped the reading."""
    code = stopped_with(outcome.snapshot)
    if code is None:
        return outcome
    text = f"{code.value}: {outcome.snapshot.ended_early}, so these are partial results"
    return replace(outcome, decision=Decision(code, (text, *outcome.decision.reasons)))


def _not_reached(target: str, plan: Plan, error: TargetError, seconds: float) -> Outcome:
    """Return what could be decided without the PBX, often nothing, and why it was not read."""
    snapshot = unreached(target, plan.site, error, seconds)
    judged = audit(snapshot, plan.site, plan.selection, plan.today)
    outcome = _but_known(target, plan, only_seen(judged, plan.selection.thresholds))
    reasons = (f"{error.exit_code.value}: {error.message}", *outcome.decision.reasons)
    code = strongest([outcome.decision.code, error.exit_code])
    return replace(outcome, decision=Decision(code, reasons))
