"""Every fault of a live PBX, through the command line: exit code, cause, and nothing passed unread.

Exit code 3: nothing could be read. 4: something could, and what depends on the rest is unknown.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from tests.fixtures.bombs import gzipped
from tests.fixtures.hostile import RESET, HostilePbx, http
from tests.fixtures.pbx import configuration_of, list_page_of, simulated
from tests.fixtures.program import site_option
from tests.fixtures.sentences import says

BOX, CFG = "/CMD0/box_info.xml", "/cfg.txt"
SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
LIST = f"{SHOW}?cmd=show&user=*"
BODY = configuration_of()
HALF = BODY[: BODY.rindex(b"\r\n", 0, len(BODY) // 2) + 2]
GZIP = ("200 OK", "Content-Encoding: gzip")
LIMITS = ("--timeout", "30", "--deadline", "60")
# Where the time runs out, it is short; anywhere else, a busy machine must not be taken for that.
SHORT = ("--timeout", "0.5", "--deadline", "4")
RUNS_OUT = {
    *("first byte never comes", "head drips at once", "slow first byte of cfg.txt"),
    *("body drips", "head drips", "stall in the body", "endless"),
}
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l><user cn="&b;"/></l>'
OUTSIDE = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l><user cn="&a;"/></l>'
ALL = {*(f"HD-{number:02}" for number in range(1, 17)), "PBX-17"}
LOST_WITH_OBJECTS = {"HD-07", "HD-10", "HD-14", "PBX-17"}


@dataclass(frozen=True)
class Fault:
    """What a PBX does wrong, the exit code, the cause in the report, and what must be unknown."""

    answers: dict
    code: int
    cause: str
    unknown: frozenset[str]
    keeps: bool = True


def good():
    pbx = simulated()
    answers = {
        BOX: http(responses.box_info(pbx.box)),
        CFG: http(BODY),
        LIST: http(list_page_of(pbx)),
    }
    for one in (*pbx.objects, pbx.admin):
        page = http(responses.page([responses.whole(pbx, one, templates=False)]))
        answers[f"{SHOW}?cmd=show&user-guid={one.guid}"] = page
    return answers


def at_all(answer):
    """Return a PBX that answers so to everything."""
    return dict.fromkeys(good(), answer)


def at_cfg(answer):
    """Return a PBX whose configuration is so, while everything else is fine."""
    return {**good(), CFG: answer}


def cfg_alone(answer):
    """Return a PBX that shows nothing but its box and a configuration that is so."""
    return {BOX: good()[BOX], CFG: answer}


def without_object(answer):
    one = simulated().objects[10]
    return {**at_cfg(http(b"?\r\n")), f"{SHOW}?cmd=show&user-guid={one.guid}": answer}


def doubled():
    first, second = simulated().objects[10:12]
    listed = list_page_of(simulated()).replace(second.guid.encode(), first.guid.encode())
    return {**at_cfg(http(b"?\r\n")), LIST: http(listed)}


def drip_body():
    yield http(HALF, length=1 << 40)
    while True:
        time.sleep(0.01)  # the fault itself
        yield b"#"


def drip_head():
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    while True:
        time.sleep(0.01)  # the fault itself
        yield b"y"


def endless():
    yield http(BODY, length=1 << 40)
    while True:
        yield b"config change ETH0 /x y\r\n" * 1000


def loop():
    return http(b"", "302 Found", f"Location: {CFG}")


AWAY = http(b"", "302 Found", "Location: http://192.0.2.1/cfg.txt")
ASKS = http(b"", "401 Unauthorized", 'WWW-Authenticate: Digest realm="x", nonce="y", qop="auth"')


def nothing(answers, code, cause):
    """Return a fault that lets nothing through that a control could be decided by."""
    return Fault(answers, code, cause, frozenset(ALL), keeps=False)


OBJECTS = frozenset(LOST_WITH_OBJECTS)
SETTING = frozenset({"HD-03"})
FORBIDDEN = http(b"", "403 Forbidden")
NO_LIST = {**at_cfg(http(b"?\r\n")), LIST: FORBIDDEN}
STALLS = cfg_alone(lambda: [http(HALF, length=len(BODY)), None])
BREAKS = cfg_alone(lambda: [http(HALF, length=len(BODY)), RESET])
TOO_LONG = cfg_alone(http(BODY, length=len(BODY) + 99))
TOO_SHORT = cfg_alone(http(BODY, length=len(HALF) - 9))
BOMB = gzipped(b" " * (1 << 20), 70)
LATIN = BODY.decode().encode("latin-1", "replace")
FAULTS = {
    "401 loop": nothing(at_all(ASKS), 3, "refuses the login"),
    "first byte never comes": nothing(at_all(None), 3, "in time"),
    "reset at once": nothing(at_all(lambda: [RESET]), 3, "connection was closed"),
    "head drips at once": nothing(at_all(drip_head), 3, "in time"),
    "403 for everything": nothing(at_all(FORBIDDEN), 3, "403"),
    "403 for cfg.txt": Fault(at_cfg(FORBIDDEN), 4, "403", SETTING),
    "403 for objects": nothing(NO_LIST, 4, "403"),
    "404": Fault(at_cfg(http(b"", "404 Not Found")), 4, "404", SETTING),
    "500": Fault(at_cfg(http(b"", "500 Internal Server Error")), 4, "500", SETTING),
    "unknown module": Fault(at_cfg(http(b"?\r\n")), 4, "cfg.txt", SETTING),
    "slow first byte of cfg.txt": Fault(at_cfg(None), 4, "silent", SETTING),
    "body drips": Fault(cfg_alone(drip_body), 4, "time for reading ran out", OBJECTS),
    "head drips": nothing(cfg_alone(drip_head), 4, "time for reading ran out"),
    "stall in the body": Fault(STALLS, 4, "silent", OBJECTS),
    "reset in the body": Fault(BREAKS, 4, "connection broke", OBJECTS),
    "length too long": Fault(TOO_LONG, 4, "connection broke", OBJECTS),
    "length too short": Fault(TOO_SHORT, 4, "cut off", OBJECTS),
    "cut gzip": Fault(cfg_alone(http(gzip.compress(BODY)[:-20], *GZIP)), 4, "incomplete", OBJECTS),
    "bad gzip": Fault(at_cfg(http(b"no gzip", *GZIP)), 4, "damaged", SETTING),
    "endless": Fault(cfg_alone(endless), 4, "cfg.txt ended early", OBJECTS),
    "gzip bomb": Fault(without_object(http(BOMB, *GZIP)), 4, "larger", OBJECTS),
    "XML bomb": Fault(without_object(http(LAUGHS)), 4, "DTD", OBJECTS),
    "external entity": Fault(without_object(http(OUTSIDE)), 4, "DTD", OBJECTS),
    "wrong charset": Fault(cfg_alone(http(LATIN)), 4, "UTF-8", OBJECTS),
    "UTF-16": Fault(at_cfg(http(BODY.decode().encode("utf-16"))), 4, "UTF-16", SETTING),
    "HTML with 200": Fault(at_cfg(http(b"<html>Error</html>")), 4, "cfg.txt", SETTING),
    "redirect loop": Fault(at_cfg(loop()), 4, "not followed", SETTING),
    "redirect to another host": Fault(at_cfg(AWAY), 4, "not followed", SETTING),
    "two objects with one guid": Fault(doubled(), 4, "same guid", OBJECTS),
    "object deleted": Fault(without_object(http(b"<info/>")), 4, "no PBX object", OBJECTS),
}


@pytest.fixture(autouse=True)
def account(console):
    console.setenv("PBX_AUDITOR_USERNAME", "viewer")
    console.setenv("PBX_AUDITOR_PASSWORD", "Canary-7f3a")
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", simulated().pbx_password)


def audited(console, url, *more):
    ended = console(
        "audit", url, *site_option(), "--out", "out", "--format", "json", *LIMITS, *more
    )
    assert "Traceback" not in ended.said
    assert "Canary-7f3a" not in ended.said
    return ended, json.loads((console.folder / "out" / "report.json").read_text("utf-8"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_the_run_in_time_with_its_cause_and_keeps_what_was_read(console, name):
    fault = FAULTS[name]
    with HostilePbx(fault.answers) as pbx:
        ended, report = audited(console, pbx.url, *(SHORT if name in RUNS_OUT else ()))
    assert ended.code == fault.code, ended.said
    causes = " ".join(gap["reason"] for gap in report["gaps"])
    assert fault.cause in causes
    assert all(gap["advice"] for gap in report["gaps"] if fault.code == 3)
    found = {one["id"]: one["status"] for one in report["results"]}
    if fault.code == 3:
        assert found == {}
    else:
        assert {control: found[control] for control in fault.unknown} == dict.fromkeys(
            fault.unknown, "unknown"
        )
    assert "failed" not in found.values()
    assert bool(report["target"]["objects_read"]) is fault.keeps
    said = " ".join(ended.said.split())
    assert says("What to do", said) if fault.code == 3 else "Not read" in said


@contextmanager
def mute_tls():
    """Take connections, and answer a handshake with something else."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with suppress(OSError):
                while True:
                    taken, _ = listening.accept()
                    with suppress(OSError), taken:
                        taken.recv(100)
                        taken.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"


def test_a_handshake_that_fails(console):
    with mute_tls() as url:
        ended, report = audited(console, url)
    assert ended.code == 3
    assert "TLS" in report["gaps"][0]["reason"]


def test_a_certificate_that_nobody_vouches_for(console):
    with SimulatorServer(simulated(), tls=True) as server:
        ended, _ = audited(console, server.url)
        assert server.requests == []
    assert ended.code == 3
    assert "--show-fingerprint" in ended.err


def test_a_port_that_is_closed(console):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    ended, report = audited(console, f"http://127.0.0.1:{port}")
    assert ended.code == 3
    assert report["results"] == []


def test_a_clock_far_off_is_no_fault_of_the_reading(console):
    head = ("200 OK", "Date: Thu, 01 Jan 1970 00:00:00 GMT")
    answers = {
        **good(),
        BOX: http(responses.box_info(simulated().box), *head),
        CFG: http(BODY, *head),
    }
    with HostilePbx(answers) as pbx:
        ended, _ = audited(console, pbx.url)
    assert ended.code == 0, ended.said
