"""`fleet discover devices`: what Devices lists becomes an inventory that a night can use."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace

import pytest

from auditor.errors import ExitCode
from auditor.files.toml_reading import parse_toml
from auditor.fleet.inventory.blocks import free_id
from auditor.fleet.inventory.found_devices import Proposal, found_fleet
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.inventory.saved_devices import DeviceKind
from auditor.fleet.inventory.without_pbx import without_pbx
from auditor.simulator.socket_behaviour import SocketFault
from auditor.sources.live.devices.entries import DeviceEntry, Domain
from auditor.sources.live.devices.listing import Listed
from auditor.values.devices_addresses import service_address
from tests.fixtures.devices import (
    FIRST,
    INSTANCE,
    PASSWORD,
    SECOND,
    platform,
    scripted_devices,
)
from tests.fixtures.pbx import simulated
from tests.fixtures.program import execute, start
from tests.fixtures.scripted_socket import pinned

VARIABLE = "PBX_AUDITOR_DEVICES_PASSWORD"
SERIALS = {config: simulated(config).box.serial for config in ("hardened", "insecure")}


class Discovery:
    """The command, a platform that it asks, and a site file that pins its certificate."""

    def __init__(self, folder, console):
        self.folder = folder
        self.console = console
        self.console.setenv(VARIABLE, PASSWORD)
        self.url = ""

    def at(self, url, tls, **login):
        self.url = url
        keys = "".join(f'{key} = "{value}"\n' for key, value in login.items())
        text = f'[devices]\n{keys}tls = {{ fingerprint = "{tls.fingerprint}" }}\n'
        self.folder.write("platform.toml", text)
        return self

    def __call__(self, *options, password=None):
        if password is not None:
            self.console.setenv(VARIABLE, password)
        return self.console(
            "fleet", "discover", "devices", self.url, "--site", "platform.toml", *options
        )

    def found(self, *options, **more):
        ended = self("--format", "json", *options, **more)
        return ended, json.loads(ended.out)


@pytest.fixture
def discovery(folder, console):
    return Discovery(folder, console)


@pytest.fixture
def running(discovery):
    with platform() as found:
        discovery.at(found.app(), found.tls)
        yield found
        assert found.writes == 0


def everywhere(discovery, running, *options):
    discovery.at(running.app(INSTANCE), running.tls)
    return discovery(*options, password="CANARY-instance")


class TestProposed:
    def test_the_password_of_the_instance_shows_every_domain(self, discovery, running):
        ended = everywhere(discovery, running)
        assert ended.code == ExitCode.OK
        found = parse_toml(ended.out)
        login = {"password_env": VARIABLE, "tls": {"fingerprint": running.tls.fingerprint}}
        assert found["tenant"] == [
            {"id": "example-com", "name": FIRST, "devices": {"domain": FIRST, **login}},
            {"id": "kunde-example", "name": SECOND, "devices": {"domain": SECOND, **login}},
        ]
        address = running.server.url(INSTANCE)
        assert [(one["tenant"], one["target"], one["serial"]) for one in found["pbx"]] == [
            (tenant, f"{address}/passthrough/{SERIALS[config]}", SERIALS[config])
            for tenant, config in (("example-com", "hardened"), ("kunde-example", "insecure"))
        ]

    @pytest.mark.usefixtures("running")
    def test_the_password_of_a_domain_shows_its_own(self, discovery):
        ended = discovery()
        assert ended.code == ExitCode.OK
        found = parse_toml(ended.out)
        assert [one["id"] for one in found["tenant"]] == ["example-com"]
        assert [one["serial"] for one in found["pbx"]] == [SERIALS["hardened"]]
        assert SECOND not in ended.said
        assert SERIALS["insecure"] not in ended.said

    def test_phones_and_others_are_listed_apart(self, discovery, running):
        discovery.at(running.app(INSTANCE), running.tls)
        ended, found = discovery.found(password="CANARY-instance")
        kinds = {one["hardware_id"]: one["kind"] for one in found["devices"]}
        assert [kinds[one] for one in SERIALS.values()] == ["pbx", "pbx"]
        assert {*kinds.values()} == {"pbx", "phone", "device"}
        assert found["whole"] is True
        assert [one["name"] for one in found["domains"]] == [FIRST, SECOND, INSTANCE]
        assert "IP222" in ended.err
        assert INSTANCE in ended.err  # which has no PBX
        assert len(ended.err.splitlines()) < 20  # however many phones there are

    def test_blocks_are_an_inventory_that_a_night_can_use(self, discovery, running):
        assert everywhere(discovery, running, "-o", "fleet.toml").code == ExitCode.OK
        inventory = read_inventory(discovery.folder.file)
        assert [one.serial for one in inventory.pbxs] == list(SERIALS.values())
        assert [one.devices.domain for one in inventory.pbxs] == [FIRST, SECOND]
        ended = discovery.console("fleet", "check")
        assert ended.code == ExitCode.OK
        assert "warning" not in ended.said.lower()

    def test_where_the_password_is_goes_into_the_blocks(self, discovery, running, folder):
        secret = folder.write("private/devices", f"{PASSWORD}\n")
        secret.chmod(0o600)
        discovery.at(running.app(), running.tls, password_file="private/devices")
        (folder.path / "fleet.d").mkdir()
        assert discovery("-o", "fleet.d/more.toml", password="wrong").code == ExitCode.OK
        folder.inventory()
        (one,) = read_inventory(folder.file).pbxs
        assert one.devices.password_file == str(secret)

    def test_another_domain_logs_in_than_that_of_the_address(self, discovery, running):
        discovery.at(running.app(INSTANCE), running.tls)
        assert discovery().code == ExitCode.UNREACHABLE
        ended = discovery("--login-domain", FIRST)
        assert ended.code == ExitCode.OK
        (tenant,) = parse_toml(ended.out)["tenant"]
        assert tenant["devices"]["login_domain"] == FIRST
        assert discovery("--login-domain", "a\r\nb").code == ExitCode.USAGE

    def test_what_the_inventory_has_is_not_proposed_again(self, discovery, running):
        everywhere(discovery, running, "-o", "fleet.toml")
        ended, found = discovery.found("--inventory", "fleet.toml")
        assert ended.code == ExitCode.OK
        known = {one["hardware_id"]: one["known_as"] for one in found["devices"]}
        assert all(known[one] for one in SERIALS.values())
        assert not any(one["id"] for one in found["devices"])

    @pytest.mark.usefixtures("running")
    def test_a_tenant_that_is_there_already(self, discovery, folder):
        folder.inventory(beginning='[fleet]\nname = "S"\n[[tenant]]\nid = "muster"\n')
        mapped = ("--tenant", f"{FIRST}=muster", "--inventory", "fleet.toml")
        found = parse_toml(discovery(*mapped).out)
        assert "tenant" not in found
        (block,) = found["pbx"]
        assert (block["tenant"], block["devices"]["domain"]) == ("muster", FIRST)

    @pytest.mark.usefixtures("running")
    def test_a_box_that_the_inventory_has_with_another_tenant(self, discovery, folder):
        serial = SERIALS["hardened"]
        folder.inventory(
            f'[[pbx]]\nid = "x"\ntenant = "muster"\ntarget = "a"\nserial = "{serial}"\n'
        )
        ended = discovery("--inventory", "fleet.toml")
        assert ended.code == ExitCode.INCOMPLETE
        assert "doubt" in ended.err
        assert ended.out == ""

    @pytest.mark.usefixtures("running")
    def test_in_german(self, discovery):
        said = [discovery("--language", one).err.splitlines() for one in ("en", "de")]
        shared = {*said[0]} & {*said[1]}
        assert all(FIRST in one or one == "PBXs:" for one in shared)

    def test_no_secret_is_anywhere(self, discovery, running, folder):
        ended = everywhere(discovery, running, "-o", "fleet.toml")
        _, found = discovery.found()
        written = "".join(one.read_text() for one in folder.path.rglob("*.toml"))
        for text in (ended.said, json.dumps(found), written, repr(running.server.requests)):
            assert "CANARY" not in text


class TestCodes:
    def test_without_the_package_that_speaks_websocket(self, discovery, running, monkeypatch):
        monkeypatch.setattr("auditor.cli.fleet.discover_devices.find_spec", lambda _: None)
        ended = discovery()
        assert ended.code == ExitCode.USAGE
        assert "pbx-auditor[websocket]" in ended.err
        assert running.server.requests == []

    @pytest.mark.parametrize(
        ("address", "options"),
        [
            ("https://pbx.example", ()),
            ("ws://127.0.0.1/a/b", ()),
            ("wss://user:CANARY@127.0.0.1/a/b", ()),
            ("wss://127.0.0.1/a/b", ("--tenant", "x")),
            ("wss://127.0.0.1/a/b", ("--tenant", "x=con")),
            ("wss://127.0.0.1/a/b", ("-o", "platform.toml")),
            ("wss://127.0.0.1/a/b", ("--inventory", "nothing.toml")),
        ],
    )
    def test_usage(self, discovery, address, options):
        ended = discovery.at(address, pinned())(*options)
        assert ended.code == ExitCode.USAGE
        assert "CANARY" not in ended.said

    def test_no_password(self, discovery, running, monkeypatch):
        monkeypatch.delenv(VARIABLE)
        ended = discovery()
        assert ended.code == ExitCode.USAGE
        assert VARIABLE in ended.err
        assert running.server.requests == []

    @pytest.mark.usefixtures("running")
    def test_wrong_password(self, discovery):
        ended = discovery(password="CANARY-wrong")
        assert ended.code == ExitCode.UNREACHABLE
        assert (ended.out, "CANARY" in ended.err) == ("", False)

    def test_nobody_there(self, discovery):
        assert discovery.at("wss://127.0.0.1:1/a/b", pinned())().code == ExitCode.UNREACHABLE

    def test_another_certificate(self, discovery, running):
        discovery.at(running.app(), pinned())
        assert discovery().code == ExitCode.UNREACHABLE
        assert running.server.requests == []

    def test_no_tls_trust(self, discovery, running, folder):
        folder.write("platform.toml", "")
        assert discovery().code == ExitCode.UNREACHABLE
        assert running.server.requests == []

    def test_silence(self, discovery):
        with platform(SocketFault("silence", "GetDevices")) as running:
            discovery.at(running.app(), running.tls)
            ended = discovery("--timeout", "0.3")
        assert ended.code == ExitCode.INCOMPLETE
        assert "not granted or not supported" in ended.err
        assert "domains without a PBX" not in ended.err
        assert f"may have been missed: {FIRST}" in ended.err
        assert ended.out == ""

    def test_a_part(self, discovery):
        with platform(SocketFault("no-last", "GetDevices")) as running:
            discovery.at(running.app(), running.tls)
            ended = discovery("--timeout", "0.3", "-o", "fleet.toml")
        assert ended.code == ExitCode.INCOMPLETE
        assert len(read_inventory(discovery.folder.file).pbxs) == 1

    def test_no_pbx(self, discovery):
        empty = {"domains": [{"id": 2, "name": FIRST}], "last": True}
        nothing = {"devices": [], "last": True}
        with scripted_devices({"GetDomains": empty, "GetDevices": nothing}) as server:
            discovery.at(str(server.address).replace("https", "wss"), pinned())
            ended = discovery("-o", "fleet.toml")
        assert ended.code == ExitCode.NOTHING_TO_DO
        assert not discovery.folder.file.exists()

    def test_thousands_of_devices(self, discovery):
        phones = [
            {"id": at, "hwId": f"{at:012x}", "domainId": 2, "product": "IP222",
             "version": "13r3", "type": "PHONE", "pbxActive": False}
            for at in range(1, 5001)
        ]  # fmt: skip
        boxes = [
            {"id": 10**5 + at, "hwId": f"0090330{at:05x}", "domainId": 2, "product": "IP411",
             "version": "13r3", "type": "GW", "pbxActive": True}
            for at in range(300)
        ]  # fmt: skip
        every = [*phones, *boxes]
        said: list[dict[str, object]] = [
            {"devices": every[at : at + 100]} for at in range(0, len(every), 100)
        ]
        said[-1]["last"] = True
        domains = {"domains": [{"id": 2, "name": FIRST}], "last": True}
        with scripted_devices({"GetDomains": domains, "GetDevices": said}) as server:
            discovery.at(str(server.address).replace("https", "wss"), pinned())
            ended = discovery("-o", "fleet.toml")
        assert ended.code == ExitCode.OK
        assert len(read_inventory(discovery.folder.file).pbxs) == 300
        assert "5000" in ended.err


@pytest.mark.parametrize("value", [None, "", "x", 0, -1, 1.5, 10**12, [], [1], {}], ids=repr)
@pytest.mark.parametrize("name", ["id", "hwId", "domainId", "type", "pbxActive", "online", "other"])
def test_no_field_that_is_odd_hides_a_pbx(discovery, name, value):
    """It is proposed, or somebody has to look: never is it said that there is none."""
    box = {
        "id": 7, "hwId": "009033000001", "domainId": 2, "product": "IP411", "version": "13r3",
        "type": "PHONE", "pbxActive": True, "online": True, name: value,
    }  # fmt: skip
    if name == "pbxActive" and value is None:
        return  # nothing is said, and a phone has no PBX
    domains = {"domains": [{"id": 2, "name": FIRST}], "last": True}
    answers = {"GetDomains": domains, "GetDevices": {"devices": [box], "last": True}}
    with scripted_devices(answers) as server:
        discovery.at(str(server.address).replace("https", "wss"), pinned())
        ended = discovery("-o", "fleet.toml")
    assert "domains without a PBX" not in ended.err
    is_fine = discovery.folder.file.exists() and ended.code == ExitCode.OK
    assert is_fine or ended.code == ExitCode.INCOMPLETE


HOSTILE = [
    'x"\r\n[[pbx]]\nid = "evil"',
    "\x1b[31mred\x07",
    "<script>alert(1)</script>",
    "[bold red]x[/]",
    "../../x",
    "{reason} %s",
    "a\u202eb",
    "\\u0022] # {",
    "x" * 5000,
    "=cmd|' /C calc'!A0",
    "",
    "...",
    "con",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names(discovery, name):
    device = {
        "id": 7, "hwId": "009033000001", "domainId": 2, "product": name, "version": name,
        "type": "GW", "name": name, "pbxActive": True, "online": True,
    }  # fmt: skip
    domains = {"domains": [{"id": 2, "name": name}, {"id": 3, "name": FIRST}], "last": True}
    with scripted_devices(
        {"GetDomains": domains, "GetDevices": {"devices": [device], "last": True}}
    ) as server:
        discovery.at(str(server.address).replace("https", "wss"), pinned())
        ended = discovery("-o", "fleet.toml")
    assert not {"\x1b", "\x07", "\r", "\u202e"} & {*ended.said}
    if not discovery.folder.file.exists():
        assert ended.code == ExitCode.INCOMPLETE
        return
    (one,) = read_inventory(discovery.folder.file).pbxs
    assert one.target.text.endswith("/passthrough/009033000001")
    assert one.id != "evil"
    assert name[:60] in ended.err or not name.isprintable()


def device(number, **more):
    given = {
        "hardware_id": f"0090330000{number:02x}", "domain": 2, "product": "IP411",
        "version": "13r3", "kind": "GW", "is_pbx": True, **more,
    }  # fmt: skip
    return DeviceEntry(number, **given)


DOMAINS = (Domain(2, FIRST), Domain(3, SECOND))


def proposed(*devices, domains=DOMAINS, known=None, tenants=None):
    address = service_address("wss://ap.example/platform.example/devices")
    made = Proposal(address, {"password_env": VARIABLE}, known, tenants or {})
    return found_fleet(Listed(domains, devices), made)


class TestKinds:
    @pytest.mark.parametrize(
        ("more", "kind"),
        [
            ({}, DeviceKind.PBX),
            ({"kind": "VA"}, DeviceKind.PBX),
            ({"kind": "PHONE"}, DeviceKind.UNDECIDED),
            ({"kind": "DECT"}, DeviceKind.UNDECIDED),
            ({"kind": "APP_PLATFORM"}, DeviceKind.PBX),
            ({"is_online": False}, DeviceKind.PBX),
            ({"is_pbx": False}, DeviceKind.GATEWAY),
            ({"is_pbx": False, "kind": "PHONE"}, DeviceKind.PHONE),
            ({"is_pbx": None, "kind": "PHONE"}, DeviceKind.PHONE),
            ({"is_pbx": False, "kind": "DECT"}, DeviceKind.DEVICE),
            ({"is_pbx": False, "kind": "APP_PLATFORM"}, DeviceKind.DEVICE),
            ({"is_other": True, "is_pbx": False}, DeviceKind.DEVICE),
            ({"is_other": True, "is_pbx": None}, DeviceKind.DEVICE),
            ({"is_other": True}, DeviceKind.UNDECIDED),
            ({"is_pbx": None}, DeviceKind.UNDECIDED),
            ({"is_pbx": None, "kind": "VA"}, DeviceKind.UNDECIDED),
            ({"is_pbx": None, "kind": "gw"}, DeviceKind.UNDECIDED),
            ({"is_pbx": None, "kind": "SOMETHING_NEW"}, DeviceKind.UNDECIDED),
            ({"is_pbx": False, "kind": "SOMETHING_NEW"}, DeviceKind.DEVICE),
            ({"is_pbx": None, "kind": "APP_PLATFORM"}, DeviceKind.UNDECIDED),
            ({"is_pbx": None, "kind": "PHONE", "unread": ("pbxActive",)}, DeviceKind.UNDECIDED),
            ({"is_pbx": False, "kind": "PHONE", "unread": ("version",)}, DeviceKind.PHONE),
            ({"domain": 0}, DeviceKind.UNDECIDED),
            ({"domain": 9}, DeviceKind.UNDECIDED),
            ({"hardware_id": "IP411-00-00-01"}, DeviceKind.UNDECIDED),
        ],
    )
    def test_each(self, more, kind):
        found = proposed(device(1, **more))
        assert [one.kind for one in found.devices] == [kind]
        assert found.proposed == (kind is DeviceKind.PBX)
        assert found.is_open == (kind is DeviceKind.UNDECIDED)

    def test_a_box_in_two_domains_belongs_to_neither(self):
        found = proposed(device(1), device(2, hardware_id="009033000001", domain=3), device(3))
        assert [one.kind for one in found.devices].count(DeviceKind.UNDECIDED) == 2
        assert found.proposed == 1
        assert SECOND not in found.text

    @pytest.mark.parametrize(
        "other",
        [
            {"hardware_id": "00-90-33-00-00-01", "domain": 3},
            {"hardware_id": "00:90:33:00:00:01"},
            {"hardware_id": "009033000001", "domain": 3, "is_pbx": False},
            {"hardware_id": "009033000001", "product": "IP811"},
            {"hardware_id": "009033000001", "is_other": True},
            *(
                {"hardware_id": "009033000001", "domain": domain, "is_pbx": active, **more}
                for domain in (0, 2, 3)
                for active in (False, None)
                for more in ({"is_other": True}, {"kind": "DECT"}, {"kind": "APP_PLATFORM"})
            ),
        ],
    )
    def test_a_box_that_is_told_of_twice_has_no_block(self, other):
        found = proposed(device(1), device(2, **other))
        assert (found.proposed, found.is_open, found.text) == (0, True, "")

    def test_domains_of_one_name_are_nobodys(self):
        domains = (Domain(2, FIRST), Domain(3, FIRST.upper()), Domain(4, SECOND))
        devices = [device(at, domain=at) for at in (2, 3, 4)]
        for tenants in ({}, {FIRST: "muster"}):
            found = proposed(*devices, domains=domains, tenants=tenants)
            assert [one["name"] for one in parse_toml(found.text)["tenant"]] == [SECOND]
            assert (found.proposed, found.is_open) == (1, True)

    @pytest.mark.parametrize(
        ("devices", "certain", "unclear"),
        [
            ([], {FIRST, SECOND}, set()),
            ([{}], {SECOND}, set()),
            ([{"is_pbx": False}], {FIRST, SECOND}, set()),
            ([{"is_pbx": None, "kind": "PHONE"}], {FIRST, SECOND}, set()),
            ([{"is_pbx": None}], {SECOND}, {FIRST}),
            ([{"hardware_id": "no-mac"}], {SECOND}, {FIRST}),
            ([{"is_other": True}], {SECOND}, {FIRST}),
            ([{"is_other": True, "is_pbx": False}], {FIRST, SECOND}, set()),
            ([{"domain": 9}], set(), {FIRST, SECOND}),
            ([{"domain": 0}], set(), {FIRST, SECOND}),
            ([{}, {"hardware_id": "009033000000", "domain": 3}], set(), {FIRST, SECOND}),
            (
                [{}, {"hardware_id": "009033000000", "domain": 3, "is_pbx": False}],
                set(),
                {FIRST, SECOND},
            ),
            ([{}, {"domain": 3, "is_pbx": None}], set(), {SECOND}),
        ],
    )
    def test_only_what_was_seen_to_have_no_pbx_is_said_to_have_none(
        self, devices, certain, unclear
    ):
        found = proposed(*(device(at, **more) for at, more in enumerate(devices)))
        told = without_pbx(found)
        assert ({*told.certain}, {*told.unclear}) == (certain, unclear)
        cut = without_pbx(replace(found, listing_problems=("not whole",)))
        assert (cut.certain, {*cut.unclear}) == ([], certain | unclear)

    def test_of_domains_of_one_name_none_is_said_to_have_none(self):
        domains = (Domain(2, FIRST), Domain(3, FIRST.upper()), Domain(4, SECOND))
        told = without_pbx(proposed(device(1), domains=domains))
        assert (told.certain, {*told.unclear}) == ([SECOND], {FIRST, FIRST.upper()})

    def test_a_domain_that_was_to_be_a_tenant_and_is_not_listed_is_named(self):
        found = proposed(device(1), tenants={"exmaple.com": "muster", FIRST.upper(): "graz"})
        (problem,) = found.problems
        assert "exmaple.com" in problem
        assert (found.proposed, found.is_open) == (1, True)
        assert [one["id"] for one in parse_toml(found.text)["tenant"]] == ["graz"]

    def test_a_tenant_may_have_two_domains(self, folder):
        found = proposed(
            device(1), device(2, domain=3), tenants={FIRST: "muster", SECOND: "Muster"}
        )
        assert [one["id"] for one in parse_toml(found.text)["tenant"]] == ["muster"]
        folder.write("fleet.toml", found.text)
        inventory = read_inventory(folder.file)
        assert [one.devices.domain for one in inventory.pbxs] == [FIRST, SECOND]
        assert {one.tenant for one in inventory.pbxs} == {"muster"}

    def test_ids_of_many_with_one_end_are_told_apart_in_few_steps(self):
        class Taken(set):
            looks = 0

            def __contains__(self, name):
                self.looks += 1
                return super().__contains__(name)

        taken = Taken()
        for _ in range(1000):
            taken.add(free_id("IP411-00-00-01", taken))
        assert len(taken) == 1000
        assert taken.looks < 1000 * 25
        assert {*taken} == {"ip411-00-00-01", *(f"ip411-00-00-01-{n}" for n in range(2, 1001))}

    def test_ids_are_told_apart(self):
        first = device(1)
        second = device(2, hardware_id="00aa33000001")
        ids = [one["id"] for one in parse_toml(proposed(first, second).text)["pbx"]]
        assert ids == ["ip411-00-00-01", "ip411-00-00-01-2"]

    def test_domains_of_one_id_are_two_tenants(self):
        domains = (Domain(2, "a.b"), Domain(3, "a-b"))
        found = proposed(device(1), device(2, domain=3), domains=domains)
        tenants = {one["name"]: one["id"] for one in parse_toml(found.text)["tenant"]}
        assert tenants == {"a-b": "a-b", "a.b": "a-b-2"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="ends with a signal")
def test_from_a_platform_to_the_status_of_a_fleet(folder):
    """Follow it with the program as people start it, from the first look to what a night says."""
    with ExitStack() as stack:
        process = start(
            ["simulate", "--config", "hardened", "--tls", "--devices", "--json"], folder.path
        )
        stack.callback(process.communicate)
        stack.callback(process.send_signal, signal.SIGTERM)
        simulated_at = json.loads(process.stdout.readline())
        app = simulated_at["devices"]
        secret = folder.write("private/devices", f"{app['password']}\n")
        secret.chmod(0o600)
        folder.write(
            "platform.toml",
            '[devices]\npassword_file = "private/devices"\n'
            f'tls = {{ fingerprint = "{app["fingerprint"]}" }}\n',
        )

        def run(*arguments):
            return execute(
                arguments, folder.path, 120, PBX_AUDITOR_PBX_PASSWORD=simulated_at["pbx_password"]
            )

        found = run("fleet", "discover", "devices", app["url"], "--site", "platform.toml", "-o",
                    "fleet.toml")  # fmt: skip
        assert found.code == ExitCode.OK
        assert run("fleet", "check").code == ExitCode.OK
        night = run("fleet", "run", "--min-reached", "100")
        assert night.code == ExitCode.OK
        status = run("fleet", "status", "--format", "json")
        (one,) = json.loads(status.out)["pbxs"]
        assert one["state"] in {"compliant", "incomplete"}
        audit = run("audit", pbx_target(folder), "--site", "platform.toml", "--out", "report")
        assert audit.code in {ExitCode.OK, ExitCode.FINDINGS, ExitCode.INCOMPLETE}
        every = [one for one in folder.path.rglob("*") if one.is_file() and one != secret]
        for content in (one.read_bytes() for one in every):
            assert app["password"].encode() not in content
        assert app["password"] not in found.said + night.said + status.said + audit.said


def pbx_target(folder):
    (one,) = read_inventory(folder.file).pbxs
    return one.target.text
