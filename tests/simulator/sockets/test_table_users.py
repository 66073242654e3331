"""`PbxTableUsers`: rows, their form, the end, and the list that a PBX does not survive."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.simulator.element import Element
from auditor.simulator.sockets.object_fields import ROW_COLUMNS
from auditor.simulator.sockets.trains import of_train

API = "PbxTableUsers"


def start(client, columns, src="r", **fields):
    asked: dict[str, dict] = {name: {} for name in columns}
    given = {"add": False, "del": False, "columns": asked, "src": src, **fields}
    return client.ask(api=API, mt="ReplicateStart", **given)


def rows(client, src="r"):
    while "columns" in (answer := client.ask(api=API, mt="ReplicateNext", src=src)):
        assert (answer["mt"], answer["src"]) == ("ReplicateNextResult", src)
        yield answer["columns"]


@pytest.fixture
def client(log_in, pbx):
    return log_in(pbx, rights=("tableusers",))[0]


def test_users_come_row_by_row_with_the_right_alone(client, pbx):
    answer = start(client, ["guid", "h323", "hide", "fax", "no-such-column"])
    assert answer["columns"] == {"guid": {}, "h323": {}, "hide": {}, "fax": {}}
    found = list(rows(client))
    assert {one["guid"] for one in found} == {one.guid for one in pbx.objects if not one.kind}
    assert all(isinstance(one["hide"], bool) and one["fax"] is False for one in found)
    assert "columns" not in client.ask(api=API, mt="ReplicateNext", src="r")


def test_only_the_types_that_are_asked_for(client, pbx):
    start(client, ["guid", "pseudo"], pseudo=["trunk", "config"])
    found = list(rows(client))
    expected = {one.guid for one in pbx.objects if one.kind in {"trunk", "config"}}
    assert {one["guid"] for one in found} == expected
    kinds = {re.match(r'<pseudo type="(\w+)"', one["pseudo"])[1] for one in found}
    assert kinds == {"trunk", "config"}
    assert all("sim-" not in one["pseudo"] for one in found)


def test_users_have_no_kind_and_flags_only_if_they_are_true(client):
    start(client, ["guid", "h323", "cn", "config", "pseudo", "devices", "forks", "grps", "wakeups"])
    found = {one["h323"]: one for one in rows(client)}
    base = found["hot-desk-base"]
    assert "pseudo" not in base
    expected = {"hw": "hot-desk-base", "text": "Hot Desk", "no-filter": True, "trusted": True}
    assert base["devices"] == [expected]
    assert base["forks"] == base["wakeups"] == []
    assert base["config"] == "Hot Desk Base Template"
    assert found["j.doerfler"]["forks"] == [{"e164": "001729876543", "mobility": "Mobility"}]
    assert found["a.albrecht"]["grps"] == [{"name": "Empfang", "mode": "active"}]


def test_a_flag_that_is_false_is_not_sent(log_in, pbx):
    device = Element("device", {"hw": "x", "tls": "false", "trusted": "true"})
    user = replace(pbx.index["h323", "p.krause"], guid="f" * 32, children=(device,))
    user = replace(user, names={**user.names, "cn": "Falsch", "h323": "falsch"})
    client, _ = log_in(replace(pbx, objects=(*pbx.objects, user)))
    start(client, ["guid", "devices"])
    found = {one["guid"]: one["devices"] for one in rows(client)}
    assert found[user.guid] == [{"hw": "x", "trusted": True}]


def test_rows_are_what_objects_have_of_their_own(client):
    start(client, ["guid", "h323", "apps", "allows", "t-allows"])
    found = {one["h323"]: one for one in rows(client)}
    assert "apps" not in found["p.krause"]
    assert found["p.krause"]["allows"] == []
    assert found["p.krause"]["t-allows"] == [
        {"name": "@beispiel.example", "presence": True, "dialog": True}
    ]


def test_a_diversion_is_flat(log_in, hardened):
    client, _ = log_in(hardened)
    start(client, ["guid", "h323", "cds"])
    found = {one["h323"]: one["cds"] for one in rows(client)}
    assert found["h.schroeder"] == [{"type": "cfnr", "e164": "205"}]


def test_two_replications_run_side_by_side(client):
    start(client, ["guid"], "a")
    start(client, ["guid"], "b", pseudo=["trunk"])
    assert len(list(rows(client, "b"))) == 1
    assert len(list(rows(client, "a"))) > 1


@pytest.mark.parametrize(("train", "kinds"), [("13r1", {""}), ("13r2", {"", "trunk"})])
def test_types_are_known_since_13r2(log_in, pbx, train, kinds):
    client, _ = log_in(of_train(pbx, train))
    start(client, ["guid"], pseudo=["", "trunk"])
    found = {one["guid"] for one in rows(client)}
    assert found == {one.guid for one in pbx.objects if one.kind in kinds}


def test_more_than_twenty_types_restart_the_pbx(log_in, dial, pbx):
    client, server = log_in(pbx)
    other = dial(server)
    start(client, ["guid"], pseudo=[f"type{number}" for number in range(20)])
    client.send(
        api=API, mt="ReplicateStart", columns={}, src="x", pseudo=[f"t{n}" for n in range(21)]
    )
    assert client.has_ended()
    assert other.has_ended()
    assert server.sockets.restarts == 1
    assert dial(server).login()["ok"] is True


@pytest.mark.parametrize("columns", [None, [], "guid", 7])
def test_columns_that_are_none_give_empty_rows(client, columns):
    answer = client.ask(api=API, mt="ReplicateStart", columns=columns, src="r")
    assert answer["columns"] == {}
    assert client.ask(api=API, mt="ReplicateNext", src="r")["columns"] == {}


@pytest.mark.parametrize("mt", ["ReplicateAdd", "ReplicateUpdate", "ReplicateDel"])
def test_writes_are_counted(log_in, pbx, mt):
    client, server = log_in(pbx)
    answer = client.ask(api=API, mt=mt, src="r", columns={"guid": "x"})
    assert answer["error"]
    assert server.writes == 1


def test_a_password_comes_only_to_who_asks_for_it(client, pbx):
    start(client, sorted(ROW_COLUMNS - {"pwd"}))
    assert all("pwd" not in one for one in rows(client))
    start(client, ["guid", "pwd"], "again")
    by_guid = {one["guid"]: one.get("pwd") for one in rows(client, "again")}
    user = pbx.index["h323", "p.krause"]
    assert by_guid[user.guid] == user.password.hex()
