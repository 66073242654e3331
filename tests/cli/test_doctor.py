"""`doctor`: what a new user with the wrong password, host, right or certificate is told."""

from __future__ import annotations

import pytest

from auditor.simulator.app_object import with_app
from auditor.simulator.server import SimulatorServer
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.pbx import configuration_of, simulated
from tests.fixtures.program import site_option
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.sentences import says
from tests.sources.test_further_boxes import slave, system

APP_PASSWORD = "gruen-3141592653"
AREAS = ("box_info.xml", "cfg.txt", "object list", "object page", "SOAP")
PATHS = {
    "/CMD0/box_info.xml",
    "/cfg.txt",
    "/PBX0/user.soap",
    "/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*",
}


def rows(ended):
    """Return each row of the table with its continuation lines, by its first column."""
    found, name = {}, ""
    for line in ended.out.splitlines():
        head, rest = line[:14].strip(), line[14:]
        if head:
            name = head
            found[name] = rest
        else:
            found[name] += f" {rest.strip()}"
    return found


@pytest.fixture
def doctor(console):
    def run(server, *more, role="admin"):
        console.login(server.pbx, role)
        return console("doctor", server.url, *site_option(), *more)

    return run


def test_everything_is_open(doctor, server):
    ended = doctor(server)
    table = rows(ended)
    assert ended.code == 0, ended.said
    assert all(table[area].startswith("open") for area in AREAS)
    assert says("with objects", table["cfg.txt"])
    assert table["login"].startswith("yes")
    assert table["trust"].startswith("missing")
    assert table["firmware"].startswith("ok")
    assert simulated().box.serial in table["serial"]
    assert table["role"].startswith("alone")
    assert max(map(len, ended.out.splitlines())) <= 80


def test_further_pbxs_are_named_and_tried(console):
    with SimulatorServer(system("branch", "standby")) as master, SimulatorServer(slave()) as branch:
        console.login(master.pbx)
        site = simulated().site.read_text("utf-8")
        listed = f'[[boxes]]\nname = "branch"\nurl = "{branch.url}"\n'
        (console.folder / "site.toml").write_text(f"{site}\n{listed}", encoding="utf-8")
        ended = console("doctor", master.url, "--site", "site.toml")
    table = rows(ended)
    assert table["role"].startswith("shared")
    assert "standby" in table["role"]
    assert table["further PBX"].startswith("open")
    assert max(map(len, ended.out.splitlines())) <= 80


def test_nothing_but_reading_is_sent(doctor, server):
    doctor(server)
    assert server.writes == 0
    pages = {path for _, path in server.requests if "user-guid=" in path}
    assert {path for _, path in server.requests} == PATHS | pages
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("refuse", "area", "said"),
    [
        ({"cfg"}, "cfg.txt", "Costs HD-03."),
        ({"show"}, "object list", "Costs no control."),
        ({"soap"}, "SOAP", "Costs no control."),
        ({"cfg", "show", "soap"}, "object list", "HD-01"),
        ({"cfg", "show", "soap"}, "cfg.txt", "HD-03"),
    ],
)
def test_a_closed_area_says_what_it_costs_and_how_to_open_it(doctor, refuse, area, said):
    with SimulatorServer(simulated(), refuse=frozenset(refuse)) as server:
        ended = doctor(server)
    table = rows(ended)
    assert ended.code == 4
    assert table[area].startswith("closed")
    assert "403" in table[area]
    assert said in table[area]
    assert says("To open it:", table[area])


@pytest.mark.parametrize(
    ("switches", "state", "lists"),
    [
        ({}, "possible", ("cfg.txt", "object list")),
        ({"refuse": frozenset({"cfg"})}, "possible", ("object list", "names over SOAP")),
        ({"refuse": frozenset({"show"})}, "possible", ("cfg.txt", "names over SOAP")),
        ({"cfg_without_objects": True}, "possible", ("object list", "names over SOAP")),
        ({"refuse": frozenset({"show", "soap"})}, "impossible", ("only cfg.txt", "403")),
        ({"refuse": frozenset({"cfg", "soap"})}, "impossible", ("only object list", "403")),
        ({"refuse": frozenset({"cfg", "show"})}, "impossible", ("only names over SOAP",)),
        ({"refuse": frozenset({"cfg", "show", "soap"})}, "impossible", ("nothing",)),
    ],
)
def test_it_says_whether_the_objects_can_be_counted_twice(doctor, switches, state, lists):
    with SimulatorServer(simulated(), **switches) as server:
        ended = doctor(server)
    row = " ".join(rows(ended)["second count"].split())
    assert row.startswith(state)
    assert all(name in row for name in lists)
    assert (says("To change it", row)) is (state == "impossible")


def test_objects_only_in_soap(doctor):
    with SimulatorServer(simulated(), refuse=frozenset({"cfg", "show"})) as server:
        table = rows(doctor(server))
    assert says("SOAP only", table["login"])
    assert says("Costs no control", table["object page"])


def test_a_configuration_without_objects(doctor):
    with SimulatorServer(simulated(), cfg_without_objects=True) as server:
        ended = doctor(server)
    assert ended.code == 0
    assert says("without objects", rows(ended)["cfg.txt"])


