"""From which run on somebody asks what changed: a day, the number of a run, or the last run."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from auditor.errors import HistoryError, InputError, OptionPlace
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.queries.change_queries import first_run_since
from auditor.messages.message import NOTHING, Message, say
from auditor.report.translation import dated
from auditor.values.audit_days import check_day

_DIGITS: Final = 9  # as many as a column of either database holds
_SINCE: Final = OptionPlace("--since")


class Span(NamedTuple):
    """The first run that is asked for, and what is to be said if there was none so late."""

    first: int
    warning: Message = NOTHING


def span_since(history: History, since: str | None) -> Span:
    """Return the runs that are asked for. Raises InputError, HistoryError without any run."""
    last = history.last_run()
    if last is None:
        raise HistoryError(
            say("there was no run yet"),
            where=history.where,
            advice=say("start a run of the fleet, or import a bundle of a collector"),
        )
    if since is None:
        return Span(last.number)
    if since.isascii() and since.isdigit():
        return Span(_numbered(since, last))
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise InputError(
            say("this is neither a day nor the number of a run"),
            where=_SINCE,
            advice=say("write a day as 2026-03-31"),
        ) from None
    check_day(day, _SINCE)
    with history.reading() as connection:
        found = first_run_since(connection, day)
    return Span(found, _nobody_looked(day, last) if found > last.number else NOTHING)


def _numbered(text: str, last: RecordedRun) -> int:
    number = int(text[:_DIGITS])
    if not 1 <= number <= last.number:
        raise InputError(
            say("there is no run {run}", run=number),
            where=_SINCE,
            advice=say("write the number of a run, or a day as 2026-03-31"),
        )
    return number


def _nobody_looked(day: date, last: RecordedRun) -> Message:
    """Return the warning without which that nothing changed would be told alike."""
    return say(
        "warning: there was no run on {day} or later; the last one is run {run} of {last}",
        day=dated(day.isoformat()),
        run=last.number,
        last=dated(last.day.isoformat()),
    )
