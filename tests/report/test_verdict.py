"""The verdict in one sentence: true, in both languages, and never kinder than the word."""

from __future__ import annotations

from itertools import product

import pytest

from auditor.model.vocabulary import Severity, Status
from auditor.report.translation import plain
from auditor.report.verdict import explanation, sentence, verdict

PAIRS = [("ADM-01", "BAK-02"), ("ADM-02", "BAK-01"), ("ADM-03", "BAK-03")]
FIRST = {
    "noncompliant": "Not compliant: ",
    "incomplete": "Not proven: ",
    "compliant": "Compliant",
    "nothing-audited": "Nothing was audited: ",
}


def given(failed=0, unknown=0, error=0, waived=0, passed=0):
    by_status = dict.fromkeys(Status, 0)
    by_status |= {
        Status.FAILED: failed,
        Status.UNKNOWN: unknown,
        Status.ERROR: error,
        Status.WAIVED: waived,
        Status.PASSED: passed,
    }
    by_severity = dict.fromkeys(Severity, 0) | {Severity.HIGH: failed}
    return by_status, by_severity


def is_sentence(said):
    """Return whether both languages end with a full stop, and start with a word or number."""
    told = (plain(said, "de"), str(said))
    return all(text.endswith(".") and text[0].isalnum() for text in told)


@pytest.mark.parametrize(
    ("failed", "unknown", "error", "waived", "passed"), list(product((0, 1, 2), repeat=5))
)
def test_every_mixture_is_said_in_both_languages(failed, unknown, error, waived, passed):
    by_status, by_severity = given(failed, unknown, error, waived, passed)
    word = verdict(by_status)
    said = explanation(by_status, by_severity)
    assert plain(said, "de") != plain(said, "en") == said
    assert is_sentence(said)
    text = sentence(by_status, by_severity)
    assert text.startswith(FIRST[word])
    assert word == "nothing-audited" or text.endswith(str(said))
    for count, name in ((failed, "failed"), (unknown + error, "could not be decided")):
        if count:
            controls = "1 control " if count == 1 else f"{count} controls "
            assert f"{controls}{name}" in text
    assert ("none of the others failed" in text) is (unknown + error > 0 and not failed)
    if failed:
        assert f"({failed} high)" in text


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("failed", "unknown", "waived"), [(0, 2, 0), (1, 2, 0), (1, 2, 1)])
def test_what_has_failed_for_certain_is_named_each(count, failed, unknown, waived):
    either = PAIRS[:count]
    by_status, by_severity = given(failed=failed, unknown=unknown, waived=waived)
    assert verdict(by_status, either) == "noncompliant"
    said = explanation(by_status, by_severity, either)
    text = sentence(by_status, by_severity, either)
    assert text == f"Not compliant: {said}"
    assert is_sentence(said)
    assert all(", ".join(names) in text for names in either)
    assert plain(said, "de") != plain(said, "en")


def test_nothing_read_and_nothing_applicable_are_told_apart():
    nothing, applies = given(), given()
    applies[0][Status.NOT_APPLICABLE] = 1
    assert verdict(nothing[0]) == verdict(applies[0]) == "nothing-audited"
    assert str(explanation(*nothing)) != str(explanation(*applies))
    assert sentence(*nothing) == "Nothing was audited: the PBX could not be read."
    assert sentence(*applies) == "Nothing was audited: no control applied."
