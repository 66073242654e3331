"""The engine: what a site and a profile decide about results, and what is said to be missing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from auditor.messages.message import Message, say
from auditor.model.result import Evidence, Observation, Subject
from auditor.model.site import Site
from auditor.model.site_choices import ControlChoice
from auditor.model.snapshot import Gap, Setting, Snapshot
from auditor.model.vocabulary import Area, Coverage, Grade, Severity, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.rules.catalogue import load_catalogue
from auditor.run.engine import AssessmentTerms, run_controls
from auditor.run.missing_evidence import name_missing_facts
from tests.fixtures.sentences import says

RULES = load_catalogue().rules
RULE = RULES["HD-04"]
COMPLETE: dict[str, Coverage] = dict.fromkeys(Area, Coverage.COMPLETE)
INFERRED = Evidence("cfg.txt", 7, "u", "hide", "true", grade=Grade.INFERRED)
DOCUMENTED = Evidence("cfg.txt", 7, "u", "hide", "true")


def seen(verdict="compliant", evidence=(DOCUMENTED,), remark=""):
    return Observation(
        Subject("user", "a", "a"), Verdict(verdict), say("it is so"), "p", tuple(evidence), remark
    )


def run(*observations, rule=RULE, terms=None, overrides=None, snapshot=None):
    view = AuditView(snapshot or Snapshot("t", areas=COMPLETE), Site())
    checks = {rule.check: lambda *_: iter(observations)}
    (result,) = run_controls(view, [rule], overrides or {}, checks, terms or AssessmentTerms())
    return result


# --- grades that are not enough -------------------------------------------------------------------

STRICT = AssessmentTerms(refused_grades=(Grade.INFERRED,))


def test_evidence_of_a_refused_grade_is_not_enough_to_pass():
    result = run(seen(evidence=[DOCUMENTED, INFERRED], remark="by the way"), terms=STRICT)
    (finding,) = result.findings
    assert result.status is Status.UNKNOWN
    assert finding.observation.verdict is Verdict.UNDETERMINED
    assert Grade.INFERRED.value in finding.observation.detail
    assert "it is so" in finding.observation.detail
    assert finding.observation.remark == ""


def test_a_place_is_left_to_the_evidence_and_not_told_in_a_sentence():
    result = run(seen(evidence=[INFERRED]), terms=STRICT)
    observation = result.findings[0].observation
    assert says("known by too weak evidence", observation.detail, grade="inferred")
    assert INFERRED.attribute not in observation.detail
    assert observation.evidence == (INFERRED,)


@pytest.mark.parametrize("verdict", ["violated", "undetermined"])
def test_a_grade_weakens_only_what_would_pass(verdict):
    result = run(seen(verdict, [INFERRED]), terms=STRICT)
    assert result.findings[0].observation == seen(verdict, [INFERRED])


@pytest.mark.parametrize(
    ("evidence", "terms"), [([DOCUMENTED], STRICT), ([INFERRED], AssessmentTerms()), ([], STRICT)]
)
def test_evidence_of_any_other_grade_is_enough(evidence, terms):
    assert run(seen(evidence=evidence), terms=terms).status is Status.PASSED


# --- what a site decides about a control ----------------------------------------------------------


def test_a_site_weighs_a_control_and_the_reason_is_shown():
    choice = ControlChoice(reason="lobby phones only", severity=Severity.LOW)
    result = run(seen("violated"), terms=AssessmentTerms({RULE.id: choice}))
    assert result.severity is Severity.LOW
    assert "lobby phones only" in result.overridden
    assert RULE.severity.value in result.overridden
    assert result.status is Status.FAILED


def test_both_reasons_are_shown_if_parameters_are_changed_too():
    rule = RULES["HD-10"]
    choice = ControlChoice(reason="one", severity=Severity.LOW)
    overrides = {rule.id: {"reason": "two", "x": 1}}
    result = run(seen(), rule=rule, terms=AssessmentTerms({rule.id: choice}), overrides=overrides)
    assert result.overridden.startswith("two; ")
    assert result.overridden.endswith(": one")


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {RULE.id: ControlChoice(reason="r", select=True)},
        {"HD-05": ControlChoice(reason="r", severity=Severity.INFO)},
    ],
)
def test_without_a_word_about_its_severity_a_control_keeps_it(choices):
    result = run(seen(), terms=AssessmentTerms(choices))
    assert (result.severity, result.overridden) == (RULE.severity, "")


# --- fingerprints are a contract ------------------------------------------------------------------


def test_the_fingerprint_is_made_of_rule_target_subject_and_property():
    result = run(seen(), seen(), seen())
    keys = [f"{RULE.id}\0t\0a\0p", f"{RULE.id}\0t\0a\0p\0002", f"{RULE.id}\0t\0a\0p\0003"]
    expected = [hashlib.sha256(key.encode()).hexdigest() for key in keys]
    assert [finding.fingerprint for finding in result.findings] == expected


# --- what is missing ------------------------------------------------------------------------------

LEARNED, OF_PEOPLE = RULES["SVC-06"], RULES["BAK-03"]


def missing(*rules, **changes):
    snapshot = Snapshot("t", areas=COMPLETE)
    return name_missing_facts(replace(snapshot, **changes), rules).gaps


def test_a_fact_that_nothing_shows_is_a_gap_with_advice():
    (gap,) = missing(LEARNED)
    assert gap.area == "snmp_community"
    assert "not documented" in gap.reason
    assert "Services/SNMP" in gap.advice


def test_what_only_people_know_is_no_gap():
    assert missing(OF_PEOPLE) == ()


def test_a_fact_that_has_a_gap_already_gets_no_second_one():
    known = Gap("snmp_community", say("refused"), "cfg.txt")
    assert missing(LEARNED, gaps=(known,)) == (known,)


def test_a_fact_that_was_read_is_no_gap():
    assert missing(LEARNED, areas={**COMPLETE, "snmp_community": Coverage.COMPLETE}) == ()


def test_settings_that_were_not_read_are_named_as_the_cause():
    cause = Gap(Area.SETTINGS, say("cfg.txt was refused"), "/cfg.txt")
    first, gap = missing(LEARNED, gaps=(cause,))
    assert first == cause
    assert "cfg.txt was refused" in gap.reason
    assert "not documented" in gap.reason
    assert gap.source == "/cfg.txt"
    assert gap.advice


def test_settings_are_not_the_cause_for_a_fact_that_somebody_attested():
    cause = Gap(Area.SETTINGS, say("cfg.txt was refused"), "/cfg.txt")
    setting = Setting(("set",), Grade.ATTESTED, "site file", 3, "[facts]")
    gaps = missing(LEARNED, gaps=(cause,), settings={"snmp_community": setting})
    assert all("refused" not in gap.reason for gap in gaps if gap != cause)


def details(gaps, coverage=Coverage.MISSING):
    snapshot = Snapshot("t", areas={**COMPLETE, Area.OBJECTS: coverage}, gaps=tuple(gaps))
    found = run(seen(), snapshot=snapshot).findings
    return [f.observation.detail for f in found if f.observation.subject.kind == "area"]


def test_the_reasons_of_an_area_are_given_the_first_three_with_the_first_advice():
    gaps = [
        Gap(Area.OBJECTS, Message(f"reason {n}"), advice=Message(f"advice {n}")) for n in range(5)
    ]
    (detail,) = details(gaps)
    assert [n for n in range(5) if f"reason {n}" in detail] == [0, 1, 2]
    assert [n for n in range(5) if f"advice {n}" in detail] == [0]


def test_a_reason_without_advice_promises_none():
    (detail,) = details([Gap(Area.OBJECTS, say("it broke"))])
    assert detail == "it broke."


@pytest.mark.parametrize(
    ("coverage", "word"), [(Coverage.MISSING, "not at all"), (Coverage.PARTIAL, "in part")]
)
def test_an_area_without_a_gap_says_how_much_was_read(coverage, word):
    rule = replace(RULE, facts=[], complete=[Area.OBJECTS])
    snapshot = Snapshot("t", areas={**COMPLETE, Area.OBJECTS: coverage})
    found = run(seen(), rule=rule, snapshot=snapshot).findings
    assert any(word in finding.observation.detail for finding in found)
