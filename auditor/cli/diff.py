"""`pbx-auditor diff`: what changed between two saved reports of one system."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.interaction.console import look, show_json, show_text, suggest
from auditor.report.compare import Comparison, ViolationChange, baseline_of, compare
from auditor.report.formats import terminal_changes
from auditor.report.formats.saved_reports import load_report


def command(
    old: Annotated[
        Path, typer.Argument(metavar="OLD", help="The earlier report.json.", show_default=False)
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="The later report.json.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002
) -> None:
    """Compare two reports: new, fixed, unchanged, changed and not comparable violations.

    A violation is fixed only if the later run looked, in the same way, and decided.

    Exit codes: 0 nothing is worse, 1 new violations, or known ones that count more than before,
    2 no reports of a known version, 4 nothing is known to be worse, but not all can be compared.
    """
    later = load_report(new, "NEW")
    suggest(later.run.language)
    earlier = load_report(old, "OLD")
    comparison = compare(baseline_of(earlier), later)
    if as_json:
        show_json(_json(comparison))
    else:
        show_text(terminal_changes.render(comparison, look(), report=later, earlier=earlier))
    raise typer.Exit(comparison.code)


def _json(comparison: Comparison) -> str:
    document = {
        "reason": comparison.reason,
        "counts": {change.value: len(comparison.of(change)) for change in ViolationChange},
        "violations": [asdict(entry) for entry in comparison.entries],
    }
    return json.dumps(document, indent=1)
