"""`pbx-auditor baseline`: keeps what is known today, so that only what is new fails a gate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic_core import to_json

from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.interaction.console import tell
from auditor.errors import InputError
from auditor.files.writing import write_file
from auditor.messages.message import say
from auditor.report.compare import baseline_of
from auditor.report.formats.saved_reports import load_report

HELP: Final = "Keep what is known today, so that only what is new fails a gate."


def create(
    results: Annotated[
        Path,
        typer.Argument(metavar="RESULTS", help="A report.json of an audit.", show_default=False),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The baseline to write.")],
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Replace a baseline that is there.")
    ] = False,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write a baseline of a report, for `audit --baseline FILE --fail-on-new`.

    It accepts nothing: known violations stay in every report. To accept a risk, write a waiver.
    """
    check_file(output, shared=shared_out)
    baseline = baseline_of(load_report(results, "RESULTS"))
    if output.exists() and not force:
        raise InputError(
            say("the file is there already"), where=str(output), advice=say("use --force")
        )
    write_file(output, to_json(baseline, indent=1) + b"\n")
    count = sum(len(control.violations) for control in baseline.controls)
    total = len(baseline.controls)
    tell(
        say(
            "written: {path}; known violations: {count}, of {total} controls",
            path=str(output),
            count=count,
            total=total,
        )
    )


GROUP: Final[dict[str, Callable[..., None]]] = {"create": create}
