"""A proxy between auditor and PBX, on real sockets, that delivers one document otherwise.

It forwards everything, logins included. What the PBX answers with 200 is recorded by its key, the
target and the body of the request; a `Tamper` says for one key what is sent instead.
"""

from __future__ import annotations

import http.client
import socket
import socketserver
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple

HOST: Final = "127.0.0.1"
_HOP: Final = {"connection", "content-length", "keep-alive", "transfer-encoding", "host"}
Key = tuple[str, bytes]


class Answer(NamedTuple):
    """What the PBX answers, unpacked from its framing."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Sent(NamedTuple):
    """What goes over the wire instead; `keeps` leaves the connection open, `resets` breaks it."""

    raw: bytes
    keeps: bool = False
    resets: bool = False


class Tamper(NamedTuple):
    """What is sent instead of one answer, whenever it is asked for."""

    key: Key
    sent: Sent


class Proxy:
    """A context manager in front of a simulated PBX."""

    def __init__(self, upstream_port):
        self.upstream_port = upstream_port
        self.tamper = None
        self.recorded = {}
        self.tampered = 0
        self._server = _Server((HOST, 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self):
        return f"http://{HOST}:{self._server.server_address[1]}"

    def instead_of(self, key, answer):
        """Return what is sent instead of an answer, None if it is passed on as it is."""
        if answer.status != http.client.OK:
            return None
        if self.tamper is None:
            self.recorded[key] = answer
            return None
        if key != self.tamper.key:
            return None
        self.tampered += 1
        return self.tamper.sent

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    proxy: Proxy
    daemon_threads = True
    block_on_close = False

    def server_bind(self):
        """Bind without the look-up of a name, which could leave this computer."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, *_):
        """Say nothing of clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Log nothing."""

    def setup(self):
        super().setup()
        self.upstream = http.client.HTTPConnection(HOST, self.server.proxy.upstream_port)

    def finish(self):
        with suppress(OSError):
            super().finish()
        self.upstream.close()

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        answer = self._asked(body)
        sent = self.server.proxy.instead_of((self.path, body), answer)
        if sent is None:
            sent = Sent(raw_answer(answer.status, answer.headers, answer.body), keeps=True)
        self.wfile.write(sent.raw)
        if sent.resets:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if not sent.keeps:
            self.close_connection = True

    do_GET = do_POST = _serve  # noqa: N815 -- names of the base class

    def _asked(self, body):
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOP}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        kept = tuple((n, t) for n, t in answer.getheaders() if n.lower() not in _HOP)
        return Answer(answer.status, kept, answer.read())


def raw_answer(status, headers, body, *, version="1.1", length=None):
    """Return an answer as bytes; a negative length states none."""
    size = len(body) if length is None else length
    lines = [f"HTTP/{version} {status} {http.client.responses[status]}"]
    lines += [f"{name}: {text}" for name, text in headers]
    lines += [f"Content-Length: {size}"] if size >= 0 else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
