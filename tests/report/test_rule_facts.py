"""What a report says of a rule is made once for each rule, and never of another one."""

from __future__ import annotations

from dataclasses import replace

from auditor.report.rule_facts import about_rule
from auditor.rules.catalogue import load_catalogue

RULE = load_catalogue().rules["HD-04"]


def test_it_is_made_once():
    assert about_rule(RULE) is about_rule(RULE)


def test_another_document_of_the_same_id_is_another():
    fix = replace(RULE.remediation, undo="Do the opposite of it.")
    own = replace(RULE, remediation=fix)
    assert about_rule(RULE).remediation.undo == RULE.remediation.undo
    assert about_rule(own).remediation.undo == fix.undo
