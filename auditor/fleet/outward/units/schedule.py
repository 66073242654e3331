"""How often and when a run is started, as timers of every kind can keep it.

A clock can only keep intervals that fit a day, a week or a month. Of those, the longest is taken
that is no longer than the one asked for: a run is never rarer than it is expected.
"""

from __future__ import annotations

from datetime import time
from typing import Final, NamedTuple

_HOUR: Final = 60
DAY: Final = 24 * _HOUR
WEEK: Final = 7 * DAY
MONTH: Final = 31 * DAY
_REGULAR: Final = (
    *(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30),
    *(hours * _HOUR for hours in (1, 2, 3, 4, 6, 8, 12)),
    *(DAY, WEEK, MONTH),
)
# How late a run may begin, so that not everybody's begins at once.
_SPREAD: Final = 15
_PART: Final = 4


class Schedule(NamedTuple):
    """A run every so many minutes, counted from a time of the day; on Mondays, or the first."""

    minutes: int
    at: time

    @property
    def spread(self) -> int:
        """Return by how many seconds a start may be late."""
        return min(_SPREAD, self.minutes // _PART) * 60

    @property
    def cron(self) -> str:
        """Return the five fields of cron."""
        minute, hour = self.at.minute, self.at.hour
        if self.minutes < _HOUR:
            return f"{minute % self.minutes}-59/{self.minutes} * * * *"
        if self.minutes < DAY:
            hours = self.minutes // _HOUR
            return f"{minute} {hour % hours}-23/{hours} * * *"
        days = {DAY: "* * *", WEEK: "* * 1", MONTH: "1 * *"}
        return f"{minute} {hour} {days[self.minutes]}"

    @property
    def calendar(self) -> str:
        """Return a calendar event of systemd."""
        minute, hour = self.at.minute, self.at.hour
        if self.minutes < _HOUR:
            return f"*-*-* *:{minute % self.minutes:02}/{self.minutes}:00"
        if self.minutes < DAY:
            hours = self.minutes // _HOUR
            return f"*-*-* {hour % hours:02}/{hours}:{minute:02}:00"
        days = {DAY: "*-*-*", WEEK: "Mon *-*-*", MONTH: "*-*-01"}
        return f"{days[self.minutes]} {hour:02}:{minute:02}:00"


def between(runs: Schedule) -> Schedule:
    """Return the schedule of what is started between runs: each hour, at another time of it."""
    minutes = min(runs.minutes, _HOUR)
    minute = (runs.at.hour * _HOUR + runs.at.minute + minutes // 2) % DAY
    return Schedule(minutes, time(minute // _HOUR, minute % _HOUR))


def schedule_of(every: int | None, at: time) -> Schedule:
    """Return a schedule for an interval in seconds; once a day if nobody says."""
    wanted = DAY if every is None else every // 60
    return Schedule(max(one for one in _REGULAR if one <= max(wanted, 1)), at)
