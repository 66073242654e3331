"""A run is never rarer than it is expected, whatever starts it."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from datetime import datetime, time

import pytest

from auditor.fleet.outward.units.schedule import between, schedule_of

AT = time(7, 35)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
INTERVALS = (
    *(1, 90, 7 * _MINUTE, 15 * _MINUTE, 45 * _MINUTE, _HOUR, 90 * _MINUTE, 5 * _HOUR, 6 * _HOUR),
    *(_DAY, 36 * _HOUR, 7 * _DAY, 14 * _DAY, 31 * _DAY, 90 * _DAY),
)


@pytest.mark.parametrize(
    ("every", "cron", "calendar"),
    [
        (None, "35 7 * * *", "*-*-* 07:35:00"),
        (_DAY, "35 7 * * *", "*-*-* 07:35:00"),
        (36 * _HOUR, "35 7 * * *", "*-*-* 07:35:00"),
        (5 * _HOUR, "35 3-23/4 * * *", "*-*-* 03/4:35:00"),
        (_HOUR, "35 0-23/1 * * *", "*-*-* 00/1:35:00"),
        (15 * _MINUTE, "5-59/15 * * * *", "*-*-* *:05/15:00"),
        (_MINUTE, "0-59/1 * * * *", "*-*-* *:00/1:00"),
        (14 * _DAY, "35 7 * * 1", "Mon *-*-* 07:35:00"),
        (90 * _DAY, "35 7 1 * *", "*-*-01 07:35:00"),
    ],
)
def test_both_kinds_of_timers_say_the_same(every, cron, calendar):
    schedule = schedule_of(every, AT)
    assert (schedule.cron, schedule.calendar) == (cron, calendar)


@pytest.mark.parametrize("every", INTERVALS)
def test_systemd_starts_it_as_often_as_it_is_expected(every):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (Debian: package systemd)")
    # The longest month is before the 1st of January.
    said = subprocess.run(  # noqa: S603 -- what is installed
        [program, "calendar", "--base-time=2026-12-01 00:00:00 UTC", "--iterations=40",
         schedule_of(every, AT).calendar + " UTC"],
        capture_output=True, text=True, check=True, env={"TZ": "UTC"},
    ).stdout  # fmt: skip
    moments = [
        datetime.fromisoformat(found)
        for found in re.findall(
            r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ ([\d-]+ [\d:]+)", said
        )
    ]
    gaps = {(b - a).total_seconds() for a, b in itertools.pairwise(moments)}
    assert len(moments) == 40
    assert max(gaps) <= max(every, _MINUTE)


@pytest.mark.parametrize(
    ("every", "at", "cron"),
    [
        (_DAY, time(1, 5), "35 0-23/1 * * *"),
        (_DAY, time(23, 45), "15 0-23/1 * * *"),
        (_HOUR, time(1, 5), "35 0-23/1 * * *"),
        (15 * _MINUTE, time(1, 5), "12-59/15 * * * *"),
        (_MINUTE, time(1, 5), "0-59/1 * * * *"),
    ],
)
def test_between_runs_is_each_hour_and_not_when_a_run_begins(every, at, cron):
    assert between(schedule_of(every, at)).cron == cron


def test_the_delay_is_a_part_of_the_interval():
    assert [schedule_of(every, AT).spread for every in (_MINUTE, _HOUR, _DAY)] == [0, 900, 900]
