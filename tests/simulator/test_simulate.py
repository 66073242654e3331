from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from auditor.cli.simulate import command, run
from auditor.errors import InputError
from auditor.simulator.app_object import AppRight
from auditor.simulator.server import SimulatorServer
from auditor.simulator.sockets.socket_server import Sockets
from tests.fixtures import program
from tests.fixtures.sentences import says
from tests.fixtures.socket_client import APPS, Client

ROOT = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture
def start(tmp_path):
    """Start `simulate` as a program; what is still running at the end is killed."""
    running = []

    def started(*arguments):
        running.append(program.start(["simulate", *arguments], tmp_path, COLUMNS="80"))
        return running[-1]

    yield started
    for process in running:
        with process:
            process.kill()


def test_the_json_line_says_how_to_log_in(start):
    process = start("--json")
    facts = json.loads(process.stdout.readline())
    assert list(facts) == ["url", "accounts", "pbx_password", "dialect", "site"]
    assert [one["role"] for one in facts["accounts"]] == ["admin", "viewer"]
    assert all(set(one) == {"role", "username", "password"} for one in facts["accounts"])
    assert facts["dialect"] == "simulated"
    assert Path(facts["site"]).is_absolute()
    assert Path(facts["site"]).is_file()
    address = urlsplit(facts["url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", "/CMD0/box_info.xml")
    assert connection.getresponse().status == 200
    connection.close()


def test_a_large_box_with_tls_names_its_fingerprint(start):
    process = start("--config", "hardened", "--users", "100", "--tls", "--json")
    facts = json.loads(process.stdout.readline())
    assert facts["url"].startswith("https://")
    address = urlsplit(facts["url"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((address.hostname, address.port), timeout=60) as plain,
        context.wrap_socket(plain) as secure,
    ):
        shown = secure.getpeercert(binary_form=True)
    assert hashlib.sha256(shown).hexdigest() == facts["fingerprint"]


def test_an_app_object_opens_the_socket_of_another_train(start):
    process = start("--app", "admin", "--app", "tableusers", "--train", "14r1", "--json")
    facts = json.loads(process.stdout.readline())
    assert facts["app"]["name"] == "pbx-auditor"
    url = facts["url"].replace("http", "ws", 1)
    with connect(url + APPS, proxy=None, close_timeout=1) as socket:
        client = Client(socket)
        assert client.login(facts["app"]["password"])["ok"] is True
        rights = client.admin("GetObject", h323="pbx-auditor", template="without")["pseudo"]["app"]
        assert rights == {"url": "", "admin": True, "tableusers": True}
    address = urlsplit(facts["url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", "/CMD0/box_info.xml")
    assert b'version="14r1 ' in connection.getresponse().read()
    connection.close()


def test_devices_has_the_pbx(start):
    process = start("--devices", "--tls", "--json")
    facts = json.loads(process.stdout.readline())
    devices = facts["devices"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connect(devices["url"], proxy=None, close_timeout=1, ssl=context) as socket:
        client = Client(socket)
        login = client.login(devices["password"], "innovaphone-devices", domain=devices["domain"])
        assert login["ok"] is True
        secure: Any = socket.socket
        shown = secure.getpeercert(binary_form=True)
        assert hashlib.sha256(shown).hexdigest() == devices["fingerprint"]
        client.send(mt="GetDevices", src="d")
        found = [one["hwId"] for one in client.receive()["devices"] if one["pbxActive"]]
        assert found == ["00903341a55b"]


def test_without_the_package_there_is_no_socket(monkeypatch, server):
    monkeypatch.setattr(Sockets, "are_possible", staticmethod(lambda: False))
    assert server.sockets.session(APPS) is None
    with pytest.raises(InputError) as refused:
        command(app=[AppRight.ADMIN])
    assert says("a WebSocket needs", refused.value)


def test_a_person_is_told_the_password_of_the_app_object(start):
    process = start("--app", "admin", "--port", "0")
    lines = []
    while "Ctrl+C" not in (line := process.stdout.readline()):
        assert line
        lines.append(line.split())
    row = next(words for words in lines if "pbx-auditor" in words)
    assert len(row[-1]) == 15


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(start, number):
    process = start("--config", "hardened", "--json")
    process.stdout.readline()
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "", "")


@POSIX
def test_the_readable_text_fits_a_terminal(start):
    process = start("--config", "hardened")
    lines = []
    while "Ctrl+C" not in (line := process.stdout.readline()):
        assert line
        lines.append(line.rstrip("\n"))
    text = "\n".join(lines)
    for word in (
        "http://127.0.0.1:",
        "PBX_AUDITOR_USERNAME='viewer'",
        "PBX_AUDITOR_PASSWORD=",
        "PBX_AUDITOR_PBX_PASSWORD=",
        "pbx-auditor audit",
    ):
        assert word in text
    assert all(len(line) <= 80 or ".site.toml" in line for line in lines)


def test_a_port_in_use_is_an_input_error(server):
    with pytest.raises(InputError, match="cannot be used"):
        run("insecure", server.port, as_json=True)


@pytest.mark.parametrize("port", [-1, 70000])
def test_an_impossible_port_is_an_input_error(port):
    with pytest.raises(InputError, match="cannot be used"):
        run("insecure", port, as_json=True)


def test_the_default_pbx_is_the_insecure_one():
    with SimulatorServer() as server:
        assert server.pbx.config == "insecure"


@POSIX
@pytest.mark.parametrize("tls", [(), ("--tls",)])
def test_the_command_that_it_prints_works_as_it_stands(start, tmp_path, tls):
    process = start(*tls)
    lines: list[Any] = []
    while not (lines and lines[-1].startswith("Everything here")):
        lines.append(process.stdout.readline())
    begin = next(i for i, line in enumerate(lines) if "another window" in line)
    typed = "".join(lines[begin + 1 : -1])
    assert "pbx-auditor audit" in typed
    found = tmp_path / "bin" / "pbx-auditor"
    found.parent.mkdir()
    found.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m auditor "$@"\n')
    found.chmod(0o700)
    path = f"{found.parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(  # noqa: S603 -- what a person would type
        ["/bin/sh", "-c", typed],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr  # it is the insecure one
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["target"]["objects_read"]


def test_the_site_file_of_the_json_line_pins_the_certificate(start):
    process = start("--config", "hardened", "--tls", "--json")
    facts = json.loads(process.stdout.readline())
    assert facts["fingerprint"] in Path(facts["site"]).read_text("utf-8")
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    assert not Path(facts["site"]).exists()
