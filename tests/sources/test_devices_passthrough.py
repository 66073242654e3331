"""A box read through Devices: as if read itself, read only, and the key is nowhere to be seen."""

from __future__ import annotations

import logging
from dataclasses import replace
from http import HTTPStatus

import pytest

from auditor.doctor.diagnosis import diagnose, diagnose_target
from auditor.errors import ForbiddenRequestError, InputError, LoginError, TargetError
from auditor.facts import HTTP_PORT, INFO_PAGE, TELNET_PORT
from auditor.model.pbx_object import Device as Registered
from auditor.model.site import AppSocket, BoxPlace
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Belonging, Coverage
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.routes import HttpAnswer
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketFault
from auditor.site.credentials import Credentials
from auditor.site.secrets import SAVED, Logins, find_credentials, logins_for
from auditor.sources.live.app_socket.allowed_messages import ReadOnlyGuard, Socket, text_of
from auditor.sources.live.devices import tunnel
from auditor.sources.live.devices.entries import DeviceEntry
from auditor.sources.live.devices.neighbouring_devices import Beside, with_devices
from auditor.sources.live.download import download_configuration
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.opening import open_connection
from auditor.sources.live.probe import probe_pbx
from auditor.sources.options import LiveOptions
from auditor.sources.snapshot.saved import dump_snapshot
from auditor.values.devices_addresses import box_address
from tests.fixtures.devices import (
    FIRST,
    INSTANCE,
    PASSWORD,
    SECOND,
    platform,
    quick,
    scripted_devices,
)
from tests.fixtures.pbx import PBX_PASSWORD, facts, simulated, site_of

OFFLINE = simulated("hardened").box.serial


@pytest.fixture
def running():
    with platform() as found:
        yield found
    assert found.writes == 0


def read(running, config="hardened", domain=FIRST, options=None, of_box="", **more):
    given = {"password": "CANARY-instance" if domain != FIRST else PASSWORD, **more}
    credentials = running.credentials(pbx_password=PBX_PASSWORD, domain=of_box, **given)
    url = running.box(config, domain)
    return read_live(url, site_of(config), credentials, options or quick())


def passed(running):
    """Return what went through: the part behind the key of each path, and the keys."""
    ways = [path.split("/", 6) for _, path in running.server.requests if "passthrough" in path]
    return [way[6] for way in ways], {way[5] for way in ways}


