"""Which day it is for a fleet, and how old an audit is.

A run may be told which day it is (`--today`), so that its days are not those of the clock. Then
days alone count; the distance of the last run between day and clock says which day it is now.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.queries.result_rows import Success

# By so many days time zones alone can set a day apart from that of the clock.
_ZONES: Final = 1


class Calendar(NamedTuple):
    """What time it is, and by how many days the fleet is away from it, None if it is not."""

    now: datetime
    away: int | None = None

    def today(self, zone: str = "UTC") -> date:
        """Return the day in a time zone."""
        return self.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=self.away or 0)

    def age(self, audit: Success) -> timedelta:
        """Return how old an audit is, never less than nothing: a clock may have been set back."""
        age = self.now - audit.ended
        if self.away is not None:
            age = timedelta(days=(self.today() - audit.day).days)
        return max(age, timedelta())


def calendar_of(now: datetime, today: date | None, last: RecordedRun | None) -> Calendar:
    """Return the calendar of a fleet at a time, or on a day that somebody says."""
    if today is not None:
        return Calendar(now, (today - now.date()).days)
    if last is not None:
        away = (last.day - last.started.date()).days
        if abs(away) > _ZONES:
            return Calendar(now, away)
    return Calendar(now)
