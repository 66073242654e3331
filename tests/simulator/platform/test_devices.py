"""Devices: what each login reaches, pages, values, and the way through to a box."""

from __future__ import annotations

import http.client
import json
import re
import socket
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from auditor.pbx import crypt
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.platform.simulated_platform import Secrets, SimulatedPlatform
from auditor.simulator.socket_behaviour import SocketFault
from auditor.simulator.sockets.app_login import session_key
from auditor.simulator.state import SimulatorState

APP = "innovaphone-devices"
INSTANCE, FIRST, SECOND = "platform.example", "example.com", "kunde.example"


@pytest.fixture
def everywhere(log_in):
    return log_in(INSTANCE, "instpwd")


@pytest.fixture
def first(log_in):
    return log_in(FIRST, "first-secret")


def fetch(server, path, method="GET", domain=FIRST):
    address = urlsplit(server.url(domain))
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request(method, f"{address.path}/passthrough/{path}")
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def key_of(client):
    return client.ask(mt="GetUserInfo", src="k")["key"]


@pytest.mark.parametrize(
    ("domain", "password", "admin", "names"),
    [
        (INSTANCE, "instpwd", True, [INSTANCE, FIRST, SECOND]),
        (FIRST, "first-secret", False, [FIRST]),
        (FIRST, "instpwd", False, [FIRST]),
        (SECOND, "second-secret", False, [SECOND]),
    ],
)
def test_a_login_reaches_its_domains(log_in, domain, password, admin, names):
    client, _ = log_in(domain, password)
    assert client.ask(mt="GetUserInfo", src="1")["admin"] is admin
    [answer] = client.get("GetDomains", recvUpdates=False)
    assert [one["name"] for one in answer["domains"]] == names
    assert [one["isInstanceDomain"] for one in answer["domains"]] == [
        name == INSTANCE for name in names
    ]


@pytest.mark.parametrize(
    ("domain", "password", "app"),
    [
        (FIRST, "second-secret", APP),
        (FIRST, "", APP),
        ("nobody.example", "instpwd", APP),
        (FIRST, "first-secret", "innovaphone-users"),
        (INSTANCE, "first-secret", APP),
    ],
)
def test_a_wrong_login_opens_nothing(serve, dial, domain, password, app):
    client = dial(serve())
    assert client.login(password, app, domain=domain) == {"mt": "AppLoginResult"}
    assert client.is_silent(mt="GetDomains", src="x")
    assert client.is_silent(mt="GetUserInfo", src="x")


def test_a_login_is_told_app_and_domain_of_the_instance(serve, dial):
    client = dial(serve(number_challenge=True))
    answer = client.login("first-secret", APP, domain=FIRST, info={"a": 1})
    assert answer == {"mt": "AppLoginResult", "ok": True, "app": APP, "domain": INSTANCE}
    assert isinstance(client.challenge, int)


@pytest.mark.parametrize("tail", ["", f"/{APP}", f"/{APP}-api"])
def test_the_socket_is_there_with_and_without_the_name_of_the_app(serve, dial, tail):
    assert dial(serve(), FIRST, tail).ask(mt="KeepAlive") == {"mt": "KeepAlive"}


@pytest.mark.parametrize(("domain", "tail"), [("nobody", ""), (FIRST, "/other"), (FIRST, "/a/b")])
def test_elsewhere_there_is_none(serve, dial, domain, tail):
    with pytest.raises(InvalidStatus):
        dial(serve(), domain, tail)


def test_devices_are_the_boxes_and_phones_of_the_pbxs(everywhere, boxes):
    client, server = everywhere
    found = client.devices()
    assert len(client.get("GetDevices")) == 2
    active = {one["hwId"]: one for one in found if one["pbxActive"]}
    assert set(active) == {pbx.box.serial for pbx in boxes.values()}
    box = active[boxes[FIRST].box.serial]
    assert (box["type"], box["domainId"]) == ("GW", 2)
    assert box["version"] == "13r3 sr2 [13.5202/135202/304]"
    phones = {one["hwId"] for one in found if one["type"] == "PHONE" and one["domainId"] == 2}
    assert "0090334a1100" in phones
    assert len({one["hwId"] for one in found}) == len(found)  # although a PBX has one twice
    assert all(re.fullmatch(r"[0-9a-f]{12}", one["hwId"]) for one in found)
    assert [one["type"] for one in found].count("APP_PLATFORM") == 1
    assert server.writes == 0


