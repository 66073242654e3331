"""The score: published, capped, withheld rather than flattering."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.result import ControlResult
from auditor.model.vocabulary import Severity, Status
from auditor.report.score import decided, score
from auditor.report.translation import german
from auditor.rules.catalogue import load_catalogue
from tests.fixtures.sentences import says

RULE = next(iter(load_catalogue().rules.values()))
ONLY_DECIDED = 1
RESULTS = st.lists(
    st.builds(
        lambda status, severity: ControlResult(RULE, status, severity),
        st.sampled_from(Status),
        st.sampled_from(Severity),
    ),
    max_size=30,
)


def results(*pairs):
    return [ControlResult(RULE, status, severity) for status, severity in pairs]


@pytest.mark.parametrize(
    ("minimum", "value"), [(50, 100), (51, None), (100, None)], ids=["at", "below", "whole"]
)
def test_it_is_withheld_below_the_coverage_that_is_asked_for(minimum, value):
    found = results((Status.PASSED, Severity.HIGH), (Status.MANUAL, Severity.HIGH))
    assert score(found, minimum)[0] == value


def test_a_failed_critical_control_caps_it():
    many = [(Status.PASSED, Severity.CRITICAL)] * 20
    assert score(results(*many, (Status.FAILED, Severity.CRITICAL)), 100)[0] == 49
    assert score(results(*many, (Status.FAILED, Severity.LOW)), 100)[0] == 99


def test_what_is_no_higher_than_the_cap_is_not_called_capped():
    passed = [Severity.CRITICAL] * 4 + [Severity.HIGH, Severity.MEDIUM]
    failed = [Severity.CRITICAL] * 5 + [Severity.LOW]
    found = [(Status.PASSED, one) for one in passed] + [(Status.FAILED, one) for one in failed]
    value, note = score(results(*found), 100)
    assert value == 49
    assert "capped" not in note


@pytest.mark.parametrize("count", [1, 2])
def test_it_says_how_much_had_to_be_decided(count):
    found = [(Status.PASSED, Severity.HIGH), *[(Status.UNKNOWN, Severity.HIGH)] * count]
    value, note = score(results(*found), 80)
    assert value is None
    assert says("so much must be decided", note, percent=80)
    assert str(count) in note
    assert note.told(german) != note


def test_what_is_open_is_told_in_the_outcomes_of_the_sentence():
    open_ones = (Status.UNKNOWN, Status.ERROR, Status.MANUAL)
    note = score(results(*((one, Severity.LOW) for one in open_ones)), 100)[1]
    assert says("withheld", note)
    assert re.findall(r"\d+", note) == ["2", "1"]


@pytest.mark.slow
@given(RESULTS)
def test_what_is_not_decided_never_raises_it(found):
    value, _ = score(found, ONLY_DECIDED)
    for status in (Status.WAIVED, Status.MANUAL, Status.UNKNOWN, Status.ERROR):
        for index, result in enumerate(found):
            if result.status is Status.PASSED:
                changed = [*found]
                changed[index] = result._replace(status=status)
                other, _ = score(changed, ONLY_DECIDED)
                assert other is None or value is None or other <= value


@given(RESULTS)
def test_nothing_decided_is_no_score(found):
    if not decided(found).controls:
        assert score(found, ONLY_DECIDED)[0] is None


ACCEPTED = "accepted controls count as failed"
CAPPED = "capped by a critical control"
NOTHING = "no control was assessed"


@pytest.mark.parametrize(
    ("statuses", "said", "unsaid"),
    [
        (["passed", "failed"], [], [ACCEPTED, CAPPED]),
        (["passed", "waived"], [ACCEPTED], [CAPPED]),
        (["passed"] * 3 + ["failed"], [CAPPED], [ACCEPTED]),
        (["passed"] * 3 + ["waived"], [ACCEPTED, CAPPED], []),
        (["passed", "unknown"], ["withheld"], ["so much must be decided", NOTHING]),
        (["passed", "unknown", "error"], ["withheld"], ["so much must be decided", NOTHING]),
        ([], ["withheld", NOTHING], []),
    ],
)
def test_it_says_how_it_came_about(statuses, said, unsaid):
    severity = Severity.CRITICAL if len(statuses) > 3 else Severity.HIGH
    value, note = score(results(*((Status(one), severity) for one in statuses)), 100)
    assert (value is None) is says("withheld", note)
    assert value is None or "version" in dict(note.parameters)
    assert all(says(name, note) for name in said)
    assert not any(says(name, note) for name in unsaid)


def test_the_coverage_that_is_needed_is_named_where_it_is_not_all():
    found = results((Status.PASSED, Severity.HIGH), (Status.MANUAL, Severity.HIGH))
    assert "80%" in score(found, 80)[1]
