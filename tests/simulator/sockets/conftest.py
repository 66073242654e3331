from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from websockets.sync.client import connect

from auditor.simulator.app_object import with_app
from auditor.simulator.element import Element
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from tests.fixtures.socket_client import APPS, PASSWORD, Client

ALL_RIGHTS = ("admin", "tableusers", "services")


@pytest.fixture(scope="session")
def pbx():
    return SimulatedPbx.create("insecure", "pbx-secret", seed=7)


@pytest.fixture(scope="session")
def hardened():
    return SimulatedPbx.create("hardened", "pbx-secret", seed=7)


@pytest.fixture(scope="session")
def secretive(pbx):
    """Give a PBX with a canary in each place that a real one would send without being asked."""
    turn = "SIM-TURN0 /sim-server turn.example.com /sim-user t /sim-password canary-turn"
    modules = tuple(turn if line.startswith("SIM-TURN0") else line for line in pbx.modules)
    key = Element("conference", {"static-room": "true", "m-key": "canary-m-key"})
    room = SimulatedObject(
        "c" * 32,
        {"cn": "Konferenz", "h323": "konferenz", "e164": "800", "node": "root", "loc": "master"},
        {},
        (Element("pseudo", {"type": "conference"}, (key,)),),
    )
    return replace(pbx, modules=modules, objects=(*pbx.objects, room))


@pytest.fixture
def serve():
    """Start simulated PBXs with an App object and switches of their sockets."""
    with ExitStack() as stack:

        def started(
            pbx: SimulatedPbx,
            *faults: SocketFault,
            rights: tuple[str, ...] = ALL_RIGHTS,
            apps: tuple[str, ...] = (),
            tls: bool = False,
            **switches: Any,
        ) -> SimulatorServer:
            changed = with_app(pbx, rights, PASSWORD, apps=apps)
            sockets = SocketBehaviour(faults=faults, **switches)
            return stack.enter_context(SimulatorServer(changed, tls=tls, sockets=sockets))

        yield started


@pytest.fixture
def dial():
    """Open sockets that are closed at the end of the test."""
    with ExitStack() as stack:

        def dialled(server: SimulatorServer, path: str = APPS, **options: Any) -> Client:
            url = server.url.replace("http", "ws", 1) + path
            given = {"proxy": None, "max_size": None, "close_timeout": 1, **options}
            return Client(stack.enter_context(connect(url, **given)))

        yield dialled


@pytest.fixture
def log_in(serve, dial):
    """Start a PBX, dial it and log in; give the client, and the server."""

    def logged_in(pbx: SimulatedPbx, *faults: SocketFault, **switches: Any):
        server = serve(pbx, *faults, **switches)
        client = dial(server)
        assert client.login()["ok"] is True
        return client, server

    return logged_in
