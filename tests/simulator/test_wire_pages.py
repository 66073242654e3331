"""Wire facts 7 to 12: the pages that existing clients read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.parse import quote

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"


def root_of(reply):
    assert reply.status == 200
    return ET.fromstring(reply.body)  # noqa: S314


def test_fact_07_the_list_holds_users_only_and_the_first_guid_is_the_first_match(client, pbx):
    root = root_of(client.ask(f"{SHOW}?cmd=show&user=*"))
    assert {child.tag for child in root} == {"user"}
    raw = client.ask(f"{SHOW}?cmd=show&user=*&search=p.krause").text
    found = re.search(r'guid="([0-9a-f]*)"', raw)[1]
    assert pbx.index["guid", found].names["h323"] == "p.krause"
    assert "='" not in raw


def test_fact_07_a_licence_that_is_missing_is_marked_in_the_answer_per_guid(serve, connect):
    server = serve(unlicensed=frozenset({"hot-desk-base"}))
    one = server.pbx.index["h323", "hot-desk-base"]
    client = connect(server)
    (user,) = root_of(client.ask(f"{SHOW}?cmd=show&user-guid={one.guid}"))
    assert (user.get("uclic"), user.get("uc-unlicensed")) == ("true", "true")
    other = server.pbx.index["h323", "p.krause"]
    assert "unlicensed" not in client.ask(f"{SHOW}?cmd=show&user-guid={other.guid}").text


def test_fact_08_the_bare_page_has_licences_and_a_number_in_every_info(client):
    root = root_of(client.ask(SHOW))
    assert all(set(lic.attrib) >= {"name", "count", "used"} for lic in root.findall("lic"))
    assert root.findall("lic")
    assert all(info.get("cmd-lics-time").isdecimal() for info in root.iter("info"))


def test_fact_09_counters(client):
    page = "/LOG0/CNT/mod_cmd.xml"
    rows = {row.get("n"): row.get("x") for row in root_of(client.ask(f"{page}?cmd=xml-counts"))}
    assert set(rows) == {"CPU", "MEM", "TEMP"}
    for x in rows.values():
        for more, hours in (("", 24), ("&pos=23", 1)):
            root = root_of(client.ask(f"{page}?cmd=xml-count&x={x}{more}"))
            assert root.tag == "info"
            assert int(root.get("s"))
            assert [len(hour.findall("m")) for hour in root.findall("h")] == [60] * hours
            assert all(int(minute.get("c")) >= 0 for minute in root.iter("m"))
    assert client.ask(f"{page}?cmd=xml-count&x=9").body == b"?\r\n"


def test_fact_10_an_isdn_interface(client):
    root = root_of(client.ask("/PRI1/mod_cmd.xml"))
    assert (root.get("link"), root.get("physical")) == ("Up", "Up")
    states = [channel.get("state") for channel in root.findall("ch")]
    assert len(states) == 31
    assert states[15] != "Idle"
    assert (states.count("Idle"), len(states) - 1) == (8, 30)


def test_fact_11_registrations_and_alarms(client):
    text = client.ask(f"{SHOW}?cmd=show&reg={quote('Krause, Peter')}").text
    assert re.search(r'<reg cn="[^"]*" pwd="', text)
    assert "<reg" not in client.ask(f"{SHOW}?cmd=show&reg=nobody").text
    alarms = client.ask("/LOG0/FAULT/mod_cmd.xml?cmd=xml-alarms").text
    assert re.search(r'type="alarm" severity="\d+" time="[^"]+".*text>[^<]+<', alarms)
    assert not list(root_of(client.ask("/LOG0/FAULT/mod_cmd.xml?cmd=xml-faults")))


def test_fact_12_an_importer_creates_and_joins_by_get(server, as_admin):
    new = f"{SHOW}?cmd=submit-object&cn=Neu%20%26%20Co&h323=neu&e164=777&pwd=secret&pwd1=secret"
    assert 'state="ok"' in as_admin.ask(new).text
    assert 'error="cn is in use"' in as_admin.ask(new.replace("h323=neu", "h323=other")).text
    assert 'error="h323 is in use"' in as_admin.ask(new.replace("cn=Neu", "cn=Alt")).text
    row = as_admin.ask(f"{SHOW}?cmd=show&user=*&search=neu").text
    guid = re.search(r'guid="([0-9a-f]*)"', row)[1]
    join = f"{SHOW}?cmd=submit-groups&guid={guid}loc=&grp-name=A&grp-active=on&grp-dyn=in"
    assert 'state="ok"' in as_admin.ask(f"{join}&grp-name=B&grp-dyn=&save=OK").text
    groups = [child.attributes for child in server.pbx.index["guid", guid].children]
    assert groups == [{"name": "A", "mode": "active", "dyn": "in"}, {"name": "B"}]
    assert 'error="' in as_admin.ask(f"{SHOW}?cmd=submit-groups&guid=00&grp-name=A").text
    assert server.writes == 5
