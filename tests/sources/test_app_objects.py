"""Objects of `GetObject`: what is there, not set, not shown, and what is dropped."""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.model.pbx_object import CONTENT, Device, Diversion
from auditor.sources.live.app_socket.allowed_messages import PROPERTIES
from auditor.sources.parse.app_objects import read_object, strange_fields, without_parents
from auditor.sources.parse.reading import Reading

CANARY = "Zq7-Canary-x1"


def read(**fields):
    answer = {"api": "PbxAdminApi", "mt": "GetObjectResult", "src": "a1", "guid": "0a", **fields}
    return read_object(answer, PROPERTIES, load_dialect("documented"), "/PBX0/APPS/websocket")


def test_own_values():
    one = read(cn="Anna", h323="anna", e164="12", hide=True, filter="intern", config="Sales")
    assert (one.guid, one.cn, one.h323, one.e164, one.kind) == ("0a", "Anna", "anna", "12", "")
    assert one.attributes["hide"] == "true"
    assert one.attributes["filter"] == "intern"
    assert one.templates == ("Sales",)


def test_what_is_not_there_is_not_set():
    one = read(cn="Anna")
    assert all(one.shows(name) for name in ("hide", "filter", "devices", "cds", "config", "pseudo"))
    assert one.devices == ()


def test_what_was_not_asked_for_is_not_shown():
    one = read(cn="Anna", forks=[{"e164": "0123"}], allows=[{"name": "x"}])
    assert not any(one.shows(name) for name in ("forks", "allows", "pwd", "dn", "text"))


def test_tables():
    one = read(
        devices=[{"hw": "anna", "tls": True, "text": "desk"}],
        cds=[{"type": "cfu", "ep": [{"e164": "0123"}], "src": [{"type": "ext"}]}],
    )
    assert one.devices == (Device("anna", "desk", {"tls": "true"}),)
    assert one.diversions == (Diversion("cfu", "0123", "", ""),)


@pytest.mark.parametrize("value", [None, 1, 1.5, "x", {}, [1], [None], [[{}]], [{"hw": None}]])
def test_an_odd_table_is_not_shown(value):
    assert not read(devices=value).shows("devices")


@pytest.mark.parametrize("value", [None, 1, ["x"], {"a": 1}])
def test_an_odd_value_is_not_shown(value):
    one = read(hide=value)
    assert not one.shows("hide")
    assert "hide" not in one.attributes


@pytest.mark.parametrize("value", [None, "x", ["app"], {"app": [1]}])
def test_an_odd_kind_is_not_shown(value):
    one = read(pseudo=value)
    assert not one.shows("pseudo")
    assert not one.shows(CONTENT)


def test_rights_of_an_app():
    one = read(pseudo={"type": "app", "app": {"url": CANARY, "admin": True, "tableusers": False}})
    assert one.kind == "app"
    assert one.rights == {"admin": "true", "tableusers": "false"}
    assert CANARY not in repr(one)


def test_secrets_are_dropped():
    room = {"type": "conference", "m-key": CANARY, "conference": {"m-key": CANARY}}
    assert CANARY not in repr(read(pwd=CANARY, copyPwd=CANARY, pseudo=room))


def test_no_guid_is_no_object():
    answer = {"api": "PbxAdminApi", "mt": "GetObjectResult", "src": "a1"}
    assert read_object(answer, PROPERTIES, load_dialect("documented"), "x") is None


def test_parents_of_a_template_are_not_taken_from_it():
    reading = Reading("/PBX0/APPS/websocket", "app-socket")
    one = read(cn="Base", pseudo={"type": "config"}, config="Sales")
    kept = without_parents(one, {"config": "Sales"}, reading)
    assert not kept.shows("config")
    assert kept.templates == ()
    assert reading.own_parents == {"Base": "Sales"}
    user = read(config="Sales")
    assert without_parents(user, {"config": "Sales"}, reading) is user


@pytest.mark.parametrize("stated", [["Sales"], 7, None])
def test_parents_of_a_template_that_are_no_name_are_open(stated):
    reading = Reading("/PBX0/APPS/websocket", "app-socket")
    one = read(cn="Base", pseudo={"type": "config"}, config=stated)
    without_parents(one, {"config": stated}, reading)
    assert reading.own_parents == {}
    assert reading.disputed_templates == {"Base"}


def test_what_no_document_explains():
    assert strange_fields({"guid": "0a", "pwd": "x", "grp": [], "colour": 1}, PROPERTIES) == [
        "colour"
    ]
