"""What a plan would close and open, by a judge that looks at two attributes of two objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditor.messages.message import say
from auditor.model.change import OptionChange, set_to
from auditor.model.result import ControlResult, Finding, Fix, Observation, Subject
from auditor.model.site import Site
from auditor.model.snapshot import NO_PASSWORD, PasswordEvidence, PbxObject, Setting, Snapshot
from auditor.model.vocabulary import Grade, PasswordState, Severity, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation.impact import applied, foreseen
from auditor.remediation.runbook import render_runbook
from auditor.rules.catalogue import load_catalogue
from tests.fixtures.plans import build_plan

RULE = load_catalogue().rules["HD-04"]
NUMBER = "registrations_without_password"


def member(name, password=NO_PASSWORD, **attributes):
    return PbxObject(
        f"guid-{name}",
        name,
        name.lower(),
        "",
        "",
        {key.replace("_", "-"): value for key, value in attributes.items()},
        (),
        (),
        (),
        (),
        (),
        {},
        None,
        (),
        password,
        "cfg.txt",
        1,
    )


TOGETHER = {(True, True)}
HIDDEN = {(True, False)} | TOGETHER
CRITICAL = {(False, True)} | TOGETHER
NEVER: set[Any] = set()
BOTH = Snapshot("mac:1", objects=(member("A"), member("B")))


def result(name, severity, found):
    """Return a control by its findings: what is violated, and the fix of each."""
    rule = replace(RULE, id=name, title=f"State of {name}", title_failed=f"Title of {name}")
    findings = tuple(
        Finding(
            Observation(
                Subject("user", one.guid, one.cn), Verdict.VIOLATED, say("seen"), "x", fix=fix
            ),
            f"{name} {one.cn}",
        )
        for one, fix in found
    )
    status = Status.FAILED if findings else Status.PASSED
    return ControlResult(rule, status, severity, findings)


def asked(snapshot, attribute):
    """Return the first object with what would set its attribute, unless it is set."""
    at = {"hide": 0, "critical": 1}[attribute]
    one = snapshot.objects[at]
    is_set = one.attributes.get(attribute) == "true"
    fix = Fix(attribute, None, "true", set_to(one, attribute, "true"))
    return [] if is_set else [(one, fix)]


def judge_with(opens, severity=Severity.HIGH):
    """Return a judge whose control C is violated in some states: A is hidden, B is critical."""

    def judge(snapshot):
        hidden = not asked(snapshot, "hide")
        critical = not asked(snapshot, "critical")
        third = [(snapshot.objects[0], None)] if (hidden, critical) in opens else []
        return [
            result("A", Severity.HIGH, asked(snapshot, "hide")),
            result("B", Severity.LOW, asked(snapshot, "critical")),
            result("C", severity, third),
        ]

    return judge


def ahead(opens, severity=Severity.HIGH):
    judge = judge_with(opens, severity)
    before = judge(BOTH)
    plan = build_plan(AuditView(BOTH, Site()), before, target_name="Werk", run_id="1")
    return foreseen(plan, BOTH, before, judge, lambda some: sum(r.status == "failed" for r in some))


@pytest.mark.parametrize(
    ("opens", "causes"),
    [
        (HIDDEN, ["A"]),
        (CRITICAL, ["B"]),
        (TOGETHER, ["A", "B"]),
        # Without either of them it opens all the same: both are named.
        (HIDDEN | CRITICAL, ["A", "B"]),
    ],
    ids=["the first", "the second", "both together", "each by itself"],
)
def test_what_opens_names_the_steps_that_do_it(opens, causes):
    plan, found = ahead(opens)
    (one,) = plan.prospect.opens
    assert sorted(one.caused_by) == causes
    assert (one.control, one.title, one.severity) == ("C", "Title of C", "high")
    assert (one.details, one.count) == (["A: seen"], 1)
    assert sorted(plan.prospect.closes) == ["A", "B"]
    assert (plan.prospect.score_before, plan.prospect.score_after) == (2, 1)
    told = {d.control: (d.before, d.after) for d in found}
    assert told == {
        "A": ("failed (1)", "passed"),
        "B": ("failed (1)", "passed"),
        "C": ("passed", "failed (1)"),
    }
    assert {d.control: d.title for d in found} == {
        "A": "State of A",
        "B": "State of B",
        "C": "Title of C",
    }
    assert [d.control for d in found][-1] == "B"  # the mildest comes last


@pytest.mark.parametrize(
    ("severity", "opens", "dangerous"),
    [
        (Severity.CRITICAL, HIDDEN, {"A"}),
        (Severity.HIGH, HIDDEN, {"A"}),
        (Severity.MEDIUM, HIDDEN, set()),
        (Severity.MEDIUM, CRITICAL, {"B"}),
        (Severity.INFO, CRITICAL, set()),
    ],
)
def test_a_step_that_opens_what_is_as_bad_is_dangerous(severity, opens, dangerous):
    plan, _ = ahead(opens, severity)
    assert plan.prospect.dangerous is bool(dangerous)
    assert {s.control for s in plan.steps if s.action_class == "dangerous"} == dangerous


def test_nothing_opens():
    plan, _ = ahead(NEVER)
    assert plan.prospect.opens == []
    assert not plan.prospect.dangerous


def test_the_runbook_says_what_opens_and_why():
    plan, _ = ahead(HIDDEN)
    assert "Title of C" in render_runbook(plan)
    assert RULE.de.title_failed in render_runbook(plan, "de", {"C": RULE})
    closed, _ = ahead(NEVER)
    assert "Title of C" not in render_runbook(closed)


@pytest.mark.parametrize(("language", "shown"), [("en", "1,200"), ("de", "1.200")])
def test_the_runbook_writes_large_numbers_as_the_language_does(language, shown):
    objects = tuple(member(f"U{n}") for n in range(1_200))
    found = [(one, Fix("text", None, "nicer")) for one in objects]
    view = AuditView(Snapshot("mac:1", objects=objects), Site())
    plan = build_plan(view, [result("A", Severity.LOW, found)], target_name="W", run_id="1")
    assert shown in render_runbook(plan, language)


def steps_of(*changes):
    """Return the steps of a plan, with these changes in their place."""
    judge = judge_with(NEVER)
    plan = build_plan(AuditView(BOTH, Site()), judge(BOTH), target_name="W", run_id="1")
    step = plan.steps[0]
    return [replace(step, change=replace(step.change, machine=change)) for change in changes]


class TestApplied:
    def test_an_object_changes_and_others_do_not(self):
        after = applied(BOTH, steps_of(set_to(BOTH.objects[1], "hide", "true")))
        assert after.objects[0] is BOTH.objects[0]
        assert after.objects[1].attributes == {"hide": "true"}

    def test_a_step_of_people_changes_nothing(self):
        assert applied(BOTH, steps_of(None)).objects == BOTH.objects

    def test_an_option_changes_each_fact_that_it_holds(self):
        kept = Setting(("1",), Grade.LEARNED, "cfg.txt", 3, option=("OTHER", "x"))
        known = Setting(("3",), Grade.LEARNED, "cfg.txt", 3, option=("PBX0", "regs"))
        snapshot = replace(BOTH, settings={NUMBER: known, "telnet_port": kept})
        after = applied(snapshot, steps_of(OptionChange("PBX0", "/regs", "3", "0")))
        assert after.settings[NUMBER].values == ("0",)
        assert after.settings["telnet_port"] == kept

    def test_who_keeps_a_password_shares_it_with_fewer(self):
        same = PasswordEvidence(PasswordState.SET, shared_with=2, group=7)
        alone = PasswordEvidence(PasswordState.SET, shared_with=1)
        objects = (
            *(member(name, same) for name in ("A", "B", "C")),
            member("D", alone),
        )
        changed = objects[0]._replace(password=NO_PASSWORD)
        snapshot = Snapshot("mac:1", objects=(changed, *objects[1:]))
        after = applied(snapshot, [])
        assert [one.password.shared_with for one in after.objects] == [None, 1, 1, 1]
