"""HTTP of a server that has WebSockets: what both simulated servers share of a connection."""

from __future__ import annotations

from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Final

from auditor.simulator.sockets.socket_server import Sockets

IDLE_SECONDS: Final = 60
MAX_BODY_BYTES: Final = 1024 * 1024
_BLOCK: Final = 64 * 1024


class UpgradingHandler(BaseHTTPRequestHandler):
    """Serves the requests of one connection, of which the last may become a WebSocket."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Log nothing: requests carry credentials."""

    def read_body(self) -> bytes | None:
        """Return the body; None if it is too long or of no stated length."""
        if "Transfer-Encoding" in self.headers:
            return None
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return None
        return self.rfile.read(int(length))

    def became_socket(self, sockets: Sockets) -> bool:
        """Serve a WebSocket if one is asked for and is there; return whether it was."""
        if self.headers.get("Upgrade", "").lower() != "websocket":
            return False
        session = sockets.session(self.path)
        if session is None:
            return False
        self.close_connection = True
        lines = [self.requestline, *(f"{name}: {text}" for name, text in self.headers.items())]
        handshake = "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")
        read = partial(self.rfile.read1, _BLOCK)
        sockets.serve(session, (self.path, handshake), self.connection, read)
        return True
