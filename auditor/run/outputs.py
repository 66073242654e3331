"""Writes what came out for one target: formats of its report, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.files.writing import remove_file
from auditor.messages.languages import Language
from auditor.model.rule import RuleDocument
from auditor.run.report_writer import (
    NAMES,
    OF_REPORT,
    PLAIN,
    PRINTED,
    Formats,
    Rendering,
    without_earlier_prints,
)
from auditor.run.session import Audited, Session
from auditor.sources.options import Activity

if TYPE_CHECKING:
    from auditor.remediation.plan import Plan

# The plan needs what was read, so it cannot be made of a saved report.
REMEDIATION: Final = "remediation"
FORMATS: Final = (*OF_REPORT, REMEDIATION)
DEFAULT_FORMATS: Final = ("json", "html", REMEDIATION)
# Formats that may need the objects themselves: a plan, and the runbook of a handover.
OF_OBJECTS: Final = frozenset({REMEDIATION, PRINTED})
_RUNBOOKS: Final = ("runbook.md", "runbook.html")
PLAN_FILES: Final = ("plan.json", *_RUNBOOKS, "remediate.py", "rollback.py")


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

    There is no plan for a PBX that could not be read. The runbook of an earlier one goes, so that
    nobody takes it for this one's; its plan and its scripts stay, which take back what was done.
    """
    remedy = _Remedy(session, audited) if audited.failure is None else None
    chosen = rendering._replace(
        comparison=audited.comparison, runbook=remedy.runbook if remedy else None
    )
    made = Formats(audited.report, formats, chosen)
    if REMEDIATION in formats:
        for name in _RUNBOOKS:
            remove_file(folder / REMEDIATION / name)
    for name in without_earlier_prints(folder, formats):
        session.tell(name, Activity.PRINTING if name == PRINTED else Activity.WRITING)
        if name != REMEDIATION:
            yield from made.write(folder, name)
        elif remedy:
            yield from remedy.write(folder / name)


class _Remedy:
    """What to do about an audit; the plan is made once, and only if somebody wants it."""

    def __init__(self, session: Session, audited: Audited) -> None:
        self._session = session
        self._audited = audited

    def write(self, folder: Path) -> Iterator[Path]:
        """Write the plan with its runbook and scripts, and yield their paths."""
        from auditor.remediation.handout import write_plan  # noqa: PLC0415 -- only for this format

        return write_plan(folder, self._plan, *self._told)

    def runbook(self) -> str:
        """Return the runbook as a part of a page."""
        from auditor.remediation import runbook_page  # noqa: PLC0415 -- only for what is printed

        return runbook_page.render_part(self._plan, *self._told)

    @cached_property
    def _plan(self) -> Plan:
        report = self._audited.report
        return self._session.plan(self._audited.outcome, report.target.name, report.run.id).plan

    @property
    def _told(self) -> tuple[Language, Mapping[str, RuleDocument]]:
        return self._audited.report.run.language, self._session.setup.catalogue.rules
