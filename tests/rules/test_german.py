"""Everything that a control of ours says about a subject can be said in German."""

from __future__ import annotations

import re

import pytest

from auditor.catalogue import load_catalogue
from auditor.model.message import Statement
from auditor.report.language import german
from auditor.vulnerabilities import known_vulnerabilities
from tests.rules.cases import case_input, load_tables
from tests.rules.harness import audit, example_input

RULES = load_catalogue().rules
TABLES = load_tables()
# Words that no value has: neither names nor numbers nor keys of the site file.
ENGLISH = re.compile(r"\b(the|is|are|was|were|not|no|of|and|or|it|that|this|which)\b")

# What somebody else wrote: the records of vulnerabilities, and values of settings.
QUOTED = {
    *(entry.record for entry in known_vulnerabilities()),
    *("PBX and OAuth2", "the newest"),
}


def inputs_of(rule):
    """Yield the input of every case and example of a control."""
    yield from (example_input(example) for example in rule.examples)
    if rule.id in TABLES:
        table = TABLES[rule.id]
        yield from (case_input(case, table.defaults) for case in table.cases)


def said_about(result):
    """Yield what a control says about subjects, and the names that it gives to them itself."""
    for finding in result.findings:
        seen = finding.observation
        yield seen.detail
        yield seen.remark
        if seen.subject.kind in {"area", "list", "role", "setting"}:
            yield seen.subject.name


def is_german(text):
    try:
        return bool((text if isinstance(text, Statement) else Statement(text)).told(german))
    except KeyError:
        return False


def values_in(said):
    """Yield the values in a statement: what no language translates."""
    for _, value in said.parameters if isinstance(said, Statement) else ():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Statement):
                yield from values_in(part)
            else:
                yield str(part)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_control_speaks_german(rule, tmp_path):
    results = []
    for number, given in enumerate(inputs_of(rule)):
        folder = tmp_path / str(number)
        folder.mkdir()
        results.append(audit(rule, given, folder))
    english = {text for one in results for text in said_about(one) if text and not is_german(text)}
    reasons = {one.reason for one in results if one.reason and one.reason != rule.nothing_seen}
    english |= {reason for reason in reasons if not is_german(reason)}
    assert english == set()
    values = {value for one in results for text in said_about(one) for value in values_in(text)}
    assert {value for value in values if ENGLISH.search(value)} <= QUOTED
