"""Every example of every rule document leads to the status that the document states."""

from __future__ import annotations

import pytest

from auditor.model.vocabulary import Automation, Status
from auditor.rules.catalogue import load_catalogue
from tests.rules.harness import audit, example_input, explain

RULES = load_catalogue(examples=True).rules
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{example.name}")
    for rule in RULES.values()
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_an_example_has_the_status_it_states(rule, example, tmp_path):
    result = audit(rule, example_input(example), tmp_path)
    assert result.status is example.status, explain(result)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_shows_what_passes_what_fails_and_what_stays_open(rule):
    shown = {example.status for example in rule.examples}
    is_attested = rule.automation is Automation.ATTESTED
    stays_open = Status.MANUAL if is_attested else Status.UNKNOWN
    assert {Status.PASSED, Status.FAILED, stays_open} <= shown


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples_of_a_rule_have_different_names(rule):
    names = [example.name for example in rule.examples]
    assert len(names) == len(set(names))