def test_devices_are_filtered(everywhere):
    client, _ = everywhere
    assert {one["domainId"] for one in client.devices(domainIds="2")} == {2}
    assert {one["domainId"] for one in client.devices(domainIds="2,3")} == {2, 3}
    assert {one["domainId"] for one in client.devices(unassigned=True)} == {0}
    assert {one["domainId"] for one in client.devices(unassigned=True, domainIds="3")} == {0, 3}
    assert {one["domainId"] for one in client.devices(unassigned=False, domainIds="")} == {
        0,
        1,
        2,
        3,
    }
    assert client.ask(mt="GetUnassignedDevicesCount", src="u")["count"] == 1
    gateways = client.devices("GetFilteredDevices", domainId=3, types=["GW"])
    assert [one["hwId"] for one in gateways] == ["009033410c7e"]
    one = client.devices("GetFilteredDevices", domainId=2, hwIds="0090334a1100,x")
    assert [device["hwId"] for device in one] == ["0090334a1100"]


def test_a_domain_never_sees_another(first):
    client, _ = first
    assert {one["domainId"] for one in client.devices()} == {2}
    assert {one["domainId"] for one in client.devices("GetFilteredDevices")} == {2}
    assert client.devices(domainIds="3") == []
    assert client.devices("GetFilteredDevices", domainId=3) == []
    assert client.devices(unassigned=True) == []
    [answer] = client.get("GetDeviceConfigs", domainId=3)
    assert answer["configs"] == []
    assert client.is_silent(mt="GetDeviceConfig", domainId=3, id=7, src="x")


def test_configurations_are_outlined_without_values(everywhere):
    client, _ = everywhere
    [answer] = client.get("GetDeviceConfigs")
    assert [(one["id"], one["type"], one["categories"]) for one in answer["configs"]] == [
        (5, "PHONE", []),
        (6, "EXPERT", [9]),
        (7, "MEDIA", []),
    ]
    assert all(set(one) == {"id", "domainId", "type", "categories"} for one in answer["configs"])


def test_categories_say_whether_something_is_rolled_out_to_them(everywhere):
    client, _ = everywhere
    [answer] = client.get("GetProvisioningCategories")
    assert answer["categories"] == [
        {"id": 9, "domainId": 2, "name": "Homeoffice", "config": True},
        {"id": 10, "domainId": 3, "name": "Empfang", "config": False},
    ]
    assert len(client.get("GetProvisioningCategories", domainId=3)[0]["categories"]) == 1
    [answer] = client.get("GetDomains")
    found = {one["name"]: one["categories"] for one in answer["domains"]}
    assert found[FIRST] == [{"id": 9, "name": "Homeoffice", "config": True}]


def test_a_customer_may_have_several_boxes_of_which_some_are_offline(boxes, dial):
    states = [SimulatorState(pbx, Behaviour()) for pbx in boxes.values()]
    serials = [state.pbx.box.serial for state in states]
    platform = SimulatedPlatform.create(
        {FIRST: states}, Secrets("", {FIRST: "first-secret"}), offline=frozenset(serials[1:])
    )
    with PlatformServer(platform) as server:
        client = dial(server)
        client.login("first-secret", APP, domain=FIRST)
        found = [one for one in client.devices() if one["pbxActive"]]
        assert [(one["hwId"], one["online"]) for one in found] == [
            (serials[0], True),
            (serials[1], False),
        ]
        key = key_of(client)
        assert fetch(server, f"{serials[0]}/{key}/cfg.txt")[0] == 200
        assert fetch(server, f"{serials[1]}/{key}/cfg.txt")[0] == 503


def test_a_long_value_comes_in_pieces_before_its_configuration(first, platform):
    client, _ = first
    client.send(mt="GetDeviceConfig", domainId=2, id=6, src="e")
    pieces = []
    while (answer := client.receive())["mt"] == "GetDeviceConfigValueResult":
        assert (answer["name"], answer["src"]) == ("script", "e")
        assert len(answer["value"]) < 65_536
        pieces.append(answer["value"])
    assert len(pieces) == 3
    assert "".join(pieces) == platform.rolled_out[1].values["script"]
    assert answer["mt"] == "GetDeviceConfigResult"
    assert "script" not in answer["config"]
    phone = client.ask(mt="GetDeviceConfig", id=5, src="p")["config"]
    assert phone["protectCfg"] is True


