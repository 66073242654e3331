"""`PbxAdminApi`: every answer is compared with what the pages and SOAP of the same PBX say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.simulator import responses
from auditor.simulator.element import Element
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.sockets.trains import of_train

WITH_JSON = ("13r3", "14r1", "14r2", "15r1", "16r1")
WITH_XML = ("13r1", "13r2")


def made(kind, name, e164="", node="root"):
    names = {"cn": name, "h323": name.lower(), "e164": e164, "node": node, "loc": "master"}
    guid = name.encode().hex().ljust(32, "0")[:32]
    return SimulatedObject(guid, names, {}, (Element("pseudo", {"type": kind}),))


def with_objects(pbx, *more):
    return replace(pbx, objects=(*pbx.objects, *more))


def pages(client, mt, listed, cursor, **fields):
    """Yield the pages of a list until its end as the vendor describes it."""
    position: dict[str, str] = {}
    while True:
        answer = client.admin(mt, **fields, **position)
        yield answer[listed]
        if cursor == "more":
            if "more" not in answer:
                return
            position = {"more": answer["more"]}
        else:
            if not answer[listed]:
                return
            last = answer[listed][-1]
            position = {cursor: last["name"] if cursor == "last" else last["cn"]}


def test_templates_and_their_parents_by_pages(log_in, pbx):
    more = [made("config", f"Vorlage {number:03}") for number in range(120)]
    client, _ = log_in(with_objects(pbx, *more))
    found = list(pages(client, "GetConfigObjects", "objects", "more", limit=50))
    assert [len(page) for page in found] == [50, 50, 23]
    parents = {one["cn"]: one["config"] for page in found for one in page}
    assert parents["Config Admin"] == parents["Hot Desk Base Template"] == ["Config User"]
    assert parents["Config User"] == []
    assert list(parents) == client.admin("GetConfigs")["configs"]


@pytest.mark.parametrize("limit", [{}, {"limit": 51}, {"limit": 0}, {"limit": "9"}])
def test_a_page_of_templates_is_never_longer_than_fifty(log_in, pbx, limit):
    client, _ = log_in(with_objects(pbx, *(made("config", f"V{n:03}") for n in range(60))))
    assert len(client.admin("GetConfigObjects", **limit)["objects"]) == 50


@pytest.mark.parametrize("train", WITH_XML)
def test_up_to_13r2_all_templates_come_at_once(log_in, pbx, train):
    many = with_objects(pbx, *(made("config", f"V{n:03}") for n in range(60)))
    client, _ = log_in(of_train(many, train))
    answer = client.admin("GetConfigObjects", limit=10)
    assert len(answer["objects"]) == 63
    assert "more" not in answer


@pytest.mark.parametrize("limit", [1, 7, 20])
def test_users_are_searched_by_pages(log_in, pbx, limit):
    client, _ = log_in(pbx)
    each = list(pages(client, "SearchUsers", "user", "cn", limit=limit))
    assert all(len(page) <= limit for page in each)
    found = [one for page in each for one in page]
    expected = [one.cn for one in pbx.ordered("cn") if not one.kind and one is not pbx.admin]
    assert [one["cn"] for one in found] == expected
    assert {frozenset(one) for one in found} == {frozenset({"cn", "dn", "guid", "h323"})}


def test_a_search_may_include_its_match(log_in, pbx):
    client, _ = log_in(pbx)
    name = "Krause, Peter"
    assert client.admin("SearchUsers", cn=name, includeMatch=True)["user"][0]["cn"] == name
    assert client.admin("SearchUsers", cn=name)["user"][0]["cn"] != name


def test_nodes_and_booleans_by_pages(log_in, pbx):
    nodes = [made("node", f"Node {number:03}") for number in range(250)]
    booleans = [made("bool", f"Bool {number:03}") for number in range(201)]
    client, _ = log_in(with_objects(pbx, *nodes, *booleans))
    found = list(pages(client, "GetNodes", "nodes", "last", limit=200))
    assert [len(page) for page in found] == [200, 51, 0]
    assert {"name": "master", "node": "root", "loc": "master"} in found[0]
    found = list(pages(client, "GetBooleans", "booleans", "last"))
    assert [len(page) for page in found] == [200, 1, 0]
    assert found[0][0]["on"] is False
    assert found[0][0]["reason"] == "undefined"


def test_filters_groups_and_types_are_those_of_the_configuration(log_in, pbx):
    client, server = log_in(pbx)
    assert client.admin("GetFilters")["filter"] == ["intern", "normal"]
    groups = client.admin("GetGroups")["groups"]
    assert "Vertrieb" in groups
    members = client.admin("GetGroup", grp="Vertrieb")["member"]
    assert {"Warteschlange Vertrieb", "Bäcker, Sören"} <= {one["cn"] for one in members}
    for kind in ("trunk", "app", "config", "waiting", "map", "gw", "loc"):
        found = client.admin("GetPseudoObjects", pseudo=kind)["objects"]
        expected = {one.guid for one in server.pbx.objects if one.kind == kind}
        assert {one["guid"] for one in found} == expected


def test_a_group_has_at_most_64_members(log_in, pbx):
    row = Element("grp", {"name": "Alle", "mode": "active"})
    users = [replace(one, children=(*one.children, row)) for one in pbx.objects]
    more = [replace(made("", f"U{number}"), children=(row,)) for number in range(60)]
    client, _ = log_in(replace(pbx, objects=(*users, *more)))
    assert len(client.admin("GetGroup", grp="Alle")["member"]) == 64


def test_apps_are_listed_by_the_head_of_their_address(log_in, pbx):
    client, _ = log_in(pbx)
    every = client.admin("GetAppObjects")["objects"]
    assert {one["app"] for one in every} == {"devices", "users", "pbxmanager", "pbx-auditor"}
    assert {one["app"] for one in every if one["connected"]} == {"devices", "users", "pbxmanager"}
    assert all("pseudo" not in one for one in every)
    head = "https://ap.example.com/example.com/devices/"
    found = client.admin("GetAppObjects", uri=head, pseudo=True)["objects"]
    assert [one["app"] for one in found] == ["devices"]
    assert found[0]["pseudo"].startswith('<pseudo type="app"><app url="https://ap.example.com/')


def by_page(pbx, one, *, templates):
    """Return the attributes and rows that SOAP `Admin` shows for an object."""
    shown = responses.whole(pbx, one, templates=templates)
    return {**shown.attributes}, [child for child in shown.children if child.tag != "pseudo"]


@pytest.mark.parametrize("config", ["insecure", "hardened"])
@pytest.mark.parametrize("template", ["with", "without"])
def test_every_object_is_what_soap_shows(log_in, config, template):
    pbx = SimulatedPbx.create(config, "pbx-secret", seed=7)
    client, _ = log_in(pbx)
    for one in pbx.objects:
        answer = client.admin("GetObject", guid=one.guid, template=template)
        shown, rows = by_page(pbx, one, templates=template == "with")
        secrets = {name: shown.pop(name, None) for name in ("pwd", "pwdx")}
        for name, text in shown.items():
            assert answer[name] == {"true": True, "false": False}.get(text, text), (one.cn, name)
        named = {"allow": "allows", "cd": "cds", "device": "devices", "fork": "forks", "grp": "grp"}
        for tag, field in named.items():
            expected = [row for row in rows if row.tag == tag]
            assert [row.get("hw") for row in answer.get(field, [])] == [
                row.attributes.get("hw") for row in expected
            ]
        assert answer.get("pseudo", {"type": ""})["type"] == one.kind
        assert not {"pwd", "pwdx", "copyPwd", "key"} & set(answer)
        assert not secrets["pwdx"] or secrets["pwdx"] not in json.dumps(answer)


def test_rows_and_kinds_have_the_documented_form(log_in, pbx):
    client, _ = log_in(pbx)
    base = client.admin("GetObject", h323="hot-desk-base", template="without")
    expected = {"hw": "hot-desk-base", "text": "Hot Desk", "no-filter": True, "trusted": True}
    assert base["devices"] == [expected]
    manager = client.admin("GetObject", cn="PBX Manager", template="without")
    assert manager["pseudo"]["app"] == {
        "url": "https://ap.example.com/example.com/pbxmanager/innovaphone-pbxmanager",
        "websocket": True,
        "admin": True,
        "services": True,
    }
    fax = client.admin("GetObject", cn="Fax Einkauf", template="without")
    assert fax["pseudo"] == {"type": "map", "match": {"dest": {"e164": "390"}}}
    admin = client.admin("GetObject", cn="Config Admin", template="without")
    assert admin["pseudo"] == {"type": "config"}  # what the simulator made up is not told


def test_a_diversion_lists_its_ends(log_in, hardened):
    client, _ = log_in(hardened)
    answer = client.admin("GetObject", h323="h.schroeder", template="without")
    assert answer["cds"] == [{"type": "cfnr", "ep": [{"e164": "205"}]}]


def test_kinds_that_repeat_an_element_have_a_list(log_in, pbx):
    inner = (Element("match", {"a": "1"}), Element("match", {"a": "2"}), Element("match", {}))
    one = replace(made("map", "Drei"), children=(Element("pseudo", {"type": "map"}, inner),))
    client, _ = log_in(with_objects(pbx, one))
    answer = client.admin("GetObject", cn="Drei", template="without")
    assert answer["pseudo"] == {"type": "map", "match": [{"a": "1"}, {"a": "2"}, {}]}


def test_properties_limit_what_is_told(log_in, pbx):
    client, _ = log_in(pbx)
    answer = client.admin("GetObject", h323="temp", template="with", properties=["guid", "filter"])
    assert {**answer, "guid": "x"} == {
        "api": "PbxAdminApi",
        "mt": "GetObjectResult",
        "src": "s-GetObject",
        "guid": "x",
        "filter": "intern",
    }


@pytest.mark.parametrize("names", [{"cn": "Nobody"}, {}, {"guid": "0"}, {"cn": 7}])
def test_no_object_is_an_answer_without_guid(log_in, pbx, names):
    client, _ = log_in(pbx)
    answer = client.admin("GetObject", template="without", **names)
    assert set(answer) == {"api", "mt", "src"}


def test_of_several_names_the_guid_counts_first(log_in, pbx):
    client, _ = log_in(pbx)
    guid = pbx.index["cn", "Temp"].guid
    answer = client.admin("GetObject", guid=guid, cn="Krause, Peter", h323="p.krause")
    assert answer["cn"] == "Temp"


@pytest.mark.parametrize("train", WITH_XML)
def test_up_to_13r2_what_is_inside_is_xml_and_the_choices_are_none(log_in, pbx, train):
    client, _ = log_in(of_train(pbx, train))
    answer = client.admin("GetObject", cn="PBX Manager", template="with", properties=["guid"])
    assert answer["pseudo"].startswith('<pseudo type="app"><app url="')
    assert answer["pwd"]  # the vendor's table of 13r1 and 13r2 has it
    answer = client.admin("GetObject", cn="Temp", template="with", properties=["guid"])
    assert answer["config"] == "Hot Desk Base Template"
    assert "filter" not in answer  # its own values only
    base = client.admin("GetObject", cn="Hot Desk Base")
    assert base["devices"].startswith('<device hw="hot-desk-base"')
    assert "admin" not in client.admin("GetObject", cn="Config Admin")


@pytest.mark.parametrize(
    ("mt", "since"),
    [
        ("GetLocation", "13r2"),
        ("GetPbxLicenses", "13r2"),
        ("GetNormalizedNumber", "13r2"),
        ("GetAppLics", "13r1"),
    ],
)
@pytest.mark.parametrize("train", [*WITH_XML, *WITH_JSON])
def test_messages_that_a_train_does_not_know_are_silence(log_in, pbx, mt, since, train):
    client, _ = log_in(of_train(pbx, train))
    message = {"api": "PbxAdminApi", "mt": mt, "src": "t", "loc": "master", "cn": "Temp"}
    if train < since:
        assert client.is_silent(**message)
    else:
        assert client.ask(**message)["mt"] == f"{mt}Result"


def test_an_object_is_found_by_h323_since_13r2(log_in, pbx):
    client, _ = log_in(of_train(pbx, "13r1"))
    assert "guid" not in client.admin("GetObject", h323="temp")
    client, _ = log_in(of_train(pbx, "13r2"))
    assert client.admin("GetObject", h323="temp")["cn"] == "Temp"


def test_the_pbx_tells_where_and_what_it_is(log_in, pbx):
    client, _ = log_in(pbx)
    assert client.admin("GetPbxConfig")["loc"] == "master"
    where = client.admin("GetLocation", loc="master")
    assert (where["module"], where["addr"]) == ("PBX0", "10.30.0.10")
    assert client.admin("MonitorConfig")["mt"] == "MonitorConfigResult"
    told = client.receive()
    assert (told["mt"], told["src"]) == ("MonitorConfigInfo", "s-MonitorConfig")
    assert (told["domain"], told["pbx"], told["ip4"]) == ("example.com", "master", "10.30.0.10")
    assert client.admin("MonitorConfig", stop=True)["mt"] == "MonitorConfigResult"
    assert client.is_silent(mt="AnotherSilence")


def test_reverse_proxies_are_those_of_the_configuration(log_in, pbx, hardened):
    client, _ = log_in(pbx)
    proxies = client.admin("GetRPs")
    assert proxies["hw"] == pbx.box.serial
    assert proxies["rp"] == [{"addr": "10.30.0.10", "cert": pbx.box.serial, "cert2": ""}]
    client, _ = log_in(hardened)
    proxies = client.admin("GetRPs")
    assert proxies["rp"] == [{"addr": "10.20.0.40", "cert": "0090334107d0", "cert2": ""}]
    regs = client.admin("GetRegs", cn="Grünwald, Sabine")
    assert regs["regs"][1] == {"hw": "0090334a1107", "addr": "10.20.0.40"}
    assert regs["regs"][0]["hw"] == "s.gruenwald"
    assert regs["regs"][0]["addr"].startswith("10.20.")
    assert regs["regs"][0]["addr"] != "10.20.0.40"


def test_registrations_are_those_of_the_page(log_in, pbx):
    client, _ = log_in(pbx)
    for one in pbx.objects:
        answer = client.admin("GetRegs", guid=one.guid)
        page = responses.registrations(pbx, one.cn)
        assert [row["hw"] for row in answer["regs"]] == [row.attributes["hw"] for row in page]
    assert client.is_silent(api="PbxAdminApi", mt="GetRegs", cn="Nobody", src="x")


def test_media_servers_are_those_of_the_configuration(log_in, pbx, hardened):
    client, _ = log_in(pbx)
    found = client.admin("GetStun")
    assert (found["turn"], found["turnUsr"], found["turnPwd"]) == ("10.30.0.10", "turn", "")
    client, _ = log_in(hardened)
    assert client.admin("GetStun")["turn"] == ""


def test_licences_are_those_of_the_page(log_in, pbx):
    client, _ = log_in(pbx)
    for mt in ("GetPbxLicenses", "GetAppLics"):
        rows = client.admin(mt)["lic"]
        assert [(row["name"], row["count"], row["used"]) for row in rows] == [
            (row["name"], row["count"], row["used"]) for row in pbx.licences
        ]
        assert all(isinstance(value, str) for row in rows for value in row.values())
    client, _ = log_in(pbx, test_mode=True)
    assert "lic" not in client.admin("GetPbxLicenses")


def test_a_normalized_number_has_the_prefixes_of_its_nodes(log_in, pbx):
    nodes = (made("node", "Haus", "7"), made("node", "Etage", "8", "Haus"))
    user = made("", "Tief", "42", "Etage")
    client, _ = log_in(with_objects(pbx, *nodes, user))
    assert client.admin("GetNormalizedNumber", cn="Tief")["number"] == "7842"
    assert client.admin("GetNormalizedNumber", cn="Temp")["number"] == "191"
    assert client.is_silent(api="PbxAdminApi", mt="GetNormalizedNumber", cn="Nobody", src="x")


@pytest.mark.parametrize("mt", ["UpdateObject", "DeleteObject"])
def test_writes_are_answered_and_counted_and_change_nothing(log_in, pbx, mt):
    client, server = log_in(pbx)
    before = server.pbx
    answer = client.admin(mt, guid=pbx.index["cn", "Temp"].guid, hide=True)
    assert answer["mt"] == f"{mt}Result"
    assert answer["error"]
    assert (server.writes, server.pbx) == (1, before)
    client, server = log_in(pbx, rights=("tableusers",))
    assert client.is_silent(api="PbxAdminApi", mt=mt, guid="x", src="y")
    assert server.writes == 1


def test_nothing_is_written_by_reading(log_in, pbx):
    client, server = log_in(pbx)
    for mt in ("GetPbxConfig", "GetConfigs", "GetRPs", "GetStun", "GetNodes", "GetBooleans"):
        client.admin(mt)
    assert server.writes == 0
