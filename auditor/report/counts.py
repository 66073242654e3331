"""The one way to count controls: six outcomes, their words, and the sentence with all of them.

A control is counted once, and the numbers add up to the controls that ran. Programs find the
statuses in `report.json`; whoever reads is told the same six outcomes everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.messages.message import Message, joined, say, say_count
from auditor.model.vocabulary import Status
from auditor.report.terms import OUTCOMES, SEVERITIES, outcome_of, rank, said
from auditor.values.frozen import frozen


@frozen
class Count:
    """How many controls came to an outcome."""

    outcome: str
    number: int

    @property
    def told(self) -> Message:
        """Return the number with the word of the outcome."""
        return say("{number} {outcome}", number=self.number, outcome=said(self.outcome))


def tally(counts: Mapping[str, int]) -> list[Count]:
    """Return the outcomes that occur, given the number of controls by status."""
    numbers = dict.fromkeys(OUTCOMES, 0)
    for status, number in counts.items():
        numbers[outcome_of(status)] += number
    return [Count(outcome, number) for outcome, number in numbers.items() if number]


def open_counts(counts: Mapping[str, int]) -> list[Count]:
    """Return what the audit left open: not decided, or left to people."""
    left = {Status.UNKNOWN.value, Status.MANUAL.value}
    return [one for one in tally(counts) if one.outcome in left]


def told(counts: Mapping[str, int], failed_by_severity: Mapping[str, int]) -> Message:
    """Return how many controls ran and what they came to, in one sentence."""
    found = tally(counts)
    return say_count(
        "{count} control: {outcomes}.",
        "{count} controls: {outcomes}.",
        sum(one.number for one in found),
        outcomes=joined("{one}, {other}", [_part(one, failed_by_severity) for one in found]),
    )


def _part(one: Count, failed_by_severity: Mapping[str, int]) -> Message:
    worst = [
        say("{number} {severity}", number=failed_by_severity[name], severity=said(name))
        for name in sorted(failed_by_severity, key=lambda name: rank(name, SEVERITIES))
        if failed_by_severity[name]
    ]
    if one.outcome != Status.FAILED or not worst:
        return one.told
    severities = joined("{one}, {other}", worst)
    return say("{failed} ({severities})", failed=one.told, severities=severities)
