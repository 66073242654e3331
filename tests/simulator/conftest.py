from __future__ import annotations

import http.client
import re
from hashlib import md5
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import pytest

from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx

SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
SOAP = "/PBX0/user.soap"


class Reply(NamedTuple):
    status: int
    reason: str
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """A small digest client on one connection, with its own arithmetic."""

    def __init__(self, server: SimulatorServer, role: str = "viewer", login: tuple = ()) -> None:
        account = next(one for one in server.pbx.accounts if one.role == role)
        self.username, self.password = login or (account.username, account.password)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.realm = self.nonce = ""
        self.count = 0

    def send(
        self, method: str, path: str, body: str = "", login: str = "", action: str | None = None
    ) -> Reply:
        headers = {"Authorization": login} if login else {}
        if action is not None:
            headers |= {"SOAPAction": action, "Content-Type": "text/xml"}
        self.connection.request(method, path, body.encode() or None, headers)
        response = self.connection.getresponse()
        return Reply(response.status, response.reason, response.headers, response.read())

    def challenge(self) -> str:
        header = self.send("GET", "/cfg.txt").headers["WWW-Authenticate"]
        self.realm, self.nonce = re.findall(r'(?:realm|nonce)="([^"]*)"', header)
        return header

    def digest(self, method: str, path: str) -> dict[str, str]:
        """Return the answer's fields without qop, as RFC 2069 has it."""
        response = _md5(f"{self._first()}:{self.nonce}:{_md5(f'{method}:{path}')}")
        return {
            "username": self.username,
            "realm": self.realm,
            "nonce": self.nonce,
            "uri": path,
            "response": response,
        }

    def digest_qop(self, method: str, path: str) -> dict[str, str]:
        self.count += 1
        more = {"nc": f"{self.count:08x}", "cnonce": "0a4f113b", "qop": "auth"}
        middle = f"{self.nonce}:{more['nc']}:{more['cnonce']}:auth"
        response = _md5(f"{self._first()}:{middle}:{_md5(f'{method}:{path}')}")
        return {**self.digest(method, path), **more, "response": response}

    def ask(
        self, path: str, method: str = "GET", body: str = "", action: str | None = None
    ) -> Reply:
        """Send a request with a login, using one nonce for all of them."""
        if not self.nonce:
            self.challenge()
        return self.send(method, path, body, header(self.digest_qop(method, path)), action)

    def soap(self, operation: str, inner: str = "", action: str | None = None) -> Reply:
        return self.ask(SOAP, "POST", envelope(operation, inner), action)

    def admin(self, command: str) -> Reply:
        return self.soap("Admin", f"<xml>{escape(command)}</xml>")

    def _first(self) -> str:
        return _md5(f"{self.username}:{self.realm}:{self.password}")


def header(fields: dict[str, str]) -> str:
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in fields.items())


def envelope(operation: str, inner: str = "") -> str:
    return (
        '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>'
        f'<p:{operation} xmlns:p="http://innovaphone.com/pbx">{inner}</p:{operation}>'
        "</E:Body></E:Envelope>"
    )


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture(scope="session")
def pbx():
    return SimulatedPbx.create("insecure", "pbx-secret", seed=7)


@pytest.fixture(scope="session")
def hardened():
    return SimulatedPbx.create("hardened", "pbx-secret", seed=7)


@pytest.fixture
def server(pbx):
    with SimulatorServer(pbx) as running:
        yield running


@pytest.fixture
def connect():
    """Open clients that are closed at the end of the test."""
    clients: list[Client] = []

    def opened(server: SimulatorServer, role: str = "viewer", login: tuple = ()) -> Client:
        clients.append(Client(server, role, login))
        return clients[-1]

    yield opened
    for client in clients:
        client.connection.close()


@pytest.fixture
def client(server, connect):
    return connect(server)


@pytest.fixture
def serve(pbx):
    """Start simulated PBXs with switches; they end with the test."""
    running: list[SimulatorServer] = []

    def started(which: SimulatedPbx | None = None, **switches: Any) -> SimulatorServer:
        running.append(SimulatorServer(which or pbx, **switches).__enter__())
        return running[-1]

    yield started
    for one in running:
        one.__exit__(None, None, None)


@pytest.fixture
def as_admin(server, connect):
    return connect(server, "admin")


@pytest.fixture
def digest_header():
    return header