class TestReading:
    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_it_is_as_if_the_box_was_read_itself(self, running, config):
        through = read(running, config, domain=INSTANCE, password="CANARY-instance")
        pbx = simulated(config)
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        with SimulatorServer(pbx) as server:
            site = site_of(config).model_copy(update={"probe": site_of(config).probe.model_copy(
                update={"enabled": False})})  # fmt: skip
            given = Credentials(viewer.username, viewer.password, PBX_PASSWORD)
            itself = read_live(server.url, site, given, quick())
        assert [facts(one) for one in through.objects] == [facts(one) for one in itself.objects]
        assert through.settings == itself.settings
        assert through.boxes == itself.boxes
        assert through.proofs == itself.proofs
        same = {area: it for area, it in itself.areas.items() if area != Area.TLS}
        assert {area: through.areas.get(area) for area in same} == same

    def test_nothing_is_said_of_its_own_tls_and_services(self, running):
        snapshot = read(running)
        assert snapshot.tls == ()
        for area in (Area.TLS, TELNET_PORT, INFO_PAGE, HTTP_PORT):
            assert snapshot.coverage(area) is Coverage.MISSING
            assert snapshot.gaps_in(area)

    def test_only_what_is_listed_goes_through(self, running):
        read(running)
        documents, keys = passed(running)
        assert len(keys) == 1
        assert {one.partition("?")[0] for one in documents} == {
            "CMD0/box_info.xml", "cfg.txt", "PBX0/user.soap", "PBX0/ADMIN/mod_cmd_login.xml",
        }  # fmt: skip
        assert not any("!" in one or ".." in one for one in documents)

    @pytest.mark.parametrize(
        "path",
        [
            "/!config change X",
            "/cfg.txt/",
            "/..%2fcfg.txt",
            "/CMD0/mod_cmd.xml?cmd=reset",
            "/PBX0/ADMIN/mod_cmd_login.xml?cmd=submit-object",
            "//cfg.txt",
            "/cfg-standard.txt",
            "/cfg.txt?x=1",
            "",
            "/%63fg.txt",
            "/CMD0/%2e%2e/cfg.txt",
            "/cfg.txt;x",
            "/cfg.txt%3b",
            "/cfg.txt%00",
            "/CFG.TXT",
            "/passthrough/009033000001/cfg.txt",
            "https://127.0.0.1:1/cfg.txt",
            "http://127.0.0.1/cfg.txt",
            "https://localhost/cfg.txt",
        ],
    )
    def test_nothing_else_does(self, running, path):
        with open_connection(
            running.box(), running.tls, running.credentials(), quick()
        ) as connection:
            before = len(running.server.requests)
            with pytest.raises(ForbiddenRequestError):
                connection.page(path)
            assert len(running.server.requests) == before

    def test_only_listed_messages_are_sent(self, running):
        read(running)
        sent = [message for _, message in running.server.sockets.received]
        assert {one["mt"] for one in sent} > {"AppLogin", "GetUserInfo", "GetDevices"}
        for one in sent:
            ReadOnlyGuard(Socket.DEVICES).check(text_of(one))

    @pytest.mark.parametrize("path", ["/CMD0/../cfg.txt", "/./cfg.txt", "/cfg.txt#x", "cfg.txt"])
    def test_what_becomes_a_listed_one_is_sent_as_that(self, running, path):
        with open_connection(
            running.box(), running.tls, running.credentials(), quick()
        ) as connection:
            connection.page(path)
        assert passed(running)[0] == ["cfg.txt"]

    def test_the_first_release_has_another_name_for_the_key(self):
        with platform(train="13r1") as running:
            assert read(running, options=quick(timeout=1.0)).boxes

    def test_no_account_is_sent(self, running, monkeypatch):
        heard: list[object] = []
        monkeypatch.setattr(
            PlatformServer,
            "pass_through",
            _noting(heard, PlatformServer.pass_through),
        )
        credentials = running.credentials()
        given = replace(credentials, username="admin", password="CANARY-account")
        read_live(running.box(), site_of(), given, quick())
        assert heard
        assert "CANARY" not in repr(running.server.requests)

    def test_it_ends_with_its_socket(self, running):
        read(running)
        assert running.server.keys == {}

    def test_a_further_box_of_a_system(self, running):
        place = BoxPlace(name="slave", url=running.box("insecure", INSTANCE))
        site = site_of().model_copy(update={"boxes": [place]})
        given = running.credentials("CANARY-instance", login_domain=INSTANCE)
        snapshot = read_live(running.box("hardened", INSTANCE), site, given, quick())
        assert len(snapshot.boxes) == 2
        assert any(one.name.startswith("slave: ") for one in snapshot.sources)

    def test_the_app_socket_of_the_box_is_not_looked_for_at_the_platform(self, running):
        site = site_of().model_copy(update={"websocket": AppSocket(app="auditor")})
        given = replace(running.credentials(), app_password="CANARY-app")
        read_live(running.box(), site, given, quick())
        probe_pbx(running.box(), site, given, quick())
        assert not any("APPS" in path for _, path in running.server.requests)

    def test_nor_is_that_of_a_further_box(self, running):
        place = BoxPlace(name="slave", url=running.box("insecure", SECOND))
        socket = AppSocket(app="auditor")
        site = site_of().model_copy(update={"boxes": [place], "websocket": socket})
        pbx = simulated("hardened")
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        given = replace(
            running.credentials("CANARY-second"),
            username=viewer.username,
            password=viewer.password,
            app_password="CANARY-app",
        )
        with SimulatorServer(pbx) as server:
            snapshot = read_live(server.url, site, given, quick(timeout=1.0))
        assert len(snapshot.boxes) == 2
        assert not any("APPS" in path for _, path in running.server.requests)

    def test_an_app_that_cannot_log_in_that_way_is_not_passed_over_in_silence(self, running):
        site = site_of().model_copy(update={"websocket": AppSocket(app="auditor")})
        with_app = read_live(running.box(), site, running.credentials(), quick())
        assert any("[websocket]" in one.note for one in with_app.sources)
        for fact in ("authentication_type", "reverse_proxies"):
            assert bool(with_app.gaps_in(fact)) is (fact not in with_app.settings)
        without = read(running)
        assert not any("[websocket]" in one.note for one in without.sources)
        assert with_app.settings == without.settings
        assert with_app.areas == without.areas
        probe = probe_pbx(running.box(), site, running.credentials(), quick())
        rows, _ = diagnose_target(probe, running.box(), site, [])
        (told,) = [one.detail for one in rows if one.check == "WebSocket"]
        assert "Devices" in told

    @pytest.mark.parametrize("of_further", [False, True])
    def test_a_login_at_devices_is_not_used_at_the_boxs_own_address(self, running, of_further):
        pbx = simulated("hardened")
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        place = BoxPlace(name="slave", url=running.box(), tls=running.tls)
        site = site_of().model_copy(
            update={"devices": running.login(), "boxes": (place,) if of_further else ()}
        )
        given = replace(running.credentials(), username=viewer.username, password=viewer.password)
        with SimulatorServer(pbx) as server:
            snapshot = read_live(server.url, site, given, quick())
            probe = probe_pbx(server.url, site, given, quick())
            rows, _ = diagnose_target(probe, server.url, site, [])
        assert any("[devices]" in one.note for one in snapshot.sources) is not of_further
        assert ("Devices" in [one.check for one in rows]) is not of_further

    def test_doctor_reads_the_same_areas(self, running):
        found = probe_pbx(running.box(), site_of(), running.credentials(), quick())
        assert found.failure is None
        rows, _ = diagnose(found, running.box(), running.tls, [])
        assert any("administrator" in row.detail for row in rows if row.check == "login")
        assert all(one.is_open for one in found.findings)
        assert found.box.serial == running.serial()


