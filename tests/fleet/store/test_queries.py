"""Questions are answered alike in both databases."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, Cause, Expiry, Standing
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.store.queries import change_queries
from auditor.fleet.store.queries.current_state import overview
from auditor.model.vocabulary import Severity, Status
from tests.fixtures.fleet_story import Story, failed, passed, unknown, waived

WAIVER = Expiry("waiver", "HD-01", date(2026, 4, 1), "anna")


@pytest.fixture
def story(history):
    return Story(history)


def ask(history, question, *arguments):
    with history.reading() as connection:
        found = question(connection, *arguments)
        return found if isinstance(found, dict | int) else list(found)


def of(history):
    return {one.pbx: one for one in ask(history, overview)}


def test_nothing_is_known_of_an_empty_history(history):
    assert ask(history, overview) == []
    assert ask(history, change_queries.changes_since, 1) == []
    assert ask(history, change_queries.in_force, None) == []
    assert ask(history, change_queries.first_run_since, date(2026, 1, 1)) == 1


def test_overview(story):
    expiries = {"alpen-graz": (WAIVER,)}
    story.night({"alpen-graz": [failed("HD-01", "anna", "bert"), unknown("HD-02")]})
    story.night(
        {
            "alpen-graz": [failed("HD-01", "bert"), waived("HD-02")],
            "city-linz": AuditEnding.REFUSED,
        },
        expiries=expiries,
        objects={"alpen-graz": 60},
    )
    found = of(story.history)
    graz, linz = found["alpen-graz"], found["city-linz"]
    assert (graz.tenant, graz.last.run, graz.success.run) == ("alpen", 2, 2)
    assert (graz.success.code, graz.success.score) == (ExitCode.FINDINGS, 80)
    assert (graz.success.objects, graz.objects_before) == (60, 100)
    assert graz.counts == {
        (Status.FAILED, Severity.HIGH): 1,
        (Status.WAIVED, Severity.HIGH): 1,
    }
    assert tuple(graz.movement) == (0, 0, 1, 0)
    assert graz.expiries == (WAIVER,)
    assert (linz.last.ending, linz.success, linz.counts) == (AuditEnding.REFUSED, None, {})


def test_what_a_pbx_was_that_is_not_reached_is_kept(story):
    story.night({"alpen-graz": [failed()]})
    story.night({"alpen-graz": AuditEnding.UNREACHABLE})
    graz = of(story.history)["alpen-graz"]
    assert (graz.last.run, graz.success.run) == (2, 1)
    assert sum(graz.counts.values()) == 1
    assert tuple(graz.movement) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [(Severity.LOW, Severity.HIGH, 1), (Severity.HIGH, Severity.LOW, 0)],
)
def test_a_control_that_weighs_more_is_new(story, before, after, new):
    """A run says that it is, and its exit code; of what is lighter now nothing is said."""
    story.night({"alpen-graz": [failed(severity=before)], "city-linz": [failed(severity=before)]})
    story.night({"alpen-graz": [failed(severity=after)], "city-linz": [failed(severity=before)]})
    found = of(story.history)
    assert (found["alpen-graz"].movement.new, found["city-linz"].movement.new) == (new, 0)
    story.night({name: [failed(severity=after)] for name in found})
    found = of(story.history)
    assert (found["alpen-graz"].movement.new, found["city-linz"].movement.new) == (0, new)


def test_a_control_that_fails_anew_is_counted_by_its_findings(story):
    story.night({"alpen-graz": [passed(severity=Severity.LOW)]})
    story.night({"alpen-graz": [failed(severity=Severity.HIGH)]})
    assert of(story.history)["alpen-graz"].movement.new == 1


def test_a_question_that_ends_is_nothing_fixed(story):
    story.night({"alpen-graz": [unknown()]})
    story.night({"alpen-graz": [passed()]})
    assert of(story.history)["alpen-graz"].movement.fixed == 0


class TestConflict:
    def test_it_holds_until_the_id_is_bound_anew(self, story):
        story.night({"alpen-graz": [passed()]})
        story.night({"alpen-graz": AuditEnding.CONFLICT})
        story.night({"alpen-graz": AuditEnding.UNREACHABLE})
        assert of(story.history)["alpen-graz"].is_in_conflict
        story.history.rebind("alpen-graz", story.moment(4))
        assert not of(story.history)["alpen-graz"].is_in_conflict

    def test_it_ends_when_its_own_box_answers(self, story):
        story.night({"alpen-graz": [passed()]})
        story.night({"alpen-graz": AuditEnding.CONFLICT})
        story.night({"alpen-graz": [passed()]})
        assert not of(story.history)["alpen-graz"].is_in_conflict


class TestChanges:
    def test_each_has_what_was_before(self, story):
        story.night({"alpen-graz": [passed()]})
        story.night({"alpen-graz": [failed()]}, cause=Cause.SITE)
        story.night({"alpen-graz": [failed()]})
        story.night({"alpen-graz": [passed()]}, cause=Cause.RULES)
        found = ask(story.history, change_queries.changes_since, 2)
        assert [(one.run, bool(one.key), one.before, one.after, one.cause) for one in found] == [
            (2, False, Status.PASSED, Status.FAILED, Cause.SITE),
            (2, True, None, Standing.FAILED, Cause.SITE),
            (4, False, Status.FAILED, Status.PASSED, Cause.RULES),
            (4, True, Standing.FAILED, Standing.FIXED, Cause.RULES),
        ]
        assert {one.subject.name for one in found if one.key} == {"anna"}
        assert ask(story.history, change_queries.changes_of, "alpen-graz")[1:] == found
        assert ask(story.history, change_queries.changes_of, "alpen-wien") == []

    def test_a_control_that_left_and_came_back(self, story):
        story.night({"alpen-graz": [passed(), passed("HD-02")]})
        story.night({"alpen-graz": [passed()]}, cause=Cause.RULES)
        story.night({"alpen-graz": [passed(), passed("HD-02")]}, cause=Cause.RULES)
        changes = ask(story.history, change_queries.changes_of, "alpen-graz")
        after = [one.after for one in changes if one.control == "HD-02"]
        assert after == [Status.PASSED, Standing.NOT_ASKED, Status.PASSED]

    def test_a_day_is_its_first_run(self, story):
        for _ in range(3):
            story.night({"alpen-graz": [passed()]})
        assert ask(story.history, change_queries.first_run_since, story.day(2)) == 2
        assert ask(story.history, change_queries.first_run_since, date(2020, 1, 1)) == 1
        assert ask(story.history, change_queries.first_run_since, story.day(9)) == 4


class TestInForce:
    def test_the_last_that_could_look_counts(self, story):
        story.night({"alpen-graz": [passed()], "city-linz": [passed()]})
        story.night({"alpen-graz": AuditEnding.UNREACHABLE, "city-linz": [passed()]})
        runs = lambda day: {  # noqa: E731 -- short for what is asked three times
            one.pbx: one.success.run for one in ask(story.history, change_queries.in_force, day)
        }
        assert runs(story.day(1)) == {"alpen-graz": 1, "city-linz": 1}
        assert runs(None) == {"alpen-graz": 1, "city-linz": 2}
        assert runs(date(2020, 1, 1)) == {}

    def test_of_two_in_a_day_the_later_run_counts(self, story):
        story.night({"alpen-graz": [passed()]})
        story.number -= 1
        story.moment = lambda _number: Story.moment(story, 1)
        story.history.begin("x", story.day(1), story.moment(1), "", [])
        story.number = 1
        story.night({"alpen-graz": [passed()]})
        (found,) = ask(story.history, change_queries.in_force, story.day(5), "alpen-graz")
        assert found.success.run == 3

    def test_how_things_stood(self, story):
        story.night({"alpen-graz": [passed()]})
        story.night({"alpen-graz": [failed()]})
        story.night({"alpen-graz": [passed()]})
        with story.history.reading() as connection:
            stood = [change_queries.stood_at(connection, "alpen-graz", run) for run in (1, 2, 3)]
        assert [one.controls["HD-01"] for one in stood] == [
            Status.PASSED, Status.FAILED, Status.PASSED,
        ]  # fmt: skip
        assert [list(one.findings.values()) for one in stood] == [
            [], [Standing.FAILED], [Standing.FIXED],
        ]  # fmt: skip

    def test_who_belonged_to_the_fleet_on_a_day(self, story):
        story.night({"alpen-graz": [passed()]})
        story.night({"alpen-graz": [passed()], "city-linz": AuditEnding.UNREACHABLE})
        story.night({"alpen-graz": AuditEnding.UNREACHABLE, "city-linz": [passed()]})
        story.night({"city-linz": [passed()]})
        story.history.prune(Retention(1, 0), story.day(4))
        there = [
            ask(story.history, change_queries.pbxs_on, story.day(number)) for number in range(6)
        ]
        graz, linz = {"alpen-graz": "alpen"}, {"city-linz": "city"}
        # Of an attempt that changed nothing and is not kept nobody knows any more.
        assert there == [{}, graz, graz, graz | linz, linz, {}]
