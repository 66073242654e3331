"""Writes what came out for one target: formats of its report, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from auditor.run.rendering import NAMES, OF_REPORT, PLAIN, Formats, Rendering
from auditor.run.session import Audited, Session
from auditor.sources.options import Activity

# The plan needs what was read, so it cannot be made of a saved report.
REMEDIATION: Final = "remediation"
FORMATS: Final = (*OF_REPORT, REMEDIATION)
DEFAULT_FORMATS: Final = ("json", "html", REMEDIATION)
PLAN_FILES: Final = ("plan.json", "runbook.md", "remediate.py", "rollback.py")


def names_of(formats: Iterable[str]) -> list[str]:
    """Return the files that formats are written to, with their folder in that of the reports."""
    known = {**NAMES, REMEDIATION: tuple(f"{REMEDIATION}/{name}" for name in PLAN_FILES)}
    return [file for name in formats for file in known[name]]


def write_audited(
    folder: Path,
    session: Session,
    audited: Audited,
    formats: Sequence[str] = DEFAULT_FORMATS,
    rendering: Rendering = PLAIN,
) -> Iterator[Path]:
    """Write each format and yield its paths. Raises OutputError.

    There is no plan for a PBX that could not be read.
    """
    made = Formats(audited.report, rendering._replace(comparison=audited.comparison))
    for name in formats:
        session.tell(name, Activity.PRINTING if name == "pdf" else Activity.WRITING)
        if name != REMEDIATION:
            yield from made.write(folder, name)
        elif audited.failure is None:
            yield from _write_plan(folder / name, session, audited)


def _write_plan(folder: Path, session: Session, audited: Audited) -> Iterator[Path]:
    from auditor.remediation.handout import write_plan  # noqa: PLC0415 -- only for this format

    report = audited.report
    plan = session.plan(audited.outcome, report.target.name, report.run.id).plan
    return write_plan(folder, plan, report.run.language, session.setup.catalogue.rules)
