"""Everything that a control of ours says about a subject can be said in German."""

from __future__ import annotations

import pytest

from auditor.catalogue import load_catalogue
from auditor.model.message import Statement
from auditor.report.language import german
from tests.rules.cases import case_input, load_tables
from tests.rules.harness import audit, example_input

RULES = load_catalogue().rules
TABLES = load_tables()


def inputs_of(rule):
    """Yield the input of every case and example of a control."""
    yield from (example_input(example) for example in rule.examples)
    if rule.id in TABLES:
        table = TABLES[rule.id]
        yield from (case_input(case, table.defaults) for case in table.cases)


def said_about(result):
    """Yield what a control says: of itself, of subjects, and the names it gives to lists."""
    for finding in result.findings:
        seen = finding.observation
        yield seen.detail
        yield seen.remark
        if seen.subject.kind in {"list", "role", "setting"}:
            yield seen.subject.name


def is_german(text):
    try:
        return bool((text if isinstance(text, Statement) else Statement(text)).told(german))
    except KeyError:
        return False


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_control_speaks_german(rule, tmp_path):
    results = []
    for number, given in enumerate(inputs_of(rule)):
        folder = tmp_path / str(number)
        folder.mkdir()
        results.append(audit(rule, given, folder))
    english = {text for one in results for text in said_about(one) if text and not is_german(text)}
    english |= {one.reason for one in results if one.reason and not is_german(one.reason)}
    assert english == set()
