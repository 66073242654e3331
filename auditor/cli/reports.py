"""Writes the chosen formats of one report into a folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.errors import InputError
from auditor.language import Language
from auditor.model.rule import RuleDocument
from auditor.output import write_file
from auditor.report import v1
from auditor.report.compare import Baseline, Comparison
from auditor.report.handover import Details
from auditor.report.saved import load_baseline

if TYPE_CHECKING:
    from auditor.remediation.plan import Plan as RemediationPlan

# Format: the files, each with the module and the function that make its bytes of a report. The
# modules are imported only for what is asked for.
_FILES: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "json": (("report.json", "json", "render"),),
    "html": (("report.html", "html", "render"),),
    "pdf": (("report.pdf", "pdf", "render"),),
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


@dataclass(frozen=True, slots=True)
class Rendering:
    """How formats are made that leave a choice.

    JUnit's cases, of which controls details are printed, and what SARIF says became of violations.
    """

    junit_per: str = "rule"
    details: Details | None = None
    comparison: Comparison | None = None


PLAIN: Final = Rendering()


DetailsOption = Annotated[
    Details | None,
    typer.Option(
        help="Details on paper and in the PDF: of all controls, or of open ones only; "
        "a handover has open ones, everything else all."
    ),
]


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
    if "pdf" in wanted:
        from auditor.report import pdf  # noqa: PLC0415

        pdf.find_browser()
    return wanted


def write_reports(
    folder: Path,
    formats: Sequence[str],
    report: v1.Report,
    rendering: Rendering,
    planned: Callable[[], RemediationPlan],
    rules: Mapping[str, RuleDocument],
) -> Iterator[Path]:
    """Write each format and yield its path. Raises OutputError."""
    for name in formats:
        if name == "remediation":
            yield from write_plan(folder / name, planned(), report.run.language, rules)
        else:
            yield from write_formats(folder, (name,), report, rendering)


def write_formats(
    folder: Path, formats: Sequence[str], report: v1.Report, rendering: Rendering = PLAIN
) -> Iterator[Path]:
    """Write formats that need nothing but the report, and yield their paths."""
    for name in formats:
        for file, module, function in _FILES[name]:
            render = getattr(import_module(f"auditor.report.{module}"), function)
            content = _content(name, render, report, rendering)
            write_file(folder / file, content.encode() if isinstance(content, str) else content)
            yield folder / file


def _content(
    name: str, render: Callable[..., str | bytes], report: v1.Report, rendering: Rendering
) -> str | bytes:
    """Return what one format says, with the choices that it leaves."""
    if name == "junit":
        return render(report, per=rendering.junit_per)
    if name in {"sarif", "sarif-github"}:
        return render(report, rendering.comparison)
    if name in {"html", "pdf"}:
        from auditor.report import html  # noqa: PLC0415 -- a PDF is the page, printed

        page = html.render(report, printed=rendering.details)
        return render(page) if name == "pdf" else page
    return render(report)


def write_plan(
    folder: Path, plan: RemediationPlan, language: Language, rules: Mapping[str, RuleDocument]
) -> Iterator[Path]:
    """Write a plan, its runbook and its scripts, and yield their paths. Raises OutputError."""
    from auditor.remediation.plan import render_plan  # noqa: PLC0415
    from auditor.remediation.runbook import render_runbook  # noqa: PLC0415
    from auditor.remediation.scripts import SCRIPTS  # noqa: PLC0415

    files = {
        "plan.json": render_plan(plan),
        "runbook.md": render_runbook(plan, language, rules).encode(),
        **{script.name: script.read_bytes() for script in SCRIPTS},
    }
    for file, content in files.items():
        write_file(folder / file, content)
        yield folder / file


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
