"""Listens on loopback: what every simulated server needs, whatever it answers."""

from __future__ import annotations

import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from auditor.simulator.sockets.socket_server import Sockets

HOST: Final = "127.0.0.1"


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


class LoopbackServer:
    """A running server; a context manager. Whoever makes one gives it its sockets and its HTTP."""

    sockets: Sockets
    _http: HttpServer

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._http.server_address[1])

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
