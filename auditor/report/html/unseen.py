"""What was not evaluated: gaps in what was read, and controls that stayed undecided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from auditor.messages.message import say
from auditor.report.html.details import Control
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import NOT_DECIDED, by_urgency, said
from auditor.report.translation import is_said


class NotEvaluated(NamedTuple):
    """Something that was not decided: what, why, and what to do about it."""

    what: str
    place: str
    causes: list[str]
    advice: str
    look: str
    controls: list[Control]


def not_evaluated(
    gaps: Iterable[v1.Gap], controls: Iterable[Control], sentences: Sentences
) -> list[NotEvaluated]:
    """Return the gaps, and the undecided controls that no gap explains, the worst first."""
    undecided = {c.result.id: c for c in controls if c.result.status in NOT_DECIDED}
    rows = [
        _gap(gap, [undecided[name] for name in gap.controls if name in undecided], sentences)
        for gap in gaps
    ]
    explained = {control.result.id for row in rows for control in row.controls}
    left = [one for name, one in undecided.items() if name not in explained]
    rows += [_undecided(one, sentences) for one in left]
    return sorted(rows, key=_urgency)


def _urgency(row: NotEvaluated) -> tuple[bool, tuple[int, int, str]]:
    """Return the sort key: by the worst control that stays open, what leaves none open last."""
    worst = min((by_urgency(one.result) for one in row.controls), default=(0, 0, ""))
    return not row.controls, worst


def _gap(gap: v1.Gap, controls: list[Control], sentences: Sentences) -> NotEvaluated:
    """Return a gap; where it has no word of its own, it goes by a control that it leaves open."""
    what, place = said(gap.area), _place(gap.source, gap.line)
    if not is_said(what) and controls:
        what, place = controls[0].title, f"{gap.area} {place}".strip()
    return NotEvaluated(what, place, [sentences.both(gap.reason)], gap.advice, "", controls)


def _undecided(control: Control, sentences: Sentences) -> NotEvaluated:
    result = control.result
    texts = [result.reason] if result.reason else [found.detail for found in control.examples]
    causes: list[str] = [sentences.both(one) for one in texts]
    return NotEvaluated(
        what=control.title,
        place="",
        causes=causes or [say("No reason was recorded.")],
        advice="",
        look=control.remedy.menu,
        controls=[control],
    )


def _place(source: str, line: int | None) -> str:
    return source if line is None else f"{source}:{line}"
