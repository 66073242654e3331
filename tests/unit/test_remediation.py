"""The plan and its runbook: a step for each violation, in an order that keeps phones working."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from auditor.messages.languages import LANGUAGES
from auditor.messages.message import say
from auditor.model.change import AttributeChange
from auditor.model.result import ControlResult, Finding, Fix, Observation, Subject
from auditor.model.site import Site
from auditor.model.snapshot import NO_PASSWORD, Box, PbxObject, Snapshot
from auditor.model.vocabulary import PasswordState, Severity, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation import plan as plans
from auditor.remediation.plan import in_order, render_plan
from auditor.remediation.runbook import escape_markdown, render_runbook
from auditor.rules.catalogue import load_catalogue
from tests.fixtures.pbx import CONFIGURATIONS, configuration_of, judge_file, site_of, write
from tests.fixtures.plans import build_plan
from tests.fixtures.sentences import says
from tests.fixtures.waivers import entry

RULES = load_catalogue().rules


def result(name, severity="high", after=(), status="failed", findings=()):
    rule = RULES["HD-04"]
    fix = replace(rule.remediation, after=list(after))
    changed = replace(rule, id=name, remediation=fix)
    return ControlResult(changed, Status(status), Severity(severity), tuple(findings))


def finding(verdict="violated", name="a"):
    subject = Subject("user", f"guid-{name}", name)
    seen = Observation(
        subject, Verdict(verdict), say("detail"), "hide", fix=Fix("hide", "false", "true")
    )
    return Finding(seen, f"print-{name}")


def ids(*results):
    return [entry.rule.id for entry in in_order(results)]


def plan_of(*results, boxes=(), name="Werk", run="run-1"):
    view = AuditView(Snapshot("mac:1", boxes=boxes), Site())
    return build_plan(view, results, target_name=name, run_id=run)


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def audited(request, tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("plan"), {"cfg.txt": configuration_of(request.param)})
    outcome = judge_file(folder, site_of(request.param))
    view = AuditView(outcome.snapshot, outcome.site)
    plan = build_plan(view, outcome.results, target_name="Werk", run_id="run-1")
    return request.param, outcome, plan


class TestAccepted:
    def accepted(self, name):
        return finding(name=name)._replace(accepted=entry(reason="Old | phones"))

    def test_what_somebody_accepted_is_left_out_and_said(self):
        plan = plan_of(result("HD-04", findings=[finding(name="b"), self.accepted("a")]))
        assert [step.subject for step in plan.steps] == [plans.StepSubject("user", "guid-b", "b")]
        (left_out,) = plan.left_out
        assert (left_out.control, left_out.subject) == (
            "HD-04",
            plans.StepSubject("user", "guid-a", "a"),
        )
        assert left_out.fingerprint == "print-a"
        runbook = render_runbook(plan)
        assert "## Left out" in runbook
        assert r"Old \| phones" in runbook

    def test_a_waived_control_has_no_steps(self):
        plan = plan_of(result("HD-04", status="waived", findings=[self.accepted("a")]))
        assert plan.steps == []
        assert says("every violation was accepted", render_runbook(plan))

    def test_what_was_left_out_does_not_change_the_approved_steps(self):
        both = plan_of(result("HD-04", findings=[finding(name="b"), self.accepted("a")]))
        assert both.hash == plan_of(result("HD-04", findings=[finding(name="b")])).hash


class TestOrder:
    def test_worst_first(self):
        assert ids(result("A", "low"), result("B", "critical"), result("C")) == ["B", "C", "A"]

    def test_what_must_come_first_comes_first(self):
        results = [result("A", "critical", ["C"]), result("B"), result("C", "low")]
        for order in (results, results[::-1]):
            found = ids(*order)
            assert found.index("C") < found.index("A")

    def test_a_chain(self):
        results = [result("A", "critical", ["B"]), result("B", "high", ["C"]), result("C", "info")]
        assert ids(*results) == ["C", "B", "A"]

    def test_a_control_that_did_not_fail_holds_nothing_up(self):
        assert ids(result("A", after=["Z"])) == ["A"]

    def test_a_circle_loses_nothing_and_ends(self):
        assert sorted(ids(result("A", after=["B"]), result("B", after=["A"]))) == ["A", "B"]

    @pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
    def test_rules_depend_on_rules_that_exist(self, rule):
        assert set(rule.remediation.after) <= set(RULES) - {rule.id}


class TestPlan:
    def test_only_violations_of_failed_controls_have_steps(self):
        seen = [finding(), finding("compliant", "b"), finding("undetermined", "c")]
        plan = plan_of(
            result("A", findings=seen), result("B", status="unknown", findings=[finding()])
        )
        assert [(step.number, step.control, step.subject.name) for step in plan.steps] == [
            (1, "A", "a")
        ]

    def test_every_violation_of_a_real_audit_has_a_step(self, audited):
        _, outcome, plan = audited
        violated = {
            entry.fingerprint
            for control in outcome.results
            for entry in control.findings
            if entry.observation.verdict is Verdict.VIOLATED
        }
        assert {step.fingerprints[0] for step in plan.steps} == violated
        assert [step.number for step in plan.steps] == list(range(1, len(plan.steps) + 1))

    def test_every_step_says_all_that_a_person_needs(self, audited):
        _, _, plan = audited
        for step in plan.steps:
            told = (
                step.precondition.text,
                step.precondition.property,
                step.change.action,
                step.change.text,
                step.ui_path,
                step.verification,
                step.undo,
                step.action_class,
                step.disruption,
                step.box,
                step.subject.name,
            )
            assert all(told), step

    def test_the_precondition_is_what_was_seen(self):
        (step,) = plan_of(result("A", findings=[finding()])).steps
        assert (step.precondition.property, step.precondition.value) == ("hide", "false")
        assert (step.change.property, step.change.wanted) == ("hide", "true")

    def test_a_step_about_a_password_names_no_password(self, audited):
        _, _, plan = audited
        passwords = [step for step in plan.steps if step.change.property == "pwd"]
        assert {step.precondition.value for step in passwords} <= {None, *PasswordState}

    def test_the_box_is_named_by_its_serial_number(self):
        boxes = (Box(serial="00903341a55b"),)
        (step,) = plan_of(result("A", findings=[finding()]), boxes=boxes).steps
        assert step.box == "00903341a55b"
        (step,) = plan_of(result("A", findings=[finding()])).steps
        assert step.box == "mac:1"

    def test_the_hash_covers_the_steps_and_nothing_else(self):
        plan = plan_of(result("A", findings=[finding()]))
        assert plan.hash == plan_of(result("A", findings=[finding()]), run="run-2").hash
        assert plan.hash != plan_of(result("A", findings=[finding(name="b")])).hash
        assert plan.hash != plan_of().hash

    def test_the_same_audit_gives_the_same_bytes(self, audited):
        _, outcome, plan = audited
        view = AuditView(outcome.snapshot, outcome.site)
        again = build_plan(view, outcome.results, target_name="Werk", run_id="run-1")
        assert render_plan(again) == render_plan(plan)

    def test_it_is_json(self, audited):
        config, _, plan = audited
        content = json.loads(render_plan(plan))
        assert content["schema_version"] == "2.2"
        assert bool(content["steps"]) is (config == "insecure")


class TestRunbook:
    def test_each_control_has_a_chapter_and_each_step_a_row(self, audited):
        _, _, plan = audited
        text = render_runbook(plan)
        chapters = re.findall(r"^## (\S+)", text, re.MULTILINE)
        assert chapters == list(dict.fromkeys(step.control for step in plan.steps))
        rows = re.findall(r"^\| (\d+) \|", text, re.MULTILINE)
        assert rows == [str(step.number) for step in plan.steps]

    def test_nothing_to_do_is_said(self):
        assert says("Nothing to do", render_runbook(plan_of()))

    def test_many_steps_are_cut_and_counted(self):
        findings = [finding(name=f"u{number}") for number in range(250)]
        text = render_runbook(plan_of(result("A", findings=findings)))
        assert len(re.findall(r"^\| \d+ \|", text, re.MULTILINE)) == 200
        assert "50 more steps" in text

    @pytest.mark.parametrize(
        "name",
        [
            "<script>alert(1)</script>",
            "| a | b |",
            "a\nb\r\n# c",
            "[x](http://127.0.0.1)",
            "![x](y)",
            "`rm -rf`",
            "*bold* _it_ ~~no~~",
            "{{ 7*7 }}",
            "\\| \\",
            "- item",
            "1. item",
            "&lt;b&gt;",
            "x" * 4000,
        ],
    )
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_hostile_names_stay_text(self, name, language):
        plan = plan_of(result("A", findings=[finding(name=name)]), name=name)
        text = render_runbook(plan, language, RULES)
        rows = re.findall(r"^\| 1 \|.*$", text, re.MULTILINE)
        assert len(rows) == 1
        plain = re.sub(r"\\[\\`*_{}\[\]<>()#+!|~&-]", "", rows[0])
        assert plain.count("|") == 8
        assert not re.search(r"[<>`*\[\]{}]", plain)
        assert len(rows[0]) < 1500


@pytest.mark.parametrize("character", "\\`*_{}[]<>()#+-!|~&")
def test_every_character_of_markdown_is_escaped(character):
    assert escape_markdown(f"a{character}b") == f"a\\{character}b"


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\0b", "a\u2028b", "a\x1bb", "a\u202eb"])
def test_control_characters_become_spaces(text):
    assert escape_markdown(text) == "a b"


def hiding(value):
    return Fix("hide", None, value, AttributeChange("guid-a", "A", "hide", None, value))


class TestOneValueTwice:
    """Two controls about the attribute `hide` of one object."""

    def steps(self, second, fix):
        member = PbxObject(
            guid="guid-a",
            cn="A",
            h323="a",
            e164="",
            kind="",
            attributes={},
            templates=(),
            devices=(),
            forks=(),
            diversions=(),
            allowances=(),
            rights={},
            visible=None,
            unexplained=(),
            password=NO_PASSWORD,
            source="cfg.txt",
            line=1,
        )
        view = AuditView(Snapshot("mac:1", objects=(member,)), Site())
        seen = finding().observation._replace(fix=hiding(fix))
        first = finding().observation._replace(fix=hiding("true"))
        results = [
            result("A", "critical", findings=[finding()._replace(observation=first)]),
            result(second, "high", findings=[Finding(seen, "print-2")]),
        ]
        return build_plan(view, results, target_name="x", run_id="r").steps

    def test_the_same_value_is_set_once(self):
        first, second = self.steps("B", "true")
        assert first.change.machine.after == "true"
        assert first.fingerprints == ["print-a", "print-2"]
        assert second.change.machine is None
        assert second.change.by_hand == "step 1 changes this value"

    def test_another_value_is_left_until_the_next_audit(self):
        first, second = self.steps("HD-13", "false")
        assert first.change.machine.after == "true"
        assert first.fingerprints == ["print-a"]
        assert second.change.machine is None
        assert says("audit again", second.change.by_hand)
