"""What an administrator changes, what is refused, and what survives a reset."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from urllib.parse import quote

import pytest

from auditor.pbx import crypt

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
BOX = "/CMD0/box_info.xml"
RESET = "/CMD0/mod_cmd.xml?cmd=reset&xsl=reset.xsl&reset=OK"


def run(client, line):
    reply = client.ask(f"/!{quote(line)}")
    assert reply.status == 200
    return reply.text


def lines(client):
    return client.ask("/cfg.txt").text.split("\r\n")


def reset_required(client):
    return re.search('reset-required="([^"]*)"', client.ask(BOX).text)[1]


def inner(reply):
    assert reply.status == 200
    return ET.fromstring(reply.body)[0][0].findtext("return")  # noqa: S314


def named(server, h323):
    return server.pbx.index["h323", h323]


def clear(server, h323):
    one = named(server, h323)
    return one.password and crypt.decrypt(server.pbx.key, one.password).decode()


def test_a_changed_line_is_pending_then_active_and_asks_for_a_reset(as_admin):
    assert run(as_admin, "config change PBX0 /sim-regs-without-pwd 0") == "ok\r\n"
    assert "config change PBX0 /sim-regs-without-pwd 0" in lines(as_admin)
    assert reset_required(as_admin) == "false"
    run(as_admin, "config write")
    run(as_admin, "config activate")
    assert reset_required(as_admin) == "true"
    assert 'reset="true"' in as_admin.ask(RESET).text
    assert reset_required(as_admin) == "false"
    assert "config change PBX0 /sim-regs-without-pwd 0" in lines(as_admin)


def test_what_was_not_saved_is_lost_by_a_reset(as_admin):
    before = lines(as_admin)
    run(as_admin, "config change PBX0 /sim-regs-without-pwd 0")
    run(as_admin, "config activate")
    as_admin.ask(RESET)
    stable = [line for line in before if line.startswith("config change PBX0")]
    assert stable == [line for line in lines(as_admin) if line.startswith("config change PBX0")]


def test_change_replaces_a_line_and_add_and_rem_its_arguments(server, as_admin):
    run(as_admin, "config change RELAY0 SIP1 /disabled /name a%20b")
    run(as_admin, "config add RELAY0 SIP1 /trace on")
    assert "config change RELAY0 SIP1 /disabled /name a%20b /trace on" in lines(as_admin)
    run(as_admin, "config rem RELAY0 SIP1 /disabled /name")
    assert "config change RELAY0 SIP1 /trace on" in lines(as_admin)
    run(as_admin, "config change RELAY0 SIP9 /disabled")
    assert "config change RELAY0 SIP9 /disabled" in lines(as_admin)
    assert server.writes == 4


@pytest.mark.parametrize("line", ["config change NOPE0 /a b", "config frob", "config change"])
def test_an_unknown_command_or_module_changes_nothing(server, as_admin, line):
    before = server.state.settings
    assert run(as_admin, line) == "?\r\n"
    assert server.state.settings == before
    assert server.writes == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/!reset"), ("PUT", "/cfg.txt"), ("GET", "/SNMP0/mod_cmd.xml?cmd=form&save=OK")],
)
def test_other_writes_are_refused_to_administrators_too(server, as_admin, method, path):
    assert as_admin.ask(path, method).status == 403
    assert server.writes == 1


def test_an_object_is_submitted_by_get_post_and_command_line(server, as_admin):
    form = "cmd=submit-object&cn=Eins&h323=eins&e164=801&dev1.hw=0090334a9901&dev1.text=IP222"
    assert 'state="ok"' in as_admin.ask(SHOW, "POST", f"{form}&pwd=geheim&config=Config User").text
    run(as_admin, "mod cmd PBX0/ADMIN submit-object /cn Zwei Drei /h323 zwei /e164 802")
    one = named(server, "eins")
    assert one.attributes == {"config": "Config User"}
    assert [child.attributes["hw"] for child in one.children] == ["0090334a9901"]
    assert clear(server, "eins") == "geheim"
    assert named(server, "zwei").cn == "Zwei Drei"
    assert "(cn=Eins)" in as_admin.ask("/cfg.txt").text


def test_an_existing_object_is_submitted_by_guid_or_name(server, as_admin):
    one = named(server, "p.krause")
    before = clear(server, "p.krause")
    query = f"cmd=submit-object&guid={one.guid}&dn=Peter&pwd=********"
    assert 'state="ok"' in as_admin.ask(f"{SHOW}?{query}").text
    assert named(server, "p.krause").attributes["dn"] == "Peter"
    assert clear(server, "p.krause") == before
    query = f"cmd=submit-object&guid=*&cn={quote('Krause, Peter')}&dn="
    assert 'state="ok"' in as_admin.ask(f"{SHOW}?{query}").text
    assert "dn" not in named(server, "p.krause").attributes
    assert named(server, "p.krause").children == one.children


@pytest.mark.parametrize(
    "query",
    [
        "guid=00&cn=X",
        "guid=*&cn=Nobody",
        "h323=x",
        "cn=X&h323=x&pwd=a&pwd1=b",
        "guid=*&cn=_ADMIN_&pwd=x",
    ],
)
def test_a_form_that_makes_no_sense_is_an_error(server, as_admin, query):
    before = server.pbx
    assert 'error="' in as_admin.ask(f"{SHOW}?cmd=submit-object&{query}").text
    assert server.pbx is before


def test_modify_takes_what_show_gave(server, as_admin):
    password = clear(server, "hot-desk-base")
    shown = inner(as_admin.admin('<show><user cn="Hot Desk Base" config="true"/></show>'))
    user = re.search("<user.*</user>", shown)[0]
    before = named(server, "hot-desk-base")
    assert inner(as_admin.admin(f"<modify>{user}</modify>")) == "<ok/>"
    assert named(server, "hot-desk-base") == before
    assert clear(server, "hot-desk-base") == password


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ('pwd="********"', "hotdesk1"),
        ('pwd="neues"', "neues"),
        ("", None),
    ],
)
def test_modify_sets_keeps_or_removes_a_password(server, as_admin, secret, expected):
    guid = named(server, "p.krause").guid
    user = f'<user guid="{guid}" cn="Krause" h323="p.krause" e164="214" {secret}/>'
    assert "<ok/>" in inner(as_admin.admin(f"<modify>{user}</modify>"))
    assert clear(server, "p.krause") == expected
    assert named(server, "p.krause").children == ()


def test_modify_sets_an_encrypted_password(server, as_admin):
    field = crypt.encrypt(server.pbx.key, "verschlüsselt").hex()
    guid = named(server, "p.krause").guid
    user = f'<user guid="{guid}" cn="K" h323="p.krause" pwd="********" pwdx="{field}"/>'
    assert "<ok/>" in inner(as_admin.admin(f"<modify>{user}</modify>"))
    assert clear(server, "p.krause") == "verschlüsselt"
    wrong = user.replace(field, "xyz")
    assert "<error" in inner(as_admin.admin(f"<modify>{wrong}</modify>"))


def test_the_admin_object_keeps_its_password(server, as_admin):
    pwd, key = server.pbx.admin.password.hex(), server.pbx.admin_key.hex()
    user = f'<user cn="_ADMIN_" h323="pbx-admin" pwd="{pwd}" key="{key}"><filter name="x"/></user>'
    assert "<ok/>" in inner(as_admin.admin(f"<modify>{user}</modify>"))
    assert [child.attributes for child in server.pbx.admin.children] == [{"name": "x"}]
    assert server.pbx.admin.password.hex() == pwd
    assert "<error" in inner(as_admin.admin(f"<modify>{user.replace(pwd, 'new')}</modify>"))


def test_add_creates_and_refuses_what_is_there(server, as_admin):
    user = '<user cn="Neu" h323="neu" e164="900"><device hw="x" text="y"/></user>'
    assert "<ok/>" in inner(as_admin.admin(f"<add>{user}</add>"))
    assert named(server, "neu").names == {
        "cn": "Neu", "h323": "neu", "e164": "900", "node": "root", "loc": "master"
    }  # fmt: skip
    assert "<error" in inner(as_admin.admin(f"<add>{user}</add>"))
    assert "<error" in inner(as_admin.admin('<add><user guid="1" cn="Z"/></add>'))
    assert "<error" in inner(as_admin.admin("<modify><user cn='Nobody'/></modify>"))


def test_elements_are_added_and_removed(server, as_admin):
    part = '<user cn="Krause, Peter"><cd type="cfu"><ep e164="22"/></cd></user>'
    before = named(server, "p.krause").children
    for count in (1, 2):
        assert "<ok/>" in inner(as_admin.admin(f"<add-attrib>{part}</add-attrib>"))
        assert len(named(server, "p.krause").children) == len(before) + count
    for _ in range(2):
        assert "<ok/>" in inner(as_admin.admin(f"<del-attrib>{part}</del-attrib>"))
        assert named(server, "p.krause").children == before
    assert server.writes == 4


def test_a_replica_refuses_to_change_objects(serve, connect):
    server = serve(replica=True)
    before = server.pbx.objects
    client = connect(server, "admin")
    assert 'error="' in client.ask(f"{SHOW}?cmd=submit-object&cn=X&h323=x").text
    assert "<error" in inner(client.admin('<add><user cn="X"/></add>'))
    assert server.pbx.objects == before
    assert run(client, "config write") == "ok\r\n"
    assert server.writes == 3


def test_a_deletion_is_refused_because_its_name_is_not_known(server, as_admin):
    assert as_admin.admin('<delete><user cn="Temp"/></delete>').status == 403
    assert server.writes == 1
