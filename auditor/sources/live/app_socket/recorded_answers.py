"""What answers to questions come to in a reading, and why others did not come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from auditor.messages.message import Message, say
from auditor.sources.live.app_socket.questions import Outcome, SocketQuestion
from auditor.sources.live.app_socket.refusal_advice import what_to_do
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.odd_parts import note_odd_parts
from auditor.sources.parse.reading import Reading

Take: TypeAlias = Callable[[Mapping[str, Any]], object]


def take_all(
    reading: Reading,
    questions: Sequence[SocketQuestion],
    outcomes: Sequence[Outcome],
    takes: Sequence[Take],
) -> bool:
    """Take answers, note why others did not come; return whether any did.

    What all of them lack for one reason is said once.
    """
    reasons = {one.reason for one in outcomes if isinstance(one, RefusedError)}
    answered = [one for one in outcomes if not isinstance(one, RefusedError)]
    if not answered and len(reasons) == 1:
        reading.notes.append(not_answered(questions[0].api, reasons.pop()))
        return False
    for question, outcome, take in zip(questions, outcomes, takes, strict=True):
        if isinstance(outcome, RefusedError):
            reading.notes.append(not_answered(question.mt, outcome.reason))
        else:
            take(outcome)
    return bool(answered)


def not_answered(what: str, reason: Message) -> Message:
    """Return that something was not answered."""
    return say("{message}: {reason}", message=what, reason=reason) if what else reason


def say_why(reading: Reading, area: str, asked: Mapping[str, Outcome]) -> None:
    """Say of each fact of an area why its question was not answered, and what to do about it."""
    for fact, outcome in asked.items():
        if isinstance(outcome, RefusedError):
            reading.unanswered[fact] = outcome.reason
            reading.remedies[fact] = what_to_do(outcome, area)


def close(reading: Reading, ledger: Ledger) -> None:
    """Keep the account of a reading, and note what of its objects is not as documented."""
    note_odd_parts(reading)
    reading.gaps.extend(ledger.gaps())
    reading.account = ledger.tallies()
