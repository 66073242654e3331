"""What the document of a control says, in each language that it says it in."""

from __future__ import annotations

from typing import Final, NamedTuple

from auditor.messages.both import Both
from auditor.messages.titles import Title, titled
from auditor.report.schema import v1
from auditor.report.sentences import Sentences

_NOTHING: Final = v1.Translation("", "", "", "")


class Remedy(NamedTuple):
    """How to make a control compliant, in each language."""

    menu: Both
    fix: Both
    precondition: Both
    verification: Both
    undo: Both


def german_of(result: v1.Result) -> v1.Translation:
    """Return the German texts of a control; all are empty if nobody translated it."""
    return result.translations.get("de", _NOTHING)


def title_of(result: v1.Result, outcome: str = "") -> Title:
    """Return the title that belongs to what came of a control, or of one subject of it."""
    return titled(result, outcome or result.status, german_of(result))


def reason_of(result: v1.Result, sentences: Sentences) -> Both | None:
    """Return the reason; that of a control that does not apply stands in its document."""
    if not result.reason:
        return None
    applies = result.status != "not-applicable"
    german = "" if applies else german_of(result).nothing_seen
    return Both(result.reason, german) if german else sentences.both(result.reason)


def remedy_of(result: v1.Result) -> Remedy:
    """Return how to make a control compliant."""
    fix, german = result.remediation, german_of(result)
    return Remedy(
        menu=Both(fix.ui_path, german.ui_path or fix.ui_path),
        fix=Both(fix.text, german.remediation),
        precondition=Both(fix.precondition, german.precondition),
        verification=Both(fix.verification, german.verification),
        undo=Both(fix.undo, german.undo),
    )


def score_note(summary: v1.Summary, sentences: Sentences) -> Both:
    """Return how the score came about, or why it is withheld, which is said beside it."""
    if summary.score is None:
        return sentences.part(summary.score_note, "reason")
    return sentences.both(summary.score_note)