def test_a_wrong_password(console, server):
    console.login(server.pbx)
    console.setenv("PBX_AUDITOR_PASSWORD", "Geheim-9")
    ended = console("doctor", server.url)
    assert ended.code == 3
    assert says("refuses the login", " ".join(ended.out.split()))
    assert "PBX_AUDITOR_PASSWORD" in ended.out
    assert "Geheim" not in ended.said
    assert len(server.requests) <= 4


def test_a_wrong_host(console, server):
    console.login(server.pbx)
    ended = console("doctor", "http://127.0.0.1:1")
    assert ended.code == 3
    assert rows(ended)["reachable"].startswith("no")
    assert server.requests == []


def test_without_an_account_nothing_is_sent(console, server):
    assert console("doctor", server.url).code == 2
    assert server.requests == []


@pytest.mark.parametrize("target", ["cfg.txt", "http://", "http://a/cfg.txt", "ftp://127.0.0.1"])
@pytest.mark.parametrize("more", [(), ("--show-fingerprint",)])
def test_what_is_no_address(console, target, more):
    console.setenv("PBX_AUDITOR_USERNAME", "x")
    console.setenv("PBX_AUDITOR_PASSWORD", "x")
    assert console("doctor", target, *more).code == 2


def test_a_fingerprint_needs_tls(console, server):
    ended = console("doctor", server.url, "--show-fingerprint")
    assert ended.code == 2
    assert server.requests == []


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", "behind"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "ahead"),
        ("yesterday", "not determinable"),
        ("Thu, 01 Jan 99999 00:00:00 GMT", "not determinable"),
    ],
)
def test_the_clock(console, date, said):
    console.setenv("PBX_AUDITOR_USERNAME", "x")
    console.setenv("PBX_AUDITOR_PASSWORD", "x")
    with HostilePbx({"/cfg.txt": http(configuration_of(), "200 OK", f"Date: {date}")}) as pbx:
        table = rows(console("doctor", pbx.url))
    assert said in table["clock"]


def test_a_hostile_pbx_does_not_reach_the_terminal(console):
    console.setenv("PBX_AUDITOR_USERNAME", "x")
    console.setenv("PBX_AUDITOR_PASSWORD", "x")
    box = http('<info><sys version="13r3 \x9b31m IP411[1]" serial="\x85"/></info>'.encode())
    with HostilePbx({"/CMD0/box_info.xml": box, "/cfg.txt": http(configuration_of())}) as pbx:
        ended = console("doctor", pbx.url)
    assert ended.code == 4
    assert all(c.isprintable() or c == "\n" for c in ended.out)


class TestWebSocket:
    """What the PBX would say over its own WebSocket interface, and what the App lacks for it."""

    @pytest.fixture
    def look(self, console, tmp_path, monkeypatch):
        def run(rights, *, password=APP_PASSWORD, table="", app=True):
            monkeypatch.setenv("PBX_AUDITOR_APP_PASSWORD", password)
            pbx = with_app(simulated(), rights, APP_PASSWORD)
            with SimulatorServer(pbx, tls=True) as server:
                console.login(server.pbx, "admin")
                pin = trusted(server).fingerprint
                name = 'app = "pbx-auditor"\n' if app else ""
                wanted = f"[websocket]\n{name}{table}" if table is not None else ""
                site = tmp_path / "site.toml"
                site.write_text(f'[tls]\nfingerprint = "{pin}"\n{wanted}', encoding="utf-8")
                ended = console("doctor", server.url, "--site", site, "--timeout", "3")
                assert server.writes == 0
            return ended, rows(ended)

        return run

    def test_not_asked(self, look):
        ended, table = look(["admin"], table=None)
        assert table["WebSocket"].startswith("not asked")
        assert ended.code == 0

    def test_both_rights(self, look):
        ended, table = look(["admin", "tableusers"])
        for area in ("LoginInfo", "PbxAdminApi", "PbxTableUsers"):
            assert table[area].startswith("open"), ended.out
        assert "RPX-07" in table["PbxAdminApi"]
        assert "PBX-12" in table["LoginInfo"]
        assert ended.code == 0
        assert max(map(len, ended.out.splitlines())) <= 80

    def test_one_right_is_enough(self, look):
        ended, table = look(["tableusers"])
        assert table["PbxAdminApi"].startswith("closed")
        assert "Admin" in table["PbxAdminApi"]
        assert table["PbxTableUsers"].startswith("open")
        assert ended.code == 0

    def test_a_wrong_password(self, look):
        ended, table = look(["admin"], password="Geheim-9")
        assert table["PbxAdminApi"].startswith("closed")
        assert ended.code == 4
        assert "Geheim" not in ended.said

    def test_without_an_app_only_the_ways_to_log_in(self, look):
        ended, table = look(["admin"], app=False)
        assert table["LoginInfo"].startswith("open")
        assert "PbxAdminApi" not in table
        assert ended.code == 0

    def test_without_its_password_nothing_is_sent(self, look):
        ended, _ = look(["admin"], password="")
        assert ended.code == 2
        assert "PBX_AUDITOR_APP_PASSWORD" in ended.err
