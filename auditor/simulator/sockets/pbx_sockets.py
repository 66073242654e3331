"""Which WebSockets a simulated PBX has, and where."""

from __future__ import annotations

from functools import partial
from typing import Final

from auditor.simulator.sockets.app_client import ClientSocket
from auditor.simulator.sockets.app_session import AppSession
from auditor.simulator.sockets.socket_server import Sockets, SocketSession
from auditor.simulator.state import SimulatorState

_APPS: Final = "/PBX0/APPS/websocket"
# Both are in use by public clients.
_CLIENTS: Final = ("/PBX0/APPCLIENT/websocket", "/PBX0/APPCLIENT/130000/websocket")


def pbx_sockets(state: SimulatorState) -> Sockets:
    """Return the sockets of a PBX."""
    return Sockets(state.behaviour.sockets, partial(_session, state))


def _session(state: SimulatorState, path: str) -> SocketSession | None:
    if path == _APPS:
        return AppSession(state)
    return ClientSocket(state) if path in _CLIENTS else None