def _noting(heard, inner):
    def pass_through(self, *given):
        heard.append(given)
        return inner(self, *given)

    return pass_through


class TestNotRead:
    @pytest.mark.parametrize(
        ("more", "error"),
        [
            ({"password": "wrong"}, LoginError),
            ({"domain": INSTANCE, "password": PASSWORD}, LoginError),
            ({"login_domain": "nobody.example"}, LoginError),
            ({"config": "insecure"}, TargetError),  # of another customer
            ({"domain": INSTANCE, "box_domain": FIRST, "config": "insecure"}, TargetError),
            ({"domain": INSTANCE, "box_domain": "nobody.example"}, TargetError),
        ],
        ids=["password", "not-instance", "domain", "other-customer", "moved", "no-domain"],
    )
    def test_for_a_reason(self, running, more, error):
        box_domain = more.pop("box_domain", "")
        with pytest.raises(error) as caught:
            read(running, of_box=box_domain, **more)
        assert "CANARY" not in str(caught.value)
        assert passed(running) == ([], set())

    def test_offline(self):
        with platform(offline=[OFFLINE]) as running:
            with pytest.raises(TargetError, match="offline"):
                read(running)
            assert passed(running) == ([], set())

    @pytest.mark.parametrize("mt", ["AppChallenge", "GetUserInfo", "GetDevices"])
    def test_silence(self, mt):
        with (
            platform(SocketFault("silence", mt)) as running,
            pytest.raises(TargetError),
        ):
            read(running, options=quick(timeout=0.3))

    def test_a_box_that_is_not_reached(self, running):
        running.server.platform.boxes.clear()
        with pytest.raises(TargetError, match="503"):
            read(running, options=quick(20.0))

    def test_no_password(self, running):
        with pytest.raises(InputError, match="PBX_AUDITOR_DEVICES_PASSWORD"):
            read(running, password="")
        assert running.server.requests == []

    def test_in_bounded_time(self, running):
        with pytest.raises(TargetError):
            read(running, options=LiveOptions(timeout=1.0, deadline=0.0))


def _of(config, inner):
    """Return a platform's way that leads to the box of a configuration, whichever was named."""

    def pass_through(self, method, target, body):
        self.keys = {key: frozenset({1, 2, 3}) for key in self.keys}
        there = self.platform.devices[0].hardware_id
        return inner(self, method, target.replace(there, simulated(config).box.serial), body)

    return pass_through


