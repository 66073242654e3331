"""What Devices rolls out, over its socket: asked read only, in bounded time, secrets nowhere."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from auditor.doctor.diagnosis import diagnose
from auditor.errors import ExitCode
from auditor.model.attestation import Facts
from auditor.model.decision import Thresholds
from auditor.model.site import BoxPlace
from auditor.model.snapshot import Gap, Setting
from auditor.model.vocabulary import Coverage, Grade, PasswordState
from auditor.pbx.view import AuditView
from auditor.remediation.change_planner import IN_DEVICES, IN_SCRIPT
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.run.engine import AssessmentTerms
from auditor.simulator.platform.devices_session import SimulatedDevicesSession
from auditor.simulator.platform.simulated_platform import SimulatedRollout
from auditor.simulator.server import SimulatorServer
from auditor.simulator.sockets.faults import SocketFault
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket.websocket_channel import Limits
from auditor.sources.live.devices import configurations, devices_client
from auditor.sources.live.devices.asking import ask_devices
from auditor.sources.live.devices.configurations import read_configurations
from auditor.sources.live.devices.devices_client import open_session
from auditor.sources.live.devices.tunnel import Tunnel
from auditor.sources.live.live_pbx import read_live
from auditor.sources.live.probe import probe_pbx
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.device_values import DeviceConfig, time_server
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.rolled_out_settings import with_rolled_out
from auditor.sources.snapshot.saved import dump_snapshot, parse_snapshot
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
from tests.fixtures.pbx import PBX_PASSWORD, TODAY, judge, simulated, site_of, statuses
from tests.fixtures.plans import build_plan
from tests.fixtures.scripted_socket import result

SHORT = 0.3
CANARY = "Zq7Canary/x1+kkW"
NTP = {"id": 5, "domainId": 2, "type": "NTP", "categories": []}
SCRIPT = {"id": 6, "domainId": 2, "type": "EXPERT", "categories": [9]}
ONE = {"configs": [NTP], "last": True}


def asked(server, timeout=10.0):
    with open_session(server.address, server.account, Limits(30.0, timeout)) as opened:
        return read_configurations(opened, 2, lambda _: None)


def told(running, config="hardened", dialect="documented", pbx_password=None, **more):
    """Return the snapshot of a box behind Devices, and its statuses by control."""
    domain = FIRST if config == "hardened" else SECOND
    own = PASSWORD if domain == FIRST else "CANARY-second"
    credentials = running.credentials(more.pop("password", own), pbx_password, **more)
    plain = site_of(config)
    target = plain.target.model_copy(update={"dialect": dialect})
    site = plain.model_copy(update={"target": target})
    snapshot = read_live(running.box(config, domain), site, credentials, quick(timeout=SHORT * 10))
    return snapshot, statuses(judge(snapshot, site, profile="baseline"))


def values(message):
    """Answer a request for one configuration."""
    return result(message, config={**NTP, "id": message["id"], "ntp1": "10.0.0.1"})


class TestAsking:
    def test_the_list_first_and_then_each_that_is_of_use(self):
        listed = [NTP, {**NTP, "id": 7, "type": "TLS_PROFILE"}, {**NTP, "id": 8, "type": "New"}]
        tls = {"id": 7, "domainId": 2, "type": "TLS_PROFILE", "profile": "strict"}

        def of_each(message):
            return result(message, config=tls) if message["id"] == 7 else values(message)

        answers = {
            "GetDeviceConfigs": {"configs": listed, "last": True},
            "GetDeviceConfig": of_each,
        }
        with scripted_devices(answers) as server:
            found = asked(server)
            sent = [{k: v for k, v in one.items() if k != "src"} for one in server.messages]
        assert sent == [
            {"mt": "GetDeviceConfigs", "domainId": 2},
            {"mt": "GetDeviceConfig", "domainId": 2, "id": 5},
            {"mt": "GetDeviceConfig", "domainId": 2, "id": 7},
        ]
        config, profile = found.configs
        assert (profile.kind, profile.values["profile"]) == ("TLS_PROFILE", "strict")
        assert (config.number, config.kind, config.for_all) == (5, "NTP", True)
        assert config.values["ntp1"] == "10.0.0.1"
        assert (found.problems, found.unread) == ((), ())

    def test_a_value_in_pieces(self):
        def pieces(message):
            piece = {"mt": "GetDeviceConfigValueResult", "src": message["src"]}
            return [
                {**piece, "name": "script", "value": "config add PHONE SIG "},
                {"mt": "UpdateSomething", "src": "other"},
                {**piece, "name": "script", "value": "/h323 a"},
                result(message, config=SCRIPT),
            ]

        answers = {
            "GetDeviceConfigs": {"configs": [SCRIPT], "last": True},
            "GetDeviceConfig": pieces,
        }
        with scripted_devices(answers) as server:
            (config,) = asked(server).configs
        assert config.values["script"] == "config add PHONE SIG /h323 a"
        assert not config.for_all

    def test_nothing_of_another_domain_is_kept(self):
        listed = [{**NTP, "id": 7, "domainId": 3}, NTP]
        answers = {"GetDeviceConfigs": {"configs": listed, "last": True}, "GetDeviceConfig": values}
        with scripted_devices(answers) as server:
            found = asked(server)
        assert [one.number for one in found.configs] == [5]
        assert found.problems == ()

    @pytest.mark.parametrize(
        "said",
        [
            None,
            {"error": "no"},
            {"configs": "none", "last": True},
            {"configs": [7], "last": True},
            {"configs": [{**NTP, "id": 0}], "last": True},
            {"configs": [{**NTP, "categories": None}], "last": True},
            {"configs": [{**NTP, "type": 7}], "last": True},
            {"configs": [{"id": 5, "type": "NTP", "categories": []}], "last": True},
            {"configs": [NTP, {**NTP, "type": "PHONE"}], "last": True},
            [{"configs": [NTP]}],
        ],
        ids=["silence", "error", "no-list", "odd", "no-id", "for-whom", "no-type", "no-domain",
             "twice", "no-last"],
    )  # fmt: skip
    def test_a_list_that_may_not_be_whole(self, said):
        answers = {"GetDeviceConfigs": said, "GetDeviceConfig": values}
        with scripted_devices(answers) as server:
            found = asked(server, SHORT)
        assert found.problems
        assert all("GetDeviceConfigs" in str(one) for one in found.problems)

    @pytest.mark.parametrize(
        "said",
        [
            lambda m: result(m, error="no"),
            lambda m: result(m, config=7),
            lambda m: result(m, config={**NTP, "id": 99}),
            lambda m: result(m, config={**NTP, "type": "PHONE"}),
            lambda m: result(m, config={**NTP, "categories": [9]}),  # for all, as it was listed
            lambda m: result(m, config={**NTP, "categories": None}),
            lambda m: result(m, config={**NTP, "domainId": 3}),
            lambda m: {"mt": "GetDeviceConfigValueResult", "src": m["src"], "name": 1},
            lambda m: {"mt": "GetDevicesResult", "src": m["src"]},
        ],
    )
    def test_one_that_does_not_come(self, said):
        answers = {"GetDeviceConfigs": ONE, "GetDeviceConfig": said}
        with scripted_devices(answers) as server:
            found = asked(server, SHORT)
        assert [one.values for one in found.configs] == [None]
        assert found.unread
        assert found.problems == ()

    def test_silence_costs_the_time_of_one_answer(self):
        listed = [{**NTP, "id": number} for number in range(1, 40)]
        with scripted_devices({"GetDeviceConfigs": {"configs": listed, "last": True}}) as server:
            found = asked(server, SHORT)
            assert len([one for one in server.messages if one["mt"] == "GetDeviceConfig"]) == 1
        assert [one.values for one in found.configs] == [None] * 39
        assert len(found.unread) == 1

    @pytest.mark.parametrize(("name", "limit"), [("MOST_MESSAGES", 3), ("MAX_BYTES", 2000)])
    def test_pieces_without_end(self, monkeypatch, name, limit):
        monkeypatch.setattr(devices_client, name, limit)

        def pieces(message):
            piece = {"mt": "GetDeviceConfigValueResult", "src": message["src"], "name": "script"}
            return [{**piece, "value": "x" * 500} for _ in range(20)]

        with scripted_devices({"GetDeviceConfigs": ONE, "GetDeviceConfig": pieces}) as server:
            found = asked(server, SHORT)
        assert [one.values for one in found.configs] == [None]

    def test_more_than_is_asked_for(self, monkeypatch):
        monkeypatch.setattr(configurations, "MOST_CONFIGS", 2)
        listed = [{**NTP, "id": number} for number in range(1, 5)]
        answers = {"GetDeviceConfigs": {"configs": listed, "last": True}, "GetDeviceConfig": values}
        with scripted_devices(answers) as server:
            found = asked(server)
        assert len(found.configs) == 2
        assert found.problems

    def test_a_connection_that_breaks(self):
        answers = {"GetDeviceConfigs": lambda _: "close"}
        with scripted_devices(answers) as server, pytest.raises(RefusedError):
            asked(server)


class TestAudit:
    def test_what_it_decides(self):
        with platform() as running:
            _, before = told(running)
        with platform(usual=True) as running:
            snapshot, after = told(running)
            assert running.writes == 0
        changed = {rule: after[rule] for rule in after if after[rule] != before[rule]}
        assert changed == dict.fromkeys(("ADM-11", "LOG-01", "LOG-03", "LOG-04"), "passed")
        (entry,) = snapshot.scripted
        assert (entry.h323, entry.password.state) == ("hot-desk-base", PasswordState.SET)
        assert parse_snapshot(b"".join(dump_snapshot(snapshot)), Path("saved")) == snapshot

    def test_what_it_finds(self):
        with platform() as running:
            _, before = told(running, "insecure")
        with platform(usual=True) as running:
            _, after = told(running, "insecure")
        changed = {rule: after[rule] for rule in after if after[rule] != before[rule]}
        assert changed == dict.fromkeys(("ADM-11", "HD-01", "RPX-07", "TLS-04"), "failed")

    @pytest.mark.parametrize(("config", "name"), [("hardened", "strict"), ("insecure", "normal")])
    def test_a_tls_profile_is_shown_and_decides_nothing(self, config, name):
        with platform(usual=True) as running:
            snapshot, found = told(running, config)
        setting = snapshot.settings["tls_profile"]
        assert (setting.values, setting.grade) == ((name,), Grade.INFERRED)
        assert found["TLS-06"] == "unknown"

    @pytest.mark.parametrize("dialect", ["documented", "simulated"])
    def test_nothing_of_it_is_changed_on_the_box(self, dialect):
        """Nor where the box shows the same by itself: Devices would set it again."""
        with platform(usual=True) as running:
            snapshot, _ = told(running, "insecure", dialect, pbx_password=PBX_PASSWORD)
        found = judge(parse_snapshot(b"".join(dump_snapshot(snapshot)), Path("saved")),
                      site_of("insecure"), profile="baseline")  # fmt: skip
        view = AuditView(found.snapshot, found.site)
        plan = build_plan(view, found.results, target_name="", run_id="run-1")
        reasons = {
            (one.control, one.subject.kind): (one.change.machine, str(one.change.by_hand))
            for one in plan.steps
        }
        for rule in ("ADM-11", "RPX-07", "TLS-04"):
            assert reasons[rule, "setting"] == (None, str(IN_DEVICES))
        assert reasons["HD-01", "expert script"] == (None, str(IN_SCRIPT))

    @pytest.mark.parametrize("mt", ["GetDeviceConfigs", "GetDeviceConfig"])
    def test_silence_is_named_and_decides_nothing(self, mt):
        with platform() as running:
            _, before = told(running, "insecure")
        with platform(SocketFault("silence", mt), usual=True) as running:
            snapshot, after = told(running, "insecure")
        known = {rule: status for rule, status in before.items() if status in {"passed", "failed"}}
        assert {rule: after[rule] for rule in known} == known
        assert {after[rule] for rule in ("RPX-07", "TLS-04")} == {"unknown"}
        notes = " ".join(str(one.note) for one in snapshot.sources)
        assert mt in notes
        assert snapshot.gaps_in("turn_server") or mt == "GetDeviceConfig"

    def test_a_script_that_did_not_come_leaves_the_password_open(self):
        with platform(SocketFault("silence", "GetDeviceConfig"), usual=True) as running:
            _, open_one = told(running, pbx_password=PBX_PASSWORD)
        with platform(usual=True) as running:
            _, read = told(running, pbx_password=PBX_PASSWORD)
        assert (open_one["HD-01"], read["HD-01"]) == ("unknown", "passed")

    @pytest.mark.parametrize(
        "fault",
        [
            ("close", "GetDeviceConfig"),
            ("silence", "GetDeviceConfig"),
            ("no-last", "GetDeviceConfigs"),
            None,
        ],
        ids=str,
    )
    def test_a_script_that_may_be_missing_leaves_the_password_open(self, fault, monkeypatch):
        faults = [SocketFault(*fault)] if fault else []
        if fault is None:  # there are more than are asked for
            monkeypatch.setattr(configurations, "MOST_CONFIGS", 1)
        with platform(*faults, usual=True) as running:
            _, found = told(running, pbx_password=PBX_PASSWORD)
        assert found["HD-01"] == "unknown"

    @pytest.mark.parametrize("kind", ["silence", "close", "error", "cut", "half-open"])
    def test_a_list_of_which_nothing_came_decides_no_less_than_none(self, kind):
        """The box shows which password it takes, and so it does where nobody asks for scripts."""
        with platform() as running:
            _, before = told(running, pbx_password=PBX_PASSWORD)
        with platform(SocketFault(kind, "GetDeviceConfigs"), usual=True) as running:
            snapshot, after = told(running, pbx_password=PBX_PASSWORD)
        assert (before["HD-01"], after["HD-01"]) == ("passed", "passed")
        assert after == before
        assert "GetDeviceConfigs" in " ".join(str(one.note) for one in snapshot.sources)

    def test_a_list_that_breaks_off_after_its_first_page_leaves_the_password_open(self):
        def broken(message):
            return [result(message, configs=[NTP]), "close"]

        answers = {"GetDeviceConfigs": broken, "GetDeviceConfig": values}
        with scripted_devices(answers) as server:
            found = asked(server, SHORT)
        assert found.is_listed
        assert found.problems

    def test_a_placeholder_left_in_place(self):
        text = "config add PHONE SIG /h323 hot-desk-base /gk-pwd <your secure password>"
        with platform(rolled_out=[SimulatedRollout(6, 2, "EXPERT", {"script": text})]) as running:
            snapshot, found = told(running, pbx_password=PBX_PASSWORD)
        assert snapshot.scripted[0].password.state is PasswordState.PLACEHOLDER
        assert found["HD-01"] == "failed"

    def test_what_the_box_contradicts_is_open(self):
        other = SimulatedRollout(5, 2, "NTP", {"ntp1": "10.99.0.1"})
        with platform(rolled_out=[other]) as running:
            snapshot, found = told(running, dialect="simulated")
        assert "time_server" not in snapshot.settings
        assert all(gap.doubtful for gap in snapshot.gaps_in("time_server"))
        assert found["LOG-04"] == "unknown"

    def test_what_the_box_shows_keeps_its_grade(self):
        with platform(usual=True) as running:
            snapshot, found = told(running, dialect="simulated")
        shown = snapshot.settings["time_server"]
        assert shown.grade is Grade.SIMULATED
        assert "Devices" not in str(shown.source)
        assert found["LOG-04"] == "passed"

    def test_in_the_strict_profile_it_is_not_enough(self):
        with platform(usual=True) as running:
            snapshot, _ = told(running)
        site = site_of()
        catalogue = load_catalogue()
        terms = AssessmentTerms(refused_grades=catalogue.profiles["strict"].refused_grades)
        selection = Selection(select(catalogue, site, "strict", ()), Thresholds(), terms=terms)
        found = statuses(audit(snapshot, site, selection, TODAY))
        assert {found[rule] for rule in ("LOG-01", "LOG-03", "LOG-04")} == {"unknown"}

    @pytest.mark.parametrize("profile", ["baseline", "strict"])
    def test_what_a_person_states_decides_beside_it_as_alone(self, profile):
        with platform() as running:
            alone, _ = told(running)
        with platform(usual=True) as running:
            beside, _ = told(running)
        facts = {
            name: {"value": value, "by": "E. Muster", "on": TODAY, "until": TODAY}
            for name, value in {
                "logging_type": "HTTPS",
                "alarm_forward_server": beside.settings["alarm_forward_server"].values[0],
                "time_server": beside.settings["time_server"].values[0],
                "phone_configuration_protected": True,
                "media_encryption": True,
            }.items()
        }
        site = site_of().model_copy(update={"facts": Facts.model_validate(facts)})
        catalogue = load_catalogue()
        terms = AssessmentTerms(refused_grades=catalogue.profiles[profile].refused_grades)
        selection = Selection(select(catalogue, site, profile, ()), Thresholds(), terms=terms)
        found = [statuses(audit(one, site, selection, TODAY)) for one in (alone, beside)]
        for rule in ("ADM-11", "LOG-01", "LOG-03", "LOG-04", "TLS-04"):
            assert [one[rule] for one in found] == ["passed"] * 2, rule

    def test_scripts_of_another_pbx_of_the_domain_are_its_own(self):
        text = "config add PHONE SIG /h323 somebody-elsewhere /gk-pwd 1234"
        with platform(rolled_out=[SimulatedRollout(6, 2, "EXPERT", {"script": text})]) as running:
            alone, _ = told(running)
            made = running.server.platform
            moved = tuple(
                one if one.domain != 3 else one.__class__(**{**fields(one), "domain": 2})
                for one in made.devices
            )
            running.server.platform = made.__class__(**{**vars(made), "devices": moved})
            beside, _ = told(running)
        assert [one.h323 for one in alone.scripted] == ["somebody-elsewhere"]
        assert beside.scripted == ()

    def test_of_several_boxes_nothing_is_said(self):
        with platform(usual=True) as running:
            place = BoxPlace(name="slave", url=running.box("insecure", INSTANCE))
            target = site_of().target.model_copy(update={"dialect": "documented"})
            site = site_of().model_copy(update={"boxes": [place], "target": target})
            given = running.credentials("CANARY-instance", login_domain=INSTANCE)
            snapshot = read_live(running.box("hardened", INSTANCE), site, given, quick())
        assert "logging_type" not in snapshot.settings
        assert snapshot.gaps_in("logging_type")
        assert "phone_configuration_protected" in snapshot.settings

    def test_the_box_is_read_before_and_stays_read(self):
        with platform(SocketFault("close", "GetDeviceConfigs"), usual=True) as running:
            snapshot, _ = told(running)
        assert snapshot.coverage("objects") is Coverage.COMPLETE
        assert snapshot.gaps_in("logging_type")


class TestOdd:
    @pytest.mark.parametrize(
        "kind", ["expert", "Expert", "EX_PERT", "TLSPROFILE", "tls-profile", "Fxs Phone"]
    )
    def test_a_type_in_another_spelling_is_not_let_be(self, kind):
        listed = {"configs": [NTP, {**SCRIPT, "type": kind}], "last": True}
        with scripted_devices({"GetDeviceConfigs": listed, "GetDeviceConfig": values}) as server:
            found = asked(server)
        assert [one.number for one in found.configs] == [5]
        assert found.problems

    def test_numbers_that_are_written_as_texts(self):
        listed = {"configs": [{**NTP, "id": "5", "domainId": "2"}], "last": True}
        with scripted_devices({"GetDeviceConfigs": listed, "GetDeviceConfig": values}) as server:
            found = asked(server)
        assert [(one.number, one.values["ntp1"]) for one in found.configs] == [(5, "10.0.0.1")]
        assert found.problems == ()

    @pytest.mark.parametrize("number", [2.0, True, "2 ", [2], None, 0], ids=repr)
    def test_a_domain_that_is_none_is_not_let_be(self, number):
        listed = {"configs": [{**NTP, "domainId": number}], "last": True}
        with scripted_devices({"GetDeviceConfigs": listed, "GetDeviceConfig": values}) as server:
            found = asked(server)
        assert (found.configs, bool(found.problems)) == ((), True)

    @pytest.mark.parametrize("other", [["10.0.0.2"], 7, True, {}], ids=repr)
    @pytest.mark.parametrize("name", ["ntp1", "ntp2"])
    def test_a_time_server_beside_one_that_is_not_understood(self, name, other):
        both = {"ntp1": "10.0.0.1", "ntp2": "10.0.0.1", name: other}
        assert time_server(DeviceConfig(5, "NTP", for_all=True, values=both)) is None

    @pytest.mark.parametrize("short", ["config add X", 7, ["a"]], ids=repr)
    def test_a_value_that_comes_twice_and_not_alike(self, short):
        def twice(message):
            piece = {"mt": "GetDeviceConfigValueResult", "src": message["src"]}
            said = result(message, config={**SCRIPT, "script": short})
            return [{**piece, "name": "script", "value": "config add PHONE SIG"}, said]

        listed = {"configs": [SCRIPT], "last": True}
        with scripted_devices({"GetDeviceConfigs": listed, "GetDeviceConfig": twice}) as server:
            found = asked(server)
        assert [one.values for one in found.configs] == [None]
        assert found.unread


class TestSecondAnswers:
    """Of two different answers to one question neither is believed alone."""

    def found(self, answers):
        box = {"id": 1, "hwId": "009033000001", "domainId": 2, "type": "GW", "pbxActive": True}
        usual = {
            "GetDevices": {"devices": [box], "last": True},
            "GetDeviceConfigs": ONE,
            "GetDeviceConfig": values,
        }
        with scripted_devices({**usual, **answers}) as server:
            address = f"{server.address}/passthrough/009033000001".replace("wss://", "https://")
            with Tunnel(box_address(address), server.account, quick()) as way:
                told = way.configurations(lambda _: None)
            return told, way.beside

    def test_there_are_none(self):
        told, beside = self.found({})
        assert (told.problems, beside.problems, bool(told.configs)) == ((), (), True)

    @pytest.mark.parametrize("other", [{"configs": [], "last": True}, {"error": "no"}])
    def test_to_the_list(self, other):
        told, beside = self.found({"GetDeviceConfigs": [ONE, other]})
        assert "GetDeviceConfigs" in str(told.problems[0])
        assert told.advice
        assert beside.problems == ()

    @pytest.mark.parametrize("piece", [False, True])
    def test_to_the_question_about_one(self, piece):
        def twice(message):
            more = {"mt": "GetDeviceConfigValueResult", "src": message["src"], "name": "ntp1",
                    "value": "10.0.0.9"}  # fmt: skip
            other = result(message, config={**NTP, "id": message["id"], "ntp1": "10.0.0.9"})
            return [values(message), more if piece else other]

        told, _ = self.found({"GetDeviceConfig": twice})
        assert "GetDeviceConfig" in str(told.problems[0])

    def test_the_same_once_more_is_none(self):
        told, beside = self.found(
            {"GetDeviceConfigs": [ONE, ONE], "GetDeviceConfig": lambda m: [values(m), values(m)]}
        )
        assert (told.problems, beside.problems) == ((), ())

    @pytest.mark.parametrize("marked", [True, False])
    def test_to_the_question_which_devices_there_are(self, marked):
        box = {"id": 1, "hwId": "009033000001", "domainId": 2, "type": "GW", "pbxActive": True}
        old = {**box, "id": 7, "hwId": "009033000007", "version": "10.00", "pbxActive": False}

        def twice(message):
            other = result(message, devices=[box, old], last=True)
            if not marked:
                del other["src"]
            return [result(message, devices=[box], last=True), other]

        told, beside = self.found({"GetDevices": twice})
        assert told.problems == ()
        assert "GetDevices" in str(beside.problems[0])

    def test_while_a_fleet_is_discovered(self):
        def twice(message):
            return [result(message, devices=[], last=True), result(message, error="no")]

        domains = {"domains": [{"id": 2, "name": FIRST}], "last": True}
        with scripted_devices({"GetDomains": domains, "GetDevices": twice}) as server:
            found = ask_devices(server.address, server.account, quick())
        assert [one for one in found.problems if "GetDevices" in str(one)]

    def test_firmware_is_open_then(self, monkeypatch):
        inner = SimulatedDevicesSession._get_devices  # noqa: SLF001

        def twice(self, message):
            *_, last = said = inner(self, message)
            return [*said, {**last, "devices": []}]

        monkeypatch.setattr(SimulatedDevicesSession, "_get_devices", twice)
        with platform() as running:
            snapshot, _ = told(running)
        assert snapshot.coverage("box") is Coverage.PARTIAL
        assert snapshot.gaps_in("box")


class TestDoctor:
    def test_what_to_do_follows_from_the_reason(self):
        reasons = {
            "silence": (None, {}),
            "error": ({"error": "no"}, {}),
            "broken": (lambda _: ["close"], {}),
            "odd": ({"configs": [7], "last": True}, {}),
            "in no domain": (ONE, {"domainId": 0}),
        }
        advice = {name: self.advice(*one) for name, one in reasons.items()}
        assert all(advice.values())
        assert len({*advice.values()}) == len(advice)
        assert self.advice({"configs": "none", "last": True}, {}) == advice["odd"]

    def advice(self, said, of_box):
        box = {"id": 1, "hwId": "009033000001", "domainId": 2, "type": "GW", **of_box}
        answers = {"GetDevices": {"devices": [box], "last": True}, "GetDeviceConfigs": said}
        with scripted_devices(answers) as server:
            address = f"{server.address}/passthrough/009033000001".replace("wss://", "https://")
            way = Tunnel(box_address(address), server.account, quick(timeout=SHORT))
            with way:
                found = way.configurations(lambda _: None, values=False)
        assert found.problems
        return str(found.advice)

    def test_it_says_what_that_decides_and_reads_none_of_it(self):
        with platform(usual=True) as running:
            found = probe_pbx(running.box(), site_of(), running.credentials(), quick())
            asked = {one["mt"] for _, one in running.server.sockets.received}
        assert found.rolled_out is not None
        assert found.rolled_out.is_open
        assert "GetDeviceConfigs" in asked
        assert "GetDeviceConfig" not in asked
        rules = load_catalogue().rules
        rows, code = diagnose(found, running.box(), running.tls, [*rules.values()])
        (row,) = [one for one in rows if one.check == found.rolled_out.area]
        assert all(rule in row.detail for rule in ("LOG-01", "LOG-03", "LOG-04", "ADM-11"))
        assert code is ExitCode.OK

    def test_silence_is_closed_and_costs_nothing_else(self):
        with platform(SocketFault("silence", "GetDeviceConfigs")) as running:
            given = running.credentials()
            found = probe_pbx(running.box(), site_of(), given, quick(timeout=3.0))
        assert found.rolled_out is not None
        assert not found.rolled_out.is_open
        _, code = diagnose(found, running.box(), running.tls, [])
        assert code is ExitCode.OK

    def test_a_pbx_that_is_not_behind_devices(self):
        with SimulatorServer(simulated()) as server:
            viewer = next(one for one in simulated().accounts if one.role == "viewer")
            given = Credentials(viewer.username, viewer.password, None)
            assert probe_pbx(server.url, site_of(), given, quick()).rolled_out is None


def fields(one):
    return {name: getattr(one, name) for name in one.__slots__}


def test_secrets_are_nowhere(caplog):
    caplog.set_level(logging.DEBUG)
    script = (
        f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {CANARY}\n"
        f"config change SIP /gk-pwd {CANARY}\nconfig change X /password {CANARY}\n"
        f"mod cmd PHONE/USER-UI reg-edit-reg /h323 a /gk-pwd {quote(CANARY, safe='')}\n"
        f"vars create X pc {CANARY.encode().hex()}\n"
    )
    sealed = frozenset({"turnPassword", "logPassword"})
    rolled_out = [
        SimulatedRollout(4, 2, "EXPERT", {"script": script}, categories=(9,)),
        SimulatedRollout(
            5, 2, "MEDIA", {"turnServer": "t.example", "turnUser": "t", "turnPassword": CANARY},
            sealed, "seed",
        ),
        SimulatedRollout(
            6, 2, "ALARM_SERVER",
            {"url": f"https://u:{CANARY}@a.example/?k={CANARY}", "logUrl": f"https://a/{CANARY}",
             "logUser": CANARY, "logPassword": CANARY},
            sealed, "seed",
        ),
        SimulatedRollout(7, 2, "PHONE", {"gkId": CANARY, "newPassword": CANARY, CANARY: 1}),
    ]  # fmt: skip
    with platform(rolled_out=rolled_out) as running:
        snapshot, _ = told(running)
        outcome = judge(snapshot, site_of(), profile="baseline")
        said = json.dumps([one for _, one in running.server.sockets.received])
    assert {one.h323 for one in snapshot.scripted} >= {"hot-desk-base", "a"}
    assert snapshot.settings["turn_password"].values == ("set",)
    ours = [one.getMessage() for one in caplog.records if "websockets.server" not in one.name]
    everything = "\n".join(
        [b"".join(dump_snapshot(snapshot)).decode(), repr(snapshot), repr(outcome), said, *ours]
    )
    for form in (
        CANARY, CANARY.encode().hex(), base64.b64encode(CANARY.encode()).decode(),
        quote(CANARY, safe=""), json.dumps(CANARY)[1:-1],
    ):  # fmt: skip
        assert form not in everything


class TestMerging:
    @pytest.mark.parametrize(
        ("fact", "shown", "rolled_out", "agree"),
        [
            ("time_server", ["NTP.example.com"], ["ntp.example.com"], True),
            ("time_server", ["10.0.0.2"], ["10.0.0.1", "10.0.0.2"], True),
            ("time_server", ["10.0.0.1"], ["10.0.0.2"], False),
            ("time_server", ["none"], ["10.0.0.2"], False),
            ("time_server", [""], ["10.0.0.2"], False),
            ("time_server", ["unclear"], ["10.0.0.2"], True),
            ("alarm_forward_server", ["https://a.example/x"], ["a.example"], True),
            ("alarm_forward_server", ["none"], ["a.example"], False),
            ("logging_type", ["https"], ["HTTPS"], True),
            ("logging_type", ["AP"], ["HTTPS"], True),
            ("logging_type", ["Off"], ["HTTPS"], False),
            ("logging_type", ["TCP"], ["HTTP"], False),
            ("turn_password", ["default"], ["set"], True),
            ("turn_password", ["empty"], ["set"], False),
            ("media_encryption", ["true"], ["false"], False),
            ("media_encryption", ["false"], ["false"], True),
        ],
    )
    def test_it_never_wins(self, fact, shown, rolled_out, agree):
        box = Setting((*shown,), Grade.DOCUMENTED, "cfg.txt", 3)
        devices = Setting((*rolled_out,), Grade.INFERRED, "Devices")
        reading = Reading("Devices", "device-configurations", rolled_out={fact: devices})
        gaps: list[Gap] = []
        found = with_rolled_out({fact: box}, [reading], gaps)
        assert found == ({fact: replace(box, rolled_out=True)} if agree else {})
        assert [(gap.area, gap.doubtful) for gap in gaps] == ([] if agree else [(fact, True)])

    def test_it_fills_in(self):
        devices = Setting(("10.0.0.2",), Grade.INFERRED, "Devices")
        reading = Reading("Devices", "device-configurations", rolled_out={"time_server": devices})
        marked = replace(devices, rolled_out=True)
        assert with_rolled_out({}, [reading], []) == {"time_server": marked}
