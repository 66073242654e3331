"""Who needs somebody this morning, and what is otherwise than before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from auditor.fleet.history_model import AuditEnding, Cause, Expiry, State
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.look_back.answer_schema import When
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.outward.control_titles import TitleFinder
from auditor.fleet.outward.morning import Need, morning_of
from auditor.fleet.outward.morning_facts import facts_of
from auditor.fleet.outward.moves import MoveKind
from auditor.model.vocabulary import Severity, Status
from tests.fixtures.fleet_story import failed, passed, seen, unknown, waived

AWAY = AuditEnding.UNREACHABLE


@pytest.fixture
def morning(story, listed):
    """Return the morning after the last night, or days later."""

    def read(*names, tenant=None, since=None, later=0, **more):
        inventory = read_inventory(listed(*names, **more))
        moment = datetime.combine(story.day(max(story.number, 1)), time(8), UTC)
        calendar = Calendar(moment + timedelta(days=later))
        facts = facts_of(story.history, calendar, since)
        return morning_of(inventory, facts, calendar, TitleFinder(inventory), tenant)

    return read


def needs(found):
    return {one.status.pbx: one.needs for one in found.pbxs}


def told(found, *kinds):
    return [
        (one.pbx, one.control, one.kind, one.findings, one.is_whole)
        for one in found.moved(*(kinds or MoveKind))
    ]


def test_without_a_run_every_pbx_needs_somebody(morning):
    found = morning("a-1", "b-1")
    assert needs(found) == {"a-1": (Need.NEVER,), "b-1": (Need.NEVER,)}
    assert found.last_run is None
    assert found.remarks
    assert found.moved(*MoveKind) == ()


def test_everything_that_a_first_audit_finds_is_new(story, morning):
    story.night({"a-1": [failed("HD-01", "anna", "ben"), unknown("HD-02"), passed("HD-03")]})
    found = morning("a-1")
    assert needs(found) == {"a-1": (Need.FAILED,)}
    assert told(found) == [("a-1", "HD-01", MoveKind.FAILED, 2, True)]
    assert found.moved(MoveKind.FAILED)[0].is_first
    assert found.is_changed


def test_what_fails_needs_somebody_for_a_week_and_is_known_then(story, morning):
    for _ in range(8):
        story.night({"a-1": [failed()]})
    assert needs(morning("a-1")) == {"a-1": (Need.FAILED,)}
    story.night({"a-1": [failed()]})
    found = morning("a-1")
    assert needs(found) == {"a-1": ()}
    assert told(found) == []
    assert found.states[State.FAILED] == 1
    assert not found.is_changed


def test_a_minor_violation_is_told_and_needs_nobody(story, morning):
    story.night({"a-1": [passed()]})
    story.night({"a-1": [failed(severity=Severity.LOW)]})
    found = morning("a-1")
    assert needs(found) == {"a-1": ()}
    assert told(found) == [("a-1", "HD-01", MoveKind.FAILED, 1, True)]


@pytest.mark.parametrize(("before", "after", "moved"), [
    (passed(), failed(), [(MoveKind.FAILED, 1, True)]),
    (passed(), unknown(), [(MoveKind.UNDECIDED, 0, True)]),
    (unknown(), passed(), [(MoveKind.DECIDED, 0, True)]),
    (unknown(), unknown(), []),
    (failed(), passed(), [(MoveKind.FIXED, 1, True)]),
    (failed(), seen("HD-01", Status.NOT_APPLICABLE), [(MoveKind.FIXED, 1, True)]),
    (failed(), waived(), [(MoveKind.ACCEPTED, 1, True)]),
    (waived(), failed(), [(MoveKind.FAILED, 1, True)]),
    (waived(), passed(), [(MoveKind.FIXED, 1, True)]),
    (failed("HD-01", "anna", "ben"), failed("HD-01", "ben", "carl"),
     [(MoveKind.FAILED, 1, False), (MoveKind.FIXED, 1, False)]),
    (failed(), passed("HD-02"), [(MoveKind.NOT_ASKED, 0, True)]),
    (passed(), passed("HD-02"), []),
    (passed(), seen("HD-01", Status.PASSED, severity=Severity.LOW), []),
    (failed(), failed(severity=Severity.LOW), []),
])  # fmt: skip
def test_what_became_of_a_control(story, morning, before, after, moved):
    story.night({"a-1": [before]})
    story.night({"a-1": [after]})
    found = [(kind, count, whole) for _, name, kind, count, whole in told(morning("a-1"))]
    assert found == moved


def test_of_several_nights_only_the_difference_is_told(story, morning):
    story.night({"a-1": [passed("HD-01"), failed("HD-02", "anna"), passed("HD-03")]})
    story.night({"a-1": [failed("HD-01"), passed("HD-02"), failed("HD-03")]})
    story.night({"a-1": [passed("HD-01"), failed("HD-02", "anna"), failed("HD-03")]})
    assert told(morning("a-1", since=2)) == [("a-1", "HD-03", MoveKind.FAILED, 1, True)]
    assert told(morning("a-1", since=2))[0] != told(morning("a-1"))[0]
    (moved,) = morning("a-1", since=2).moved(*MoveKind)
    assert (moved.run, moved.day) == (2, story.day(2))


def test_the_worst_is_told_first(story, morning):
    worst = Severity.CRITICAL
    story.night({"a-1": [passed("HD-01"), passed("HD-02")], "a-2": [passed("HD-02")]})
    story.night({
        "a-1": [failed("HD-01", severity=Severity.LOW), failed("HD-02", severity=worst)],
        "a-2": [failed("HD-02", severity=worst)],
    })  # fmt: skip
    found = morning("a-1", "a-2").moved(MoveKind.FAILED)
    assert [(one.pbx, one.control) for one in found] == [
        ("a-1", "HD-02"), ("a-2", "HD-02"), ("a-1", "HD-01"),
    ]  # fmt: skip
    assert found[0].title != found[0].control


def test_what_nobody_could_read(story, morning):
    story.night({"a-1": [passed()], "a-2": [failed()], "a-3": [passed()]})
    story.night({"a-1": AWAY, "a-2": AWAY, "a-3": AuditEnding.CONFLICT})
    story.night({"a-1": AWAY, "a-2": [failed()], "a-3": AWAY})
    found = morning("a-1", "a-2", "a-3", "a-4")
    assert needs(found) == {
        "a-4": (Need.NEVER,),
        "a-3": (Need.CONFLICT,),
        "a-1": (Need.UNREACHABLE,),
        "a-2": (Need.FAILED,),
    }
    by = {one.status.pbx: one for one in found.pbxs}
    assert by["a-1"].not_read_since == When(2, story.day(2))
    assert by["a-2"].not_read_since is None
    assert (by["a-1"].was, by["a-2"].was, by["a-3"].was, by["a-4"].was) == (
        State.UNREACHABLE, State.UNREACHABLE, State.CONFLICT, State.NEVER,
    )  # fmt: skip
    assert [by[name].is_changed for name in ("a-1", "a-2", "a-3")] == [False, True, False]
    assert sum(found.states.values()) == 4


def test_what_is_out_of_date_became_so(story, morning):
    story.night({"a-1": [passed()]})
    for _ in range(4):
        story.night({"a-1": AWAY})
    found = morning("a-1", later=1)
    assert needs(found) == {"a-1": (Need.STALE,)}
    assert found.pbxs[0].was is State.UNREACHABLE
    assert found.is_changed


def test_what_ends_needs_somebody_in_its_last_week(story, morning):
    ends = {"a-1": (Expiry("waiver", "HD-01", date(2026, 3, 8)),),
            "a-2": (Expiry("waiver", "HD-01", date(2026, 3, 10)),)}  # fmt: skip
    story.night({"a-1": [passed()], "a-2": [passed()]}, expiries=ends)
    found = morning("a-1", "a-2")
    assert needs(found) == {"a-1": (Need.ENDS,), "a-2": ()}
    assert [pbx.status.pbx for pbx, _ in found.ending()] == ["a-1", "a-2"]


def test_only_what_came_within_thirty_days_is_news(story, morning):
    ends = {"a-1": (Expiry("waiver", "HD-01", date(2026, 4, 1)),)}
    for number in range(1, 5):
        story.night({"a-1": [passed()]}, expiries=ends)
        found = morning("a-1")
        assert bool(found.pbxs[0].newly_ending) is (number == 2)


def test_fewer_objects_need_somebody(story, morning):
    story.night({"a-1": [passed()], "a-2": [passed()]}, objects={"a-1": 100, "a-2": 100})
    story.night({"a-1": [passed()], "a-2": [passed()]}, objects={"a-1": 89, "a-2": 90})
    assert needs(morning("a-1", "a-2")) == {"a-1": (Need.SHRUNK,), "a-2": ()}


def test_a_run_that_did_not_happen_is_told(story, morning):
    story.night({"a-1": [passed()]})
    fleet = 'every = "24h"'
    assert morning("a-1", fleet=fleet).last_run.overdue_since is None
    late = morning("a-1", fleet=fleet, later=2)
    assert late.last_run.overdue_since is not None
    assert late.remarks


CONFLICT = AuditEnding.CONFLICT
WORST = Severity.CRITICAL


@pytest.mark.parametrize(("first", "last", "order"), [
    ({"a-1": passed(), "a-2": passed()}, {"a-1": AWAY, "a-2": failed(severity=WORST)},
     ["a-2", "a-1"]),
    ({"a-1": passed(), "a-2": passed()}, {"a-1": failed(), "a-2": failed(severity=WORST)},
     ["a-2", "a-1"]),
    ({"a-1": passed(), "a-2": passed()}, {"a-1": failed(severity=WORST), "a-2": CONFLICT},
     ["a-2", "a-1"]),
    ({"a-1": passed(), "a-2": passed()}, {"a-1": unknown(), "a-2": AWAY}, ["a-2", "a-1"]),
    ({"a-2": passed(), "a-3": passed()}, {"a-2": AWAY, "a-3": failed()}, ["a-3", "a-1", "a-2"]),
])  # fmt: skip
def test_the_most_urgent_comes_first(story, morning, first, last, order):
    """What is certain, grave and new comes before what nobody could look at."""
    for night in (first, last):
        story.night({
            pbx: one if isinstance(one, AuditEnding) else [one] for pbx, one in night.items()
        })  # fmt: skip
    found = morning(*sorted(order))
    assert [one.status.pbx for one in found.needing] == order


def test_what_failed_long_ago_makes_nothing_new_grave(story, morning):
    """An old critical violation and a new minor one are not a new critical one."""
    old = failed("HD-01", severity=WORST)
    for _ in range(9):
        story.night({"a-1": [old], "a-2": [passed()]})
    story.night({"a-1": [old, failed("HD-02", severity=Severity.LOW)], "a-2": AWAY})
    assert [one.status.pbx for one in morning("a-1", "a-2").needing] == ["a-2", "a-1"]


def test_a_finding_is_as_grave_as_its_control(story, morning):
    story.night({"a-1": [passed()], "a-2": [failed("HD-01", "anna", severity=WORST)]})
    for _ in range(8):
        story.night({"a-1": [passed()], "a-2": [failed("HD-01", "anna", severity=WORST)]})
    story.night({"a-1": AWAY, "a-2": [failed("HD-01", "anna", "ben", severity=WORST)]})
    assert [one.status.pbx for one in morning("a-1", "a-2").needing] == ["a-2", "a-1"]


def test_a_tenant_hears_nothing_of_another(story, morning):
    story.night({"a-1": [failed()], "b-1": [failed("HD-02", "secret-b")]})
    found = morning("a-1", "b-1", tenant="a")
    assert [one.status.pbx for one in found.pbxs] == ["a-1"]
    assert "b-1" not in repr(found)
    assert sum(found.states.values()) == 1


def test_what_the_history_has_under_another_tenant_is_not_told(story, morning):
    story.night({"a-1": [failed()]}, tenants={"a-1": "other"})
    found = morning("a-1")
    assert needs(found) == {"a-1": (Need.NEVER,)}
    assert told(found) == []


def test_causes_are_kept(story, morning):
    story.night({"a-1": [passed()]})
    story.night({"a-1": [failed()]}, cause=Cause.RULES)
    assert morning("a-1").moved(MoveKind.FAILED)[0].cause is Cause.RULES
