"""Everything that a control of ours says about a subject can be said in German."""

from __future__ import annotations

import pytest

from auditor.rules.catalogue import load_catalogue
from tests.rules.cases import inputs_of
from tests.rules.harness import audit
from tests.rules.observed import OBSERVED, observed
from tests.rules.words import check_whole, check_words

RULES = load_catalogue(examples=True).rules


@pytest.mark.slow  # every case again; `make rule` runs those of one control
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_control_speaks_german_and_says_all_there_is(rule, tmp_path):
    results = []
    for number, given in enumerate(inputs_of(rule)):
        folder = tmp_path / str(number)
        folder.mkdir()
        results.append(audit(rule, given, folder))
    check_words(rule, results)
    seen = [finding.observation for result in results for finding in result.findings]
    check_names(rule, seen)
    for one in seen:
        check_whole(one)


def check_names(rule, seen):
    """A finding is new, and its waiver lost, where a property has another name than before."""
    now, before = observed(seen), OBSERVED.get(rule.id, {})
    lost = {kind: sorted(set(names) - set(now.get(kind, ()))) for kind, names in before.items()}
    assert not any(lost.values()), lost
