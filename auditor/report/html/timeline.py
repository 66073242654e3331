"""How a PBX came to stand as it does, as the HTML report shows it: the newest change first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from auditor.messages.message import NOTHING, Message, joined, say, say_count
from auditor.model.vocabulary import Severity
from auditor.report.past_words import CAUSES, STANDINGS
from auditor.report.schema import v1
from auditor.report.schema.v1past import Past, PastChange, Repaired
from auditor.report.translation import dated

CHANGES: Final = 100
REPAIRED: Final = 50

_RANKS: Final = {severity.value: severity.rank for severity in Severity}
_TONES: Final = {
    "failed": "failed",
    "waived": "waived",
    "unknown": "unknown",
    "error": "unknown",
    "undecided": "unknown",
    "passed": "passed",
    "fixed": "passed",
    "gone": "passed",
}


class TimelineEntry(NamedTuple):
    """A change in words."""

    day: str
    control: str
    is_here: bool
    subject: str
    change: str
    tone: str
    cause: str


class Fixed(NamedTuple):
    """A violation that is not there any more, in words."""

    control: str
    is_here: bool
    subject: str
    first_seen: str
    reopened: Message
    fixed: str
    days: int


class Story(NamedTuple):
    """The history; of many changes the newest."""

    sentence: Message
    changes: list[TimelineEntry]
    more_changes: int
    repaired: list[Fixed]
    more_repaired: int


def story(report: v1.Report) -> Story | None:
    """Return the history of a report, None if it has none."""
    past = report.past
    if past is None:
        return None
    here = {result.id for result in report.results}
    # What two properties of one subject did in one run reads the same, and is told once.
    ordered = sorted(past.changes, key=_newest_and_worst)
    changes = [one for _, one in dict.fromkeys((one.run, _changed(one, here)) for one in ordered)]
    worst = sorted(past.repaired, key=_rank)
    latest = sorted(worst, key=lambda one: one.fixed, reverse=True)
    repaired = [_fixed(one, here) for one in latest]
    return Story(
        _sentence(past),
        changes[:CHANGES],
        max(len(changes) - CHANGES, 0),
        repaired[:REPAIRED],
        max(len(repaired) - REPAIRED, 0),
    )


def _newest_and_worst(one: PastChange) -> tuple[int, int]:
    """Return what orders changes: the last run first, in it the worst."""
    return -one.run, _rank(one)


def _rank(one: PastChange | Repaired) -> int:
    """Return 0 for the worst severity; one of a later program is last."""
    return _RANKS.get(one.severity, len(_RANKS))


def _sentence(past: Past) -> Message:
    audits = say_count("{count} audit", "{count} audits", past.audits)
    first = say("First audited on {day}; {audits} could look.", day=past.first, audits=audits)
    if past.median_days is None:
        return first
    fixed = say_count(
        "{count} violation was fixed or is gone, after {days}.",
        "{count} violations were fixed or are gone, half of them within {days}.",
        len(past.repaired),
        days=say_count("{count} day", "{count} days", past.median_days),
    )
    return say("{first} {fixed}", first=first, fixed=fixed)


def _changed(one: PastChange, here: set[str]) -> TimelineEntry:
    after = _word(STANDINGS, one.after)
    change: str = say("new: {after}", after=after)
    if one.before:
        change = say("{before} → {after}", before=_word(STANDINGS, one.before), after=after)
    causes = [_word(CAUSES, cause) for cause in (one.cause, *one.also)]
    return TimelineEntry(
        dated(one.day),
        one.control,
        one.control in here,
        one.subject,
        change,
        _TONES.get(one.after, "info"),
        joined("{one}, {other}", causes),
    )


def _fixed(one: Repaired, here: set[str]) -> Fixed:
    return Fixed(
        one.control,
        one.control in here,
        one.subject,
        dated(one.first_seen),
        say("back since {day}", day=one.reopened) if one.reopened else NOTHING,
        dated(one.fixed),
        one.days,
    )


def _word(words: Mapping[str, str], value: str) -> str:
    return Message(words[value]) if value in words else value
