"""The gate: one exit code out of many reasons, always by the same precedence."""

from __future__ import annotations

from itertools import combinations

import pytest

from auditor.catalogue import load_catalogue
from auditor.errors import ExitCode
from auditor.gate import Incomplete, Thresholds, decide, strongest
from auditor.model.result import ControlResult
from auditor.model.vocabulary import Severity, Status

RULE = load_catalogue().rules["HD-01"]
PRECEDENCE = [70, 2, 1, 6, 3, 4, 5, 0]


def result(status, severity="high", name="HD-01"):
    return ControlResult(RULE.model_copy(update={"id": name}), Status(status), Severity(severity))


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
    tolerated = {"incomplete": Incomplete.WARN}
    assert code_of(result(status), result("passed"), **tolerated) == 0
    assert code_of(result(status), result("failed"), **tolerated) == 1
    (reason,) = decide([result(status)], Thresholds(**tolerated)).reasons
    assert reason.startswith("0: ")
    assert "HD-01" in reason


def test_every_reason_is_given_strongest_first():
    results = [result("unknown", name="HD-02"), result("failed", name="HD-03"), result("error")]
    reasons = decide(results, Thresholds()).reasons
    assert [reason.partition(":")[0] for reason in reasons] == ["1", "4"]
    assert "HD-03" in reasons[0]
    assert "HD-02, HD-01" in reasons[1]


def test_a_failure_below_the_threshold_is_no_reason():
    decision = decide([result("failed", "low", "HD-11"), result("passed")], Thresholds())
    assert (decision.code, decision.reasons) == (0, ())
