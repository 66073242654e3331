from __future__ import annotations

import re
import socket
import xml.etree.ElementTree as ET

import pytest

from auditor.pbx import crypt
from auditor.simulator.server import MAX_BODY_BYTES, SimulatorServer

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
NOISE = (
    r"mod cmd FLASHDIR0 add-item .*\)\(type=.*\(info=.*",
    r"vars create UPDATE/.*",
    r"config change UP1 /.*",
    r"vars create TLS0/TICKET/.*",
)


def root_of(reply):
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
    return ET.fromstring(reply.body)  # noqa: S314


def is_noise(line):
    return any(re.fullmatch(pattern, line) for pattern in NOISE)


def test_it_listens_on_loopback_only(server):
    assert server.url == f"http://127.0.0.1:{server.port}"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_box_info_needs_no_login(client):
    system = root_of(client.send("GET", "/CMD0/box_info.xml")).find("sys")
    assert re.fullmatch(r"[^\[]+\[[^]]+\][^\[]*\[[^]]+\][^\[]*\[[^]]+\].*", system.get("version"))
    assert system.get("serial") == "00903341a55b"


def test_the_configuration_has_one_line_per_command_ending_in_cr_lf(client):
    reply = client.ask("/cfg.txt")
    assert reply.body.endswith(b"\r\n")
    assert reply.body.count(b"\n") == reply.body.count(b"\r\n")
    lines = reply.text.split("\r\n")
    assert re.fullmatch("vars check [0-9a-f]+", lines[0])
    assert lines[1].startswith("# 13r3 service-release-02 IP411[")
    assert lines[2] == "# IP411-41-a5-5b"
    assert "config change CMD0 /name PBX%20K%C3%B6ln" in lines
    assert "config change PBX0 /sim-regs-without-pwd 10" in lines
    assert lines.count("config change ETH0") == 5
    assert any("(cn=Müller, Monika)" in line for line in lines)


def test_two_downloads_differ_in_the_noisy_lines_only(client):
    first, second = (client.ask("/cfg.txt").text.split("\r\n") for _ in range(2))
    assert first != second
    assert [line for line in first if not is_noise(line)] == [
        line for line in second if not is_noise(line)
    ]
    for pattern in NOISE:
        assert any(re.fullmatch(pattern, line) for line in first)


def test_encrypted_variables_do_not_open_with_the_factory_login(client, pbx):
    text = client.ask("/cfg.txt").text
    field = bytes.fromhex(re.search("vars create PBX0/PWD pc ([0-9a-f]+)", text)[1])
    assert crypt.decrypt(pbx.login_key, field) == b"pbx-secret"
    assert crypt.decrypt(crypt.factory_key("IP411"), field) != b"pbx-secret"


def test_the_configuration_may_be_without_objects(pbx, connect):
    with SimulatorServer(pbx, cfg_without_objects=True) as server:
        text = connect(server).ask("/cfg.txt").text
    assert "FLASHDIR0" not in text
    assert "config change PBX0" in text


def test_an_unknown_module_answers_with_a_question_mark(client):
    reply = client.ask("/NOPE0/mod_cmd.xml?cmd=show")
    assert (reply.status, reply.body) == (200, b"?\r\n")


def test_the_list_is_a_summary_of_every_object(client, pbx):
    rows = list(root_of(client.ask(f"{SHOW}?cmd=show&user=*&search=&search-loc=&hide=")))
    assert {row.tag for row in rows} == {"user"}
    assert len(rows) == len(pbx.objects) + 1
    assert "_ADMIN_" in {row.get("cn") for row in rows}
    names = {"cn", "h323", "e164", "guid", "loc", "node"}
    for row in rows:
        assert set(row.attrib) <= names
        assert {child.tag for child in row} <= {"pseudo"}
        assert not any(len(child) for child in row)


def test_the_list_can_be_searched(client):
    rows = list(root_of(client.ask(f"{SHOW}?cmd=show&user=*&search=hot-desk-base")))
    assert [row.get("h323") for row in rows] == ["hot-desk-base", "hot-desk-base-template"]
    assert not list(root_of(client.ask(f"{SHOW}?cmd=show&user=*&search-loc=elsewhere")))


def test_one_object_shows_everything(client, pbx):
    base = next(one for one in pbx.objects if one.names["h323"] == "hot-desk-base")
    (user,) = root_of(client.ask(f"{SHOW}?cmd=show&user-guid={base.guid}"))
    assert user.get("config") == "Hot Desk Base Template"
    assert user.get("pwd") == "********"
    assert user.get("pwdx") == base.password.hex()
    assert user.get("filter") is None
    assert user.find("device").get("hw") == "hot-desk-base"


