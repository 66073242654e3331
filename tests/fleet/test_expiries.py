"""What ends by itself, and from which day on that can change a verdict."""

from __future__ import annotations

import json
from datetime import date, timedelta, timezone

import pytest

from auditor.fleet.drift.expiries import expiries
from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.drift.kept_documents import papers_of
from auditor.fleet.history_model import Expiry
from auditor.fleet.runner.carry_forward import head_of, may_have_turned
from auditor.fleet.store.content_store import expiries_content, expiries_of
from auditor.run.audit import audit
from auditor.sources.snapshot.saved import dump_snapshot
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
    return judgement_of(audit(snapshot, setup.site, setup.selection, day), 100)


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


def test_a_waiver_says_apart_what_it_is_about():
    of_today = Expiry("waiver", "HD-01", days(9), "Anna von Berg")
    assert expiries_of(expiries_content([of_today])) == (of_today,)
    assert of_today.whole_name == "HD-01 Anna von Berg"
    of_before = json.dumps([["waiver", "HD-01 Anna von Berg", days(9).isoformat()]]).encode()
    assert expiries_of(of_before) == (of_today,)
    certificate = Expiry("certificate", "CN=a b", days(9))
    assert expiries_of(expiries_content([certificate])) == (certificate,)


def test_a_certificate_ends_on_a_day_of_the_tenants_time_zone(pbx):
    pbx.night()
    vienna = timezone(timedelta(hours=1))
    (one,) = expiries(pbx.setup, with_certificate(pbx.snapshot), vienna)
    assert one.ends == date(2027, 1, 21)


def test_no_verdict_changes_but_on_a_day_that_is_foreseen(pbx):
    """Judged on every day of a year, nothing changes where it may be carried forward."""
    pbx.waivers = accepting(expires=9)
    pbx.site += ATTESTED.format(on=days(0), until=days(5)) + BACKED_UP
    pbx.controls = ("BAK-01", "HD-02", "HD-10", "TLS-01", "TLS-02", "TLS-03", "TLS-06")
    pbx.night()
    snapshot = with_certificate(pbx.snapshot)
    papers = papers_of(pbx.setup, snapshot, ())
    told = head_of(b"".join(dump_snapshot(snapshot))), [one.content for one in papers]
    last, since, carried, turns = judged(pbx, snapshot, FIRST_DAY), FIRST_DAY, 0, 0
    for number in range(1, 400):
        day = days(number)
        found = judged(pbx, snapshot, day)
        if not may_have_turned(pbx.setup, *told, since, day):
            assert found == last
            carried += 1
            continue
        turns += found != last
        last, since = found, day
    assert turns >= 3
    assert carried >= 100
