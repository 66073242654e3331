"""`Services`: what is offered to an App, and a login that the service accepts."""

from __future__ import annotations

import pytest

from auditor.pbx import crypt
from auditor.simulator.sockets.app_login import login_digest, session_key

API = "Services"


def services(client):
    assert client.ask(api=API, mt="SubscribeServices", src="v")["mt"] == "SubscribeServicesResult"
    told = client.receive()
    assert (told["mt"], told["src"]) == ("ServicesInfo", "v")
    return {one["name"]: one for one in told["services"]}


def test_services_that_are_ticked_and_connected_are_offered(log_in, pbx):
    client, _ = log_in(pbx, apps=("devices", "users", "no-such-app"))
    found = services(client)
    assert set(found) == {"devices", "users"}
    assert found["devices"]["url"] == "wss://ap.example.com/example.com/devices/"
    assert found["devices"]["info"] == {"apis": {"com.innovaphone.devices": {}}}
    assert found["users"]["info"] == {}
    assert client.ask(api=API, mt="UnsubscribeServices", src="v")["src"] == "v"


def test_nothing_that_is_not_ticked_is_offered(log_in, pbx):
    client, _ = log_in(pbx)
    assert services(client) == {}


def test_a_login_for_a_service_fits_its_password(log_in, pbx):
    client, _ = log_in(pbx, apps=("devices",))
    answer = client.ask(api=API, mt="GetServiceLogin", app="devices", challenge="99", src="w")
    password = pbx.password_of(pbx.index["h323", "devices"])
    assert answer["app"] == "innovaphone-devices"
    assert answer["pbxObj"] == "devices"
    assert answer["digest"] == login_digest(answer, "99", password)
    own = session_key(str(client.challenge), "app-secret")
    opened = crypt.rc4(f"{answer['salt']}:{own}".encode(), bytes.fromhex(answer["key"]))
    assert opened.decode() == session_key("99", password)


@pytest.mark.parametrize("app", ["users", "nobody", "", "p.krause"])
def test_no_login_for_what_is_not_offered(log_in, pbx, app):
    client, _ = log_in(pbx, apps=("devices",))
    answer = client.ask(api=API, mt="GetServiceLogin", app=app, challenge="99", src="w")
    assert answer["error"]
    assert "digest" not in answer