class TestAnotherBox:
    """What comes of a box that was not asked for may be another customer's, so nothing is kept."""

    def test_from_the_beginning(self, running, monkeypatch):
        monkeypatch.setattr(
            PlatformServer, "pass_through", _of("insecure", PlatformServer.pass_through)
        )
        with pytest.raises(TargetError) as caught:
            read(running)
        assert simulated("insecure").box.serial not in str(caught.value)
        found = probe_pbx(running.box(), site_of(), running.credentials(), quick())
        assert found.failure is not None
        with pytest.raises(TargetError):
            download_configuration(running.box(), site_of(), running.credentials(), quick())

    @pytest.mark.parametrize("said", ["<info", "", "<info><sys/></info>"])
    def test_where_it_does_not_say_which_nobody_crashes(self, running, monkeypatch, said):
        inner = PlatformServer.pass_through

        def pass_through(self, method, target, body):
            if target.endswith("box_info.xml"):
                return HttpAnswer(HTTPStatus.OK, said.encode(), "text/xml")
            return inner(self, method, target, body)

        monkeypatch.setattr(PlatformServer, "pass_through", pass_through)
        given = running.credentials("CANARY-instance", login_domain=INSTANCE)
        place = BoxPlace(name="slave", url=running.box("insecure", INSTANCE))
        site = site_of().model_copy(update={"boxes": [place]})
        found = probe_pbx(running.box("hardened", INSTANCE), site, given, quick())
        assert [one.is_open for one in found.further] == [True]
        assert download_configuration(running.box(), site_of(), running.credentials(), quick())

    @pytest.mark.parametrize("document", ["cfg.txt", "user.soap"])
    def test_from_one_document_on(self, running, monkeypatch, document):
        inner = PlatformServer.pass_through
        other, seen = _of("insecure", inner), []

        def pass_through(self, method, target, body):
            seen.extend([target] if target.endswith(document) else [])
            if document == "user.soap" and ("cfg.txt" in target or "mod_cmd_login" in target):
                return HttpAnswer(HTTPStatus.NOT_FOUND)
            return (other if seen else inner)(self, method, target, body)

        monkeypatch.setattr(PlatformServer, "pass_through", pass_through)
        with pytest.raises(TargetError):
            read(running)
        assert seen

    def test_of_a_system(self, running, monkeypatch):
        place = BoxPlace(name="slave", url=running.box("insecure", INSTANCE))
        site = site_of().model_copy(update={"boxes": [place]})
        given = running.credentials("CANARY-instance", login_domain=INSTANCE)
        inner = PlatformServer.pass_through
        there, other = simulated("insecure").box.serial, simulated("hardened").box.serial

        def pass_through(self, method, target, body):
            return inner(self, method, target.replace(there, other), body)

        monkeypatch.setattr(PlatformServer, "pass_through", pass_through)
        snapshot = read_live(running.box("hardened", INSTANCE), site, given, quick())
        assert len(snapshot.boxes) == 1
        assert snapshot.coverage(Area.SETTINGS) is not Coverage.COMPLETE
        (further,) = probe_pbx(running.box("hardened", INSTANCE), site, given, quick()).further
        assert not further.is_open

    def test_that_is_listed_in_two_domains(self, running):
        platform_ = running.server.platform
        twice = (*platform_.devices, replace(platform_.devices[0], number=99, domain=3))
        running.server.platform = replace(platform_, devices=twice)
        with pytest.raises(TargetError):
            read(running, domain=INSTANCE)
        assert passed(running) == ([], set())
        assert read(running, domain=INSTANCE, of_box=FIRST).boxes


