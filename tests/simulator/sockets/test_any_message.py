"""Whatever is sent, a session answers with JSON that carries the source, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.app_object import with_app
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.platform.devices_session import SimulatedDevicesSession
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.platform.simulated_platform import (
    Secrets,
    SimulatedPlatform,
    SimulatedRollout,
)
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.sockets.admin_facts import FACTS
from auditor.simulator.sockets.admin_lists import LISTS
from auditor.simulator.sockets.app_client import ClientSocket
from auditor.simulator.sockets.app_login import login_digest
from auditor.simulator.sockets.app_session import AppSession
from auditor.simulator.sockets.client_login import SocketLogin
from auditor.simulator.sockets.json_messages import minimal
from auditor.simulator.sockets.requests import RestartError
from auditor.simulator.sockets.services_api import SERVICES
from auditor.simulator.state import SimulatorState

FIELDS = (
    *("guid", "cn", "h323", "more", "limit", "last", "pseudo", "grp", "uri", "template", "stop"),
    *("properties", "columns", "app", "challenge", "loc", "domainIds", "domainId", "id", "types"),
    *("hwIds", "unassigned", "includeMatch", "type", "method", "username", "nonce", "response"),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.text(max_size=5)
    | st.sampled_from(["Temp", "with", "guid", "Config User", "user", "digest", "2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ADMIN = [("PbxAdminApi", mt) for mt in sorted({*LISTS, *FACTS})]
ROWS = [("PbxTableUsers", f"Replicate{word}") for word in ("Start", "Next", "Add")]
MESSAGES = st.builds(
    lambda known, fields, source: {"api": known[0], "mt": known[1], **fields, **source},
    st.sampled_from([*ADMIN, *ROWS, *(("Services", mt) for mt in SERVICES)]),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
    st.fixed_dictionaries({"src": VALUES}) | st.just({}),
)
DEVICES = (
    *("GetDomains", "GetDevices", "GetFilteredDevices", "GetDeviceConfigs", "GetDeviceConfig"),
    *("GetProvisioningCategories", "GetUnassignedDevicesCount", "GetUserInfo", "SetDevice"),
)


@pytest.fixture(scope="module")
def state():
    pbx = SimulatedPbx.create("insecure", "pbx-secret", seed=7)
    return SimulatorState(with_app(pbx, ["admin", "tableusers", "services"], "pwd"), Behaviour())


@pytest.fixture(scope="module")
def app(state):
    session = AppSession(state)
    [asked] = session.answer({"mt": "AppChallenge"})
    login = {"mt": "AppLogin", "app": "pbx-auditor"}
    digest = login_digest(login, asked["challenge"], "pwd")
    assert session.answer({**login, "digest": digest})[0]["ok"] is True
    return session


@pytest.fixture(scope="module")
def user(state):
    session = ClientSocket(state)
    [asked] = session.answer({"mt": "Login", "type": "user"})
    login = SocketLogin("user", asked["domain"], "p.krause", "hotdesk1", "n", asked["challenge"])
    proof = login.response()
    sent = {"type": "user", "method": "digest", "username": "p.krause", "nonce": "n"}
    assert "info" in session.answer({"mt": "Login", "response": proof, **sent})[0]
    return session


@pytest.fixture(scope="module")
def devices(state):
    rolled_out = (SimulatedRollout(5, 2, "PHONE", {"protectCfg": True}),)
    platform = SimulatedPlatform.create(
        {"example.com": [state]}, Secrets("instpwd"), rolled_out=rolled_out
    )
    with PlatformServer(platform) as server:
        session = SimulatedDevicesSession(server)
        [asked] = session.answer({"mt": "AppChallenge"})
        login = {"mt": "AppLogin", "app": "innovaphone-devices", "domain": ""}
        digest = login_digest(login, asked["challenge"], "instpwd")
        assert session.answer({**login, "digest": digest})[0]["ok"] is True
        yield session


def check(session, message):
    try:
        answers = session.answer(message)
    except RestartError:
        return
    for answer in answers:
        assert json.loads(minimal(answer)) == answer
        assert answer.get("src") == message.get("src")
        assert answer.get("api") == message.get("api")


@given(message=MESSAGES)
def test_an_app_may_send_anything(app, message):
    check(app, message)


@given(
    mt=st.sampled_from(["Login", "SubscribeApps", "AppGetLogin", "CheckBuild", "LoginInfo"]),
    fields=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
)
def test_a_user_may_send_anything(user, mt, fields):
    check(user, {"mt": mt, **fields})


@given(
    mt=st.sampled_from(DEVICES),
    fields=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
)
def test_devices_may_be_sent_anything(devices, mt, fields):
    check(devices, {"mt": mt, **fields})
