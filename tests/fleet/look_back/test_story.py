"""A story of nights: how each PBX stands after each, and what its history says in the end."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.look_back.fleet_status import status_of
from auditor.fleet.look_back.pbx_history import history_of
from auditor.fleet.store.queries import change_queries
from auditor.fleet.store.queries.current_state import overview
from tests.fixtures import fleet_story as told

STORY = tomllib.loads(Path(__file__).with_name("story.toml").read_text("utf-8"))
PBXS = ("alpen-graz", "alpen-wien", "city-linz", "city-steyr", "city-enns")
CONTROLS = {
    "passed": told.passed,
    "failed": told.failed,
    "unknown": told.unknown,
    "waived": told.waived,
}


def meant(word):
    return [CONTROLS[word]()] if word in CONTROLS else AuditEnding(word)


def status(history, inventory, now):
    with history.reading() as connection:
        return status_of(inventory, overview(connection), history.last_run(), Calendar(now))


def tell(story, nights):
    for night in nights:
        story.night({pbx: meant(word) for pbx, word in night["pbxs"].items()})


@pytest.fixture
def inventory(listed):
    listed(*PBXS)
    return read_inventory(Path("fleet.toml"))


@pytest.fixture(autouse=True)
def at_home(folder, monkeypatch):
    monkeypatch.chdir(folder.path)


@pytest.mark.parametrize("number", range(1, len(STORY["night"]) + 1))
def test_each_night(story, inventory, number):
    tell(story, STORY["night"][:number])
    expected = STORY["night"][number - 1]
    now = story.moment(number) + timedelta(minutes=1)
    found = {one.pbx: one for one in status(story.history, inventory, now).document.pbxs}
    assert {pbx: found[pbx].state for pbx in expected["state"]} == expected["state"]
    for what in ("new", "fixed", "reopened"):
        stated = expected.get(what, {})
        assert {pbx: getattr(found[pbx], what) for pbx in stated} == stated


@pytest.mark.parametrize("pbx", STORY["history"])
def test_history(story, inventory, pbx):  # noqa: ARG001 -- the tenants
    tell(story, STORY["night"])
    with story.history.reading() as connection:
        changes = change_queries.changes_of(connection, pbx)
        found = history_of(pbx, "", changes, change_queries.audits_of(connection, pbx), "HD-01")
    expected = STORY["history"][pbx]
    (finding,) = [one for one in found.findings if one.subject.name == "anna"]
    for what in ("first_seen", "last_seen", "fixed", "reopened"):
        when = getattr(finding, what)
        assert (when and when.run) == expected.get(what), what
        assert when is None or when.day == story.day(when.run)
    assert finding.standing == expected["standing"]
    if "causes" in expected:
        assert [one.cause for one in found.changes if one.key] == expected["causes"]


def test_the_worst_is_first_and_each_has_a_line(console, story, inventory):  # noqa: ARG001
    tell(story, STORY["night"][:3])
    day = story.day(3).isoformat()
    document = json.loads(console("fleet", "status", "--format", "json", "--today", day).out)
    order = [one["pbx"] for one in document["pbxs"]]
    assert order == ["city-linz", "city-enns", "alpen-graz", "city-steyr", "alpen-wien"]
    lines = console("fleet", "status", "--today", day).out.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == order
