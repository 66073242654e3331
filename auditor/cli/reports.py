"""Writes the chosen formats of one report into a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from auditor.audit import Outcome
from auditor.output import write_file
from auditor.report import v1
from auditor.report.branding import Branding

# Written unless others are asked for.
FORMATS: Final = ("json", "html", "remediation")
ALL_FORMATS: Final = (*FORMATS, "pdf")


def check_formats(formats: Sequence[str]) -> None:
    """Raise InputError if a format cannot be written on this computer."""
    if "pdf" in formats:
        from auditor.report import pdf  # noqa: PLC0415

        pdf.find_browser()


def write_reports(
    folder: Path,
    formats: Sequence[str],
    outcome: Outcome,
    report: v1.Report,
    branding: Branding | None = None,
) -> Iterator[Path]:
    """Write each format and yield its path; renderers are imported only for what is asked.

    Raises OutputError.
    """
    for name in formats:
        for path, content in _render(name, outcome, report, branding):
            write_file(folder / path, content)
            yield folder / path


def _render(
    name: str, outcome: Outcome, report: v1.Report, branding: Branding | None
) -> Iterator[tuple[str, bytes]]:
    match name:
        case "json":
            from auditor.report import json  # noqa: PLC0415

            yield "report.json", json.render(report)
        case "html":
            from auditor.report import html  # noqa: PLC0415

            yield "report.html", html.render(report, branding).encode()
        case "pdf":
            from auditor.report import html, pdf  # noqa: PLC0415

            yield "report.pdf", pdf.render(html.render(report, branding))
        case _:
            from auditor.remediation.plan import build_plan, render_plan  # noqa: PLC0415
            from auditor.remediation.runbook import render_runbook  # noqa: PLC0415
            from auditor.remediation.scripts import SCRIPTS  # noqa: PLC0415
            from auditor.view import AuditView  # noqa: PLC0415

            plan = build_plan(
                AuditView(outcome.snapshot, outcome.site),
                outcome.results,
                target_name=report.target.name,
                run_id=report.run.id,
            )
            yield "remediation/plan.json", render_plan(plan)
            yield "remediation/runbook.md", render_runbook(plan).encode()
            for script in SCRIPTS:
                yield f"remediation/{script.name}", script.read_bytes()
