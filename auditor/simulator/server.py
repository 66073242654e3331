"""Serves a simulated PBX over HTTP or HTTPS on loopback."""

from __future__ import annotations

import secrets
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from auditor.simulator.authentication import Gate
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.handler import Handler
from auditor.simulator.self_signed import ServerCertificate, device_certificate, server_context
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.sockets.pbx_sockets import pbx_sockets
from auditor.simulator.sockets.upgrade import MAX_BODY_BYTES
from auditor.simulator.state import SimulatorState

__all__ = ["HOST", "MAX_BODY_BYTES", "HttpServer", "SimulatorServer"]

HOST: Final = "127.0.0.1"
_REALM: Final = "Simulated PBX"


class SimulatorServer:
    """A running simulated PBX; a context manager.

    Further keywords are the fields of `Behaviour`. `requests` lists (method, path with query) of
    everything that arrived; `writes` counts what would change something, refused or not. Changes
    last as long as the server. `sockets` are the WebSockets, with what they received.
    """

    def __init__(
        self,
        pbx: SimulatedPbx | None = None,
        *,
        port: int = 0,
        behaviour: Behaviour | None = None,
        **switches: Any,  # noqa: ANN401 -- replace() knows the fields of Behaviour
    ) -> None:
        self.behaviour = replace(behaviour or Behaviour(), **switches)
        self.state = SimulatorState(pbx or SimulatedPbx.create(), self.behaviour)
        self.sockets = pbx_sockets(self.state)
        self.requests: list[tuple[str, str]] = []
        self.gate = Gate(_REALM, secrets.token_hex(16), self.behaviour)
        self.certificate: ServerCertificate | None = None
        self._context: ssl.SSLContext | None = None
        if self.behaviour.tls:
            serial = self.pbx.box.serial
            self.certificate = device_certificate(serial, self.behaviour.certificate)
            self._context = server_context(self.certificate, outdated=self.behaviour.outdated_tls)
        self._http = HttpServer(partial(Handler, self), port, self._context)

    @property
    def pbx(self) -> SimulatedPbx:
        """Return the PBX as it is now."""
        return self.state.pbx

    @property
    def writes(self) -> int:
        """Return how many requests would have changed something."""
        return self.state.writes

    @property
    def downloads(self) -> int:
        """Return how often `cfg.txt` was read."""
        return self.state.downloads

    @property
    def peak_connections(self) -> int:
        """Return how many connections were open at the same time at most."""
        return self._http.peak

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Return the address to audit."""
        return f"{'https' if self._context else 'http'}://{HOST}:{self.port}"

    def show_certificate(self, certificate: ServerCertificate) -> None:
        """Use another certificate from the next connection on."""
        if self._context is None:
            raise ValueError("a server without TLS has no certificate")
        certificate.load_into(self._context)
        self.certificate = certificate

    def __enter__(self) -> Self:
        self._http.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.sockets.end_all()
        self._http.end()


class HttpServer(ThreadingHTTPServer):
    """The listening socket; each connection has a thread."""

    daemon_threads = True

    def __init__(
        self,
        handler: Callable[..., BaseHTTPRequestHandler],
        port: int,
        context: ssl.SSLContext | None,
    ) -> None:
        self.peak = 0
        self._open = 0
        self._counting = threading.Lock()
        self._context = context
        super().__init__((HOST, port), handler)
        self._serving = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def begin(self) -> None:
        """Serve in a thread until `end`."""
        self._serving.start()

    def end(self) -> None:
        """Serve no more, and let the port go."""
        self.shutdown()
        self.server_close()
        self._serving.join()

    def server_bind(self) -> None:
        """Bind without the name look-up of HTTPServer, which could leave this computer."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the handshake waits for the connection's own thread."""
        connection, address = super().get_request()
        if self._context is not None:
            connection = self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Serve a connection, and count those that are open."""
        with self._counting:
            self._open += 1
            self.peak = max(self.peak, self._open)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._counting:
                self._open -= 1

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]
