"""The texts of a plan: all that the code says is a message, and what the PBX has is none."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from auditor import checks, remediation
from auditor.facts import SecretState, known_facts
from auditor.messages.languages import translated
from auditor.messages.message import Message, say
from auditor.model.result import ControlResult, Finding, Fix, Observation, Subject
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import PasswordState, Severity, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation import wording
from auditor.remediation.plan import hash_of, render_plan
from auditor.remediation.runbook import render_runbook
from auditor.rules.catalogue import load_catalogue
from tests.fixtures.plans import build_plan

RULES = load_catalogue().rules
RULE = RULES["HD-04"]


def plan_of(subject, fix):
    found = Finding(
        Observation(subject, Verdict.VIOLATED, say("is so"), fix.property, fix=fix), "f"
    )
    result = ControlResult(RULE, Status.FAILED, Severity.HIGH, (found,))
    view = AuditView(Snapshot("mac:1"), Site())
    return build_plan(view, [result], target_name="Werk", run_id="run-1")


def row_of(plan, language):
    """Return the cells of the first step: subject, property, seen, wanted, by script."""
    shown = render_runbook(plan, language, RULES)
    row = next(line for line in shown.splitlines() if line.startswith("| 1 |"))
    return [cell.strip().replace("\\", "") for cell in row.split(" | ")][1:6]


def test_what_is_wanted_and_seen_is_said_in_the_language_of_the_runbook():
    fix = Fix("firmware", say("no rows"), say("{least} or newer", least="13r3 sr9"))
    plan = plan_of(Subject("list", "l", say("the PBX password")), fix)
    assert row_of(plan, "de")[:4] == [
        *("das PBX-Passwort", "firmware", "keine Zeilen"),
        "13r3 sr9 oder neuer",
    ]
    assert row_of(plan, "en")[:4] == [
        *("the PBX password", "firmware", "no rows", "13r3 sr9 or newer"),
    ]


def test_several_wanted_values_are_said_each():
    rows = [say("a row {row} -> ok", row=row) for row in ("0110", "9110")]
    fix = Fix("filter a", "", say("{one}; {other}", one=rows[0], other=rows[1]))
    wanted = "eine Zeile 0110 -> ok; eine Zeile 9110 -> ok"
    assert row_of(plan_of(Subject("user", "u", "a"), fix), "de")[3] == wanted


@pytest.mark.parametrize("name", ["on", "set", "no rows", "1 to 2", "the PBX password"])
def test_a_name_of_the_pbx_is_no_message_whatever_it_looks_like(name):
    plan = plan_of(Subject("user", "u", name), Fix("device", name, name))
    assert row_of(plan, "de")[:4] == [name, "device", name, name]


def test_braces_in_a_value_mean_nothing():
    fix = Fix("x", "{least}", say("{least} or newer", least="{0.__class__}"))
    assert row_of(plan_of(Subject("user", "u", "a"), fix), "de")[2:4] == [
        *("{least}", "{0.__class__} oder neuer"),
    ]


@pytest.mark.parametrize("state", [*PasswordState, *SecretState])
def test_a_plan_has_the_state_of_a_secret_and_the_runbook_says_it(state):
    plan = plan_of(Subject("user", "u", "a"), Fix("pwd", state, "x"))
    step = json.loads(render_plan(plan))["steps"][0]
    assert step["precondition"]["value"] == state.value
    assert plan.hash == hash_of(plan)
    known = wording.SECRET_STATES if isinstance(state, SecretState) else wording.PASSWORD_STATES
    assert row_of(plan, "en")[2] == known[state]
    assert row_of(plan, "de")[2] == translated(known[state], "de") != known[state]
    quoted = plan_of(Subject("user", "u", "a"), Fix("pwd", state.value, "x"))
    assert row_of(quoted, "en")[2] == state.value


@pytest.mark.parametrize(("value", "german"), [("true", "an"), ("false", "aus"), ("x", "x")])
def test_a_setting_is_told_by_its_label_and_a_switch_is_on_or_off(value, german):
    fact = known_facts()["administration_logged"]
    about = Subject("setting", fact.name, Message(fact.label))
    row = row_of(plan_of(about, Fix(fact.name, value, say("on"))), "de")
    assert row[:4] == ["der Haken Administration", "Wert", german, "an"]


def test_what_a_document_leaves_to_people_is_said_in_german_and_the_plan_is_english():
    rule = next(one for one in RULES.values() if one.remediation.by_hand)
    found = Observation(
        Subject("user", "u", "a"), Verdict.VIOLATED, say("is so"), "x", fix=Fix("x", None, "y")
    )
    result = ControlResult(rule, Status.FAILED, Severity.HIGH, (Finding(found, "f"),))
    plan = build_plan(AuditView(Snapshot("mac:1"), Site()), [result], target_name="", run_id="r")
    step = json.loads(render_plan(plan))["steps"][0]
    assert step["change"]["by_hand"] == rule.remediation.by_hand
    assert rule.de.by_hand in render_runbook(plan, "de", RULES).replace("\\", "")


# --- completeness: what the code says is a message ----------------------------------------------


def literals(node):
    """Yield the texts of an expression that stand in no call, so that nobody says them."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        yield ast.unparse(node)
        return
    for child in ast.iter_child_nodes(node):
        yield from literals(child)


def calls(package):
    """Yield each call in a package, with the constants of its module by name."""
    for path in sorted(Path(package.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield node, known


def test_no_check_and_no_planner_puts_a_plain_sentence_into_a_plan():
    places = {"Fix": (2,), "judged.violated": (1,), "Answer": (1,)}
    found, plain_ones = 0, set()
    for package in (checks, remediation):
        for node, known in calls(package):
            for place in places.get(ast.unparse(node.func), ()):
                if len(node.args) > place:
                    found += 1
                    given = node.args[place]
                    given = known.get(given.id, given) if isinstance(given, ast.Name) else given
                    plain_ones |= {*literals(given)}
    assert found > 40
    # The value of an attribute is none, nor is what an address begins with.
    assert plain_ones == {"'true'", "''", "'https://…'"}
