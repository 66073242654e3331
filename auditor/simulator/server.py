"""Serves a simulated PBX over HTTP on loopback."""

from __future__ import annotations

import re
import secrets
import socketserver
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from auditor.simulator import render, soap
from auditor.simulator.configuration import SimulatedPbx
from auditor.simulator.digest import DigestGate
from auditor.simulator.element import Element

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 1024 * 1024
_IDLE_SECONDS: Final = 60
_REALM: Final = "Simulated PBX"
_UNKNOWN_MODULE: Final = b"?\r\n"
_READING_COMMANDS: Final = frozenset(
    {"", "show", "xml-info", "xml-counts", "xml-count", "xml-alarms", "xml-faults"}
)
_COMMAND_PAGE: Final = re.compile(r"/mod_cmd(_login)?\.xml$")
_SHOW_PATH: Final = "/PBX0/ADMIN/mod_cmd_login.xml"
_AREA_OF_PATH: Final = {
    "/CMD0/box_info.xml": "box_info",
    "/cfg.txt": "cfg",
    _SHOW_PATH: "show",
    "/PBX0/user.soap": "soap",
}
_XML: Final = "text/xml; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"


class _Answer(NamedTuple):
    status: HTTPStatus
    body: bytes = b""
    content_type: str = _TEXT


class SimulatorServer:
    """A running simulated PBX; a context manager.

    `refuse` names areas (`box_info`, `cfg`, `show`, `soap`) that are answered with 403. `requests`
    lists (method, path with query) of everything that arrived, `writes` counts what would have
    changed something; nothing ever does.
    """

    def __init__(
        self,
        pbx: SimulatedPbx | None = None,
        *,
        port: int = 0,
        refuse: frozenset[str] = frozenset(),
        cfg_without_objects: bool = False,
        offer_qop: bool = True,
    ) -> None:
        self.pbx = pbx or SimulatedPbx.create()
        self.refuse = refuse
        self.cfg_without_objects = cfg_without_objects
        self.requests: list[tuple[str, str]] = []
        self.writes = 0
        self.downloads = 0
        self.gate = DigestGate(_REALM, secrets.token_hex(16), self.pbx.accounts, offer_qop)
        self._lock = threading.Lock()
        self._http = _HttpServer(self, port)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Return the address to audit."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def count_download(self) -> int:
        """Return the number of this download of `cfg.txt`, from 1."""
        with self._lock:
            self.downloads += 1
            return self.downloads

    def count_write(self) -> None:
        """Count an attempt to change something."""
        with self._lock:
            self.writes += 1


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, simulator: SimulatorServer, port: int) -> None:
        self.simulator = simulator
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the name look-up of HTTPServer, which could leave this computer."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        simulator = self.server.simulator
        if self.request_version == "HTTP/1.0":
            # Old clients compare the whole status line (wire-facts 3).
            self.protocol_version = "HTTP/1.0"
            self.close_connection = True
        simulator.requests.append((self.command, self.path))
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send(_Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        area = _AREA_OF_PATH.get(urlsplit(self.path).path, "")
        login = self.headers.get("Authorization", "")
        if area != "box_info" and not simulator.gate.login(login, self.command, self.path):
            self._send(_Answer(HTTPStatus.UNAUTHORIZED))
            return
        try:
            self._send(self._answer(area, body))
        except soap.DroppedConnectionError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def version_string(self) -> str:
        """Name the simulator, not the Python that runs it."""
        return "simulated-pbx"

    def log_message(self, *_: object) -> None:
        """Log nothing: requests carry credentials."""

    def _answer(self, area: str, body: bytes) -> _Answer:
        simulator = self.server.simulator
        if _writes(self.command, self.path, body if area != "soap" else b""):
            return self._refuse_write()
        if area in simulator.refuse:
            return _Answer(HTTPStatus.FORBIDDEN)
        answers: dict[str, Callable[[], _Answer]] = {
            "box_info": lambda: _xml(render.box_info(simulator.pbx.box)),
            "cfg": self._configuration,
            "show": self._show,
            "soap": lambda: self._soap(body),
        }
        return answers.get(area, lambda: _Answer(HTTPStatus.OK, _UNKNOWN_MODULE))()

    def _configuration(self) -> _Answer:
        simulator = self.server.simulator
        text = render.configuration(
            simulator.pbx,
            simulator.count_download(),
            objects=not simulator.cfg_without_objects,
        )
        return _Answer(HTTPStatus.OK, text)

    def _show(self) -> _Answer:
        pbx = self.server.simulator.pbx
        query = _query(self.path)
        if "user-guid" in query:
            one = render.find(pbx, "guid", query["user-guid"])
            found = [] if one is None else [render.whole(pbx, one, templates=False)]
            return _xml(render.page(found))
        if "reg" in query:
            return _xml(render.page(render.registrations(pbx, query["reg"])))
        if "user" in query:
            return _xml(render.page(_listed(pbx, query)))
        return _xml(render.page(render.licences(pbx), licence_time=True))

    def _soap(self, body: bytes) -> _Answer:
        try:
            return _xml(soap.answer(self.server.simulator.pbx, body))
        except soap.WriteAttemptError:
            return self._refuse_write()
        except soap.SoapFault as fault:
            return _Answer(HTTPStatus.INTERNAL_SERVER_ERROR, fault.envelope(), _XML)

    def _refuse_write(self) -> _Answer:
        self.server.simulator.count_write()
        return _Answer(HTTPStatus.FORBIDDEN)

    def _read_body(self) -> bytes | None:
        """Return the body; None if it is too long or of no stated length."""
        if "Transfer-Encoding" in self.headers:
            return None
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: _Answer) -> None:
        self.send_response(answer.status)
        if answer.status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", self.server.simulator.gate.challenge)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _xml(body: bytes) -> _Answer:
    return _Answer(HTTPStatus.OK, body, _XML)


def _query(path: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))


def _writes(method: str, path: str, body: bytes) -> bool:
    """Return whether a request is anything but known reading: on this device a GET can write."""
    parts = urlsplit(path)
    if method not in {"GET", "HEAD", "POST"} or unquote(parts.path).startswith("/!"):
        return True
    form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    commands = {_query(path).get("cmd", ""), form.get("cmd", "")}
    return bool(_COMMAND_PAGE.search(parts.path)) and not commands <= _READING_COMMANDS


def _listed(pbx: SimulatedPbx, query: dict[str, str]) -> list[Element]:
    """Return the rows of the object list, sorted by long name."""
    prefix, loc = query.get("search", ""), query.get("search-loc", "")
    return [
        render.summary(one)
        for one in sorted((*pbx.objects, pbx.admin), key=lambda one: one.cn.casefold())
        if loc in {"", one.names.get("loc")}
        and any(one.names.get(name, "").startswith(prefix) for name in ("cn", "h323", "e164"))
    ]
