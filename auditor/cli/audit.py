"""`pbx-auditor audit`: one or more targets, a report for each, one exit code for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options import completion
from auditor.cli.common_options.amount import Quiet, Verbose, amount_of
from auditor.cli.common_options.limits import Connections, Deadline, Timeout, limits_of
from auditor.cli.common_options.out_folder import SharedOut, check_folder
from auditor.cli.common_options.project import used_project
from auditor.cli.common_options.report_options import (
    DetailsOption,
    JunitPer,
    chosen,
    chosen_baseline,
)
from auditor.cli.interaction.audience import audience_of
from auditor.cli.interaction.console import suggest, tell
from auditor.cli.interaction.progress import begin_progress
from auditor.files.probing import check_writable
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.model.decision import Incomplete, Thresholds
from auditor.model.vocabulary import Severity
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.earlier import AuditedSystems, earlier_reports
from auditor.run.outputs import DEFAULT_FORMATS, FORMATS, names_of
from auditor.run.publishing import Publisher, WantedOutputs
from auditor.run.reader import open_reader
from auditor.run.report_folders import known_folder
from auditor.run.report_writer import Rendering
from auditor.run.session import Expectations, Session
from auditor.run.setup import Choice, OptionFiles, prepare
from auditor.run.target import is_snapshot
from auditor.sources.options import DEFAULTS, Activity, Progress


def command(
    ctx: typer.Context,
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
    profile: Annotated[
        str, typer.Option(help="Selection of controls.", autocompletion=completion.profiles)
    ] = "tutorial",
    waivers: Annotated[
        Path | None, typer.Option(help="Waiver file (TOML): risks that somebody accepted.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the reports; none are written without it."),
    ] = None,
    keep_runs: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--keep-runs",
            help="A folder in that of --out for each run, and `latest`, which leads to the last "
            "one that read the PBX.",
        ),
    ] = False,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            help=f"Comma-separated: {', '.join(FORMATS)}; written to the folder of --out.",
            show_default=",".join(DEFAULT_FORMATS),
            autocompletion=completion.formats,
        ),
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option(help="Language that a reader sees first; else as the site file says."),
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(
            help="Earlier report.json or report.html, or a folder of them, for trend and first "
            "seen; may be repeated."
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
        bool,
        typer.Option(
            "--fail-on-new/--no-fail-on-new",
            help="Exit 1 only for what the baseline does not have.",
        ),
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
        list[str] | None,
        typer.Option(
            help="Run only this control; may be repeated.", autocompletion=completion.controls
        ),
    ] = None,
    timeout: Timeout = DEFAULTS.timeout,
    deadline: Deadline = DEFAULTS.deadline,
    max_connections: Connections = DEFAULTS.max_connections,
    shared_out: SharedOut = False,  # noqa: FBT002
    *,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Audit PBX systems: live by address, or from saved evidence.

    A live audit takes its account from PBX_AUDITOR_USERNAME and PBX_AUDITOR_PASSWORD, or from
    where [credentials] of the site file says. With
    PBX_AUDITOR_PBX_PASSWORD, stored passwords are scored in memory; PBX_AUDITOR_ADMIN_PASSWORD and
    PBX_AUDITOR_APP_PLATFORM_PASSWORD are only compared with it, and with each other.

    Exit codes: 0 fine, 1 findings, 2 usage or input, 3 unreachable, 4 incomplete, 5 nothing to do,
    6 output not written, 70 internal error.
    """
    amount = amount_of(quiet=quiet, verbose=verbose)
    notify = begin_progress(amount)
    notify(Progress(say("the audit"), activity=Activity.PREPARING))
    wanted = _formats(formats, out)
    _check_out(out, () if keep_runs else wanted, targets, shared=shared_out)
    setup = prepare(
        site,
        Choice(profile, tuple(control or ()), Thresholds(fail_on, incomplete)),
        OptionFiles(tuple(rules or ()), waivers),
        today=SYSTEM_CLOCK.now().date(),
        of_snapshots=all(map(is_snapshot, targets)),
    )
    known = chosen_baseline(baseline, fail_on_new=fail_on_new)
    suggest(setup.site.report.language)
    asked = WantedOutputs(out, wanted, Rendering(junit_per.value, details), keep_runs)
    before = earlier_reports(earlier)
    tell(*before.warnings)
    limits = limits_of(timeout, deadline, max_connections)._replace(notify=notify)
    session = Session(
        setup,
        open_reader(setup.site, targets, limits),
        Expectations(known, fail_on_new, before.reports, language, used_project(ctx)),
    )
    seen = AuditedSystems()
    code = Publisher(session, asked, audience_of(amount)).audit(targets, seen)
    tell(*seen.not_used(before))
    raise typer.Exit(code)


def _formats(text: str | None, out: Path | None) -> tuple[str, ...]:
    """Return the formats to write, and say so if they are written nowhere. Raises InputError."""
    if text is None:
        return DEFAULT_FORMATS
    if out is None:
        tell(say("warning: --format: nothing is written without --out, which names the folder"))
    return chosen(text)


def _check_out(
    out: Path | None, formats: Sequence[str], targets: Sequence[str], *, shared: bool
) -> None:
    """Look at the folders of the reports before anything is read. Raises AuditorError."""
    names = names_of(formats)
    check_folder(out, names if len(targets) == 1 else (), shared=shared)
    known = [known_folder(out, one) for one in targets] if out and len(targets) > 1 else []
    for folder in known:
        if folder is not None:
            check_writable(folder, names)
