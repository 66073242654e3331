"""What ends by itself, and from which day on that can change a verdict."""

from __future__ import annotations

from datetime import date, timedelta, timezone

import pytest

from auditor.fleet.drift.expiries import changes_on, expiries
from auditor.fleet.drift.judging import judgement_of
from auditor.run.audit import audit
from tests.fleet.nights import ATTESTED, FIRST_DAY, Pbx, accepting, days, with_certificate

BACKED_UP = """
[facts.last_backup]
value = 2026-11-20
by = "K. Koerner"
on = 2026-11-20
until = 2027-11-01
"""


@pytest.fixture
def pbx(tmp_path):
    pbx = Pbx(tmp_path)
    pbx.profile = "baseline"
    return pbx


def judged(pbx, snapshot, day):
    setup = pbx.setup._replace(today=day)
    outcome = audit(snapshot, setup.site, setup.selection, day)
    return judgement_of(outcome, 100), changes_on(setup, outcome)


def test_what_ends_is_listed_the_first_to_end_first(pbx):
    pbx.waivers = accepting(expires=9)
    pbx.site += ATTESTED.format(on=days(0), until=days(5))
    pbx.night()
    snapshot = with_certificate(pbx.snapshot)
    found = [(one.kind, one.ends) for one in expiries(pbx.setup, snapshot)]
    assert found == [
        ("attestation", days(5)),
        ("waiver", days(9)),
        ("certificate", date(2027, 1, 20)),
    ]


def test_a_certificate_ends_on_a_day_of_the_tenants_time_zone(pbx):
    pbx.night()
    vienna = timezone(timedelta(hours=1))
    (one,) = expiries(pbx.setup, with_certificate(pbx.snapshot), vienna)
    assert one.ends == date(2027, 1, 21)


def test_where_nothing_ends_nothing_changes_by_time(pbx):
    pbx.profile = "tutorial"
    pbx.night()
    assert changes_on(pbx.setup, pbx.outcome) is None


def test_a_check_of_another_package_may_change_any_day(pbx):
    pbx.night()
    result = pbx.outcome.results[0]
    foreign = result._replace(rule=result.rule.model_copy(update={"check": "not-ours"}))
    outcome = pbx.outcome._replace(results=[foreign])
    assert changes_on(pbx.setup, outcome) == FIRST_DAY + timedelta(days=1)


def test_no_verdict_changes_before_the_day_that_is_foreseen(pbx):
    """Judged on every day of a year, nothing changes on a day that was not foreseen."""
    pbx.waivers = accepting(expires=9)
    pbx.site += ATTESTED.format(on=days(0), until=days(5)) + BACKED_UP
    pbx.controls = ("BAK-01", "HD-02", "HD-10", "TLS-01", "TLS-02", "TLS-03", "TLS-06")
    pbx.night()
    snapshot = with_certificate(pbx.snapshot)
    last, foreseen = judged(pbx, snapshot, FIRST_DAY)
    turns = 0
    for number in range(1, 400):
        day = days(number)
        found, after = judged(pbx, snapshot, day)
        if found != last:
            turns += 1
            assert foreseen is not None
            assert foreseen <= day
        if foreseen is not None and foreseen <= day:
            last, foreseen = found, after
    assert turns >= 3


def test_numbers_that_lead_beyond_the_calendar_are_no_days(pbx):
    pbx.site += BACKED_UP
    pbx.night()
    (result,) = [one for one in pbx.outcome.results if one.rule.id == "BAK-01"]
    outcome = pbx.outcome._replace(results=[result._replace(parameters={"days": 10**11})])
    setup = pbx.setup._replace(site=pbx.setup.site.model_copy(update={"facts": None}))
    assert changes_on(setup, outcome) is None
