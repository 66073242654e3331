"""What a script may change, and why everything else is left to people."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.messages.message import say
from auditor.model.change import (
    LOOK_THERE,
    AttributeChange,
    FilterWanted,
    NoParentWanted,
    NumberWanted,
    PasswordWanted,
)
from auditor.model.result import ControlResult, Finding, Fix, Observation, Subject
from auditor.model.site import HotDesk, Site
from auditor.model.site_choices import RemediationChoices
from auditor.model.snapshot import (
    NO_PASSWORD,
    Box,
    CallFilter,
    FilterRow,
    PasswordEvidence,
    PbxObject,
    Setting,
    Snapshot,
)
from auditor.model.vocabulary import Grade, PasswordState, Severity, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation import change_planner, filter_choice
from auditor.remediation.change_planner import ChangePlanner
from auditor.remediation.filter_choice import Filters
from auditor.rules.catalogue import load_catalogue
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import configuration_of, site_of, write
from tests.fixtures.plans import build_plan

SET = PasswordEvidence(PasswordState.SET)
NUMBER = "registrations_without_password"
PURPOSES = {
    "HD-05": "internal_filter",
    "HD-06": "internal_filter",
    "TRK-01": "call_filter",
    "TRK-02": "diversion_filter",
    "TRK-06": "trunk_filter",
}
RULES = load_catalogue().rules


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    return {
        config: read_files(
            write(tmp_path_factory.mktemp(config), {"cfg.txt": configuration_of(config)}),
            site_of(config),
            None,
        )
        for config in ("hardened", "insecure")
    }


@pytest.mark.parametrize(
    ("config", "control", "choices", "expected"),
    [
        ("hardened", "HD-05", {}, filter_choice.SEVERAL),
        ("hardened", "HD-05", {"internal_filter": "intern"}, "intern"),
        ("hardened", "HD-06", {"internal_filter": "kommend"}, "kommend"),
        ("hardened", "HD-05", {"internal_filter": "national"}, filter_choice.NOT_ENOUGH),
        ("hardened", "HD-05", {"internal_filter": "nobody"}, filter_choice.NOT_THERE),
        ("hardened", "HD-05", {"call_filter": "intern"}, filter_choice.SEVERAL),
        ("insecure", "HD-05", {}, filter_choice.NO_FILTER),
        ("hardened", "TRK-06", {}, "kommend"),
        ("hardened", "TRK-06", {"trunk_filter": "intern"}, filter_choice.NOT_ENOUGH),
        ("hardened", "TRK-06", {"internal_filter": "intern"}, "kommend"),
        ("hardened", "TRK-01", {}, filter_choice.NOT_NAMED),
        ("hardened", "TRK-01", {"call_filter": "national"}, "national"),
        ("insecure", "TRK-01", {"call_filter": "normal"}, filter_choice.NOT_ENOUGH),
        ("hardened", "TRK-02", {"call_filter": "national"}, filter_choice.NOT_NAMED),
        ("hardened", "TRK-02", {"diversion_filter": "intern"}, "intern"),
    ],
)
def test_a_filter_is_chosen_only_if_it_surely_fits(snapshots, config, control, choices, expected):
    site = site_of(config).model_copy(update={"remediation": RemediationChoices(**choices)})
    chosen = Filters(AuditView(snapshots[config], site)).choose(PURPOSES[control])
    assert chosen in {(expected, ""), ("", expected)}


def member(**more):
    given: dict[str, Any] = {
        "guid": "guid-a",
        "cn": "A",
        "h323": "a",
        "e164": "",
        "kind": "",
        "attributes": {},
        "templates": (),
        "devices": (),
        "forks": (),
        "diversions": (),
        "allowances": (),
        "rights": {},
        "visible": None,
        "unexplained": (),
        "password": NO_PASSWORD,
        "source": "cfg.txt",
        "line": 1,
    }
    return PbxObject(**(given | more))


def answer(control, fix, **more):
    """Return what is made of one violation of one object."""
    subject = Subject(more.pop("kind", "user"), more.pop("where", "guid-a"), "A")
    prop, evidence = more.pop("prop", ""), tuple(more.pop("evidence", ()))
    objects = more.pop("objects", None) or (member(**more.pop("object", {})),)
    snapshot = Snapshot("mac:1", objects=objects, **more)
    seen = Observation(subject, Verdict.VIOLATED, say("detail"), prop, evidence, fix=fix)
    site = Site(hot_desk=HotDesk(base_users=["base", "büro", "--"]))
    return ChangePlanner(AuditView(snapshot, site)).change(RULES[control], Finding(seen, "print"))


PASSWORD = Fix("pwd", "set", "a new random password", PasswordWanted())
HIDE = Fix("hide", None, "true", AttributeChange("guid-a", "A", "hide", None, "true"))
PARENT = Fix("config", "T", "", NoParentWanted())
EXTENSION = Fix("e164", "20", "another number", NumberWanted())
SETTING = {"kind": "setting", "where": NUMBER}
STORED = Setting(("3",), Grade.SIMULATED, "cfg.txt", 7)

LEFT = {
    "nobody says what": ("HD-04", None, {}, change_planner.DECIDE),
    "an object without a guid": (
        "HD-04",
        HIDE,
        {"object": {"guid": ""}},
        None,
    ),
    "a list": ("HD-04", HIDE, {"where": "objects"}, change_planner.NO_OBJECT),
    "an unknown wish": ("HD-04", Fix("text", None, "nicer"), {}, change_planner.DECIDE),
    "a base user whose name phones could not take": (
        "HD-01",
        PASSWORD,
        {"object": {"h323": "büro", "password": SET}},
        change_planner.NO_NAME,
    ),
    "a diversion of a base user": ("HD-13", Fix("cds", "1", "none"), {}, change_planner.DECIDE),
    "a base user whose name is nothing but hyphens": (
        "HD-01",
        PASSWORD,
        {"object": {"h323": "--", "password": SET}},
        change_planner.NO_NAME,
    ),
    "parents in an unknown place": (
        "HD-08",
        PARENT,
        {"object": {"kind": "config", "templates": ("T",)}},
        change_planner.PARENT_UNKNOWN,
    ),
    "several parents": (
        "HD-08",
        PARENT,
        {"object": {"kind": "config", "templates": ("T", "U")}, "dialect": "simulated"},
        LOOK_THERE,
    ),
    "no number that is free": (
        "HD-11",
        EXTENSION,
        {
            "objects": (
                *(member(guid=f"guid-{n}", e164=f"#{n}") for n in range(10, 100)),
                member(e164="20"),
            )
        },
        change_planner.NO_NUMBER,
    ),
    "a setting whose place is unknown": (
        "HD-03",
        Fix(NUMBER, "3", "0"),
        {**SETTING, "settings": {NUMBER: STORED}},
        change_planner.NO_PLACE,
    ),
    "a setting that somebody attested": (
        "HD-03",
        Fix(NUMBER, "3", "0"),
        {
            **SETTING,
            "dialect": "simulated",
            "settings": {NUMBER: Setting(("3",), Grade.ATTESTED, "site")},
        },
        change_planner.NO_PLACE,
    ),
    "a setting of several boxes": (
        "HD-03",
        Fix(NUMBER, "3", "0"),
        {
            **SETTING,
            "dialect": "simulated",
            "settings": {NUMBER: STORED},
            "boxes": (Box(serial="1"), Box(serial="2")),
        },
        change_planner.NO_FORM,
    ),
    "a number that is not said": (
        "HD-03",
        Fix(NUMBER, "3", "a number above 0"),
        {**SETTING, "dialect": "simulated", "settings": {NUMBER: STORED}},
        change_planner.NO_FORM,
    ),
    "what nobody documents": ("HD-10", Fix("object", "present", "gone"), {}, None),
}


@pytest.mark.parametrize("case", LEFT.values(), ids=LEFT)
def test_what_is_left_to_people_says_why(case):
    control, fix, more, reason = case
    said = answer(control, fix, **more)
    assert said.machine is None
    assert said.by_hand == (
        reason or RULES[control].remediation.by_hand or change_planner.NO_OBJECT
    )


MADE = {
    "a flag": ("HD-04", HIDE, {}, ("hide", None, "true")),
    "a template's own parent": (
        "HD-08",
        PARENT,
        {"object": {"attributes": {"config": "T"}, "templates": ("T",)}},
        ("config", "T", None),
    ),
    "a filter": (
        "HD-05",
        Fix("filter", "", "x", FilterWanted("filter", "internal_filter")),
        {
            "filters": (CallFilter("shut", (FilterRow("", "nok"),), Grade.LEARNED, "cfg.txt"),),
            "objects": (
                member(attributes={"filter": "open"}),
                member(guid="t", kind="trunk", e164="0"),
            ),
        },
        ("filter", "open", "shut"),
    ),
    "an extension": (
        "HD-11",
        EXTENSION,
        {"objects": (member(e164="20"), member(guid="b", cn="B", e164="#10"))},
        ("e164", "20", "#11"),
    ),
}


@pytest.mark.parametrize("case", MADE.values(), ids=MADE)
def test_an_attribute_is_changed_from_what_was_seen(case):
    control, fix, more, expected = case
    made = answer(control, fix, **more).machine
    assert (made.attribute, made.before, made.after) == expected


def test_the_plan_says_what_was_chosen_in_place_of_what_a_check_asks_for():
    snapshot = Snapshot("mac:1", objects=(member(e164="20"),))
    seen = Observation(
        Subject("user", "guid-a", "A"), Verdict.VIOLATED, say("x"), "e164", fix=EXTENSION
    )
    found = ControlResult(RULES["HD-11"], Status.FAILED, Severity.LOW, (Finding(seen, "p"),))
    plan = build_plan(AuditView(snapshot, Site()), [found], target_name="x", run_id="1")
    machine = plan.steps[0].change.machine
    assert isinstance(machine, AttributeChange)
    assert plan.steps[0].change.wanted == machine.after == "#10"


@pytest.mark.parametrize(
    ("password", "name", "before", "has_script"),
    [
        (NO_PASSWORD, "a", "none", False),
        (PasswordEvidence(PasswordState.EMPTY), "a", "none", False),
        (SET, "a", "set", False),
        (SET, "base", "set", True),
    ],
)
def test_a_new_password_says_whether_there_was_one(password, name, before, has_script):
    made = answer("PBX-03", PASSWORD, object={"h323": name, "password": password}).machine
    assert (made.kind, made.before, bool(made.script)) == ("password", before, has_script)


def test_a_number_with_a_known_place_is_changed():
    more = {"dialect": "simulated", "settings": {NUMBER: STORED}, "boxes": (Box(serial="1"),)}
    made = answer("HD-03", Fix(NUMBER, "3", "0"), **SETTING, **more).machine
    assert (made.head, made.option) == ("PBX0", "/sim-regs-without-pwd")
    assert (made.before, made.after) == ("3", "0")
