"""The first state that holds, and how old an audit is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, State
from auditor.fleet.look_back.calendar import Calendar, calendar_of
from auditor.fleet.look_back.pbx_state import state_of_pbx
from auditor.fleet.store.history_records import RecordedRun
from auditor.fleet.store.queries.result_rows import Attempt, Overview, Success
from auditor.messages.message import NOTHING

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def success(code=ExitCode.OK, ended=NOW):
    return Success(1, ended.date(), ended, ended, code, 80, 100, "baseline")


def attempt(ending=AuditEnding.AUDITED):
    return Attempt(2, NOW.date(), NOW, NOW, ending, NOTHING, ())


def seen(code=ExitCode.OK, ending=AuditEnding.AUDITED, **more):
    return Overview("graz", "muster", attempt(ending), success(code), **more)


NONE = Overview("graz", "muster")
NEVER_READ = Overview("graz", "muster", attempt(AuditEnding.UNREACHABLE))


@pytest.mark.parametrize(("pbx", "age", "state"), [
    (None, None, State.NEVER),
    (NONE, None, State.NEVER),
    (seen(), DAY, State.COMPLIANT),
    (seen(), 3 * DAY, State.COMPLIANT),
    (seen(), 3 * DAY + timedelta(seconds=1), State.STALE),
    (seen(ExitCode.FINDINGS), DAY, State.FAILED),
    (seen(ExitCode.FINDINGS), 4 * DAY, State.STALE),
    (seen(ExitCode.INCOMPLETE), DAY, State.INCOMPLETE),
    (seen(ExitCode.NOTHING_TO_DO), DAY, State.INCOMPLETE),
    (seen(ExitCode.INTERNAL), DAY, State.INCOMPLETE),
    (seen(ending=AuditEnding.UNREACHABLE), DAY, State.UNREACHABLE),
    (seen(ending=AuditEnding.UNREACHABLE), 4 * DAY, State.STALE),
    (seen(ending=AuditEnding.CRASHED), DAY, State.UNREACHABLE),
    (seen(ending=AuditEnding.REFUSED), DAY, State.UNREACHABLE),
    (NEVER_READ, None, State.UNREACHABLE),
    (seen(ending=AuditEnding.CONFLICT, is_in_conflict=True), DAY, State.CONFLICT),
    (seen(ending=AuditEnding.CONFLICT, is_in_conflict=True), 4 * DAY, State.CONFLICT),
    (seen(ending=AuditEnding.UNREACHABLE, is_in_conflict=True), DAY, State.CONFLICT),
    (NEVER_READ._replace(is_in_conflict=True), None, State.CONFLICT),
    # Bound anew, and not audited since.
    (seen(ending=AuditEnding.CONFLICT), DAY, State.UNREACHABLE),
])  # fmt: skip
def test_the_first_state_that_holds(pbx, age, state):
    assert state_of_pbx(pbx, age, 3 * DAY) is state


def run(day, started):
    return RecordedRun(1, "me", day, started, started, 0, "", clock_back=False)


class TestCalendar:
    def test_the_clock_counts(self):
        calendar = calendar_of(NOW, None, run(NOW.date(), NOW))
        assert calendar.age(success(ended=NOW - timedelta(hours=30))) == timedelta(hours=30)
        assert calendar.today() == NOW.date()

    def test_a_clock_that_was_set_back_makes_nothing_young(self):
        assert Calendar(NOW).age(success(ended=NOW + DAY)) == timedelta()

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
    def test_the_day_of_a_zone_is_no_other_calendar(self, zone):
        day = Calendar(NOW).today(zone)
        assert calendar_of(NOW, None, run(day, NOW)) == Calendar(NOW)

    def test_days_count_where_a_run_was_told_its_day(self):
        """Runs of ten nights in one minute, each with its `--today`."""
        calendar = calendar_of(NOW, None, run(date(2030, 5, 10), NOW))
        assert calendar.today() == date(2030, 5, 10)
        old = success(ended=NOW)._replace(day=date(2030, 5, 6))
        assert calendar.age(old) == 4 * DAY

    def test_days_count_where_somebody_says_the_day(self):
        calendar = calendar_of(NOW, NOW.date() + 3 * DAY, run(NOW.date(), NOW))
        assert calendar.age(success(ended=NOW)) == 3 * DAY
