"""Removing any one area from good evidence makes what depends on it unknown, never passed."""

from __future__ import annotations

import re

import pytest

from auditor.model.site import Site
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    EVIDENCE,
    PBX_PASSWORD,
    configuration_of,
    judge,
    judge_file,
    simulated,
    site_of,
    statuses,
    write,
)

SETTINGS = {"HD-02", "HD-03"}
PASSWORDS = {"HD-01", "HD-14"}
DIALLING = {"HD-05", "HD-06", "HD-09"}
DEVICES = {"HD-07", "HD-15", "HD-16", "PBX-17"}
ALL = {*(f"HD-{number:02}" for number in range(1, 17)), "PBX-17"}
TEMPLATES = [one.cn for one in simulated().objects if one.kind == "config"]
FILTERS = [
    child.attributes["name"] for child in simulated().admin.children if child.tag == "filter"
]
BASE_TEMPLATE = "Hot Desk Base Template"


def without(pattern):
    return lambda text: re.sub(pattern, "", text)


def without_objects(text):
    return without(r"(?m)^mod cmd FLASHDIR0 add-item 101 .*\n")(text)


REMOVALS = {
    "all objects": (without_objects, ALL - SETTINGS | {"HD-02"}),
    "all users": (
        without(r"(?m)^mod cmd FLASHDIR0 add-item 101 \(cn=(?!_ADMIN_).*\n"),
        ALL - SETTINGS,
    ),
    "the admin object": (without(r"(?m)^.*\(cn=_ADMIN_\).*\n"), DIALLING | {"HD-02"}),
    "all passwords": (without(r' pwd="[0-9a-f]*"'), PASSWORDS),
    "all passwords of objects": (without(r' pwd="[0-9a-f]*"(?! key=)'), PASSWORDS),
    "the key of the passwords": (without(r' key="[0-9a-f]*"'), {"HD-01"}),
    "all devices": (without(r"<device [^>]*/>"), DEVICES),
    "the line of the PBX": (without(r"(?m)^config change PBX0 .*\n"), {"HD-03"}),
    "the number of registrations": (without(r" /sim-regs-without-pwd \d+"), {"HD-03"}),
    "the IP filter": (without(r"<sim-ip-filter>.*?</sim-ip-filter>"), {"HD-02"}),
    "all call filters": (without(r"\(pbx=<filter name=.*?</filter>\)"), DIALLING),
    "the rows of all call filters": (without(r"<sim-row [^>]*/>"), set()),
    "the base user": (
        without(r"(?m)^.*\(cn=Hot Desk Base\).*\n"),
        ALL - SETTINGS - {"HD-07", "HD-10", "PBX-17"},
    ),
    "a hot-desk user": (without(r"(?m)^.*\(h323=k\.vogel\).*\n"), {"HD-07", "HD-15", "HD-16"}),
    "half of an object": (
        without(r"(?<=cn=Vogel, Kerstin\)\(guid=).*"),
        {"HD-10", "PBX-17", "HD-14"},
    ),
}


def name_pattern(name):
    return re.escape(name)


@pytest.fixture
def audit(tmp_path):
    def run(change, pbx_password=PBX_PASSWORD):
        text = configuration_of().decode().replace("\r\n", "\n")
        changed = change(text)
        assert changed != text or change is unchanged
        write(tmp_path, {"cfg.txt": changed})
        return statuses(judge_file(tmp_path / "cfg.txt", site_of(), pbx_password))

    return run


def unchanged(text):
    return text


def test_with_everything_all_pass(audit):
    found = audit(unchanged)
    assert set(found) == ALL
    assert set(found.values()) == {"passed"}


@pytest.mark.parametrize("removal", REMOVALS)
def test_what_depends_on_it_is_unknown(audit, removal):
    change, dependent = REMOVALS[removal]
    found = audit(change)
    assert {name: found[name] for name in dependent} == dict.fromkeys(dependent, "unknown")


@pytest.mark.parametrize("removal", set(REMOVALS) - {"the rows of all call filters"})
def test_nothing_fails_only_because_it_is_missing(audit, removal):
    change, _ = REMOVALS[removal]
    assert "failed" not in audit(change).values()


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template(audit, template):
    found = audit(without(rf"(?m)^.*\(cn={re.escape(template)}\).*\n"))
    if template == BASE_TEMPLATE:
        dependent = {"HD-05", "HD-06", "HD-08", "HD-09", "HD-12", "HD-13"}
        assert {name for name, status in found.items() if status == "unknown"} >= dependent
    else:
        assert set(found.values()) <= {"passed", "unknown"}


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter(audit, name):
    found = audit(without(rf'\(pbx=<filter name="{re.escape(name)}">.*?</filter>\)'))
    unknown = {control for control, status in found.items() if status == "unknown"}
    assert unknown >= (DIALLING if name == "intern" else set())
    assert "failed" not in found.values()


@pytest.mark.parametrize("name", FILTERS)
def test_the_rows_of_a_filter_that_nothing_explains(audit, name):
    found = audit(lambda text: text.replace(f'name="{name}"><sim-row ', f'name="{name}"><row '))
    unknown = {control for control, status in found.items() if status == "unknown"}
    assert unknown == (DIALLING if name == "intern" else set())


def test_without_the_dialect_what_is_not_documented_is_unknown(tmp_path):
    write(tmp_path, {"cfg.txt": configuration_of()})
    target = site_of().target.model_copy(update={"dialect": "documented"})
    site = site_of().model_copy(update={"target": target})
    found = statuses(judge_file(tmp_path / "cfg.txt", site))
    expected = {*SETTINGS, *DIALLING}
    assert {name for name, status in found.items() if status == "unknown"} == expected


def test_without_the_pbx_password_strength_is_unknown(audit):
    assert audit(unchanged, None)["HD-01"] == "unknown"
    assert audit(unchanged, "wrong")["HD-01"] == "unknown"


def test_without_a_site_file_nothing_is_made_up(tmp_path):
    write(tmp_path, {"cfg.txt": configuration_of()})
    found = statuses(judge_file(tmp_path / "cfg.txt", Site()))
    assert "failed" not in found.values()
    assert {found[name] for name in SETTINGS | DIALLING} == {"unknown"}


@pytest.mark.parametrize("name", ["expert-script.txt", "excerpt.txt", "commands.txt"])
def test_evidence_without_objects_passes_nothing(name):
    for site in (Site(), site_of()):
        found = statuses(judge(read_files(EVIDENCE / name, site, None), site))
        assert "passed" not in found.values()
