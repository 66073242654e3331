"""What Devices lists: pages, silence, lies, and that nothing but what is listed is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.errors import CertificateError, ForbiddenRequestError, LoginError, TargetError
from auditor.model.site import Trust
from auditor.sources.live.app_socket.allowed_messages import (
    ALLOWED_MESSAGES,
    ReadOnlyGuard,
    Socket,
    allowed_message,
    text_of,
)
from auditor.sources.live.devices import devices_client, listing
from auditor.sources.live.devices.asking import ask_devices
from auditor.sources.live.devices.entries import DeviceEntry, Domain
from auditor.values.devices_addresses import service_address
from tests.fixtures.devices import (
    FIRST,
    INSTANCE,
    PASSWORD,
    SECOND,
    platform,
    quick,
    scripted_devices,
)
from tests.fixtures.scripted_socket import result

DOMAINS = {"domains": [{"id": 2, "name": FIRST, "isInstanceDomain": False}], "last": True}
SHORT = 0.3


def device(number, **more):
    return {
        "id": number, "hwId": f"0090330{number:05x}", "domainId": 2, "product": "IP411",
        "version": "13r3 sr2 [13.5202/135202/304]", "type": "GW", "pbxActive": True,
        "online": True, **more,
    }  # fmt: skip


def pages(*many):
    """Return the messages of a list of devices; the last one says so."""
    found = [{"devices": page} for page in many]
    found[-1]["last"] = True
    return found


def asked(server, **changes):
    options = quick(**changes)
    return ask_devices(server.address, server.account, options)


def problems(found):
    return " / ".join(map(str, found.problems))


class TestWhole:
    def test_the_simulated_platform(self):
        with platform() as running:
            account = running.credentials("CANARY-instance", login_domain=INSTANCE).devices
            found = ask_devices(service_address(running.app(FIRST)), account, quick())
            assert [one.name for one in found.domains] == [INSTANCE, FIRST, SECOND]
            assert {one.hardware_id for one in found.devices if one.is_pbx} == {
                running.serial("hardened"), running.serial("insecure"),
            }  # fmt: skip
            assert found.problems == ()
            assert running.writes == 0

    def test_thousands_by_pages(self):
        many = [[device(100 * page + at) for at in range(1, 101)] for page in range(40)]
        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": pages(*many)}) as server:
            found = asked(server)
        assert len(found.devices) == 4000
        assert found.domains == (Domain(2, FIRST),)
        assert found.problems == ()

    def test_an_empty_list_is_one(self):
        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": pages([])}) as server:
            found = asked(server)
        assert (found.devices, found.problems) == ((), ())

    def test_no_key_is_asked_for(self):
        """A list needs none, and what is not known cannot be lost."""
        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": pages([])}) as server:
            asked(server)
        assert {one["mt"] for one in server.messages} == {"GetDomains", "GetDevices"}

    def test_nothing_else_is_kept(self):
        more = {"other": False, "pwd": "CANARY", "ethIfs": [{"ipv4": "10.0.0.1"}], "uri": "CANARY"}
        with scripted_devices(
            {"GetDomains": DOMAINS, "GetDevices": pages([device(1, **more)])}
        ) as server:
            found = asked(server)
        assert found.devices == (
            DeviceEntry(1, "009033000001", 2, "IP411", "13r3 sr2 [13.5202/135202/304]", "GW", "",
                   is_pbx=True, is_online=True),
        )  # fmt: skip
        assert "CANARY" not in repr(found)


class TestNotWhole:
    @pytest.mark.parametrize(
        "said",
        [
            None,
            [{"devices": [device(1)]}],  # and no last one
            {"error": "no"},
            {"devices": "none", "last": True},
            pages([device(1)], [device(1)]),
            pages([device(1), "x", {"id": 3}]),
            pages([device(1, hwId=7)]),
            pages([device(1, type=None)]),
        ],
        ids=["silence", "no-last", "error", "no-list", "repeats", "odd", "no-id", "no-type"],
    )
    def test_it_is_said(self, said):
        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": said}) as server:
            found = asked(server, timeout=SHORT)
        assert found.problems
        assert all("GetDevices" in str(one) for one in found.problems)
        assert len(found.devices) <= 1

    def test_silence_for_domains_leaves_devices(self):
        with scripted_devices({"GetDevices": pages([device(1)])}) as server:
            found = asked(server, timeout=SHORT)
        assert len(found.devices) == 1
        assert "GetDomains" in problems(found)

    def test_silence_for_all_is_no_empty_list(self):
        with (
            scripted_devices({}) as server,
            pytest.raises(TargetError, match="not granted or not supported"),
        ):
            asked(server, timeout=SHORT)

    def test_a_list_without_end(self, monkeypatch):
        monkeypatch.setattr(listing, "MOST_DEVICES", 50)

        def endless(message):
            return [
                result(message, devices=[device(10 * page + at) for at in range(10)])
                for page in range(20)
            ]

        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": endless}) as server:
            found = asked(server)
        assert found.problems
        assert len(found.devices) == 50

    @pytest.mark.parametrize(("name", "limit"), [("MOST_MESSAGES", 3), ("MAX_BYTES", 2000)])
    def test_more_than_is_borne(self, monkeypatch, name, limit):
        monkeypatch.setattr(devices_client, name, limit)
        many = [[device(10 * page + at) for at in range(10)] for page in range(20)]
        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": pages(*many)}) as server:
            found = asked(server)
        assert found.problems
        assert 0 < len(found.devices) < 200

    def test_domains_that_contradict_each_other(self):
        twice = [{"id": 2, "name": FIRST}, {"id": 2, "name": SECOND}, {"id": 0, "name": "x"}]
        with scripted_devices(
            {"GetDomains": {"domains": twice, "last": True}, "GetDevices": pages([])}
        ) as server:
            found = asked(server)
        assert found.domains == (Domain(2, FIRST),)
        assert "2" in problems(found)

    def test_a_connection_that_breaks_is_opened_again(self):
        broken: list[bool] = []

        def devices(message):
            if not broken:
                broken.append(True)
                return [result(message, devices=[device(1)]), "close"]
            return [result(message, **one) for one in pages([device(1)], [device(2)])]

        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": devices}) as server:
            found = asked(server)
        assert [one.number for one in found.devices] == [1, 2]
        assert found.problems == ()


class TestLogin:
    @pytest.mark.parametrize(
        "said", [{}, {"ok": False}, {"ok": "true"}, {"error": "wrong"}, {"ok": True, "error": "x"}]
    )
    def test_a_refused_login_is_tried_once(self, said):
        answers = {"AppLogin": lambda _: {"mt": "AppLoginResult", **said}}
        with scripted_devices(answers) as server:
            with pytest.raises(LoginError) as caught:
                asked(server)
            assert len([one for one in server.heard if "AppLogin" in one]) == 1
        assert PASSWORD not in str(caught.value)

    @pytest.mark.parametrize("said", [None, b"\x00", [{"mt": "News"}] * 1001], ids=str)
    def test_a_login_without_an_answer_is_no_refused_one(self, said):
        with scripted_devices({"AppLogin": lambda _: said}) as server:  # noqa: SIM117
            with pytest.raises(TargetError) as caught:
                asked(server, timeout=SHORT)
        assert not isinstance(caught.value, LoginError)

    def test_nor_is_one_that_the_deadline_ends(self):
        with scripted_devices({"AppLogin": lambda _: None}) as server:  # noqa: SIM117
            with pytest.raises(TargetError) as caught:
                asked(server, seconds=SHORT)
        assert not isinstance(caught.value, LoginError)

    def test_a_certificate_that_changed(self):
        with scripted_devices({}) as server:
            server.account = server.account.__class__(PASSWORD, tls=Trust(fingerprint="00" * 32))
            with pytest.raises(CertificateError):
                asked(server)
            assert server.heard == []

    def test_what_is_sent_holds_no_password_and_no_key(self):
        with scripted_devices({"GetDomains": DOMAINS, "GetDevices": pages([])}) as server:
            asked(server)
            said = "".join(server.heard)
            login = json.loads(server.heard[1])
            assert server.paths == ["/example.com/devices"]
        assert "CANARY" not in said
        assert set(login) == {"mt", "app", "domain", "sip", "guid", "dn", "digest"}
        assert login["domain"] == FIRST


ROWS = [row for row in ALLOWED_MESSAGES if row.socket is Socket.DEVICES]
LOGIN = {
    "mt": "AppLogin", "app": "innovaphone-devices", "domain": FIRST,
    "sip": "", "guid": "", "dn": "", "digest": "a" * 64,
}  # fmt: skip
LISTED: list[dict[str, Any]] = [
    {"mt": "AppChallenge"},
    LOGIN,
    {"mt": "GetUserInfo", "src": "d1"},
    {"mt": "GetLoginInfo", "src": "d1"},
    {"mt": "GetDomains", "src": "d1"},
    {"mt": "GetDevices", "src": "d1"},
    {"mt": "GetDevices", "src": "d1", "domainIds": "2"},
    {"mt": "GetDeviceConfigs", "src": "d1", "domainId": 2},
    {"mt": "GetDeviceConfig", "src": "d1", "domainId": 2, "id": 5},
]
FORBIDDEN = [
    *({"mt": mt, "src": "d1"} for mt in (
        "GetProvisioningCode", "GetProvisionedDevice", "RemoveDevicePhone", "SetDeviceFiler",
        "SetDeviceFilter", "AddDomain", "EditDomain", "DeleteDomain", "AddDevice", "EditDevice",
        "DeleteDevice", "AddDeviceConfig", "EditDeviceConfig", "DeleteDeviceConfig", "Deploy",
        "DeployAdminPassword", "GetUnassignedDevicesCount", "GetGateways", "HttpGet", "KeepAlive",
        "getdomains", "GetDomains ", "GETDOMAINS", "GetD\u043emains", "GetDomains\u0000", "",
    )),
    {"mt": "GetDomains"},
    {"mt": "GetDomains", "src": ""},
    {"mt": "GetDomains", "src": "d1", "recvUpdates": False},
    {"mt": "GetDevices", "src": "d1", "recvUpdates": True},
    *({"mt": "GetDevices", "src": "d1", "domainIds": ids} for ids in (
        "", "2,3", "*", "-1", 2, None, ["2"], "2 ", "9" * 10,
    )),
    {"mt": "GetDevices", "src": "d1", "unassigned": True},
    {"mt": "GetDeviceConfigs", "src": "d1"},
    {"mt": "GetDeviceConfigs", "src": "d1", "domainId": 2, "recvUpdates": False},
    {"mt": "GetDeviceConfig", "src": "d1", "id": 5},
    {"mt": "GetDeviceConfig", "src": "d1", "domainId": 2},
    {"mt": "GetDeviceConfig", "src": "d1", "domainId": 2, "id": 5, "values": {}},
    {"mt": "GetDeviceConfig", "src": "d1", "domainId": 2, "id": 5, "config": {}},
    *({"mt": "GetDeviceConfig", "src": "d1", "domainId": 2, "id": number} for number in (
        0, -1, "5", 5.0, True, None, [5], 10**9, {"id": 5},
    )),
    *({"mt": mt, "src": "d1", "domainId": 2, "id": 5} for mt in (
        "SetDeviceConfig", "DeployDeviceConfig", "RemoveDeviceConfig", "EditDeviceConfig",
        "getDeviceConfig", "GetDeviceConfig ", "GetDeviceConfigValue", "GetPhoneConfig",
    )),
    {"mt": "GetDevices", "src": "d1", "api": "PbxAdminApi"},
    {"api": "PbxAdminApi", "mt": "GetPbxConfig", "src": "d1"},
    {**LOGIN, "app": "innovaphone-users"},
    {**LOGIN, "key": "a" * 64},
    {**LOGIN, "info": {}},
    {**LOGIN, "pbxObj": "devices"},
    {**LOGIN, "sip": "anna"},
    {**LOGIN, "domain": ""},
    {**LOGIN, "domain": "a/b"},
    {**LOGIN, "domain": "a\r\nb"},
    {**LOGIN, "digest": "A" * 64},
]  # fmt: skip


class TestMessages:
    def test_each_row_says_why(self):
        assert {row.mt for row in ROWS} == {one["mt"] for one in LISTED}
        assert all(row.reason for row in ROWS)

    @pytest.mark.parametrize("message", LISTED, ids=text_of)
    def test_what_is_listed_passes(self, message):
        ReadOnlyGuard(Socket.DEVICES).check(allowed_message(Socket.DEVICES, message))

    @pytest.mark.parametrize("message", FORBIDDEN, ids=str)
    def test_nothing_else_is_sent(self, message):
        with pytest.raises(ForbiddenRequestError):
            allowed_message(Socket.DEVICES, message)
        with pytest.raises(ForbiddenRequestError):
            ReadOnlyGuard(Socket.DEVICES).check(text_of(message))

    @pytest.mark.parametrize("message", LISTED[2:], ids=text_of)
    def test_not_to_a_pbx(self, message):
        with pytest.raises(ForbiddenRequestError):
            allowed_message(Socket.APPS, message)
