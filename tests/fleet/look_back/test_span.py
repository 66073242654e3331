"""From which run on somebody asks, and which audit counted on a day, decided below the commands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from auditor.errors import HistoryError, InputError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.inventory.known_ids import known_id
from auditor.fleet.look_back.event_chain import check_whole
from auditor.fleet.look_back.former import pbx_of
from auditor.fleet.look_back.reporting import audit_in_force
from auditor.fleet.look_back.span import Span, span_since
from auditor.fleet.store.history_records import Chain
from auditor.messages.message import NOTHING
from auditor.values.audit_days import check_day
from tests.fixtures.fleet_story import failed, passed


@pytest.fixture
def two(story):
    """Tell two nights of a PBX, which could not be reached in the second."""
    story.night({"alpen-graz": [failed()]})
    story.night({"alpen-graz": AuditEnding.UNREACHABLE})
    return story


@pytest.mark.parametrize(
    ("since", "first"), [(None, 2), ("1", 1), ("2", 2), ("1990-01-01", 1)], ids=str
)
def test_a_span_begins_with_the_last_run_a_run_or_a_day(two, since, first):
    assert span_since(two.history, since) == Span(first, NOTHING)


def test_after_the_last_run_it_is_said_that_nobody_looked(two):
    late = two.day(2) + timedelta(days=1)
    found = span_since(two.history, late.isoformat())
    assert found.first > two.history.last_run().number
    assert found.warning


@pytest.mark.parametrize("since", ["0", "3", "9" * 30, "", "march", "-1", "1989-12-31"])
def test_what_is_no_run_and_no_day_is_refused(two, since):
    with pytest.raises(InputError) as refused:
        span_since(two.history, since)
    assert refused.value.where == "--since"


@pytest.mark.parametrize("since", [None, "1", "2026-01-01", "march"])
def test_without_a_run_there_is_no_span(story, since):
    with pytest.raises(HistoryError):
        span_since(story.history, since)


def test_the_audit_that_counts_is_the_last_that_could_look(two, listed):
    [pbx] = read_inventory(listed("alpen-graz")).pbxs
    for day in (None, two.day(1), two.day(2)):
        assert audit_in_force(two.history, pbx, day).success.run == 1
    for day, other in ((two.day(1) - timedelta(days=1), pbx), (None, pbx._replace(tenant="city"))):
        with pytest.raises(InputError) as refused:
            audit_in_force(two.history, other, day)
        assert refused.value.where == pbx.id


def test_a_pbx_that_left_the_inventory_is_known_by_its_history(two, listed):
    two.night({"alpen-wien": [passed()]})
    inventory = read_inventory(listed("alpen-graz"))
    assert pbx_of(inventory, two.history, "ALPEN-graz") == inventory.pbxs[0]
    assert pbx_of(inventory, two.history, "Alpen-Wien").tenant == "alpen"
    with pytest.raises(InputError):
        pbx_of(inventory, two.history, "alpen-linz")


def test_an_id_is_as_it_is_spelt_where_it_is_kept():
    assert known_id("wien-1", ["Graz", "Wien-1"], "PBX") == "Wien-1"
    with pytest.raises(InputError) as refused:
        known_id("wien", ["Graz", "Wien-1"], "PBX")
    assert refused.value.where == "PBX"


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2999, 12, 31), date(2026, 11, 30)])
def test_days_of_audits(day):
    check_day(day, "--at")


@pytest.mark.parametrize("day", [date.min, date(1989, 12, 31), date(3000, 1, 1), date.max])
def test_days_that_nothing_is_counted_from(day):
    with pytest.raises(InputError) as refused:
        check_day(day, "--at")
    assert refused.value.where == "--at"


def test_a_chain_that_does_not_fit_is_no_history():
    check_whole(Chain(3, None, "ab"), "history.db")
    with pytest.raises(HistoryError) as broken:
        check_whole(Chain(3, 2, "ab"), "history.db")
    assert broken.value.where == "history.db"
