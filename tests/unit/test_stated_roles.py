"""What the site file states about hot desking, where the evidence shows something else."""

from __future__ import annotations

import pytest

from auditor.model.site import Site
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import item, judge, text, write

BASE = item("<user/>", cn="Hot Desk Base", h323="hot-desk-base")
MIA = item('<user><device hw="m.mueller"/></user>', cn="Mia Müller", h323="m.mueller")
DESK = item('<user><device hw="0090334a1101"/></user>', cn="Mia Müller", h323="m.mueller")
# Every control that looks at base users, and nothing but them or others that are not here.
OF_BASE_USERS = (
    *("HD-01", "HD-05", "HD-06", "HD-08", "HD-09", "HD-12", "HD-13", "HD-14"),
    *("HD-04", "HD-11", "HD-15", "TRK-08"),
)


def statuses(folder, site, *lines):
    head = "# 13r3 service-release-12 IP411[13.5202], Bootcode[1], HW[3]"
    path = write(folder, {"cfg.txt": text(head, *lines)}) / "cfg.txt"
    objects = sum("add-item" in line for line in lines)
    target = {"objects": objects} if objects else {}
    site = Site.model_validate({"hot_desk": site, "target": target})
    outcome = judge(read_files(path, site, None), site, (*OF_BASE_USERS, "HD-07", "HD-10"))
    return {result.rule.id: result.status.value for result in outcome.results}


@pytest.mark.parametrize(
    "found",
    [
        BASE,
        item("<user/>", cn="x", h323="HOT-DESK-BASE"),
        item("<user/>", cn="x", h323="hot-desk-base "),
        item("<user/>", cn="Hot Desk Base", h323="lobby"),
        item("<user/>", cn="HOT DESK base"),
        "config add PHONE SIG /h323 hot-desk-base /gk-pwd kX7vQm2RtZp9Lw4HsB",
    ],
)
@pytest.mark.parametrize("stated", [[], ["lobby-phone"]])
def test_who_has_the_default_name_is_not_left_out_by_a_list(tmp_path, stated, found):
    lobby = item("<user/>", cn="Lobby Phone", h323="lobby-phone")
    shown = statuses(tmp_path, {"base_users": stated}, found, lobby)
    assert {shown[name] for name in OF_BASE_USERS} <= {"unknown", "failed"}
    if not stated:
        assert {shown[name] for name in OF_BASE_USERS} == {"unknown"}


@pytest.mark.parametrize("stated", [["hot-desk-base"], ["Hot-Desk-Base"], [" hot-desk-base "]])
def test_case_and_blanks_of_a_list_do_not_count(tmp_path, stated):
    shown = statuses(tmp_path, {"base_users": stated}, BASE)
    assert shown["HD-04"] == "failed"
    assert shown["HD-10"] == "passed"


def test_a_template_of_the_default_name_is_no_base_user(tmp_path):
    template = item('<user><pseudo type="config"/></user>', cn="Hot Desk Base")
    shown = statuses(tmp_path, {"base_users": []}, template)
    assert {shown[name] for name in ("HD-12", "HD-13")} == {"not-applicable"}


@pytest.mark.parametrize("name", ["temp", "TEMP", "temp "])
@pytest.mark.parametrize("stated", [None, [], ["rollout"]])
def test_the_temporary_user_of_the_tutorial_always_counts(tmp_path, stated, name):
    shown = statuses(tmp_path, {"temporary_users": stated}, item("<user/>", cn="T", h323=name))
    assert shown["HD-10"] == "failed"


@pytest.mark.parametrize(
    ("stated", "line", "status"),
    [
        ([], MIA, "unknown"),
        ([], MIA.replace('hw="m.mueller"', 'hw="M.Mueller"'), "unknown"),
        ([], DESK, "not-applicable"),
        ([" M.MUELLER "], MIA, "passed"),
        (["m.mueller"], DESK, "failed"),
    ],
)
def test_that_nobody_shares_a_phone_is_in_doubt_if_somebody_could(tmp_path, stated, line, status):
    assert statuses(tmp_path, {"users": stated}, line)["HD-07"] == status