class TestKey:
    @pytest.mark.parametrize("key", [None, 7, "", "x/../y", "a b", "!config", "k" * 65, "a%2fb"])
    def test_one_that_could_lead_elsewhere(self, key):
        listed = {"devices": [{"id": 1, "hwId": "009033000001", "domainId": 2, "type": "GW"}]}
        answers = {"GetUserInfo": {"key": key}, "GetDevices": {**listed, "last": True}}
        with scripted_devices(answers) as server:
            box = str(server.address.box("009033000001"))
            credentials = Credentials(devices=server.account)
            with pytest.raises(TargetError):
                read_live(box, site_of(), credentials, quick())
        assert len(server.paths) == 1

    @pytest.mark.parametrize(
        "page",
        [
            "<html><meta http-equiv=refresh content='0;url=https://ap.example{}'>",
            "<html>The requested URL {} was not found<form>",
            "<?xml version='1.0'?><a b='{}",
        ],
    )
    @pytest.mark.parametrize("status", [200, 302, 401, 404, 503])
    def test_a_page_that_repeats_it_is_not_quoted(self, running, monkeypatch, page, status):
        def pass_through(_self, _method, target, _body):
            return HttpAnswer(HTTPStatus(status), page.format(target).encode(), "text/html")

        running.server.keys = _Remembering()
        monkeypatch.setattr(PlatformServer, "pass_through", pass_through)
        with pytest.raises(TargetError) as caught:
            read(running, options=quick(20.0))
        (key,) = running.server.keys.known
        assert key not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}"

    def test_a_socket_that_ends_in_the_middle_is_opened_again(self, running, monkeypatch):
        inner, seen = PlatformServer.pass_through, []

        def pass_through(self, *given):
            seen.append(given)
            if len(seen) == 2:  # box_info was read, cfg.txt comes next
                self.sockets.end_all()
                self.keys.clear()
            return inner(self, *given)

        monkeypatch.setattr(PlatformServer, "pass_through", pass_through)
        snapshot = read(running)
        _, keys = passed(running)
        assert len(keys) == 2
        assert snapshot.coverage(Area.SETTINGS) is Coverage.COMPLETE
        assert [one.document for one in snapshot.requests.repeated] == ["/cfg.txt"]

    def test_a_platform_that_refuses_the_second_login_keeps_what_was_read(
        self, running, monkeypatch
    ):
        inner, seen = PlatformServer.pass_through, []

        def pass_through(self, *given):
            seen.append(given)
            if len(seen) == 2:
                changed = tuple(replace(one, password="other") for one in self.platform.domains)
                self.platform = replace(self.platform, domains=changed, instance_password="other")
                self.sockets.end_all()
                self.keys.clear()
            return inner(self, *given)

        monkeypatch.setattr(PlatformServer, "pass_through", pass_through)
        snapshot = read(running)
        assert snapshot.boxes
        assert snapshot.gaps_in(Area.SETTINGS)
        assert snapshot.coverage(Area.SETTINGS) is not Coverage.COMPLETE

    def test_the_socket_is_kept_up(self, running, monkeypatch):
        monkeypatch.setattr(tunnel, "_KEEP_SECONDS", 0.01)
        with open_connection(
            running.box(), running.tls, running.credentials(), quick()
        ) as connection:
            session = next(iter(running.server.keys))
            connection.page("/CMD0/box_info.xml")
            assert next(iter(running.server.keys)) == session

    def test_it_is_nowhere(self, running, caplog):
        caplog.set_level(logging.DEBUG)
        running.server.keys = _Remembering()
        snapshot = read(running)
        (key,) = running.server.keys.known
        assert key in repr(running.server.requests)
        ours = [one.getMessage() for one in caplog.records if one.name != "websockets.server"]
        for text in (b"".join(dump_snapshot(snapshot)).decode(), *ours):
            assert key not in text
            assert "CANARY" not in text

    def test_it_is_in_no_error(self, running):
        running.server.keys = _Remembering()
        running.server.platform.boxes.clear()
        with pytest.raises(TargetError) as caught:
            read(running, options=quick(20.0))
        (key,) = running.server.keys.known
        assert key not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}"


class _Remembering(dict):
    """Keys, with all that ever were."""

    def __init__(self):
        super().__init__()
        self.known = set()

    def __setitem__(self, key, value):
        self.known.add(key)
        super().__setitem__(key, value)


