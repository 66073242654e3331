"""Devices through the PBX, by clients that others wrote, and by our own where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from websockets.sync.client import connect

from auditor.simulator.app_object import with_app, with_service
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.platform.simulated_platform import Secrets, SimulatedPlatform
from auditor.simulator.server import SimulatorServer
from auditor.simulator.state import SimulatorState
from tests.fixtures.foreign_clients import FOREIGN_PROGRAMS, GO_MYAPPS, PHP, build, run
from tests.fixtures.socket_client import APPS, PASSWORD, Client

DOMAIN = "example.com"
APP = "devices-api"
PAGE = "innovaphone-devices-api"


@pytest.fixture(params=[False])
def tls(request):
    return request.param


@pytest.fixture
def together(boxes, tls):
    """Give a PBX whose users have Devices, and the platform that it is on."""
    pbx = boxes[DOMAIN]
    platform = SimulatedPlatform.create(
        {DOMAIN: [SimulatorState(pbx, Behaviour())]}, Secrets("", {DOMAIN: "first-secret"})
    )
    with PlatformServer(platform, tls=tls) as devices:
        url = f"{devices.url(DOMAIN)}/{PAGE}"
        changed = with_service(pbx, APP, url, "first-secret")
        changed = with_app(changed, ["services"], PASSWORD, apps=[APP])
        template = changed.index["cn", "Config User"]
        ticked = {**template.attributes, "apps": f"{template.attributes['apps']},{APP}"}
        others = tuple(
            replace(one, attributes=ticked) if one is template else one for one in changed.objects
        )
        with SimulatorServer(replace(changed, objects=others), tls=tls) as server:
            yield server, devices


def reached(devices):
    return sum(1 for one in devices.platform.devices if one.domain == 2)


# No public client logs in by ServicesInfo (websocket-apis.md 10.12).
def test_an_app_object_reaches_devices_by_the_services_of_the_pbx(together, dial):
    server, devices = together
    url = server.url.replace("http", "ws", 1) + APPS
    with connect(url, proxy=None, close_timeout=10) as socket:
        client = Client(socket)
        client.login()
        client.ask(api="Services", mt="SubscribeServices", src="v")
        [service] = client.receive()["services"]
        assert service["url"] == devices.url(DOMAIN).replace("http", "ws", 1) + "/"
        assert "com.innovaphone.devices" in service["info"]["apis"]
        other = dial(devices, DOMAIN)
        challenge = other.ask(mt="AppChallenge")["challenge"]
        given = client.ask(
            api="Services", mt="GetServiceLogin", app=service["name"], challenge=challenge, src="w"
        )
        names = ("app", "domain", "sip", "guid", "dn", "pbxObj", "info", "digest")
        answer = other.ask(mt="AppLogin", **{name: given[name] for name in names})
        assert answer["ok"] is True
        assert len(other.devices()) == reached(devices)


@PHP
@pytest.mark.slow
def test_websocketphp8_reads_a_box_through_devices(together, boxes):
    server, devices = together
    words = (f"127.0.0.1:{server.port}", "p.krause", "hotdesk1", boxes[DOMAIN].box.serial)
    found = run("php", FOREIGN_PROGRAMS / "devices.php", *words)
    assert found["login"] is True
    assert found["devices"] == reached(devices)
    state = devices.platform.boxes[boxes[DOMAIN].box.serial]
    assert state.downloads == 1
    assert found["configuration"]
    assert devices.writes == state.writes == 0


@GO_MYAPPS
@pytest.mark.slow
@pytest.mark.parametrize("tls", [True], indirect=True)
def test_go_myapps_lists_devices(together, tmp_path):
    server, devices = together
    program = build("devices.go", "go-myapps", tmp_path)
    words = (f"127.0.0.1:{server.port}", "p.krause", "hotdesk1", tmp_path / "session")
    assert run(program, *words, reached(devices)) == {"devices": reached(devices)}
    assert devices.writes == server.writes == 0
