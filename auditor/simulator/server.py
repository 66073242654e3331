"""Serves a simulated PBX over HTTP or HTTPS on loopback."""

from __future__ import annotations

import secrets
import ssl
from dataclasses import replace
from functools import partial
from typing import Any, Final

from auditor.simulator.authentication import Gate
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.handler import Handler
from auditor.simulator.loopback_server import HOST, HttpServer, LoopbackServer
from auditor.simulator.self_signed import ServerCertificate, device_certificate, server_context
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.sockets.pbx_sockets import pbx_sockets
from auditor.simulator.sockets.upgrade import MAX_BODY_BYTES
from auditor.simulator.state import SimulatorState

__all__ = ["MAX_BODY_BYTES", "SimulatorServer"]

_REALM: Final = "Simulated PBX"


class SimulatorServer(LoopbackServer):
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
    def url(self) -> str:
        """Return the address to audit."""
        return f"{'https' if self._context else 'http'}://{HOST}:{self.port}"

    def show_certificate(self, certificate: ServerCertificate) -> None:
        """Use another certificate from the next connection on."""
        if self._context is None:
            raise ValueError("a server without TLS has no certificate")
        certificate.load_into(self._context)
        self.certificate = certificate