class TestLogins:
    @pytest.mark.parametrize(
        ("targets", "boxes", "logins"),
        [
            ([], [], SAVED),
            (["https://pbx.example"], [], Logins()),
            (["{box}"], [], Logins(account=False, devices=True)),
            (["{box}"], ["https://slave.example"], Logins(account=True, devices=True)),
            (["https://pbx.example"], ["{box}"], Logins(account=True, devices=True)),
        ],
    )
    def test_which_are_needed(self, targets, boxes, logins):
        box = f"https://ap.example/{SECOND}/devices/passthrough/009033000001"
        places = [BoxPlace(name="b", url=url.format(box=box)) for url in boxes]
        site = site_of().model_copy(update={"boxes": places})
        assert logins_for(site, [one.format(box=box) for one in targets]) == logins

    def test_places(self, running, tmp_path, monkeypatch):
        monkeypatch.setenv("PBX_AUDITOR_DEVICES_PASSWORD", "of-variable")
        through = Logins(account=False, devices=True)
        plain = find_credentials(site_of(), through).devices
        assert (plain.password, plain.tls) == ("of-variable", site_of().tls)
        secret = tmp_path / "secret"
        secret.write_text("of-file\n")
        secret.chmod(0o600)
        login = running.login(password_file=str(secret), domain=FIRST, login_domain=INSTANCE)
        found = find_credentials(site_of().model_copy(update={"devices": login}), through).devices
        assert (found.password, found.domain, found.login_domain) == ("of-file", FIRST, INSTANCE)
        assert found.tls == running.tls
        assert "of-file" not in repr(found)
        assert find_credentials(site_of(), Logins()).devices.password == ""


