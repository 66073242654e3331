"""What is no innovaphone PBX, or is not reached, is one compact error that says what to try."""

from __future__ import annotations

import json
import socket
import xml.etree.ElementTree as ET
from collections import defaultdict
from functools import partial

import pytest

from auditor.report.formats.saved_reports import load_report
from auditor.report.sentences import Sentences
from auditor.simulator.server import SimulatorServer
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import RESET, HostilePbx, http
from tests.fixtures.pbx import simulated
from tests.fixtures.program import site_option
from tests.fixtures.sentences import says

HTML = "Content-Type: text/html"
FORM = b"<!DOCTYPE html><html><body><form><input type='password'></form></body></html>"
PAGE = b"<html><head><title>Hello</title></head><body>It works</body></html>"
REFRESH = b"<html><meta http-equiv='refresh' content='0; url=https://127.0.0.1/'></html>"
DECLARED = b"\xef\xbb\xbf<?xml version='1.0'?>"
PROXY = http(b"", "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"')
SQUID = http(b"", "401 Unauthorized", "Proxy-Authenticate: Negotiate")


def away(target, status="302 Found"):
    return http(b"", status, f"Location: {target}")


# What answers to everything, what it is called, and what is advised.
STRANGERS = {
    "proxy": (PROXY, "a proxy", "address of the PBX itself"),
    "portal": (http(FORM, "200 OK", HTML), "portal", "address of the PBX itself"),
    "portal without a type": (http(FORM), "portal", "address of the PBX itself"),
    "captive portal": (http(b"", "511 Network Authentication Required"), "portal", "PBX itself"),
    "page": (http(PAGE, "200 OK", HTML), "HTML", "address of the PBX itself"),
    "page with 404": (http(PAGE, "404 Not Found", HTML), "404", "address of the PBX itself"),
    "text": (http(b"Hello"), "does not show itself", "address of the PBX itself"),
    "to https": (away("https://127.0.0.1:8443/x"), "only sends on", "https://127.0.0.1:8443"),
    "to https, page": (http(REFRESH, "200 OK", HTML), "only sends on", "https://127.0.0.1"),
    "to https, moved": (away("https://127.0.0.1/", "308 Moved"), "only sends on", "https://127"),
    "elsewhere": (away("https://login.example.com/a?b=c"), "another", "https://login.example.com"),
    "to its login page": (away("/login?next=%2Fcfg.txt"), "portal", "address of the PBX itself"),
    "to a script": (away("javascript:alert(1)"), "another", "address of the PBX itself"),
    "to what no address can be": (away("https://[x]:99999999/"), "another", "PBX itself"),
    "cookies": (http(b"", "403 Forbidden", "Set-Cookie: a=\xe4; Domain=x"), "403", "PBX itself"),
    "page after a declaration": (http(DECLARED + FORM), "portal", "address of the PBX itself"),
    "page after comments": (http(b"<!-- a --> <!-- b -->" + PAGE), "HTML", "PBX itself"),
    "login page with 401": (http(FORM, "401 Unauthorized", HTML), "portal", "PBX itself"),
    "to nonsense": (away("http://["), "another", "address of the PBX itself"),
    "502": (http(PAGE, "502 Bad Gateway", HTML), "502", "whether the PBX is up"),
    "503": (http(b"", "503 Service Unavailable"), "503", "whether the PBX is up"),
    "429": (http(b"", "429 Too Many Requests"), "429", "try again later"),
    "429, page": (http(PAGE, "429 Too Many Requests", HTML), "429", "try again later"),
    "403": (http(b"", "403 Forbidden"), "403", "address of the PBX itself"),
    "other device": (http(b"?\r\n"), "modules of a PBX", "on which the PBX runs"),
    "bearer": (http(b"", "401 X", "WWW-Authenticate: Bearer"), "not as an innovaphone", "itself"),
    "no challenge": (http(b"", "401 Unauthorized"), "login", "PBX_AUDITOR_USERNAME"),
    "ssh": (b"SSH-2.0-dropbear\r\n\r\n", "does not speak HTTP", "check the port"),
    "hangs up": (b"", "closed", "check the port"),
    "resets": (lambda: [RESET], "closed", "check the port"),
}


class Same(HostilePbx):
    """Answers everything in one way."""

    def __init__(self, answer):
        super().__init__(defaultdict(lambda: answer))

    def respond(self, _method, target, _body):
        return self.answers[target]


@pytest.fixture(autouse=True)
def account(console, monkeypatch):
    console.setenv("PBX_AUDITOR_USERNAME", "viewer")
    console.setenv("PBX_AUDITOR_PASSWORD", "Canary-7f3a")
    impatient = partial(LiveOptions, back_off=0.0)
    monkeypatch.setattr("auditor.cli.common_options.limits.LiveOptions", impatient)
    monkeypatch.setattr("auditor.cli.doctor.LiveOptions", impatient)


LIMITS = ("--timeout", "2", "--deadline", "6")


def check_compact(console, url, called, advised):
    """Audit an address, and expect nothing but an error and reports without controls."""
    formats = ("--format", "json,html,junit,sarif,csv,markdown,remediation")
    ended = console("audit", url, *site_option(), "--out", "out", *formats, *LIMITS)
    said = " ".join(ended.said.split())
    assert ended.code == 3, said
    assert called in said
    assert advised in said
    assert ended.out == ""
    assert "Error" not in said  # no name of a class
    assert "ot compliant" not in said
    assert "Canary" not in said
    out = console.folder / "out"
    assert not (out / "remediation").exists()
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["results"] == []
    assert report["summary"]["verdict"] == "nothing-audited"
    assert report["summary"]["exit_code"] == 3
    assert report["summary"]["score"] is None
    (gap,) = report["gaps"]
    sentences = Sentences(load_report(out / "report.json"))
    assert sentences.both(gap["reason"]).german
    assert sentences.both(gap["advice"]).german
    page = (out / "report.html").read_text("utf-8")
    assert "Not compliant" not in page
    suite = ET.parse(out / "report.junit.xml")  # noqa: S314 -- our own
    assert suite.findall(".//error")
    return report


@pytest.mark.parametrize("kind", STRANGERS)
def test_audit_says_what_it_is_and_nothing_else(console, kind):
    answer, called, advised = STRANGERS[kind]
    with Same(answer) as pbx:
        report = check_compact(console, pbx.url, called, advised)
    assert called in report["gaps"][0]["reason"] or advised in report["gaps"][0]["advice"]


@pytest.mark.parametrize("kind", STRANGERS)
def test_doctor_says_the_same(console, kind):
    answer, called, advised = STRANGERS[kind]
    with Same(answer) as pbx:
        ended = console("doctor", pbx.url, *LIMITS)
    said = " ".join(ended.said.split())
    assert ended.code == 3, said
    assert called in said
    assert advised in said
    assert "not asked" not in said
    assert "closed  " not in said.replace("closed before", "")


@pytest.mark.parametrize("kind", ["proxy", "portal", "502"])
def test_collect_saves_nothing(console, kind):
    answer, called, _ = STRANGERS[kind]
    with Same(answer) as pbx:
        ended = console("collect", pbx.url, "-o", "s.json", *LIMITS)
    assert ended.code == 3
    assert called in ended.err
    assert list(console.folder.iterdir()) == []


def test_a_closed_port(console):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    check_compact(console, url, "refuses the connection", "whether the PBX is up")


def test_a_refused_login(console):
    with SimulatorServer(simulated()) as server:
        check_compact(console, server.url, "refuses the login", "PBX_AUDITOR_PASSWORD")


def test_an_account_without_any_right(console):
    areas = frozenset({"box_info", "cfg", "show", "soap"})
    with SimulatorServer(simulated(), refuse=areas) as server:
        user = next(one for one in server.pbx.accounts if one.role == "viewer")
        console.setenv("PBX_AUDITOR_PASSWORD", user.password)
        check_compact(console, server.url, "lets this account read nothing", "viewer")


@pytest.mark.parametrize("command", [("audit", *LIMITS), ("doctor", *LIMITS)])
def test_a_tls_port_that_is_asked_without_tls(console, command):
    with SimulatorServer(simulated(), tls=True) as server:
        url = server.url.replace("https:", "http:")
        ended = console(command[0], url, *command[1:])
    said = "".join(ended.said.split())
    assert ended.code == 3
    assert "thisportspeaksTLS" in said or "theportspeaksTLS" in said
    assert server.url in said


def test_a_tls_port_that_calls_it_a_bad_request(console, monkeypatch):
    monkeypatch.setattr("auditor.sources.live.wrong_port.shown_certificate", lambda _: b"")
    with Same(http(b"plain HTTP request was sent to HTTPS port", "400 Bad Request")) as pbx:
        check_compact(console, pbx.url, "speaks TLS", pbx.url.replace("http:", "https:"))


@pytest.mark.parametrize("more", [(), ("fingerprint",)])
def test_an_http_port_that_is_asked_by_tls(console, more):
    (console.folder / "site.toml").write_text('[tls]\nfingerprint = "' + "ab" * 32 + '"\n')
    site = ("--site", "site.toml") if more else ()
    with SimulatorServer(simulated()) as server:
        url = server.url.replace("http:", "https:")
        ended = console("audit", url, *site, *LIMITS)
        assert {path for _, path in server.requests} <= {"/CMD0/box_info.xml"}
    assert ended.code == 3
    assert says("does not speak TLS", ended.err)
    assert server.url in ended.err


def test_what_a_person_attested_makes_nothing_compliant_that_was_not_read(console):
    site = simulated().site.read_text("utf-8")
    facts = (
        "\n[facts.unknown_registrations]\nvalue = false\nby = 'A. Muster'\non = 2026-11-01\n"
        "until = 2027-11-01\n"
    )
    (console.folder / "site.toml").write_text(site + facts, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    options = ("--site", "site.toml", "--out", "out", "--incomplete", "warn")
    assert console("audit", url, *options, *LIMITS).code == 3
    report = json.loads((console.folder / "out/report.json").read_text("utf-8"))
    assert report["results"] == []
