"""The case tables `<control id>.toml` beside this module. README.md explains their format."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from auditor.checks import CHECKS
from auditor.messages.message import Message
from auditor.model.vocabulary import Status, Verdict
from auditor.rules.catalogue import load_catalogue
from tests.rules.cases import case_input, load_tables
from tests.rules.harness import audit, explain
from tests.rules.observed import RENEW, TOLD, told
from tests.rules.words import values_in

RULES = load_catalogue().rules
TABLES = load_tables()
CASES = [
    pytest.param(RULES[name], case, table.defaults, id=f"{name}-{case.name}")
    for name, table in TABLES.items()
    for case in table.cases
]
# What a sentence names and no rewording changes, such as [facts.ip_filter] or https://.
NAME = re.compile(r"[_/\[=]")
WORST_FIRST = (Verdict.VIOLATED, Verdict.UNDETERMINED, Verdict.COMPLIANT)


def verdicts_by_subject(result):
    """Return the worst verdict about each subject."""
    seen = defaultdict(set)
    for finding in result.findings:
        seen[finding.observation.subject.id].add(finding.observation.verdict)
    return {key: next(v for v in WORST_FIRST if v in verdicts) for key, verdicts in seen.items()}


def texts_of(result):
    """Return everything that a report would show about the observations."""
    seen = [finding.observation for finding in result.findings]
    shown = [text for o in seen for text in (o.subject.name, o.detail, o.remark)]
    evidence = [
        text for o in seen for e in o.evidence for text in (e.source, e.attribute, e.value, e.via)
    ]
    return [text for text in [result.reason, *shown, *evidence] if text]


def is_mentioned(text, result):
    """Return whether a value is shown, or a name of a key, an option or a place is said."""
    shown = texts_of(result)
    if NAME.search(text) and any(text in one for one in shown):
        return True
    if text.isdigit() and len(text) == 1:  # which is in many a longer number
        return any(text in re.findall(r"\w+", one) for one in shown)
    given = [one for one in shown if not isinstance(one, Message)]
    return any(text in value for one in shown for value in (*values_in(one), *given))


@pytest.mark.parametrize(("rule", "case", "defaults"), CASES)
def test_a_case_ends_as_its_table_says(rule, case, defaults, tmp_path):
    result = audit(rule, case_input(case, defaults), tmp_path)
    assert result.status is case.status, explain(result)
    verdicts = verdicts_by_subject(result)
    assert {key: verdicts.get(key) for key in case.verdicts} == case.verdicts, explain(result)
    missing = [text for text in case.mentions if not is_mentioned(text, result)]
    assert not missing, explain(result)
    if case.told:
        kept = TOLD.get(rule.id, {}).get(case.name)
        hint = f"if the new sentences are meant: `{RENEW} ID={rule.id}`"
        assert told(result) == kept, f"{explain(result)}\n{hint}"
    if case.remarks is not None:
        assert any(f.observation.remark for f in result.findings) is case.remarks, explain(result)


def test_every_table_has_a_control_and_every_check_a_table():
    assert set(TABLES) <= set(RULES)
    assert {RULES[name].check for name in TABLES} == set(CHECKS)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_shows_every_outcome_that_matters(table):
    shown = {case.status for case in table.cases}
    assert {Status.PASSED, Status.FAILED} <= shown
    assert shown & {Status.UNKNOWN, Status.MANUAL}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_cases_of_a_table_have_different_names(table):
    names = [case.name for case in table.cases]
    assert len(names) == len(set(names))
