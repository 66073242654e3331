"""The verdict in one sentence: true, in both languages, and never kinder than the word."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

import pytest

from auditor.model.vocabulary import Severity, Status
from auditor.report.counts import open_counts, tally
from auditor.report.terms import OUTCOMES, outcome_of, said
from auditor.report.translation import plain
from auditor.report.verdict import explanation, headline, sentence, verdict

PAIRS = [("ADM-01", "BAK-02"), ("ADM-02", "BAK-01"), ("ADM-03", "BAK-03")]


def given(failed=0, unknown=0, error=0, waived=0, passed=0, **more):
    by_status = dict.fromkeys(Status, 0)
    by_status |= {
        Status.FAILED: failed,
        Status.UNKNOWN: unknown,
        Status.ERROR: error,
        Status.WAIVED: waived,
        Status.PASSED: passed,
    }
    by_status |= {Status(name): number for name, number in more.items()}
    by_severity = dict.fromkeys(Severity, 0) | {Severity.HIGH: failed}
    return by_status, by_severity


def is_sentence(said):
    """Return whether both languages end with a full stop, and start with a word or number."""
    told = (plain(said, "de"), str(said))
    return all(text.endswith(".") and text[0].isalnum() for text in told)


def numbers(text):
    """Return how many controls the text says there are, and the numbers of all outcomes."""
    whole = int(re.match(r"(\d+) ", text).group(1))
    outcomes = re.sub(r"\([^)]*\)", "", text.partition(":")[2].partition(".")[0]).split(", ")
    return whole, {part.strip(" ").partition(" ")[2].strip(): int(part.split()[0])
                   for part in outcomes}  # fmt: skip


@pytest.mark.parametrize(
    ("failed", "unknown", "error", "waived", "passed"), list(product((0, 1, 2), repeat=5))
)
def test_every_mixture_adds_up_in_both_languages(failed, unknown, error, waived, passed):
    by_status, by_severity = given(failed, unknown, error, waived, passed)
    total = sum(by_status.values())
    told = explanation(by_status, by_severity)
    assert is_sentence(told)
    assert plain(told, "de") != plain(told, "en") == told
    assert sentence(by_status, by_severity).endswith(str(told))
    if not total:
        return
    for language in ("en", "de"):
        whole, parts = numbers(plain(told, language))
        wanted = {"failed": failed, "unknown": unknown + error, "waived": waived, "passed": passed}
        assert whole == total == sum(parts.values())
        assert parts == {plain(said(name), language): n for name, n in wanted.items() if n}
    assert (f"({failed} high)" in told) is bool(failed)


@pytest.mark.parametrize(
    ("counts", "word", "first"),
    [
        ({"failed": 1}, "noncompliant", "Not compliant"),
        ({"unknown": 1, "passed": 1}, "incomplete", "Incomplete"),
        ({"error": 1}, "incomplete", "Incomplete"),
        ({"passed": 1, "manual": 1}, "compliant", "Compliant"),
        ({"passed": 1, "waived": 1}, "compliant", "Compliant but for accepted risks"),
        ({"not-applicable": 1, "manual": 2}, "nothing-audited", "Nothing audited"),
        ({}, "nothing-audited", "Nothing audited"),
    ],
)
def test_the_sentence_begins_with_the_verdict(counts, word, first):
    by_status, by_severity = given(**counts)
    assert verdict(by_status) == word
    assert headline(word, by_status) == first
    assert sentence(by_status, by_severity).startswith(f"{first}. ")


def test_outcomes_come_in_one_order_and_each_status_has_one():
    by_status, _ = given(**{status.value: 1 for status in Status})
    assert [one.outcome for one in tally(by_status)] == OUTCOMES
    assert sum(one.number for one in tally(by_status)) == len(Status)
    assert Counter(map(outcome_of, Status))["unknown"] == 2


@pytest.mark.parametrize("status", ["error", "of another program", ""])
def test_a_status_that_says_nothing_is_never_counted_as_fine(status):
    assert outcome_of(status) == "unknown"
    assert [one.outcome for one in tally({status: 3})] == ["unknown"]


def test_what_is_left_open_is_what_nobody_decided_yet():
    by_status, _ = given(unknown=1, error=2, passed=3, waived=1, manual=4)
    assert [(one.outcome, one.number) for one in open_counts(by_status)] == [
        ("unknown", 3),
        ("manual", 4),
    ]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("failed", "unknown", "waived"), [(0, 2, 0), (1, 2, 0), (1, 2, 1)])
def test_what_has_failed_for_certain_is_a_sentence_of_its_own(count, failed, unknown, waived):
    either = PAIRS[:count]
    by_status, by_severity = given(failed=failed, unknown=unknown, waived=waived)
    assert verdict(by_status, either) == "noncompliant"
    told = explanation(by_status, by_severity, either)
    assert sentence(by_status, by_severity, either) == f"Not compliant. {told}"
    assert is_sentence(told)
    assert numbers(told)[0] == failed + unknown + waived
    assert told.count(".") == 1 + count
    assert all(", ".join(names) in told for names in either)
    assert plain(told, "de") != plain(told, "en")


def test_nothing_read_and_nothing_applicable_are_told_apart():
    nothing, applies = given(), given(**{"not-applicable": 1})
    assert verdict(nothing[0]) == verdict(applies[0]) == "nothing-audited"
    assert str(explanation(*nothing)) != str(explanation(*applies))
