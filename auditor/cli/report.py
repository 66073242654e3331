"""`pbx-auditor report`: a saved report in other formats, without a new audit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options import completion
from auditor.cli.common_options.out_folder import SharedOut, check_folder
from auditor.cli.common_options.report_options import DetailsOption, JunitPer, chosen
from auditor.cli.interaction.console import suggest, tell
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.report.formats.saved_reports import load_report
from auditor.run.outputs import names_of
from auditor.run.report_writer import OF_REPORT, Rendering, write_formats


def command(
    results: Annotated[
        Path,
        typer.Argument(
            metavar="RESULTS", help="A report.json or report.html of an audit.", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the files.", show_default=False)
    ],
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            help=f"Comma-separated: {', '.join(OF_REPORT)}.",
            autocompletion=completion.formats_of_report,
        ),
    ] = "html",
    junit_per: Annotated[
        JunitPer, typer.Option(help="What one JUnit test case is about.")
    ] = JunitPer.RULE,
    details: DetailsOption = None,
    language: Annotated[
        Language | None,
        typer.Option(help="Language that a reader sees first; else that of the report."),
    ] = None,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write a saved report in other formats. Nothing is audited again.

    The exit code says nothing of the findings: 0 written, 2 no report of a known version, 6 not
    written.
    """
    wanted = chosen(formats, OF_REPORT)
    check_folder(out, names_of(wanted), shared=shared_out)
    report = load_report(results, "RESULTS")
    if language is not None:
        report = replace(report, run=replace(report.run, language=language))
    suggest(report.run.language)
    runbook = partial(_elsewhere, report.run.language) if report.results else None
    made = Rendering(junit_per.value, details=details, runbook=runbook)
    for path in write_formats(out, wanted, report, made):
        tell(say("written: {path}", path=str(path)))


def _elsewhere(language: Language) -> str:
    from auditor.remediation import runbook_page  # noqa: PLC0415 -- only for what is printed

    return runbook_page.render_elsewhere(language)
