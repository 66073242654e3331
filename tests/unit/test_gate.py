"""The gate: one exit code out of many reasons, always by the same precedence."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from auditor.errors import ExitCode
from auditor.messages.message import say
from auditor.model.decision import Incomplete, Thresholds
from auditor.model.result import EITHER, ControlResult, Finding, Observation, Subject
from auditor.model.vocabulary import Severity, Status, Verdict
from auditor.report.translation import german
from auditor.rules.catalogue import load_catalogue
from auditor.run.gate import decide, strongest
from tests.fixtures.sentences import says
from tests.fixtures.waivers import entry

RULE = load_catalogue().rules["HD-01"]
PRECEDENCE = [70, 2, 1, 6, 3, 4, 5, 0]


def result(status, severity="high", name="HD-01"):
    return ControlResult(replace(RULE, id=name), Status(status), Severity(severity))


def about(reason):
    """Return the code and the controls that a reason names."""
    known = dict(reason.parameters)
    return known["code"], known.get("names", "")


def code_of(*results, **thresholds):
    return decide(results, Thresholds(**thresholds)).code


@pytest.mark.parametrize(("stronger", "weaker"), list(combinations(PRECEDENCE, 2)))
def test_precedence(stronger, weaker):
    codes = [ExitCode(weaker), ExitCode(stronger)]
    assert strongest(codes) == strongest(reversed(codes)) == stronger


@pytest.mark.parametrize("interrupted", [130, 143])
def test_an_interruption_wins_over_every_result(interrupted):
    assert strongest([ExitCode(code) for code in (*PRECEDENCE, interrupted)]) == interrupted


def test_no_code_at_all_is_fine():
    assert strongest([]) == 0


def test_every_code_has_a_place():
    assert {strongest([code]) for code in ExitCode} == set(ExitCode)


@pytest.mark.parametrize("threshold", list(Severity))
@pytest.mark.parametrize("severity", list(Severity))
def test_a_failure_counts_from_the_threshold_on(severity, threshold):
    worse_or_equal = list(Severity).index(severity) <= list(Severity).index(threshold)
    code = code_of(result("failed", severity), result("passed"), fail_on=threshold)
    assert code == (1 if worse_or_equal else 0)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["passed"], 0),
        (["failed"], 1),
        (["unknown"], 4),
        (["error"], 4),
        (["not-applicable"], 5),
        ([], 5),
        (["passed", "not-applicable"], 0),
        (["passed", "unknown"], 4),
        (["passed", "error"], 4),
        (["failed", "unknown"], 1),
        (["failed", "error", "passed"], 1),
        (["unknown", "not-applicable"], 4),
        (["passed", "waived", "manual"], 0),
        (["waived", "unknown"], 4),
    ],
)
def test_statuses_to_a_code(statuses, code):
    assert code_of(*map(result, statuses)) == code
    assert code_of(*map(result, reversed(statuses))) == code


@pytest.mark.parametrize("status", ["unknown", "error"])
def test_incomplete_can_be_tolerated_and_is_still_said(status):
    tolerated: dict[str, Any] = {"incomplete": Incomplete.WARN}
    assert code_of(result(status), result("passed"), **tolerated) == 0
    assert code_of(result(status), result("failed"), **tolerated) == 1
    (reason,) = decide([result(status)], Thresholds(**tolerated)).reasons
    assert about(reason) == (0, "HD-01")


def test_every_reason_is_given_strongest_first():
    results = [result("unknown", name="HD-02"), result("failed", name="HD-03"), result("error")]
    reasons = decide(results, Thresholds()).reasons
    assert [about(reason) for reason in reasons] == [(1, "HD-03"), (4, "HD-02, HD-01")]


def test_every_reason_can_be_said_in_german():
    waived, found = result("waived"), [result("failed"), result("unknown"), result("error")]
    for results, thresholds in (
        ([*found, waived], Thresholds()),
        (found, Thresholds(incomplete=Incomplete.WARN)),
        ([result("not-applicable")], Thresholds()),
    ):
        reasons = decide(results, thresholds).reasons
        assert reasons
        assert all(reason.told(german) != reason for reason in reasons)


def test_a_failure_below_the_threshold_is_no_reason():
    decision = decide([result("failed", "low", "HD-11"), result("passed")], Thresholds())
    assert (decision.code, decision.reasons) == (0, ())


class TestOneOfTwo:
    def open_about(self, name, subject="s", severity="critical", verdict=Verdict.UNDETERMINED):
        seen = Observation(Subject(EITHER, subject, subject), verdict, say("open"), "p")
        return result("unknown", severity, name)._replace(findings=(Finding(seen, name),))

    @pytest.mark.parametrize("incomplete", list(Incomplete))
    def test_it_is_a_finding_although_each_by_itself_is_open(self, incomplete):
        found = [self.open_about("ADM-01"), self.open_about("BAK-02"), result("passed")]
        decision = decide(found, Thresholds(incomplete=incomplete))
        assert decision.code == 1
        assert about(decision.reasons[0]) == (1, "ADM-01, BAK-02")

    def test_the_milder_of_the_two_counts_and_it_is_never_tolerated(self):
        found = [self.open_about("ADM-01"), self.open_about("BAK-02", severity="low")]
        assert decide(found, Thresholds(Severity.LOW)).code == 1
        assert decide(found, Thresholds(Severity.HIGH, Incomplete.WARN)).code == 4

    @pytest.mark.parametrize("incomplete", [Incomplete.FAIL])
    def test_one_alone_is_open(self, incomplete):
        found = [self.open_about("ADM-01"), self.open_about("BAK-02", "another")]
        assert decide(found, Thresholds(incomplete=incomplete)).code == 4
        assert decide(found[:1], Thresholds()).code == 4

    def test_what_is_decided_is_not_open(self):
        found = [self.open_about("ADM-01"), self.open_about("BAK-02", verdict=Verdict.COMPLIANT)]
        assert decide(found, Thresholds()).code == 4


class TestBaseline:
    def violation(self, name, *prints, accepted=(), status="failed", severity="high"):
        seen = Observation(Subject("user", "a", "a"), Verdict.VIOLATED, say("bad"), "p")
        findings = [Finding(seen, one) for one in prints]
        findings += [Finding(seen, one, accepted=entry()) for one in accepted]
        return result(status, severity, name)._replace(findings=tuple(findings))

    @pytest.mark.parametrize(
        ("prints", "accepted", "known", "code"),
        [
            (["a"], [], {"a"}, 0),
            (["a"], [], {"b"}, 1),
            (["a", "b"], [], {"a"}, 1),
            (["a", "b"], [], {"a", "b", "c"}, 0),
            (["a"], ["b"], {"a"}, 0),
            ([], ["b"], {"b"}, 1),
            ([], [], {"a"}, 1),
        ],
    )
    def test_a_control_counts_unless_every_violation_of_it_is_known(
        self, prints, accepted, known, code
    ):
        found = self.violation("HD-01", *prints, accepted=accepted)
        assert decide([found], Thresholds(), frozenset(known)).code == code

    def test_what_is_not_violated_needs_not_be_known(self):
        seen = Observation(Subject("user", "a", "a"), Verdict.COMPLIANT, say("good"), "p")
        found = self.violation("HD-01", "a")
        found = found._replace(findings=(*found.findings, Finding(seen, "z")))
        assert decide([found], Thresholds(), frozenset({"a"})).code == 0

    def test_new_and_known_ones_are_named_apart(self):
        found = [self.violation(f"HD-0{n}", f"{n}") for n in range(1, 5)]
        reasons = decide(found, Thresholds(), frozenset({"3", "4"})).reasons
        assert [about(one) for one in reasons] == [(1, "HD-01, HD-02"), (0, "HD-03, HD-04")]
        assert says("known from the baseline", reasons[1])


def test_each_reason_says_its_code_and_the_controls():
    results = [result("unknown", name="A"), result("error", name="B"), result("waived", name="C")]
    results += [result("waived", name="D"), result("failed", "critical", name="E")]
    reasons = decide(results, Thresholds()).reasons
    assert [about(reason) for reason in reasons] == [(1, "E"), (4, "A, B"), (0, "C, D")]
    assert dict(reasons[0].parameters)["severity"] == Severity.HIGH.value
    tolerated = decide(results, Thresholds(incomplete=Incomplete.WARN)).reasons[1]
    assert about(tolerated) == (0, "A, B")
    assert says("could not be decided, and is tolerated", tolerated)
    assert [about(reason) for reason in decide([], Thresholds()).reasons] == [(5, "")]
