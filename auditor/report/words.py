"""The words that reports show for the values of the closed sets, and the order they come in."""

from __future__ import annotations

from typing import Final

from auditor.model.vocabulary import Severity, Status
from auditor.report import v1
from auditor.report.language import Message, Said, recognised

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
    "objects": "PBX objects",
    "settings": "Device settings",
    "devices": "Devices",
    "passwords": "Passwords",
    "call_filters": "Call filters",
    "tls": "TLS",
    "standard_configurations_gone": "Standard configurations",
    "ip_filter": "IP filter",
    "registrations_without_password": "Registrations without password",
}


# Words that stand for themselves in English.
PLAIN: Final = (
    *SEVERITIES,
    *("passed", "failed", "unknown", "error", "manual", "waived"),
    *("documented", "inferred", "simulated", "derived", "safe", "dangerous"),
    *("hot-desking", "authentication", "backup", "firmware", "logging", "registration"),
    *(
        "services",
        "users",
        "administration",
        "toll-fraud",
        "reverse-proxy",
        "apps",
        "network",
        "privacy",
    ),
    *("used", "unused", "expired", "undecided"),
    *("user", "device", "list", "setting", "role", "area", "app", "endpoint", "path", "filter"),
    *("file", "template", "reverse proxy", "hardware id", "expert script"),
    *("internal object", "service object"),
)
# How a score came about, and why a run ended as it did. Reports carry these as text.
NOTES: Final = (
    "{left} control could not be decided",
    "{left} controls could not be decided",
    "{left} control could not be decided ({percent} % are needed)",
    "{left} controls could not be decided ({percent} % are needed)",
    "no control was assessed",
    "formula {version}",
    "formula {version}, waived controls count as failed",
    "formula {version}, capped because a critical control fails",
    "formula {version}, waived controls count as failed, capped because a critical control fails",
)
REASONS: Final = (
    "{code}: failed at or above {severity}: {names}",
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
