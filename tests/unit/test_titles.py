"""Which title belongs to which outcome, and what is said where nobody wrote one."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from auditor.files.validating import validated
from auditor.messages.languages import translated
from auditor.messages.titles import titled
from auditor.model.rule import RuleDocument, Translation
from auditor.model.vocabulary import Status
from auditor.resources import rules_directory
from auditor.rules.catalogue import load_catalogue

RULE = load_catalogue().rules["HD-01"]
ASKED = frozenset({Status.PASSED, Status.NOT_APPLICABLE})
WRONG = frozenset({Status.FAILED, Status.WAIVED})


def own(**changes: Any) -> RuleDocument:
    """Return a rule of a customer, made before there were titles for outcomes."""
    without = {"title": "The state", "title_failed": "", "title_unknown": ""}
    return replace(RULE, **{**without, "de": Translation(title="Der Zustand"), **changes})


@pytest.mark.parametrize("status", Status)
def test_a_title_belongs_to_each_outcome_in_both_languages(status):
    name = "title" if status in ASKED else "title_failed" if status in WRONG else "title_unknown"
    title = titled(RULE, status, RULE.de)
    assert translated(title, "en") == getattr(RULE, name)
    assert translated(title, "de") == getattr(RULE.de, name)


@pytest.mark.parametrize("status", sorted(set(Status) - ASKED))
def test_a_rule_without_titles_for_outcomes_never_reads_as_praise(status):
    rule = own()
    title = titled(rule, status, rule.de)
    for text, asked in (
        (translated(title, "en"), "The state"),
        (translated(title, "de"), "Der Zustand"),
    ):
        assert text.endswith(asked)
        assert text != asked
    assert translated(titled(rule, status), "de").endswith("The state")


def test_what_nobody_translated_is_shown_in_english():
    rule = own(title_failed="It is wrong")
    assert translated(titled(rule, Status.FAILED, rule.de), "de") == "It is wrong"


@pytest.mark.parametrize("name", ["title_failed", "title_unknown"])
def test_german_needs_the_english_that_it_translates(name):
    path = next(rules_directory().rglob("HD-01-*.toml"))
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    assert validated(RuleDocument, content)
    with pytest.raises(ValueError, match=name):
        validated(RuleDocument, {**content, name: ""})
