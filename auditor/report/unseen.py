"""What was not evaluated: gaps in what was read, and controls that stayed undecided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.report import v1
from auditor.report.details import Control
from auditor.report.language import Both, Said, message
from auditor.report.words import NOT_DECIDED, said


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """Something that was not decided: what, why, and what to do about it."""

    what: Said | str
    place: str
    causes: list[Said | str]
    advice: str
    look: str
    controls: list[Control]


def not_evaluated(gaps: Iterable[v1.Gap], controls: Iterable[Control]) -> list[NotEvaluated]:
    """Return the gaps, and then the undecided controls that no gap explains."""
    undecided = {c.result.id: c for c in controls if c.result.status in NOT_DECIDED}
    rows = [
        _gap(gap, [undecided[name] for name in gap.controls if name in undecided]) for gap in gaps
    ]
    explained = {control.result.id for row in rows for control in row.controls}
    return rows + [_undecided(c) for name, c in undecided.items() if name not in explained]


def _gap(gap: v1.Gap, controls: list[Control]) -> NotEvaluated:
    """Return a gap; where it has no word of its own, it goes by a control that it leaves open."""
    what, place = said(gap.area), _place(gap.source, gap.line)
    if isinstance(what, str) and controls:
        what, place = controls[0].title, f"{gap.area} {place}".strip()
    return NotEvaluated(what, place, [Both(gap.reason)], gap.advice, "", controls)


def _undecided(control: Control) -> NotEvaluated:
    result = control.result
    causes: list[Said | str] = [Both(one) for one in [result.reason] if one]
    causes = causes or [Both(found.detail) for found in control.examples]
    return NotEvaluated(
        what=control.title,
        place="",
        causes=causes or [message("No reason was recorded.")],
        advice="",
        look=result.remediation.ui_path,
        controls=[control],
    )


def _place(source: str, line: int | None) -> str:
    return source if line is None else f"{source}:{line}"
