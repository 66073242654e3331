"""The words that reports show for the values of the closed sets, and the order they come in."""

from __future__ import annotations

from auditor.model.vocabulary import Severity, Status
from auditor.report import v1

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

WORDS = {
    "compliant": "Compliant",
    "noncompliant": "Not compliant",
    "incomplete": "Incomplete",
    "nothing-audited": "Nothing audited",
    "not-applicable": "not applicable",
    "violated": "Violated",
    "accepted": "Violated, but accepted",
    "undetermined": "Undetermined",
    "lost": "lost, because something changed",
    "gone": "for something that is gone",
    "not-run": "control not run",
    "no-secret": "no password was used",
    "pbx-password": "PBX password supplied and verified",
    "pbx-password-rejected": "PBX password supplied, but not verified",
    "needs-review": "needs review",
    "none": "none",
    "re-register": "phones register again",
    "reboot": "the device restarts",
    "call-loss": "calls are cut off",
    "automatic": "by the tool",
    "learned": "through a learned setting",
    "attested": "by a person's statement",
    "box": "Box",
    "objects": "Objects",
    "devices": "Devices",
    "passwords": "Passwords",
    "call_filters": "Call filters",
    "tls": "TLS",
    "standard_configurations_gone": "Standard configurations",
    "ip_filter": "IP filter",
    "registrations_without_password": "Registrations without password",
}


def word(value: str) -> str:
    """Return the word for a value, the value itself if it has none."""
    return WORDS.get(value, value)


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
