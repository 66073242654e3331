"""A live PBX that is asked over WebSocket too: what that adds, and that it never takes away."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import InputError
from auditor.model.account import ProofKind
from auditor.model.site import AppSocket
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.simulator.app_object import with_app
from auditor.simulator.element import Element
from auditor.simulator.server import SimulatorServer
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.simulator.sockets import admin_lists, json_objects
from auditor.simulator.sockets.trains import of_train
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket import proxy_registrations, table_of_objects
from auditor.sources.live.app_socket.allowed_messages import ALLOWED_MESSAGES
from auditor.sources.live.app_socket.message_rows import Socket
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from auditor.sources.parse.known import KEPT_ATTRIBUTES
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot, parse_snapshot
from tests.fixtures.pbx import judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.sentences import says
from tests.fixtures.silence import certain_silence

APP, PASSWORD, CANARY = "pbx-auditor", "gruen-3141592653", "Zq7-Canary-x1"
SOURCE = "/PBX0/APPS/websocket"
ADMIN, TABLE = ("admin",), ("tableusers",)


@pytest.fixture
def serve():
    """Start simulated PBXs with an App object; none may have seen a write."""
    running = []
    with ExitStack() as stack:

        def start(*faults, pbx=None, rights=ADMIN, refuse=(), **switches):
            changed = with_app(pbx or simulated(), rights, PASSWORD)
            server = SimulatorServer(
                changed,
                tls=True,
                refuse=frozenset(refuse),
                sockets=SocketBehaviour(faults=faults, **switches),
            )
            running.append(stack.enter_context(server))
            return server

        yield start
    assert [server.writes for server in running] == [0] * len(running)


def site_for(server, *, app=APP, dialect="documented"):
    """Return a site file that asks over WebSocket, by default without made-up names."""
    site = site_of(server.pbx.config)
    return site.model_copy(
        update={
            "tls": trusted(server),
            "websocket": AppSocket(app=app),
            "target": site.target.model_copy(update={"dialect": dialect}),
        }
    )


def read(server, site=None, *, password=PASSWORD, seconds=300.0, timeout=4.0):
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    credentials = Credentials(viewer.username, viewer.password, None, app_password=password)
    options = LiveOptions(timeout=timeout, deadline=seconds, back_off=0.0)
    with certain_silence():
        return read_live(server.url, site or site_for(server), credentials, options)


def unasked(server):
    """Read without a word over WebSocket."""
    return read(server, site_for(server).model_copy(update={"websocket": None}))


def told(snapshot):
    """Return what the snapshot notes about the App socket."""
    return " ".join(str(one.note) for one in snapshot.sources if one.name == SOURCE)


def parents_of(pbx):
    return {
        one.names["cn"]: tuple(
            child.attributes["cn"]
            for pseudo in one.children
            for child in pseudo.children
            if child.tag == "sim-parent"
        )
        for one in pbx.objects
        if one.kind == "config"
    }


class TestTemplates:
    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_parents_are_what_the_pbx_says(self, serve, config):
        server = serve(pbx=simulated(config))
        snapshot = read(server)
        listed = {name: one.values for name, one in snapshot.listed_parents.items()}
        assert listed == parents_of(server.pbx)
        assert {one.grade for one in snapshot.listed_parents.values()} == {Grade.DOCUMENTED}

    @pytest.mark.parametrize(("config", "status"), [("hardened", "passed"), ("insecure", "failed")])
    def test_hd_08_is_decided_by_documented_names_alone(self, serve, config, status):
        server = serve(pbx=simulated(config))
        site = site_for(server)
        assert statuses(judge(read(server, site), site))["HD-08"] == status

    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_a_saved_snapshot_comes_to_the_same(self, serve, config):
        server = serve(pbx=simulated(config))
        site = site_for(server)
        snapshot = read(server, site)
        loaded = parse_snapshot(b"".join(dump_snapshot(snapshot)), Path("saved.json"))
        assert loaded == snapshot
        assert statuses(judge(loaded, site, profile="strict")) == statuses(
            judge(snapshot, site, profile="strict")
        )


DECIDED = {"passed", "failed"}
# What is asked for page by page. A list that comes at once, and names what is not there, is none.
PAGED = ("GetConfigObjects", "ReplicateNext", "SearchUsers")
TROUBLES: dict[str, dict[str, Any]] = {
    "no right": {"rights": TABLE},
    "nobody there": {"offered": False},
    "another password": {"password": "wrong"},
    "silence": {"faults": [SocketFault("silence", skip=2)]},
    "half open": {"faults": [SocketFault("half-open", skip=3)]},
    "binary": {"faults": [SocketFault("binary", skip=2)]},
    "not json": {"faults": [SocketFault("not-json", skip=2)]},
    "another mark": {"faults": [SocketFault("changed-src", skip=2)]},
    "error": {"faults": [SocketFault("error", skip=2)]},
    "always closed": {"faults": [SocketFault("close", skip=2)]},
    "endless": {"faults": [SocketFault("endless-page", mt) for mt in PAGED]},
    "repeated": {"faults": [SocketFault("repeated-page")]},
}


class TestTrouble:
    @pytest.mark.parametrize("name", TROUBLES)
    def test_it_never_decides_otherwise_than_without(self, serve, name):
        """What was decided without the socket stays so, and nothing passes by its silence."""
        trouble = dict(TROUBLES[name])
        password = trouble.pop("password", PASSWORD)
        server = serve(*trouble.pop("faults", ()), **trouble)
        site = site_for(server)
        snapshot = read(server, site, password=password, timeout=2.0)
        assert told(snapshot)
        alone = statuses(judge(unasked(server), site, profile="strict"))
        found = statuses(judge(snapshot, site, profile="strict"))
        changed = {rule for rule in found if found[rule] != alone[rule]}
        assert not {rule for rule in changed if alone[rule] in DECIDED}

    @pytest.mark.parametrize("name", ["no right", "nobody there", "another password", "silence"])
    def test_what_was_not_answered_is_a_gap_of_its_own(self, serve, name):
        trouble = dict(TROUBLES[name])
        password = trouble.pop("password", PASSWORD)
        server = serve(*trouble.pop("faults", ()), **trouble)
        snapshot = read(server, password=password, timeout=2.0)
        for fact in ("reverse_proxies", "turn_server", "turn_username", "turn_password"):
            assert fact not in snapshot.settings
            assert [gap.reason for gap in snapshot.gaps_in(fact)]
        assert snapshot.listed_parents == {}

    @pytest.mark.parametrize(
        "fault",
        [
            SocketFault("fragments"),
            SocketFault("ping"),
            SocketFault("large"),
            SocketFault("unknown"),
            SocketFault("twice"),
            SocketFault("no-src"),
            SocketFault("cut", skip=4, times=1),
            SocketFault("restart", skip=3, times=1),
        ],
        ids=lambda fault: fault.kind,
    )
    def test_what_can_be_borne_is_borne(self, serve, fault):
        server = serve(fault)
        assert {n: one.values for n, one in read(server).listed_parents.items()} == parents_of(
            server.pbx
        )

    @pytest.mark.parametrize("train", ["13r1", "13r2", "14r1", "16r1"])
    def test_trains(self, serve, train):
        server = serve(pbx=of_train(simulated(), train))
        assert {n: one.values for n, one in read(server).listed_parents.items()} == parents_of(
            server.pbx
        )

    def test_a_number_as_challenge(self, serve):
        server = serve(number_challenge=True)
        assert read(server).listed_parents

    def test_another_app_is_refused(self, serve):
        server = serve()
        assert read(server, site_for(server, app="nobody"), timeout=2.0).listed_parents == {}


class TestCounts:
    """What the right Admin lists beside the documents: objects, templates, call filters."""

    def test_objects_are_counted_with_admin_alone(self, serve):
        server = serve(refuse=["show", "soap"])
        alone, counted = unasked(server), read(server)
        assert alone.proofs[Area.OBJECTS].kind is ProofKind.STRUCTURAL
        assert counted.proofs[Area.OBJECTS].kind is ProofKind.COUNTED
        assert counted.objects == alone.objects

    def test_they_are_not_listed_where_they_are_counted_already(self, serve):
        server = serve()
        read(server)
        asked = {m["mt"] for _, m in server.sockets.received}
        assert not asked & {"SearchUsers", "GetPseudoObjects"}

    @pytest.mark.parametrize(
        ("mt", "kind"),
        [
            *(("SearchUsers", kind) for kind in ("silence", "error", "repeated-page")),
            *(("GetPseudoObjects", kind) for kind in ("silence", "error")),
            ("SearchUsers", "endless-page"),
        ],
    )
    def test_a_list_without_an_end_counts_nothing(self, serve, mt, kind):
        server = serve(SocketFault(kind, mt=mt, skip=1), refuse=["show", "soap"])
        snapshot = read(server, timeout=2.0)
        assert snapshot.proofs[Area.OBJECTS].kind is ProofKind.STRUCTURAL
        assert "SearchUsers" in told(snapshot)

    def test_an_object_that_only_the_configuration_has_is_told(self, serve, monkeypatch):
        plain = admin_lists.LISTS["GetPseudoObjects"]
        hidden = next(one.cn for one in simulated().objects if one.kind == "app")

        def without(request):
            [answer] = plain(request)
            return [{**answer, "objects": [o for o in answer["objects"] if o["cn"] != hidden]}]

        monkeypatch.setitem(admin_lists.LISTS, "GetPseudoObjects", without)
        server = serve(refuse=["show", "soap"])
        snapshot = read(server)
        assert snapshot.proofs[Area.OBJECTS].kind is ProofKind.NONE
        assert any(hidden in gap.reason for gap in snapshot.gaps_in(Area.OBJECTS))

    @pytest.mark.parametrize("names", [["intern"], ["intern", "new"], []])
    def test_other_call_filters_than_were_read_are_told(self, serve, monkeypatch, names):
        server = serve()
        assert unasked(server).coverage(Area.CALL_FILTERS) is Coverage.COMPLETE
        assert read(server).coverage(Area.CALL_FILTERS) is Coverage.COMPLETE
        monkeypatch.setitem(
            admin_lists.LISTS, "GetFilters", lambda request: request.answer(filter=names)
        )
        assert read(server).coverage(Area.CALL_FILTERS) is Coverage.PARTIAL

    def test_templates_that_two_lists_name_differently_are_not_all(self, serve, monkeypatch):
        monkeypatch.setitem(
            admin_lists.LISTS, "GetConfigs", lambda request: request.answer(configs=["Other"])
        )
        server = serve()
        assert "GetConfigs" in told(read(server))

    @pytest.mark.parametrize("name", ["a*", "a\nb", "x" * 300])
    def test_a_page_that_ends_with_what_cannot_be_sent(self, serve, monkeypatch, name):
        plain = admin_lists.LISTS["GetConfigObjects"]
        monkeypatch.setitem(
            admin_lists.LISTS, "GetConfigObjects", lambda one: [{**plain(one)[0], "more": name}]
        )
        server = serve()
        assert "GetConfigObjects" in told(read(server))


class TestWhatIsSent:
    def test_whatever_is_listed_is_sent_for_something(self, serve):
        """What nobody sends has no place on the list."""
        server = serve(rights=(*ADMIN, *TABLE))
        read(server)
        counting = serve(refuse=["show", "soap"])
        read(counting)
        sent = {m["mt"] for one in (server, counting) for _, m in one.sockets.received}
        of_pbx = {row.mt for row in ALLOWED_MESSAGES if row.socket is not Socket.DEVICES}
        assert sent == of_pbx

    def test_nothing_but_what_is_listed(self, serve):
        server = serve()
        read(server)
        rows = {(row.socket.value, row.api, row.mt) for row in ALLOWED_MESSAGES}
        sent = {(path, m.get("api", ""), m["mt"]) for path, m in server.sockets.received}
        assert sent
        assert sent <= rows

    def test_neither_password_nor_key(self, serve):
        server = serve()
        read(server)
        said = json.dumps([message for _, message in server.sockets.received])
        assert PASSWORD not in said
        assert '"key"' not in said

    def test_without_the_table_nothing_is_asked(self, serve):
        server = serve()
        unasked(server)
        assert server.sockets.received == []

    def test_without_the_package_nothing_is_sent_at_all(self, serve, monkeypatch):
        server = serve()
        site = site_for(server)
        monkeypatch.setitem(sys.modules, "websockets", None)
        monkeypatch.setattr("auditor.sources.live.live_pbx.find_spec", lambda _: None)
        with pytest.raises(InputError):
            read(server, site)


class TestRegistrations:
    def unmarked(self, *, tls):
        """Return a PBX with a device behind its proxy that says nothing of that."""
        plain = simulated()
        device, proxy = plain.online.behind[0], next(iter(plain.online.proxies))
        changed = tuple(
            replace(one, children=tuple(
                replace(row, attributes={"hw": device, **({"tls": "true"} if tls else {})})
                if row.attributes.get("hw") == device else row for row in one.children
            ))
            for one in plain.objects
        )  # fmt: skip
        assert proxy
        return replace(plain, objects=changed), device

    @pytest.mark.parametrize("tls", [True, False])
    def test_a_device_behind_a_proxy_that_is_not_marked_is_a_remark(self, serve, tls):
        pbx, device = self.unmarked(tls=tls)
        server = serve(pbx=pbx)
        site = site_for(server)
        lists = site.lists.model_copy(update={"reverse_proxy_devices": []})
        site = site.model_copy(update={"lists": lists})
        snapshot = read(server, site)
        setting = snapshot.settings["proxied_registrations"]
        assert device in setting.values
        assert setting.grade is Grade.INFERRED
        for profile in ("baseline", "strict"):
            (result,) = judge(snapshot, site, ["PBX-07"], profile).results
            remarks = " ".join(str(one.observation.remark) for one in result.findings)
            assert result.status.value == "passed"
            assert (device in remarks) is not tls

    @pytest.mark.parametrize("listed", [True, False])
    def test_a_marked_device_that_is_seen_elsewhere_is_a_remark(self, serve, listed):
        plain = simulated()
        device = next(
            row.attributes["hw"]
            for one in plain.objects
            for row in json_objects.row_elements(one, "device")
            if row.attributes["hw"] not in plain.online.behind
        )
        marks = {"hw": device, "tls": "true", "trusted": "true"}
        changed = tuple(
            replace(one, children=tuple(
                replace(row, attributes=marks) if row.attributes.get("hw") == device else row
                for row in one.children
            ))
            for one in plain.objects
        )  # fmt: skip
        server = serve(pbx=replace(plain, objects=changed))
        site = site_for(server)
        names = [device] if listed else []
        lists = site.lists.model_copy(update={"reverse_proxy_devices": names})
        site = site.model_copy(update={"lists": lists})
        snapshot = read(server, site)
        assert device in snapshot.settings["direct_registrations"].values
        assert snapshot.settings["direct_registrations"].grade is Grade.INFERRED
        (result,) = judge(snapshot, site, ["PBX-08"], "baseline").results
        assert result.status.value == "passed"
        (of_all,) = [
            one.observation for one in result.findings if one.observation.subject.id == "devices"
        ]
        assert (device in str(of_all.remark)) is not listed

    def test_only_objects_with_devices_are_asked(self, serve):
        server = serve()
        read(server)
        asked = [m for _, m in server.sockets.received if m["mt"] == "GetRegs"]
        with_devices = [
            one for one in server.pbx.objects if json_objects.row_elements(one, "device")
        ]
        assert len(asked) == len(with_devices)
        assert all(m.keys() == {"api", "mt", "src", "guid"} for m in asked)

    def test_nobody_is_asked_for_without_a_proxy(self, serve):
        plain = simulated()
        modules = tuple(one for one in plain.modules if not one.startswith("SIM-RP0 /"))
        server = serve(pbx=replace(plain, modules=modules))
        snapshot = read(server)
        assert not [m for _, m in server.sockets.received if m["mt"] == "GetRegs"]
        assert "proxied_registrations" not in snapshot.settings

    def test_silence_is_said_once(self, serve):
        server = serve(SocketFault("silence", "GetRegs"))
        snapshot = read(server)
        assert len([m for _, m in server.sockets.received if m["mt"] == "GetRegs"]) == 1
        assert "GetRegs" in told(snapshot)
        assert "proxied_registrations" not in snapshot.settings

    def test_more_than_are_asked_for(self, serve, monkeypatch):
        monkeypatch.setattr(proxy_registrations, "MOST_ASKED", 2)
        server = serve()
        snapshot = read(server)
        assert len([m for _, m in server.sockets.received if m["mt"] == "GetRegs"]) == 2
        assert "GetRegs" in told(snapshot)


def test_secrets_stop_at_the_parser(serve):
    plain = simulated()
    turn = f"SIM-TURN0 /sim-server turn.example.com /sim-user t /sim-password {CANARY}"
    modules = tuple(turn if line.startswith("SIM-TURN0") else line for line in plain.modules)
    room = replace(
        plain.objects[0],
        guid="c" * 32,
        names={"cn": "Konferenz", "h323": "konferenz", "node": "root", "loc": "master"},
        attributes={},
        children=(
            Element(
                "pseudo",
                {"type": "conference"},
                (Element("conference", {"m-key": CANARY}),),
            ),
        ),
    )
    server = serve(pbx=replace(plain, modules=modules, objects=(*plain.objects, room)))
    snapshot = read(server)
    assert snapshot.settings["turn_server"].values == ("turn.example.com",)
    assert snapshot.settings["turn_password"].values == ("set",)
    assert snapshot.settings["turn_password"].grade is Grade.DOCUMENTED
    assert CANARY not in repr(snapshot)
    assert CANARY.encode() not in b"".join(dump_snapshot(snapshot))


def test_another_answer_than_the_configuration_is_open(serve):
    """What the socket says of TURN is compared with what lines of the configuration say."""
    server = serve()
    site = site_for(server, dialect="simulated")
    snapshot = read(server, site)
    assert snapshot.gaps_in("turn_server") == ()
    assert snapshot.coverage(Area.OBJECTS).value == "complete"


class TestTableOfObjects:
    def test_it_counts_what_the_configuration_holds(self, serve):
        """With TableUsers alone, two sources agree about names and guids."""
        server = serve(rights=TABLE, refuse=["show", "soap"])
        alone, counted = unasked(server), read(server)
        assert alone.proofs[Area.OBJECTS].kind is ProofKind.STRUCTURAL
        assert counted.proofs[Area.OBJECTS].kind is ProofKind.COUNTED
        assert counted.objects == alone.objects
        assert [gap for gap in counted.gaps if gap not in alone.gaps and gap.area in {*Area}] == []

    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_it_contradicts_nothing(self, serve, config):
        server = serve(pbx=simulated(config), rights=(*ADMIN, *TABLE))
        site = site_for(server, dialect="simulated")
        silent = site.model_copy(update={"websocket": None})
        alone, both = read(server, silent), read(server, site)
        assert both.objects == alone.objects
        assert both.coverage(Area.OBJECTS) is alone.coverage(Area.OBJECTS)

    def test_objects_where_nothing_else_shows_them(self, serve):
        server = serve(rights=TABLE, refuse=["cfg", "show", "soap"])
        snapshot = read(server)
        assert {one.guid for one in snapshot.objects} == {one.guid for one in server.pbx.objects}

    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_what_its_rows_decide_from_a_file_they_decide_live(
        self, serve, config, tmp_path, monkeypatch
    ):
        """That pages are refused costs nothing that a whole table shows."""
        plain, saved = read_table_users, tmp_path / "rows.json"

        def saving(data, *more):
            saved.write_bytes(data)
            return plain(data, *more)

        monkeypatch.setattr(table_of_objects, "read_table_users", saving)
        server = serve(rights=TABLE, pbx=simulated(config), refuse=["cfg", "show", "soap"])
        site = site_for(server)
        live = read(server, site)
        file = read_files(saved, site, None)
        for profile in ("baseline", "strict"):
            of_file, of_live = (statuses(judge(one, site, profile=profile)) for one in (file, live))
            decided = {rule for rule in of_file if of_file[rule] in {*DECIDED, "not-applicable"}}
            assert len(decided) > 10 or profile == "strict"
            assert {r: of_live[r] for r in decided} == {r: of_file[r] for r in decided}
        assert not live.gaps_in(Area.OBJECTS)
        assert "403" in " ".join(str(one.note) for one in live.sources)

    @pytest.mark.parametrize("kind", ["silence", "cut"])
    def test_a_part_of_it_stands_for_no_page(self, serve, kind):
        fault = SocketFault(kind, mt="ReplicateNext", skip=9)
        server = serve(fault, rights=TABLE, refuse=["cfg", "show", "soap"])
        reasons = " ".join(str(one.reason) for one in read(server, timeout=2.0).gaps_in("objects"))
        assert "403" in reasons

    def test_a_restart_in_the_middle_of_it(self, serve):
        fault = SocketFault("cut", mt="ReplicateNext", skip=9, times=1)
        snapshot = read(serve(fault, rights=TABLE, refuse=["show", "soap"]))
        assert snapshot.proofs[Area.OBJECTS].kind is ProofKind.COUNTED

    @pytest.mark.parametrize("kind", ["silence", "cut", "half-open", "error"])
    def test_a_part_of_it_takes_nothing_away(self, serve, kind):
        fault = SocketFault(kind, mt="ReplicateNext", skip=9)
        server = serve(fault, rights=TABLE, refuse=["show", "soap"])
        snapshot = read(server, timeout=2.0)
        assert snapshot.proofs[Area.OBJECTS].kind is ProofKind.STRUCTURAL
        assert "PbxTableUsers" in told(snapshot)

    @pytest.mark.parametrize("kind", ["silence", "cut"])
    def test_a_part_alone_is_never_whole(self, serve, kind):
        fault = SocketFault(kind, mt="ReplicateNext", skip=9)
        server = serve(fault, rights=TABLE, refuse=["cfg", "show", "soap"])
        site = site_for(server)
        snapshot = read(server, site, timeout=2.0)
        assert snapshot.coverage(Area.OBJECTS) is not Coverage.COMPLETE
        assert "passed" not in {
            status
            for rule, status in statuses(judge(snapshot, site)).items()
            if rule in {"HD-04", "HD-08", "HD-10"}
        }

    def test_never_more_than_five_types_nor_a_password(self, serve):
        server = serve(rights=TABLE)
        read(server)
        starts = [m for _, m in server.sockets.received if m["mt"] == "ReplicateStart"]
        assert starts
        assert all(len(m["pseudo"]) <= 5 and "pwd" not in m["columns"] for m in starts)
        assert server.sockets.restarts == 0


class TestOwnAndEffectiveValues:
    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_they_agree_with_the_configuration(self, serve, config):
        server = serve(pbx=simulated(config), rights=(*ADMIN, *TABLE))
        site = site_for(server, dialect="simulated")
        alone = read(server, site.model_copy(update={"websocket": None}))
        asked = read(server, site)
        assert asked.objects == alone.objects
        assert [gap for gap in asked.gaps if gap not in alone.gaps] == []
        assert "hot-desk-base" in {one.h323 for one in asked.objects if one.key in asked.confirmed}
        assert says("objects compared: all agree", told(asked), way="GetObject")

    @pytest.mark.parametrize("rights", [ADMIN, TABLE, (*ADMIN, *TABLE)])
    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_more_sources_never_decide_less_nor_otherwise(self, serve, config, rights):
        server = serve(pbx=simulated(config), rights=rights)
        site = site_for(server)
        alone = statuses(judge(unasked(server), site, profile="strict"))
        both = statuses(judge(read(server, site), site, profile="strict"))
        changed = {rule: (alone[rule], both[rule]) for rule in alone if alone[rule] != both[rule]}
        assert all(before == "unknown" for before, _ in changed.values()), changed
        assert rights == TABLE or changed

    def test_a_value_by_its_documented_name_is_documented(self, serve):
        server = serve()
        site = site_for(server)

        def grades(snapshot):
            [result] = [
                one for one in judge(snapshot, site, ["HD-12"]).results if one.rule.id == "HD-12"
            ]
            return {e.grade for f in result.findings for e in f.observation.evidence}

        assert grades(unasked(server)) == {Grade.INFERRED}
        assert grades(read(server)) == {Grade.DOCUMENTED}

    @pytest.mark.parametrize("rights", [ADMIN, TABLE])
    def test_flags_of_hardware_ids_are_documented_where_both_show_them_alike(self, serve, rights):
        server = serve(rights=rights)
        site = site_for(server)
        controls = ["HD-15", "HD-16", "PBX-07", "PBX-08"]

        def grades(snapshot):
            return {
                (result.rule.id, one.grade)
                for result in judge(snapshot, site, controls, "strict").results
                for finding in result.findings
                for one in finding.observation.evidence
                if (one.attribute or "").startswith("device ")
            }

        asked = read(server)
        assert {grade for _, grade in grades(unasked(server))} == {Grade.INFERRED}
        assert grades(asked) == {(rule, Grade.DOCUMENTED) for rule in controls}
        known = {"devices"} if rights == TABLE else {*KEPT_ATTRIBUTES, "devices"}
        assert all(known.issuperset(names) for names in asked.confirmed.values())
        with_ids = {one.key for one in asked.objects if one.devices}
        assert rights == ADMIN or asked.confirmed.keys() == with_ids
        again = parse_snapshot(b"".join(dump_snapshot(asked)), Path("saved"))
        assert again.confirmed == asked.confirmed

    @pytest.mark.parametrize("config", ["hardened", "insecure"])
    def test_marks_of_apps_are_documented_and_nothing_else_is_asked_of_them(self, serve, config):
        server = serve(pbx=simulated(config))
        site = site_for(server)

        def grades(snapshot):
            (result,) = judge(snapshot, site, ["APP-04"], "baseline").results
            evidence = [one for each in result.findings for one in each.observation.evidence]
            return result.status, {one.grade for one in evidence if one.attribute == "critical"}

        before, after = grades(unasked(server)), grades(read(server))
        assert before[0] == after[0]
        assert (before[1], after[1]) == ({Grade.INFERRED}, {Grade.DOCUMENTED})
        apps = {one.guid for one in server.pbx.objects if one.kind == "app"}
        asked = [m for _, m in server.sockets.received if m["mt"] == "GetObject"]
        of_apps = [set(m["properties"]) for m in asked if m.get("guid") in apps]
        assert len(of_apps) == len(apps)
        assert all(one <= {"guid", "cn", "h323", "hide", "critical"} for one in of_apps)

    def test_flags_that_differ_are_believed_of_nobody(self, serve, monkeypatch):
        plain = json_objects.get_object
        hot_desk = next(
            one for one in simulated().objects
            if not one.kind and json_objects.row_elements(one, "device")
            and one.names["h323"] in site_of().hot_desk.users
        )  # fmt: skip

        def lying(pbx, one, *, templates):
            found = plain(pbx, one, templates=templates)
            if one.guid != hot_desk.guid:
                return found
            return {**found, "devices": [{**d, "trusted": True} for d in found["devices"]]}

        monkeypatch.setattr("auditor.simulator.sockets.admin_facts.get_object", lying)
        server = serve()
        site = site_for(server)
        assert statuses(judge(unasked(server), site))["HD-16"] == "passed"
        snapshot = read(server)
        key = next(one.key for one in snapshot.objects if one.guid == hot_desk.guid)
        assert "devices" not in snapshot.confirmed.get(key, ())
        assert statuses(judge(snapshot, site))["HD-16"] == "unknown"

    def test_another_effective_value_is_undetermined(self, serve, monkeypatch):
        """The PBX applies something else than its templates come to: nobody is believed."""
        plain = json_objects.get_object

        def lying(pbx, one, *, templates):
            found = plain(pbx, one, templates=templates)
            return {**found, "filter": "other"} if templates else found

        monkeypatch.setattr("auditor.simulator.sockets.admin_facts.get_object", lying)
        server = serve()
        site = site_for(server, dialect="simulated")
        alone = read(server, site.model_copy(update={"websocket": None}))
        assert statuses(judge(alone, site))["HD-05"] == "passed"
        snapshot = read(server, site)
        assert statuses(judge(snapshot, site))["HD-05"] == "unknown"
        assert snapshot.gaps_in(Area.OBJECTS)

    def test_an_older_train_is_not_asked_for_what_it_does_not_know(self, serve):
        server = serve(pbx=of_train(simulated(), "13r2"))
        read(server)
        assert not [m for _, m in server.sockets.received if m["mt"] == "GetObject"]

    def test_how_it_is_always_said(self, serve):
        server = serve()
        read(server)
        asked = [m for _, m in server.sockets.received if m["mt"] == "GetObject"]
        assert {m["template"] for m in asked} == {"with", "without"}
        assert not {"pwd", "emails", "presence"} & {p for m in asked for p in m["properties"]}
