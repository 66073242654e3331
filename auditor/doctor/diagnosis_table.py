"""The rows of the table that `doctor` shows."""

from __future__ import annotations

from typing import Final

from auditor.messages.message import Message, say
from auditor.sources.live.probe import ProbedArea
from auditor.values.frozen import frozen

OPEN: Final = say("open")
CLOSED: Final = say("closed")


@frozen
class DiagnosisRow:
    """One line of the table: what was looked at, its state in a word, and details.

    What is ours is a message; addresses and names stay what they are.
    """

    check: str
    state: str
    detail: str


def state_of(finding: ProbedArea) -> Message:
    """Return the word for whether an area can be read."""
    return OPEN if finding.is_open else CLOSED
