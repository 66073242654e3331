from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from websockets.sync.client import connect

from auditor.simulator.behaviour import Behaviour
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.platform.simulated_platform import (
    Category,
    Secrets,
    SimulatedPlatform,
    SimulatedRollout,
)
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.simulator.state import SimulatorState
from tests.fixtures.socket_client import Client

APP = "innovaphone-devices"
INSTANCE, FIRST, SECOND = "platform.example", "example.com", "kunde.example"
PASSWORDS = {INSTANCE: "unused", FIRST: "first-secret", SECOND: "second-secret"}
SCRIPT = "config change SIP /gk-pwd canary-expert\r\n" + "x" * 150_000
CATEGORIES = (Category(9, 2, "Homeoffice"), Category(10, 3, "Empfang"))
ROLLED_OUT = (
    SimulatedRollout(5, 2, "PHONE", {"protectCfg": True, "srtpKey": "0"}),
    SimulatedRollout(6, 2, "EXPERT", {"script": SCRIPT}, categories=(9,)),
    SimulatedRollout(
        7,
        3,
        "MEDIA",
        {"turnServer": "turn.example.com", "turnPassword": "canary-turn"},
        sealed=frozenset({"turnPassword"}),
        seed="s1",
    ),
)


class Devices(Client):
    """A socket of Devices."""

    def get(self, mt: str, **fields: Any) -> list[dict[str, Any]]:
        """Return the messages that answer a request, until one says that it is the last."""
        self.send(mt=mt, src=f"s-{mt}", **fields)
        found = [self.receive()]
        while not found[-1].get("last"):
            found.append(self.receive())
        return found

    def devices(self, mt: str = "GetDevices", **fields: Any) -> list[dict[str, Any]]:
        return [one for message in self.get(mt, **fields) for one in message["devices"]]


@pytest.fixture(scope="session")
def boxes():
    """Give two PBXs, each of a customer."""
    first = SimulatedPbx.create("insecure", "pbx-secret", seed=7)
    second = SimulatedPbx.create("hardened", "pbx-secret", seed=8)
    return {FIRST: first, SECOND: second}


@pytest.fixture
def platform(boxes):
    states = {name: [SimulatorState(pbx, Behaviour())] for name, pbx in boxes.items()}
    return SimulatedPlatform.create(
        states, Secrets("instpwd", PASSWORDS), categories=CATEGORIES, rolled_out=ROLLED_OUT
    )


@pytest.fixture
def serve(platform):
    """Start the platform with switches."""
    with ExitStack() as stack:

        def started(*faults: SocketFault, **switches: Any) -> PlatformServer:
            own = {name: switches.pop(name) for name in ("tls", "train") if name in switches}
            sockets = SocketBehaviour(faults=faults, **switches)
            return stack.enter_context(PlatformServer(platform, sockets=sockets, **own))

        yield started


@pytest.fixture
def dial():
    with ExitStack() as stack:

        def dialled(server: PlatformServer, domain: str = FIRST, tail: str = "") -> Devices:
            url = server.url(domain).replace("http", "ws", 1) + tail
            socket = stack.enter_context(connect(url, proxy=None, close_timeout=10))
            return Devices(socket)

        yield dialled


@pytest.fixture
def log_in(serve, dial):
    """Start the platform and log in to a domain; give the client, and the server."""

    def logged_in(domain: str, password: str, *faults: SocketFault, **switches: Any):
        server = serve(*faults, **switches)
        client = dial(server, domain)
        assert client.login(password, APP, domain=domain)["ok"] is True
        return client, server

    return logged_in
