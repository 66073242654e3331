"""Writes what the person who remedies a PBX is given: the plan, its runbook and its scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from auditor.files.writing import write_file
from auditor.messages.languages import Language
from auditor.model.rule import RuleDocument
from auditor.remediation import runbook_page
from auditor.remediation.composing import scripts
from auditor.remediation.plan import Plan, render_plan
from auditor.remediation.runbook import render_runbook


def write_plan(
    folder: Path, plan: Plan, language: Language, rules: Mapping[str, RuleDocument]
) -> Iterator[Path]:
    """Write a plan, its runbook and its scripts, and yield their paths. Raises OutputError."""
    files = {
        "plan.json": render_plan(plan),
        "runbook.md": render_runbook(plan, language, rules).encode(),
        "runbook.html": runbook_page.render(plan, language, rules).encode(),
        **{name: text.encode() for name, text in scripts(language).items()},
    }
    for file, content in files.items():
        write_file(folder / file, content)
        yield folder / file
