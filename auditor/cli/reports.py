"""Writes the chosen formats of one report into a folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.errors import InputError
from auditor.output import write_file
from auditor.report import v1
from auditor.report.compare import Baseline
from auditor.report.saved import load_baseline

if TYPE_CHECKING:
    from auditor.audit import Outcome

# Format: the files, each with the module and the function that make its bytes of a report. The
# modules are imported only for what is asked for.
_FILES: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "json": (("report.json", "json", "render"),),
    "html": (("report.html", "html", "render"),),
    "sarif": (("report.sarif", "sarif", "render"),),
    "sarif-github": (("report.github.sarif", "sarif", "render_github"),),
    "junit": (("report.junit.xml", "junit", "render"),),
    "csv": (
        ("findings.csv", "csv", "render_findings"),
        ("objects.csv", "csv", "render_objects"),
    ),
    "markdown": (("report.md", "markdown", "render"),),
    "ocsf": (("report.ocsf.json", "ocsf", "render"),),
    "oscal": (("report.oscal.json", "oscal", "render"),),
}
# What is made of a report alone can be made again later; the plan also needs what was read.
OF_REPORT: Final = tuple(_FILES)
FORMATS: Final = (*OF_REPORT, "remediation")
DEFAULT_FORMATS: Final = ("json", "html", "remediation")


class JunitPer(StrEnum):
    """What one JUnit test case is about."""

    RULE = "rule"
    OBJECT = "object"


def chosen(text: str, known: Sequence[str] = FORMATS) -> tuple[str, ...]:
    """Return the formats of a comma-separated list, each once. Raises InputError."""
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [part for part in wanted if part not in known]
    if unknown or not wanted:
        raise InputError(
            f"there is no format {unknown[0]!r:.40} here" if unknown else "no format is named",
            where="--format",
            advice=f"use some of: {', '.join(known)}",
        )
    return wanted


def write_reports(
    folder: Path,
    formats: Sequence[str],
    outcome: Outcome,
    report: v1.Report,
    junit_per: str = "rule",
) -> Iterator[Path]:
    """Write each format and yield its path. Raises OutputError."""
    for name in formats:
        if name == "remediation":
            yield from _write_plan(folder, outcome, report)
        else:
            yield from write_formats(folder, (name,), report, junit_per)


def write_formats(
    folder: Path, formats: Sequence[str], report: v1.Report, junit_per: str = "rule"
) -> Iterator[Path]:
    """Write formats that need nothing but the report, and yield their paths."""
    for name in formats:
        for file, module, function in _FILES[name]:
            source = import_module(f"auditor.report.{module}")
            render = getattr(source, function)
            if name == "junit":
                render = partial(render, per=junit_per)
            content: str | bytes = render(report)
            write_file(folder / file, content.encode() if isinstance(content, str) else content)
            yield folder / file


def _write_plan(folder: Path, outcome: Outcome, report: v1.Report) -> Iterator[Path]:
    from auditor.remediation.plan import build_plan, render_plan  # noqa: PLC0415
    from auditor.remediation.runbook import render_runbook  # noqa: PLC0415

    plan = build_plan(
        outcome.snapshot,
        outcome.results,
        target_name=report.target.name,
        run_id=report.run.id,
    )
    files = {"plan.json": render_plan(plan), "runbook.md": render_runbook(plan).encode()}
    for file, content in files.items():
        write_file(folder / "remediation" / file, content)
        yield folder / "remediation" / file


def chosen_baseline(path: Path | None, *, fail_on_new: bool) -> Baseline | None:
    """Return the baseline of the command line, if any. Raises InputError."""
    if path is not None:
        return load_baseline(path)
    if fail_on_new:
        raise InputError(
            "there is nothing to compare with",
            where="--fail-on-new",
            advice="give --baseline FILE, made by `pbx-auditor baseline create`",
        )
    return None


def folder_name(report: v1.Report, target: str) -> str:
    """Return a folder name that is safe everywhere and differs between targets."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", report.target.name).strip("-.")[:60]
    digest = hashlib.sha256(f"{report.target.id}\0{target}".encode("utf-8", "replace")).hexdigest()
    return f"{readable or 'target'}-{digest[:8]}"
