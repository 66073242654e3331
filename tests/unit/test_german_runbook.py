"""The runbook in German: nothing that a rule or the code says in it is left in English."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.messages.languages import LANGUAGES
from auditor.messages.message import say
from auditor.model.result import ControlResult, Finding, Fix, Observation, Subject
from auditor.model.rule import Translation
from auditor.model.site import Site
from auditor.model.snapshot import Box, Snapshot
from auditor.model.vocabulary import (
    ActionClass,
    Disruption,
    Severity,
    Status,
    Verdict,
)
from auditor.pbx.view import AuditView
from auditor.remediation.runbook import escape_markdown, render_runbook
from auditor.rules.catalogue import load_catalogue
from auditor.sources.saved_evidence import read_files
from tests.catalogue import collect
from tests.fixtures.pbx import configuration_of, judge, site_of, write
from tests.fixtures.plans import build_plan

RULES = load_catalogue().rules


def finding(name, current=None, wanted="true", prop="hide"):
    subject = Subject("user", f"guid-{name}", name)
    fix = Fix(prop, current, wanted)
    return Finding(
        Observation(subject, Verdict.VIOLATED, say("detail"), prop, fix=fix), f"print-{name}"
    )


def result(*findings, rule=RULES["HD-04"], severity=Severity.HIGH):
    return ControlResult(rule, Status.FAILED, severity, findings)


def german(*results, name="Werk", rules=RULES):
    return render_runbook(plan_of(*results, name=name), "de", rules)


def plan_of(*results, name="Werk"):
    view = AuditView(Snapshot("mac:1", boxes=(Box(),)), Site())
    return build_plan(view, results, target_name=name, run_id="run-1")


def sentences(text):
    return [escape_markdown(one, 9_999) for one in re.split(r"(?<=[.:;]) ", text) if " " in one]


@pytest.fixture(scope="module")
def insecure(tmp_path_factory):
    """The plan of everything that the simulated PBX gets wrong, with each rule of the catalogue."""
    folder = write(tmp_path_factory.mktemp("plan"), {"cfg.txt": configuration_of("insecure")})
    site = site_of("insecure")
    outcome = judge(read_files(folder, site, None), site, profile="baseline")
    view = AuditView(outcome.snapshot, outcome.site)
    return build_plan(view, outcome.results, target_name="Werk", run_id="run-1")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_sentence_of_a_rule_is_in_english(rule):
    text = german(result(finding("a"), rule=rule))
    fix, own = rule.remediation, rule.de
    shared = {*sentences(own.ui_path), *sentences(own.remediation)}
    for english in (rule.title_failed, fix.text, fix.precondition, fix.verification, fix.undo):
        assert {one for one in sentences(english) if one in text} <= shared
    for said in (own.title_failed, own.remediation, own.precondition, own.verification, own.undo):
        assert escape_markdown(said, 9_999) in text
    assert escape_markdown(own.ui_path or fix.ui_path) in text


def test_no_word_of_the_template_is_in_english(insecure):
    found: dict[Any, Any] = {}
    path = next(Path(__file__).parents[2].glob("reports/templates/runbook.md.j2"))
    collect(found, {}, path, "jinja2.ext:babel_extract", {"trim_blocks": "true"})
    said = [key if isinstance(key, str) else key[0] for key in found]
    text = render_runbook(insecure, "de", RULES)
    for english in said:
        start = english.partition("{")[0].strip()
        assert not start or not re.search(rf"(?m)(^|[|*#] ){re.escape(start)}( [|*]|\.\*|$)", text)


def test_what_is_seen_wanted_and_left_to_people_is_in_german(insecure):
    text = render_runbook(insecure, "de", RULES)
    told = [
        *{step.change.by_hand for step in insecure.steps if step.change.by_hand},
        *{step.change.wanted for step in insecure.steps if " " in step.change.wanted},
    ]
    assert len(told) > 5
    for english in told:
        assert f"| {escape_markdown(english)} |" not in text
        assert f": {escape_markdown(english)} |" not in text


def test_plan_and_english_runbook_do_not_depend_on_translations(insecure):
    assert render_runbook(insecure, "en", RULES) == render_runbook(insecure)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_off_that_a_rule_says(language):
    for rule in RULES.values():
        text = render_runbook(plan_of(result(finding("a"), rule=rule)), language, RULES)
        assert "…" not in text, rule.id


def test_a_rule_without_german_stays_in_english():
    own = replace(RULES["HD-04"], id="OWN-01", de=Translation())
    for rules in ({"OWN-01": own}, {}):
        text = german(result(finding("a"), rule=own), rules=rules)
        assert own.title_failed in text
        assert own.remediation.undo in text
        assert "**Rückweg.**" in text


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action_class", ActionClass)
@pytest.mark.parametrize("disruption", Disruption)
def test_class_and_disruption_are_in_german(action_class, disruption):
    changes = {"action_class": action_class, "disruption": disruption}
    rule = RULES["HD-04"]
    fix = replace(rule.remediation, **changes)
    text = german(result(finding("a"), rule=replace(rule, remediation=fix)))
    classes = {"safe": "unbedenklich", "needs-review": "vorher prüfen", "dangerous": "gefährlich"}
    effects = {
        "none": "keine",
        "re-register": "Telefone melden sich neu an",
        "reboot": "das Gerät startet neu",
        "call-loss": "Gespräche brechen ab",
    }
    assert f"| Eingriff | {classes[action_class]} |" in text
    assert f"| Unterbrechung | {effects[disruption]} |" in text


@pytest.mark.parametrize(
    ("severity", "shown"),
    list(zip(Severity, ["kritisch", "hoch", "mittel", "niedrig", "Hinweis"], strict=True)),
)
def test_severity_is_in_german(severity, shown):
    assert f"| Schweregrad | {shown} |" in german(result(finding("a"), severity=severity))


# --- hostile names ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["| a |", "<b>", "# x", "`a`", "{name}", "{0.__class__}", "a\nb"])
def test_hostile_texts_stay_text_in_the_headline(name):
    first = german(result(finding("a")), name=name).splitlines()[0]
    assert first == f"# Abhilfe für {escape_markdown(name)}"


def test_hostile_values_stay_text():
    text = german(result(finding("a", current="| x |\n# y", wanted="<b> or newer | z")))
    (row,) = re.findall(r"^\| 1 \|.*$", text, re.MULTILINE)
    assert r"\| x \| \# y" in row
    assert r"\<b\> or newer \| z" in row
    assert len(re.findall(r"(?<!\\)\|", row)) == 8
