"""What reports say for the values of the closed sets, and the order these come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.facts.missing import name_of
from auditor.messages.labels import PLAIN, WORDS, word
from auditor.messages.message import Message
from auditor.model.vocabulary import Grade, Severity, Status

if TYPE_CHECKING:  # every command has these words, few have a report
    from auditor.report.schema import v1

SEVERITIES = [str(severity) for severity in Severity]

# The outcomes of controls that people are told, what needs attention first: each is a status, and
# stands for the others that mean the same to them.
OUTCOMES = [
    str(status)
    for status in (
        Status.FAILED,
        Status.UNKNOWN,
        Status.MANUAL,
        Status.WAIVED,
        Status.PASSED,
        Status.NOT_APPLICABLE,
    )
]
# A violation that somebody accepted stands apart from those that nobody did.
ACCEPTED = "accepted"
VERDICTS = ["violated", ACCEPTED, "undetermined", "compliant"]
NOT_DECIDED = frozenset({"unknown", "error"})
_GRADES = frozenset(map(str, Grade))
# Waivers that nobody has to look at.
SETTLED = frozenset({"used", "not-run"})


def said(value: str) -> str:
    """Return the word for a value in each language, the value itself if it has none."""
    if value in WORDS or value in PLAIN:
        return Message(word(value))
    return value


def area(name: str) -> str:
    """Return the word for an area, or what people call a fact."""
    found = said(name)
    return found if isinstance(found, Message) else name_of(name)


def grade(value: str) -> str:
    """Return how sure a fact is in each language, the value itself if it is none of ours."""
    return Message(value) if value in _GRADES else value


def rank(value: str, order: list[str]) -> int:
    """Return the place of a value in an order; an unlisted value comes last."""
    return order.index(value) if value in order else len(order)


def outcome_of(status: str) -> str:
    """Return the outcome of a status; whatever is none of ours, or broke, is not decided."""
    return status if status in OUTCOMES else Status.UNKNOWN.value


def by_urgency(result: v1.Result) -> tuple[int, int, str]:
    """Return the sort key of a control: what needs attention first, then the worst, then by id."""
    place = OUTCOMES.index(outcome_of(result.status))
    return place, rank(result.severity, SEVERITIES), result.id


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, `1 subject` or `1,200 subjects`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
