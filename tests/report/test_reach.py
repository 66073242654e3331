"""What a phone can reach that nobody is logged in to is drawn as documents of controls say it."""

from dataclasses import replace

import pytest

from auditor.messages.both import Both
from auditor.report import old_report
from auditor.report.html import html_page
from auditor.report.reach import destinations, reach_of
from auditor.report.schema.v1reach import Reach
from auditor.rules.catalogue import load_catalogue
from tests.report.factory import make_observation, make_report, make_result

RULES = load_catalogue().rules
REACH = Reach("Lifts", "can be called", "cannot be called", "XY-01", "reachable")


@pytest.mark.parametrize(
    ("verdict", "state", "way", "answer"),
    [
        ("compliant", "good", "reachable", "can be called"),
        ("violated", "bad", "blocked", "cannot be called"),
        ("undetermined", "open", "open", "are not proven"),
    ],
)
def test_a_control_of_ones_own_says_what_a_phone_can_reach(verdict, state, way, answer):
    other = make_result(id="XY-02")
    result = make_result(id="XY-01", observations=[make_observation(verdict=verdict)])
    (found,) = destinations([REACH], [other, result])
    assert (found.state, found.way, found.answer) == (state, way, answer)
    assert found.name == Both("Lifts")
    assert destinations([REACH], [other, make_result(id="XY-01", observations=[])]) == []


def test_a_report_of_an_earlier_program_has_the_reach_of_the_documents_of_today():
    result = make_result(id="HD-05", observations=[make_observation(verdict="violated")])
    report = make_report(result)
    drawn = html_page.render(report)
    assert "Nummern nach außen" in drawn
    known = reach_of(RULES.values())
    assert [one.control for one in known] == ["HD-05", "HD-06", "HD-09"]
    assert "Nummern nach außen" in html_page.render(replace(report, reach=known))
    assert "Nummern nach außen" not in html_page.render(replace(report, reach=[]))
    assert old_report.bundled_reach() == known


@pytest.mark.parametrize("name", [name for name, one in RULES.items() if one.reach])
def test_what_a_bundled_control_says_about_reach_is_said_in_german(name):
    rule = RULES[name]
    assert rule.de.reach is not None
    assert rule.reach.compliant != rule.reach.violated
