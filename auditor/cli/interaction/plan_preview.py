"""What a remediation plan does, before anybody applies it."""

from __future__ import annotations

from textwrap import fill
from typing import Final

from auditor.cli.interaction.console import look, show, show_text, tell, tell_text, told, width
from auditor.messages.both import Both
from auditor.messages.message import Message, say, together
from auditor.remediation.plan import Impact
from auditor.report.terms import said
from auditor.report.text import visible
from auditor.run.audit import Outcome
from auditor.run.impact_preview import ImpactPreview

_INCOMPLETE: Final = say("not everything could be read, so there may be more to do: see the audit")
_DANGEROUS: Final = say("dangerous: what it opens is as bad as what it closes")


def show_line(ahead: ImpactPreview, outcome: Outcome) -> None:
    """Say in one line what a plan does, and what is to be noted."""
    parts = [_steps(ahead)]
    parts += [_INCOMPLETE] * bool(outcome.snapshot.gaps) + [_DANGEROUS] * ahead.is_dangerous
    show(together(*parts))


def _steps(ahead: ImpactPreview) -> Message:
    steps = ahead.plan.steps
    return say(
        "{count} steps, {made} of them by a script; hash {digest}",
        count=len(steps),
        made=sum(step.change.machine is not None for step in steps),
        digest=ahead.plan.hash[:12],
    )


def show_preview(ahead: ImpactPreview, outcome: Outcome, *, details: bool) -> None:
    """Say what a plan does; with details also what becomes of each control."""
    show(_steps(ahead))
    if outcome.snapshot.gaps:
        tell(_INCOMPLETE)
    if details:
        for one in ahead.differences:
            text = say("{before} -> {after}", before=one.before, after=one.after)
            show_text(f"{one.control:7} {look().word(one.severity.value):8} {look().text(text)}")
    if ahead.plan.prospect is not None:
        _show_prospect(ahead.plan.prospect)


def _show_prospect(prospect: Impact) -> None:
    scores = (prospect.score_before, prospect.score_after)
    before, after = (say("withheld") if one is None else str(one) for one in scores)
    names = ", ".join(prospect.closes) or say("no control")
    show_text(fill(look().say("closes {names}", names=names), max(width(), 40)))
    show(say("score {before} -> {after}", before=before, after=after))
    for one in prospect.opens:
        causes = ", ".join(one.caused_by)
        text = say(
            "it opens {control} ({severity}, by {causes}): {title}",
            control=one.control,
            severity=said(one.severity),
            causes=causes,
            title=Both(one.title, one.title_de),
        )
        tell(text)
        for detail in map(Both, one.details, one.details_de):
            tell_text(f"  {visible(told(detail))}")
    if prospect.dangerous:
        tell(_DANGEROUS)