def test_the_admin_object_shows_its_filters(client, pbx):
    (user,) = root_of(client.ask(f"{SHOW}?cmd=show&user-guid={pbx.admin.guid}"))
    assert user.get("pwd") == pbx.admin.password.hex()
    assert user.get("key") == pbx.admin_key.hex()
    assert [row.get("number") for row in user.find("filter[@name='intern']")] == ["00", "01"]
    assert [net.get("addr") for net in user.find("sim-ip-filter")] == ["10.30.0.0", "0.0.0.0"]  # noqa: S104


def test_an_unknown_guid_shows_nothing(client):
    assert not list(root_of(client.ask(f"{SHOW}?cmd=show&user-guid=00")))


def test_registrations_are_shown_by_name(client):
    (row,) = root_of(client.ask(f"{SHOW}?cmd=show&reg=p.krause"))
    assert row.get("cn") == "Krause, Peter"
    assert len(list(root_of(client.ask(f"{SHOW}?cmd=show&reg=*")))) > 20
    assert b"<reg" not in client.ask(f"{SHOW}?cmd=show&reg=nobody").body


def test_the_bare_page_shows_licences(client):
    root = root_of(client.ask(SHOW))
    assert root.get("cmd-lics-time").isdecimal()
    assert {row.tag for row in root} == {"lic"}


@pytest.mark.parametrize(
    "request_line",
    [
        ("GET", "/!config%20change%20PBX0%20/x%201", ""),
        ("GET", "/%21config%20write", ""),
        ("GET", f"{SHOW}?cmd=submit-object&cn=Test", ""),
        ("POST", SHOW, "cmd=submit-object&cn=Test"),
        ("GET", "/CMD0/mod_cmd.xml?cmd=reset&reset=OK", ""),
        ("GET", "/SNMP0/mod_cmd.xml?cmd=form&save=OK", ""),
        ("PUT", "/cfg.txt", "config write"),
        ("DELETE", "/cfg.txt", ""),
    ],
)
def test_writes_of_a_viewer_are_refused_and_counted(server, client, request_line):
    method, path, body = request_line
    assert client.ask(path, method, body).status == 403
    assert server.writes == 1


def test_a_write_without_login_is_only_asked_to_log_in(server, client):
    assert client.send("GET", "/!config%20write").status == 401
    assert server.writes == 0


def test_reading_counts_no_write(server, client):
    for path in ("/cfg.txt", SHOW, f"{SHOW}?cmd=show&user=*", "/CMD0/mod_cmd.xml?cmd=xml-info"):
        assert client.ask(path).status == 200
    assert server.writes == 0


def test_requests_are_recorded_with_their_query(server, client):
    client.ask(f"{SHOW}?cmd=show&user=*")
    assert server.requests == [("GET", "/cfg.txt"), ("GET", f"{SHOW}?cmd=show&user=*")]


@pytest.mark.parametrize(
    ("area", "path"),
    [
        ("cfg", "/cfg.txt"),
        ("show", f"{SHOW}?cmd=show&user=*"),
        ("soap", "/PBX0/user.soap"),
        ("box_info", "/CMD0/box_info.xml"),
    ],
)
def test_an_area_can_be_refused(pbx, connect, area, path):
    with SimulatorServer(pbx, refuse=frozenset({area})) as server:
        client = connect(server)
        assert client.ask(path).status == 403
        other = "/cfg.txt" if area != "cfg" else SHOW
        assert client.ask(other).status == 200


def test_a_connection_serves_many_requests(client):
    client.ask("/cfg.txt")
    before = client.connection.sock
    client.ask(SHOW)
    assert client.connection.sock is before
    assert client.send("HEAD", "/CMD0/box_info.xml").body == b""
    assert client.send("GET", "/CMD0/box_info.xml").status == 200


@pytest.mark.parametrize(
    "header", [f"Content-Length: {MAX_BODY_BYTES + 1}", "Transfer-Encoding: chunked"]
)
def test_a_body_that_is_too_long_or_of_no_length_is_refused(server, header):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"POST /PBX0/user.soap HTTP/1.1\r\n{header}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_an_http_1_0_client_gets_an_http_1_0_status_line(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"GET /cfg.txt HTTP/1.0\r\n\r\n")
        received = b""
        while block := connection.recv(1000):
            received += block
    assert received.startswith(b"HTTP/1.0 401 Unauthorized\r\n")
