"""What people read for the values of the closed sets of a fleet, short enough for a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from auditor.fleet.history_model import AuditEnding, State
from auditor.messages.message import Message, say, template
from auditor.report import past_words

STATES: Final[Mapping[str, str]] = {
    State.NEVER: template("never audited"),
    State.CONFLICT: template("other box"),
    State.STALE: template("out of date"),
    State.UNREACHABLE: template("not reached"),
    State.FAILED: template("failed"),
    State.INCOMPLETE: template("incomplete"),
    State.COMPLIANT: template("compliant"),
}
STANDINGS: Final[Mapping[str, str]] = {
    **past_words.STANDINGS,
    "no-snapshot": template("no snapshot"),
}
CAUSES: Final = past_words.CAUSES
ENDINGS: Final[Mapping[str, str]] = {
    AuditEnding.AUDITED: template("audited"),
    AuditEnding.UNREACHABLE: template("not reached"),
    AuditEnding.CONFLICT: template("another box answered"),
    AuditEnding.REFUSED: template("its documents cannot be used"),
    AuditEnding.CRASHED: template("an error of this program"),
}
# What a state counts as in colours.
COLOURS: Final[Mapping[str, str]] = {
    State.NEVER: "unknown",
    State.CONFLICT: "failed",
    State.STALE: "unknown",
    State.UNREACHABLE: "unknown",
    State.FAILED: "failed",
    State.INCOMPLETE: "incomplete",
    State.COMPLIANT: "compliant",
}
COLOURS_OF_ANSWERS: Final[Mapping[str, str]] = {
    "failed": "failed",
    "undecided": "unknown",
    "no-snapshot": "unknown",
    "waived": "waived",
    "passed": "passed",
}
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def fleet_word(words: Mapping[str, str], value: str) -> str:
    """Return the word for a value, the value itself if there is none."""
    return Message(words[value]) if value in words else value


def age(length: timedelta | int) -> Message:
    """Return an age in its largest unit, rounded down; two days begin after 48 hours."""
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else length
    if seconds < _HOUR:
        return say("{count} min", count=seconds // _MINUTE)
    if seconds < 2 * _DAY:
        return say("{count} h", count=seconds // _HOUR)
    return say("{count} d", count=seconds // _DAY)
