"""Serves a simulated App Platform on loopback: the socket of Devices, and the way to its devices.

What a real one answers for a key that is dead or a device that is offline is not documented; here
it is 403 and 503. It speaks HTTP/1.1 alone and hangs up on anything older.
"""

from __future__ import annotations

import ssl
import threading
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from auditor.simulator.loopback_server import HOST, HttpServer, LoopbackServer
from auditor.simulator.platform.devices_session import SimulatedDevicesSession
from auditor.simulator.platform.simulated_platform import APPS, INSTANCE, SimulatedPlatform
from auditor.simulator.routes import HttpAnswer, HttpRequest, respond
from auditor.simulator.self_signed import ServerCertificate, self_signed, server_context
from auditor.simulator.simulated_pbx import Account
from auditor.simulator.soap.users import DroppedConnectionError
from auditor.simulator.socket_behaviour import SocketBehaviour
from auditor.simulator.sockets.socket_server import Sockets, SocketSession
from auditor.simulator.sockets.upgrade import UpgradingHandler

_PASSTHROUGH: Final = "passthrough"


class PlatformServer(LoopbackServer):
    """A running platform; a context manager.

    `requests` lists (method, path) of what came by HTTP, `writes` counts what would change
    something; what goes through to a box is counted there. `train` is that of the platform.
    """

    def __init__(
        self,
        platform: SimulatedPlatform,
        *,
        tls: bool = False,
        train: str = "13r3",
        sockets: SocketBehaviour | None = None,
    ) -> None:
        self.platform = platform
        self.train = train
        self.requests: list[tuple[str, str]] = []
        self.keys: dict[str, frozenset[int]] = {}
        self.writes = 0
        self.certificate: ServerCertificate | None = None
        switches = sockets or SocketBehaviour()
        self.number_challenge = switches.number_challenge
        self.sockets = Sockets(switches, self._session)
        self._lock = threading.Lock()
        context: ssl.SSLContext | None = None
        if tls:
            self.certificate = self_signed(HOST)
            context = server_context(self.certificate)
        self._http = HttpServer(partial(_Handler, self), 0, context)
        self._scheme = "https" if tls else "http"

    def url(self, domain: str) -> str:
        """Return the address of the instance of Devices in a domain."""
        return f"{self._scheme}://{HOST}:{self.port}/{domain}/{INSTANCE}"

    def socket_url(self, domain: str) -> str:
        """Return the address of the socket of that instance."""
        return self.url(domain).replace("http", "ws", 1)

    def count_write(self) -> None:
        """Count a request that would change something."""
        with self._lock:
            self.writes += 1

    def pass_through(self, method: str, target: str, body: bytes) -> HttpAnswer:
        """Return what a box answers to a request that came by its address here.

        Raises DroppedConnectionError where the box does not survive it.
        """
        way = _way(target)
        if way is None:
            return HttpAnswer(HTTPStatus.NOT_FOUND)
        reached = self.keys.get(way.key, frozenset[int]())
        device = next(
            (one for one in self.platform.devices if one.hardware_id == way.hardware_id), None
        )
        if device is None or device.domain not in reached:
            return HttpAnswer(HTTPStatus.FORBIDDEN)
        state = self.platform.boxes.get(way.hardware_id)
        if state is None or not device.online:
            return HttpAnswer(HTTPStatus.SERVICE_UNAVAILABLE)
        # Devices needs no login of the box: it works with the power of its administrator.
        admin = Account("admin", "", "")
        return respond(state, HttpRequest("", method, way.target, "", body, admin))

    def _session(self, path: str) -> SocketSession | None:
        """Return a session at `/<domain>/<instance>`, with or without the name of the app."""
        domain, *rest = path.strip("/").split("/")
        known = [[INSTANCE], *([INSTANCE, app] for app in APPS)]
        is_there = self.platform.domain(domain) is not None
        return SimulatedDevicesSession(self) if is_there and rest in known else None


class _Way(NamedTuple):
    hardware_id: str
    key: str
    target: str


def _way(target: str) -> _Way | None:
    """Return the device, the key and the rest of an address that leads through to a box."""
    parts = urlsplit(target).path.split("/", 6)
    if len(parts) < 7 or parts[2:4] != [INSTANCE, _PASSTHROUGH]:  # noqa: PLR2004 -- as above
        return None
    query = f"?{urlsplit(target).query}" if urlsplit(target).query else ""
    return _Way(parts[4], parts[5], f"/{parts[6]}{query}")


class _Handler(UpgradingHandler):
    def __init__(self, running: PlatformServer, *connection: Any) -> None:  # noqa: ANN401
        self._running = running  # first, because the base class answers as it is made
        super().__init__(*connection)

    def version_string(self) -> str:
        return "simulated-app-platform"

    def _serve(self) -> None:
        if self.request_version != "HTTP/1.1":
            self.close_connection = True
            return
        self._running.requests.append((self.command, self.path))
        if self.became_socket(self._running.sockets):
            return
        body = self.read_body()
        if body is None:
            self.close_connection = True
            return
        try:
            answer = self._running.pass_through(self.command, self.path, body)
        except DroppedConnectionError:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815
