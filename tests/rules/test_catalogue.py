"""The rule set as a whole: complete, consistent, and unable to pass what nobody looked at."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from auditor.checks import CHECKS
from auditor.checks.support.parameters import Parameters
from auditor.dialects import load_dialect
from auditor.facts import Scope, known_facts
from auditor.messages.languages import translated
from auditor.messages.message import Message
from auditor.model.rule import Profile
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Automation, Coverage, Status
from auditor.pbx.view import AuditView
from auditor.resources import rules_directory
from auditor.rules.by_rights import figures_file
from auditor.rules.catalogue import load_catalogue
from auditor.rules.rule_pages import AUTOMATION, _decided
from auditor.sources.live.devices.neighbouring_devices import LISTED_FACTS
from auditor.sources.parse.app_answers import SHOWN_FACTS
from auditor.sources.parse.device_configs import (
    MEDIA_ENCRYPTION,
    PHONES_PROTECTED,
    ROLLED_OUT_FACTS,
)
from auditor.sources.parse.known import KEPT_ATTRIBUTES
from tests.rules.harness import TODAY, example_input, explain, judge, read, site_of

CATALOGUE = load_catalogue(examples=True)
RULES = CATALOGUE.rules
TUTORIAL = {f"HD-{number:02}" for number in range(1, 17)} | {"PBX-17"}
with (Path(__file__).parent / "benchmark.csv").open(encoding="utf-8", newline="") as _file:
    BENCHMARK = {row["id"]: (row["severity"], row["grade"]) for row in csv.DictReader(_file)}
CUT_OFF = {
    Area.OBJECTS: {"objects": ()},
    Area.CALL_FILTERS: {"filters": ()},
}


def path_of(rule):
    return next(rules_directory().rglob(f"{rule.id}-*.toml"))


PASSING = [
    pytest.param(rule, example, id=f"{rule.id}-{example.name}")
    for rule in RULES.values()
    for example in rule.examples
    if example.status is Status.PASSED
]


def without(snapshot, area, *, content):
    """Return the snapshot as if an area had not been read, with or without what was read of it."""
    areas = {key: value for key, value in snapshot.areas.items() if key != area}
    changed = replace(snapshot, areas=areas)
    if not content:
        return changed
    if area in known_facts():
        settings = {key: value for key, value in snapshot.settings.items() if key != area}
        return replace(changed, settings=settings)
    if area == Area.DEVICES:
        return replace(changed, objects=tuple(o._replace(devices=()) for o in snapshot.objects))
    return replace(changed, **CUT_OFF.get(area, {}))


# --- the documents ------------------------------------------------------------------------------


def open_status(rule):
    """Return what a control comes to that nobody could look at."""
    is_attested = rule.automation is Automation.ATTESTED
    return Status.MANUAL if is_attested else Status.UNKNOWN


def test_every_check_is_used_by_a_document():
    assert {rule.check for rule in RULES.values()} == set(CHECKS)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_automation_is_true(rule):
    """What only people know is attested, what needs a dialect is learned, all else automatic.

    What a live PBX says over WebSocket needs none, nor what Devices rolls out.
    """
    facts = [known_facts()[name] for name in {*rule.facts, *rule.complete} if name not in set(Area)]
    further = [known_facts()[name] for name in rule.conditional]
    if any(fact.scope is Scope.PEOPLE for fact in facts):
        assert rule.automation is Automation.ATTESTED
    elif not all(map(is_read, facts)):
        assert rule.automation is Automation.LEARNED
    elif any(fact.name in SHOWN_FACTS for fact in facts) and not all(
        is_read(fact) or fact.scope is Scope.PEOPLE for fact in further
    ):
        assert rule.automation is Automation.LEARNED  # what is said leaves the rest to be learned
    else:
        assert rule.automation is Automation.AUTOMATIC


def is_read(fact):
    return fact.scope in {Scope.LOOK, Scope.HANDED_OVER} or fact.name in {
        *load_dialect("documented").settings,
        *SHOWN_FACTS,
        *ROLLED_OUT_FACTS,
        *LISTED_FACTS,
        PHONES_PROTECTED,
    }


def test_what_a_source_shows_is_not_left_to_people():
    """Whatever a source shows by a documented name, no page may say that no interface shows it."""
    of_people = {name for name, fact in known_facts().items() if fact.scope is Scope.PEOPLE}
    shown = {*load_dialect("documented").settings, *SHOWN_FACTS, *ROLLED_OUT_FACTS, *LISTED_FACTS}
    assert of_people.isdisjoint({*shown, PHONES_PROTECTED, MEDIA_ENCRYPTION} - LISTED_FACTS)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_automation_follows_from_what_decides_it(rule):
    """The table of rights counts what is decided without an attestation and without a dialect."""
    figures = json.loads(figures_file().read_text(encoding="utf-8"))
    decided = {one for rights in figures.values() for at in rights.values() for one in at}
    if rule.id in decided:
        assert rule.automation is not Automation.ATTESTED
    elif rule.automation is Automation.AUTOMATIC and SHOWN_FACTS.isdisjoint(rule.facts):
        assert any(
            example.status in {Status.PASSED, Status.FAILED} and "[facts" not in example.site
            for example in rule.examples
        )
    said = str(_decided(rule, "")[0])
    is_partly = rule.automation is Automation.LEARNED and rule.id in decided
    usual = str(AUTOMATION[rule.automation])
    assert (usual not in said) is is_partly


def test_every_check_is_a_function_of_its_own():
    assert len(set(CHECKS.values())) == len(CHECKS)


def test_ids_are_unique():
    documents = [p for p in rules_directory().rglob("*.toml") if p.parent.name != "profiles"]
    ids = [path.stem.split("-")[0] + "-" + path.stem.split("-")[1] for path in documents]
    assert sorted(ids) == sorted(RULES)


def test_the_tutorial_profile_is_complete():
    profile = CATALOGUE.profiles["tutorial"]
    assert isinstance(profile, Profile)
    assert set(profile.controls) == TUTORIAL
    assert len(profile.controls) == len(set(profile.controls))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_document_lies_in_the_folder_of_its_area(rule):
    path = path_of(rule)
    assert path.parent.name == rule.area
    assert path.stem.startswith(f"{rule.id}-")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_german_text_is_complete(rule):
    english = {
        "title": rule.title,
        "title_failed": rule.title_failed,
        "title_unknown": rule.title_unknown,
        "rationale": rule.rationale,
        "expected": rule.expected,
        "nothing_seen": rule.nothing_seen,
        "remediation": rule.remediation.text,
        "precondition": rule.remediation.precondition,
        "verification": rule.remediation.verification,
        "undo": rule.remediation.undo,
    }
    for name, text in english.items():
        german = getattr(rule.de, name)
        assert len(german) >= len(text) // 2, name
        assert german != text, name


@pytest.mark.parametrize("said", [lambda rule: rule, lambda rule: rule.de], ids=["en", "de"])
def test_each_title_is_there_is_a_sentence_and_is_said_of_nothing_else(said):
    """A stranger tells by the title alone what is fine, what is wrong and what was not seen."""
    titles = {
        (rule.id, name): getattr(said(rule), name)
        for rule in RULES.values()
        for name in ("title", "title_failed", "title_unknown")
    }
    for place, title in titles.items():
        assert len(title) >= 10, place
        assert title[0].isupper() or title.startswith("myApps"), place
        assert title[-1].isalnum() or title[-1] == ")", place
        assert title.isprintable(), place
        assert "\u2019" not in title, place
    by_title = {title.casefold(): place for place, title in titles.items()}
    assert sorted(titles) == sorted(by_title.values())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_is_wrong_is_said_in_words_of_its_own(rule):
    """To put a no before what is asked for tells nobody what is wrong."""
    for said, no in ((rule, r"\b(not|no|isn't)\b"), (rule.de, r"\b(nicht|kein\w*)\b")):
        words = [
            re.findall(r"\w+", re.sub(no, "", text.casefold()))
            for text in (said.title, said.title_failed)
        ]
        assert words[0] != words[1]


# English words that stand in a path beside names of menus, and those menus that have them too.
PROSE = re.compile(r"\b(a|and|each|every|its|of|or|older|settings|template|the|user|where)\b")
MENUS = ("Alarm and Event Forward Server", "No of Regs w/o Pwd.")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_path_that_is_more_than_menus_is_there_in_german(rule):
    path = rule.remediation.ui_path
    for name in MENUS:
        path = path.replace(name, "")
    if PROSE.search(path):
        assert rule.de.ui_path, path
    assert not PROSE.search(rule.de.ui_path)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_german_text_names_the_same_facts_tables_and_controls(rule):
    fix = rule.remediation
    pairs = {
        "precondition": fix.precondition,
        "verification": fix.verification,
        "undo": fix.undo,
        "nothing_seen": rule.nothing_seen,
    }
    names = re.compile(r"\[[a-z_.]+\]|\b[A-Z]{2,3}-[0-9]{2}\b|https?://")
    for name, english in pairs.items():
        assert names.findall(getattr(rule.de, name)) == names.findall(english), name


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_prose_is_plain_and_without_line_breaks(rule):
    fix = rule.remediation
    texts = [
        *(rule.title, rule.title_failed, rule.title_unknown),
        rule.rationale,
        rule.expected,
        rule.nothing_seen,
        *(fix.text, fix.ui_path, fix.precondition, fix.verification, fix.undo),
        *(text for name, text in asdict(rule.de).items() if name != "reach"),
        *(text for one in (rule.reach, rule.de.reach) if one for text in asdict(one).values()),
    ]
    for text in texts:
        assert text == " ".join(text.split())
        assert "Ensure" not in text
        assert not text.endswith(" ")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_control_comes_after_controls_that_exist(rule):
    assert set(rule.remediation.after) <= set(RULES) - {rule.id}


def test_the_order_of_remediation_has_no_circle():
    pending = {rule.id: set(rule.remediation.after) for rule in RULES.values()}
    while pending:
        ready = [name for name, after in pending.items() if not after & set(pending)]
        assert ready, f"these wait for each other: {sorted(pending)}"
        for name in ready:
            del pending[name]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_mappings_and_references_say_where_to_look(rule):
    mapped = [*rule.controls.bsi, *rule.controls.iso27002, *rule.controls.nist80053]
    assert mapped
    assert all(entry and " " not in entry for entry in mapped)
    assert all(reference.page and reference.revision for reference in rule.references)


# What names a standard, a course or a function, where the page is told in other words.
NAMES = {
    "CVE-2024-24721",
    "Deprecating TLS 1.0 and TLS 1.1",
    "IT Connect: Reverse Proxy",
    "IT-Grundschutz CON.2",
    "IT-Grundschutz NET.1.1",
    "IT-Grundschutz NET.4.1",
    "IT-Grundschutz NET.4.2",
    "PbxAdminApi: filter, cd-filter, cds, forks, rej-ext, allows",
    "make_key(user, password)",
}


def letters(text):
    return "".join(filter(str.isalnum, text.casefold()))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_title_of_a_reference_is_the_name_of_the_page_or_has_german(rule):
    for one in rule.references:
        if isinstance(one.title, Message):
            assert translated(one.title, "de") != one.title
        else:
            assert one.title in NAMES or letters(one.title) in letters(one.page)


def test_every_name_of_a_standard_is_used():
    assert {one.title for rule in RULES.values() for one in rule.references} >= NAMES


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_password_is_never_said_to_be_restorable(rule):
    if rule.remediation.action == "set-password":
        assert "cannot be restored" in rule.remediation.undo


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_severity_and_grade_are_those_of_the_benchmark(rule):
    assert (rule.severity.value, rule.grade.value) == BENCHMARK[rule.id]


def test_older_advice_is_named_where_it_contradicts():
    assert "i.php?11557" in RULES["HD-03"].rationale


@pytest.mark.parametrize(
    "attribute",
    [
        name
        for key in ("must_be_empty", "must_be_off")
        for name in Parameters(RULES["HD-13"].params).names(key)
    ],
)
def test_every_attribute_in_a_parameter_is_one_that_is_read(attribute):
    assert attribute in KEPT_ATTRIBUTES


# --- parameters -----------------------------------------------------------------------------------


class RecordingValues(dict):
    """Parameter values that remember which of them were asked for."""

    def __init__(self, values):
        super().__init__(values)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_check_reads_the_parameters_of_its_document_and_no_others(rule, tmp_path):
    values = RecordingValues(rule.params)
    for number, example in enumerate(rule.examples):
        folder = tmp_path / str(number)
        folder.mkdir()
        given = example_input(example)
        view = AuditView(read(given, folder), site_of(given), TODAY)
        list(CHECKS[rule.check](view, Parameters(values)))
    assert values.asked == set(rule.params)


# --- could not look is never fine -----------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("site", [Site(), Site.model_validate({"hot_desk": {"base_users": []}})])
def test_an_empty_snapshot_passes_nothing(rule, site):
    result = judge(rule, Snapshot("nothing"), site)
    assert result.status is open_status(rule), explain(result)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_areas_that_were_read_and_are_empty_pass_no_base_user(rule):
    areas: dict[str, Coverage] = dict.fromkeys(Area, Coverage.COMPLETE)
    result = judge(rule, Snapshot("empty", areas=areas), Site())
    assert result.status is not Status.ERROR, explain(result)
    about_a_list = {"HD-10", "PBX-17"}
    if rule.id not in about_a_list:
        assert result.status is not Status.PASSED, explain(result)


@pytest.mark.parametrize(("rule", "example"), PASSING)
@pytest.mark.parametrize("content", [True, False], ids=["with its content", "the mark alone"])
def test_a_control_passes_only_if_each_of_its_facts_was_read(rule, example, content, tmp_path):
    given = example_input(example)
    snapshot = read(given, tmp_path)
    for area in rule.facts:
        result = judge(rule, without(snapshot, area, content=content), site_of(given))
        assert result.status is open_status(rule), f"without {area}: {explain(result)}"


@pytest.mark.parametrize(("rule", "example"), PASSING)
def test_a_control_passes_only_if_what_must_be_complete_is(rule, example, tmp_path):
    given = example_input(example)
    snapshot = read(given, tmp_path)
    for area in rule.complete:
        areas = {**snapshot.areas, area: Coverage.PARTIAL}
        result = judge(rule, replace(snapshot, areas=areas), site_of(given))
        assert result.status is open_status(rule), f"{area} in part: {explain(result)}"