def test_a_secret_is_encrypted_for_its_reader(log_in):
    client, _ = log_in(SECOND, "second-secret")
    config = client.ask(mt="GetDeviceConfig", id=7, src="m")["config"]
    assert "canary" not in json.dumps(config)
    key = session_key(str(client.challenge), "second-secret")
    opened = crypt.rc4(f"{config['seed']}:{key}".encode(), bytes.fromhex(config["turnPassword"]))
    assert opened == b"canary-turn"


def test_a_box_is_read_without_its_password_as_long_as_the_socket_lives(first, boxes, platform):
    client, server = first
    box, key = boxes[FIRST].box.serial, key_of(client)
    status, body = fetch(server, f"{box}/{key}/cfg.txt")
    assert status == 200
    assert body.startswith(b"vars check ")
    assert fetch(server, f"{box}/{key}/CMD0/box_info.xml")[0] == 200
    page = f"{box}/{key}/PBX0/ADMIN/mod_cmd_login.xml?cmd=show&user=*"
    assert b"Krause, Peter" in fetch(server, page)[1]
    assert platform.boxes[box].writes == 0
    client.socket.close()  # waits until the server has let go
    assert fetch(server, f"{box}/{key}/cfg.txt")[0] == 403


def test_what_writes_on_a_box_is_counted_there(first, boxes, platform):
    client, server = first
    box = boxes[FIRST].box.serial
    fetch(server, f"{box}/{key_of(client)}/!config%20change%20NTP0%20/x")
    assert platform.boxes[box].writes == 1


def test_a_key_opens_its_own_domain_alone(first, boxes):
    client, server = first
    key = key_of(client)
    assert fetch(server, f"{boxes[SECOND].box.serial}/{key}/cfg.txt")[0] == 403
    assert fetch(server, f"{boxes[FIRST].box.serial}/{'0' * 36}/cfg.txt")[0] == 403
    assert fetch(server, f"0090334a1100/{key}/cfg.txt")[0] == 503  # a phone is not simulated
    assert fetch(server, "short")[0] == 404


def test_the_platform_speaks_http_1_1_alone(serve):
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as raw:
        raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert raw.recv(100) == b""


@pytest.mark.parametrize(
    "mt",
    ["AddDevice", "EditDomain", "DeleteDeviceConfig", "SetDeviceConfig", "DeployAdminPasswords"],
)
def test_writes_are_answered_and_counted(first, mt):
    client, server = first
    assert client.ask(mt=mt, id=5, src="w")["error"]
    assert server.writes == 1


@pytest.mark.parametrize(
    "mt", ["SetDeviceFiler", "SetDeviceFilter", "NoSuchMessage", "GetGateways"]
)
def test_what_is_not_known_is_silence_and_ends_nothing(first, mt):
    client, server = first
    assert client.is_silent(mt=mt, recvUpdates=True)
    assert server.writes == 0


@pytest.mark.parametrize(
    ("train", "known", "unknown"),
    [("13r1", "GetLoginInfo", "GetUserInfo"), ("13r3", "GetUserInfo", "GetLoginInfo")],
)
def test_the_key_has_another_name_in_13r1(log_in, train, known, unknown):
    client, _ = log_in(FIRST, "first-secret", train=train)
    assert client.ask(mt=known, src="k")["key"]
    assert client.is_silent(mt=unknown, src="k")


def test_the_last_message_may_not_say_so(log_in):
    fault = SocketFault("no-last", "GetDevices")
    client, _ = log_in(FIRST, "first-secret", fault)
    client.send(mt="GetDevices", src="d")
    assert all("last" not in client.receive() for _ in range(2))
    assert client.ask(mt="KeepAlive") == {"mt": "KeepAlive"}


def test_no_password_is_in_any_answer(everywhere, platform):
    client, _ = everywhere
    secrets = {platform.instance_password, *(one.password for one in platform.domains)}
    for mt in ("GetDomains", "GetDevices", "GetDeviceConfigs"):
        text = json.dumps(client.get(mt))
        assert not [one for one in secrets if one in text]
    assert not [one for one in secrets if one in repr(platform)]
