"""What reports say for the values of the closed sets, and the order these come in."""

from __future__ import annotations

from typing import Final

from auditor.model.vocabulary import Severity, Status
from auditor.report import v1
from auditor.report.language import Message, Said, recognised
from auditor.words import PLAIN, WORDS, word

SEVERITIES = [str(severity) for severity in Severity]

# What needs attention first comes first.
STATUSES = [
    str(status)
    for status in (
        Status.FAILED,
        Status.ERROR,
        Status.UNKNOWN,
        Status.WAIVED,
        Status.MANUAL,
        Status.PASSED,
        Status.NOT_APPLICABLE,
    )
]
# A violation that somebody accepted stands apart from those that nobody did.
ACCEPTED = "accepted"
VERDICTS = ["violated", ACCEPTED, "undetermined", "compliant"]
NOT_DECIDED = frozenset({"unknown", "error"})
# Waivers that nobody has to look at.
SETTLED = frozenset({"used", "not-run"})

# How a score came about, and why a run ended as it did. Reports carry these as text.
NOTES: Final = (
    "{left} control could not be decided",
    "{left} controls could not be decided",
    "{left} control could not be decided ({percent} % are needed)",
    "{left} controls could not be decided ({percent} % are needed)",
    "no control was assessed",
    "one of several controls failed for certain, which one is open",
    "formula {version}",
    "formula {version}, waived controls count as failed",
    "formula {version}, capped because a critical control fails",
    "formula {version}, waived controls count as failed, capped because a critical control fails",
)
REASONS: Final = (
    "{code}: failed at or above {severity}: {names}",
    "{code}: one of these failed for certain, which one is open: {names}",
    "{code}: could not be decided: {names}",
    "{code}: could not be decided (tolerated): {names}",
    "{code}: accepted by waivers: {names}",
    "{code}: no control applied",
)


def said(value: str) -> Said | str:
    """Return the word for a value in each language, the value itself if it has none."""
    if value in WORDS or value in PLAIN:
        return Message(word(value))
    return value


def note(text: str) -> Said | str:
    """Return the note on a score in each language, as far as it is one that we write."""
    return recognised(text, NOTES) or text


def reason(text: str) -> Said | str:
    """Return the reason for an exit code in each language, as far as it is one that we write."""
    found = recognised(text, REASONS)
    if found is None:
        return text
    known = {name: said(str(value)) for name, value in found.parameters.items()}
    return Message(found.english, known)


def rank(value: str, order: list[str]) -> int:
    """Return the place of a value in an order; an unlisted value comes last."""
    return order.index(value) if value in order else len(order)


def by_urgency(result: v1.Result) -> tuple[int, int, str]:
    """Return the sort key of a control: what needs attention first, then the worst, then by id."""
    return rank(result.status, STATUSES), rank(result.severity, SEVERITIES), result.id


def score_note(summary: v1.Summary) -> str:
    """Return the note on the score without the word that stands beside it."""
    return summary.score_note.removeprefix("withheld: ")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, `1 subject` or `1,200 subjects`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