class TestBeside:
    """The firmware of other devices of the domain, by product, and of the App Platform."""

    def read(self, *devices, problems=(), snapshot=None):
        return with_devices(snapshot or Snapshot("mac:000001"), Beside(devices, problems))

    def device(self, number, kind="PHONE", product="IP222", version="13r3 sr2", **more):
        return DeviceEntry(number, f"{number:012x}", 2, product, version, kind, **more)

    def test_phones_of_the_domain_are_counted(self, running):
        snapshot = read(running, of_box=FIRST)
        (group,) = snapshot.listed_devices
        assert (group.product, group.firmware) == ("IP222", "13r3 sr12 [13.5212/135212/304]")
        assert group.count > 5
        other = {one.hardware_id for one in running.server.platform.devices if one.domain == 3}
        assert not any(one in b"".join(dump_snapshot(snapshot)).decode() for one in other)

    def test_only_those_of_its_domain_whoever_logs_in(self, running):
        snapshot = read(running, domain=INSTANCE, password="CANARY-instance")
        assert snapshot.listed_devices == read(running, of_box=FIRST).listed_devices

    def test_by_product_and_firmware(self):
        devices = [self.device(n) for n in range(3)]
        devices += [self.device(9, version="13r2 sr1"), self.device(8, product="IP112")]
        found = self.read(*devices).listed_devices
        assert [(one.product, one.firmware, one.count) for one in found] == [
            ("IP112", "13r3 sr2", 1),
            ("IP222", "13r2 sr1", 1),
            ("IP222", "13r3 sr2", 3),
        ]

    @pytest.mark.parametrize(
        "other",
        [{"is_pbx": True}, {"is_pbx": None}],
    )
    def test_beside_another_pbx_only_what_objects_name_is_certain(self, running, other):
        user = next(one for one in read(running).objects if one.devices)
        named = user._replace(devices=(Registered("000000000001", "", {}),))
        snapshot = Snapshot("mac:000001", objects=(named,))
        devices = [self.device(1), self.device(2), self.device(3, "GW", "IP411", **other)]
        found = self.read(*devices, snapshot=snapshot).listed_devices
        open_ones = {"IP222": 1} if other["is_pbx"] else {"IP222": 1, "IP411": 1}
        assert {(one.product, one.belonging): one.count for one in found} == {
            ("IP222", Belonging.CERTAIN): 1,
            **{(name, Belonging.OTHER_PBX): count for name, count in open_ones.items()},
        }

    @pytest.mark.parametrize(
        ("devices", "belonging"),
        [
            ([(1, "13r3 sr2", 2), (1, "10.00 sr1", 2)], Belonging.LISTED_TWICE),
            ([(1, "13r3 sr2", 2), (1, "13r3 sr2", 2)], Belonging.CERTAIN),
            ([(1, "13r3 sr2", 0)], Belonging.NO_DOMAIN),
        ],
    )
    def test_what_is_listed_oddly_is_open(self, devices, belonging):
        listed = [
            DeviceEntry(n, f"{number:012x}", domain, "IP222", version, "PHONE")
            for n, (number, version, domain) in enumerate(devices)
        ]
        assert {one.belonging for one in self.read(*listed).listed_devices} == {belonging}

    def test_what_is_no_device_of_ours_is_left_out(self):
        devices = [self.device(1, is_other=True), self.device(2, "GW", "IP411", is_pbx=True)]
        assert self.read(*devices).listed_devices == ()

    @pytest.mark.parametrize(
        ("versions", "values"),
        [
            (["13r3 sr1"], ("13r3 sr1",)),
            (["13r3 sr1", "12r2 sr1"], ("12r2 sr1", "13r3 sr1")),
            (["13r3 sr1", "13r3 sr1"], ("13r3 sr1",)),
            (["13r3 sr1", ""], ("", "13r3 sr1")),
            ([""], ("",)),
        ],
    )
    def test_every_app_platform_of_the_domain_counts(self, versions, values):
        devices = [
            self.device(n, "APP_PLATFORM", "App Platform", version)
            for n, version in enumerate(versions)
        ]
        snapshot = self.read(*devices)
        assert snapshot.settings["app_platform_version"].values == values
        assert snapshot.coverage("app_platform_version") is Coverage.COMPLETE
        assert snapshot.listed_devices == ()

    def test_an_app_platform_that_is_listed_oddly_is_a_gap(self):
        one = self.device(1, "APP_PLATFORM", "App Platform", "13r3 sr1")
        for odd in (one._replace(version="12r2 sr1"), one._replace(domain=0)):
            snapshot = self.read(one, odd) if odd.domain else self.read(odd)
            assert "app_platform_version" not in snapshot.settings
            assert [gap.doubtful for gap in snapshot.gaps_in("app_platform_version")] == [True]
        sure = self.device(2, "APP_PLATFORM", "App Platform", "16r1 sr1")
        snapshot = self.read(sure, one._replace(domain=0))
        assert snapshot.settings["app_platform_version"].values == ("16r1 sr1",)
        assert snapshot.coverage("app_platform_version") is Coverage.PARTIAL

    def test_a_name_that_two_domains_have_is_said_to_be_one(self):
        twins = [{"id": n, "name": name} for n, name in ((2, "Twin.example"), (3, "twin.example"))]
        answers = {"GetDomains": {"domains": twins, "last": True}}
        with scripted_devices(answers) as server:
            account = replace(server.account, domain="twin.example")
            box = f"{server.address}/passthrough/009033000001".replace("wss://", "https://")
            way = tunnel.Tunnel(box_address(box), account, quick())
            with pytest.raises(TargetError, match="2"), way:
                pass

    @pytest.mark.parametrize("spelling", ["009033000001", "00-90-33-00-00-01"])
    def test_what_is_listed_of_the_box_itself_is_kept_apart(self, spelling):
        entry = {"id": 1, "domainId": 2, "type": "GW", "version": "13r3 sr2", "pbxActive": True}
        own = {**entry, "hwId": "009033000001"}
        again = {**entry, "id": 2, "hwId": spelling, "version": "13r3 sr4", "pbxActive": False}
        phone = {**entry, "id": 3, "hwId": "009033000009", "type": "PHONE"}
        others = [{**phone, "domainId": 0}, {**phone, "domainId": 9}]
        answers = {"GetDevices": {"devices": [own, again, *others], "last": True}}
        with scripted_devices(answers) as server:
            box = f"{server.address}/passthrough/009033000001".replace("wss://", "https://")
            with tunnel.Tunnel(box_address(box), server.account, quick()) as way:
                assert way.beside.of_box == ["13r3 sr2", "13r3 sr4"]
                assert way.beside.devices == []

    def test_a_list_that_is_not_whole_leaves_firmware_open(self):
        with platform(SocketFault("no-last", "GetDevices")) as running:
            snapshot = read(running, options=quick(timeout=1.0), of_box=FIRST)
        assert snapshot.gaps_in(Area.BOX)
        assert snapshot.coverage(Area.BOX) is Coverage.PARTIAL
