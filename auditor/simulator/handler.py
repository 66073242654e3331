"""HTTP as the simulated PBX speaks it: logins, lengths and the two versions of the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Protocol

from auditor.simulator.accounts import candidates
from auditor.simulator.authentication import Gate, LoginAttempt
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.routes import OPEN_AREAS, HttpAnswer, HttpRequest, area_of, respond
from auditor.simulator.simulated_pbx import Account
from auditor.simulator.soap.users import DroppedConnectionError
from auditor.simulator.sockets.socket_server import Sockets
from auditor.simulator.sockets.upgrade import UpgradingHandler
from auditor.simulator.state import SimulatorState

_BLOCK: Final = 64 * 1024


class Simulator(Protocol):
    """The simulated PBX, as far as a connection to it needs it."""

    behaviour: Behaviour
    gate: Gate
    requests: list[tuple[str, str]]
    sockets: Sockets
    state: SimulatorState

    @property
    def url(self) -> str:
        """Return the address to audit."""
        ...


class Handler(UpgradingHandler):
    """Answers the requests of one connection. `Expect: 100-continue` is met by the base class."""

    def __init__(self, simulator: Simulator, *connection: Any) -> None:  # noqa: ANN401
        self._simulator = simulator  # first, because the base class answers as it is made
        super().__init__(*connection)

    def version_string(self) -> str:
        """Name the simulator, not the Python that runs it."""
        return "simulated-pbx"

    def _serve(self) -> None:
        simulator = self._simulator
        if self.request_version == "HTTP/1.0" or simulator.behaviour.old_http:
            # Old clients compare the whole status line (wire-facts 3).
            self.protocol_version = "HTTP/1.0"
            self.close_connection = True
        simulator.requests.append((self.command, self.path))
        if self.became_socket(simulator.sockets):
            return
        body = self.read_body()
        if body is None:
            self.close_connection = True
            self._send(HttpAnswer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        area = area_of(self.path)
        account = self._account(area)
        is_open = area in OPEN_AREAS and not simulator.behaviour.protect_pages
        if account is None and not is_open:
            self._send(HttpAnswer(HTTPStatus.UNAUTHORIZED))
            return
        action = self.headers.get("SOAPAction", "")
        request = HttpRequest(simulator.url, self.command, self.path, action, body, account)
        try:
            self._send(respond(simulator.state, request))
        except DroppedConnectionError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def _account(self, area: str) -> Account | None:
        simulator = self._simulator
        login = LoginAttempt(self.headers.get("Authorization", ""), self.command, self.path)
        known = partial(candidates, simulator.state.pbx, on_soap=area == "soap")
        return simulator.gate.account(login, known)

    def _send(self, answer: HttpAnswer) -> None:
        framing = self._framing(answer)
        if framing == "close":
            self.close_connection = True
        self.send_response(answer.status)
        if answer.status is HTTPStatus.UNAUTHORIZED:
            for challenge in self._simulator.gate.challenges:
                self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", answer.content_type)
        if framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif framing == "length":
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            pace = self._simulator.behaviour.bytes_per_second
            blocks = _blocks(answer.body, pace)
            self.wfile.writelines(_chunked(blocks) if framing == "chunked" else blocks)

    def _framing(self, answer: HttpAnswer) -> str:
        """Return how an answer ends; an HTTP/1.0 client does not know chunks (wire-facts 3)."""
        if answer.whole or self.command == "HEAD" or answer.status is not HTTPStatus.OK:
            return "length"
        framing = self._simulator.behaviour.framing
        return "close" if framing == "chunked" and self.protocol_version == "HTTP/1.0" else framing


def _blocks(body: bytes, bytes_per_second: int) -> Iterator[bytes]:
    """Yield the blocks of a body, no sooner than the rate allows, if there is one."""
    size = min(_BLOCK, max(1, bytes_per_second // 10)) if bytes_per_second else _BLOCK
    begin = time.monotonic()
    for start in range(0, len(body), size):
        if bytes_per_second:
            time.sleep(max(0.0, begin + start / bytes_per_second - time.monotonic()))
        yield body[start : start + size]


def _chunked(blocks: Iterable[bytes]) -> Iterable[bytes]:
    for block in blocks:
        yield b"%x\r\n%b\r\n" % (len(block), block)
    yield b"0\r\n\r\n"
