"""Nodes, Booleans, Apps and licences that a PBX lists: what is read, and compared with objects."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from auditor.model.attestation import Facts
from auditor.model.site import AppSocket
from auditor.model.snapshot import NO_PASSWORD, PbxObject
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.simulator.app_object import with_app
from auditor.simulator.element import Element
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedObject
from auditor.simulator.socket_behaviour import SocketBehaviour, SocketFault
from auditor.simulator.sockets import admin_facts, admin_lists
from auditor.simulator.sockets.trains import of_train
from auditor.site.credentials import Credentials
from auditor.sources.live.app_socket.lists_by_type import lists_of
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from auditor.sources.parse.answer_account import AnswerAccount
from auditor.sources.parse.app_lists import (
    MOST_LISTED,
    read_apps,
    read_booleans,
    read_licences,
    read_nodes,
)
from auditor.sources.parse.reading import ListedObject, Reading
from auditor.sources.snapshot.listed_by_messages import (
    NOT_COMPARED,
    compare_listed,
    settings_of_lists,
)
from tests.fixtures.pbx import TODAY, judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted

PASSWORD, CANARY = "gruen-3141592653", "Zq7-Canary-x1"
URL = "https://ap.example/example.com/devices/innovaphone-devices"


@pytest.fixture
def account(reading, ledger):
    return AnswerAccount(reading, ledger)


def misread(ledger):
    return sum(one.not_understood for one in ledger.tallies())


class TestReading:
    def test_a_node_with_its_parent(self, account, reading):
        listed = [
            {"name": "north", "node": "root"},
            {"name": "branch", "node": "root", "loc": "master"},
            {"name": "south", "node": "north", "loc": ""},
        ]
        read_nodes(account, reading, {"nodes": listed})
        assert reading.listed_objects == [
            ListedObject("node", name="north", node="root"),
            ListedObject("node", name="branch", node="root"),
            ListedObject("node", name="south", node="north"),
        ]

    def test_a_list_that_is_too_long_is_read_in_part_and_says_so(self, account, reading, ledger):
        one = {"name": "n", "node": "root"}
        read_nodes(account, reading, {"nodes": [one] * (MOST_LISTED + 1)})
        assert len(reading.listed_objects) == MOST_LISTED
        assert len(reading.notes) == 2
        assert misread(ledger)

    def test_a_boolean_with_its_state(self, account, reading):
        one = {"guid": "b1", "name": "Nacht", "on": True, "reason": "automatic"}
        read_booleans(account, reading, {"booleans": [one]})
        assert reading.listed_objects == [ListedObject("bool", "b1", "Nacht", is_on=True)]

    @pytest.mark.parametrize(
        ("url", "on_platform"),
        [
            (URL, True),
            ("wss://ap.example/example.com/users/innovaphone-users", True),
            ("http://10.0.0.7/example.com/x/Innovaphone-x", True),
            ("../../APPS/pbxadmin/innovaphone-pbxadmin", False),
            ("../../apps/pbxadmin/../../../x/innovaphone-x", None),
            ("../x/innovaphone-devices", None),
            ("//AP.EXAMPLE/EXAMPLE.COM/DEVICES/INNOVAPHONE-DEVICES", None),
            (URL + "/", True),
            (URL + "?a=/b", True),
            ("wss://ap.example.com/example.com/devices/", None),  # the form of a service
            ("https://ap.example/example.com/ours/ours", None),
            ("https:///innovaphone-x", None),
            ("https://[x/innovaphone-x", None),
            ("ftp://ap.example/innovaphone-x", None),
            ("", False),
            (7, None),
            ([URL], None),
            (None, None),
        ],
    )
    def test_an_app_of_an_app_platform(self, account, reading, url, on_platform):
        one = {"title": "T", "app": "a", "url": url, "connected": True, "guid": "a1"}
        read_apps(account, reading, {"objects": [one]})
        (found,) = reading.listed_objects
        assert found == ListedObject("app", "a1", is_on=True, on_platform=on_platform)

    def test_of_an_address_nothing_is_kept(self, account, reading):
        url = f"https://u:{CANARY}@ap.example/{CANARY}/innovaphone-x?key={CANARY}"
        one = {"title": CANARY, "app": CANARY, "url": url, "connected": True, "guid": "a1"}
        read_apps(account, reading, {"objects": [{**one, "sip": CANARY, "pseudo": CANARY}]})
        assert CANARY not in repr(reading)

    def test_licences_without_their_keys(self, account, reading):
        one = {"name": "Port", "version": "13", "count": "50", "used": "44", "key": CANARY}
        odd = {"name": CANARY + "\n", "count": "1", "used": "1"}
        read_licences(account, reading, {"lic": [one, {**one, "used": "x"}, odd, 7]})
        odd, note = reading.notes
        assert "lic" in str(odd)
        assert "Port" in str(note)
        assert "44" in str(note)
        assert CANARY not in repr(reading)

    def test_without_a_list_it_has_no_licences_or_is_in_test_mode(self, account, reading, ledger):
        read_licences(account, reading, {"mt": "GetPbxLicensesResult"})
        assert len(reading.notes) == 1
        assert misread(ledger) == 0

    @pytest.mark.parametrize("read", [read_nodes, read_booleans, read_apps])
    @pytest.mark.parametrize("answer", [{}, {"nodes": 7, "booleans": {}, "objects": "x"}])
    def test_what_is_no_list_lists_nothing(self, account, reading, ledger, read, answer):
        read(account, reading, answer)
        assert reading.listed_objects == []
        assert misread(ledger)

    @pytest.mark.parametrize(
        ("read", "listed"),
        [
            (read_nodes, {"nodes": [{"name": "", "node": "root"}]}),
            (read_nodes, {"nodes": [{"node": "root"}]}),
            (read_nodes, {"nodes": ["north"]}),
            (read_nodes, {"nodes": [7]}),
            (read_booleans, {"booleans": [{"name": "Nacht", "on": True}]}),
            (read_apps, {"objects": [{"connected": True, "url": URL}]}),
            (read_apps, {"objects": [["guid"]]}),
            (read_apps, {"objects": [{"guid": "", "connected": True, "url": URL}]}),
        ],
    )
    def test_an_entry_that_names_nothing_may_be_any(self, account, reading, ledger, read, listed):
        read(account, reading, listed)
        assert reading.listed_objects == []
        assert [gap.area for gap in ledger.gaps()] == [Area.OBJECTS]
        assert misread(ledger)

    @pytest.mark.parametrize(
        ("read", "listed", "shown"),
        [
            (
                read_booleans,
                {"booleans": [{"guid": "b", "name": "Nacht", "on": "true"}]},
                ListedObject("bool", "b", "Nacht"),
            ),
            (
                read_booleans,
                {"booleans": [{"guid": "b", "name": 7, "on": True}]},
                ListedObject("bool", "b", is_on=True),
            ),
            (
                read_apps,
                {"objects": [{"guid": "a", "connected": 1, "url": URL}]},
                ListedObject("app", "a", on_platform=True),
            ),
        ],
    )
    def test_of_an_odd_entry_counts_the_rest(self, reading, ledger, read, listed, shown):
        read(AnswerAccount(reading, ledger), reading, listed)
        assert reading.listed_objects == [shown]
        assert list(ledger.gaps()) == []
        assert misread(ledger)

    def test_an_odd_licence_is_counted(self, account, reading, ledger):
        read_licences(account, reading, {"lic": [{"name": "Port", "count": 50, "used": "1"}, 7]})
        assert list(ledger.gaps()) == []
        assert misread(ledger)

    def test_a_field_that_nobody_documented_is_named(self, account, reading):
        read_nodes(account, reading, {"nodes": [{"name": "n", "node": "root", "escape": "0"}]})
        assert "escape" in str(reading.notes[0])


EMPTY = PbxObject(
    *("", "", "", "", "", {}, (), (), (), (), (), {}, None, (), NO_PASSWORD, "", 0),
)


def node(name, above="root", kind="node"):
    names = {"guid": f"guid-{name}", "cn": name, "h323": f"h-{name}"}
    return EMPTY._replace(kind=kind, attributes={"node": above}, **names)


class TestComparing:
    def told(self, *listed):
        return Reading("socket", "app-socket", listed_objects=[*listed])

    @pytest.mark.parametrize(
        ("listed", "is_missing"),
        [
            (ListedObject("node", name="north"), False),
            (ListedObject("node", name="H-NORTH"), False),
            (ListedObject("node", name="hidden"), True),
            (ListedObject("node", name="root"), False),
            (ListedObject("node", name="master"), False),  # each PBX is a node, too
            (ListedObject("node", name=" North "), False),
            (ListedObject("bool", "GUID-B", "Nacht"), False),
            (ListedObject("bool", "guid-x", "b"), True),  # another one of that name
            (ListedObject("app", "guid-a"), False),
            (ListedObject("app", "guid-x"), True),
        ],
    )
    def test_what_is_listed_has_to_be_there(self, listed, is_missing):
        objects = [node("north"), node("master", kind="loc"), node("b", kind="bool"),
                   node("a", kind="app")]  # fmt: skip
        told = self.told(ListedObject("node", name="north"), listed)
        gaps = list(compare_listed([told], objects))
        assert [gap.area for gap in gaps] == [Area.OBJECTS] * is_missing
        assert bool(told.notes) is not is_missing

    def test_without_guids_nothing_is_missing_and_nothing_is_all_there(self):
        objects = [node("north")._replace(guid="")]
        told = self.told(ListedObject("app", "guid-x"))
        assert list(compare_listed([told], objects)) == []
        assert [note.template for note in told.notes] == [NOT_COMPARED.template]

    def test_one_object_without_a_guid_hides_no_more_than_one(self):
        objects = [node("north")._replace(guid=""), node("a", kind="app")]
        known, one, other = (ListedObject("app", f"guid-{name}") for name in ("a", "x", "y"))
        assert list(compare_listed([self.told(known, one)], objects)) == []
        gaps = list(compare_listed([self.told(known, one, other)], objects))
        assert [gap.area for gap in gaps] == [Area.OBJECTS]

    def test_names_of_which_none_is_known_are_names_of_another_sort(self):
        told = self.told(ListedObject("node", name="root"), ListedObject("node", name="Norden"))
        assert list(compare_listed([told], [node("north")])) == []
        assert [note.template for note in told.notes] == [NOT_COMPARED.template]
        assert list(compare_listed([told], [node("a", kind="app")])) != []

    def test_without_objects_nothing_is_compared(self):
        assert list(compare_listed([self.told(ListedObject("app", "guid-x"))], [])) == []

    @pytest.mark.parametrize(
        ("above", "shown", "differs"),
        [
            ("root", "root", False),
            ("root", "south", True),
            ("h-south", "south", False),
            ("", "south", False),
            ("south", "", False),
            ("root", ".", False),  # the same place by another word
            ("H-South ", "root", True),
        ],
    )
    def test_another_parent_of_a_node_is_believed_of_nobody(self, above, shown, differs):
        objects = [node("north", shown), node("south")]
        told = self.told(ListedObject("node", name="north", node=above))
        gaps = list(compare_listed([told], objects))
        assert [gap.doubtful for gap in gaps] == [True] * differs

    def test_a_node_that_others_are_in_is_listed_too(self):
        told = self.told(ListedObject("node", name="north", node="Sueden"))
        gaps = list(compare_listed([told], [node("north", "south"), node("south")]))
        assert [(gap.area, gap.doubtful) for gap in gaps] == [(Area.OBJECTS, False)]
        assert "Sueden" in gaps[0].reason

    def test_a_node_is_listed_in_one_node_only(self):
        objects = [node("north", "south"), node("south"), node("west")]
        listed = [ListedObject("node", name="north", node=above) for above in ("south", "H-SOUTH")]
        assert list(compare_listed([self.told(*listed)], objects)) == []
        other = ListedObject("node", name="north", node="west")
        gaps = list(compare_listed([self.told(*listed, other)], objects))
        assert [(gap.area, gap.doubtful) for gap in gaps] == [(Area.OBJECTS, True)]
        namesake = node("North", "west")._replace(guid="other")
        assert list(compare_listed([self.told(*listed, other)], [*objects, namesake])) == []

    @pytest.mark.parametrize(
        ("app", "is_open"),
        [
            (ListedObject("app", "guid-a", is_on=True, on_platform=None), True),
            (ListedObject("app", "guid-a", is_on=None, on_platform=True), True),
            (ListedObject("app", "guid-a", is_on=None, on_platform=None), True),
            (ListedObject("app", "guid-a", is_on=None, on_platform=False), False),
            (ListedObject("app", "guid-a", is_on=True, on_platform=False), False),
            (ListedObject("app", "guid-a", is_on=True, on_platform=True), False),
            (ListedObject("app", "guid-a", is_on=False, on_platform=None), False),
        ],
    )
    def test_an_app_of_which_it_is_open_where_its_service_is(self, app, is_open):
        found = settings_of_lists([self.told(app)], [node("a", kind="app")])
        assert (found["unplaced_apps"].values if is_open else ()) == ("a",) * is_open
        assert ("unplaced_apps" in found) is is_open

    def test_an_app_that_cannot_be_read_may_be_on_an_app_platform(self):
        damaged = self.told()
        damaged.damaged_lists.add("platform_apps")
        assert settings_of_lists([damaged], [])["unplaced_apps"].values == ("?",)

    def test_without_the_state_of_one_boolean_none_is_said_to_be_on(self):
        listed = [ListedObject("bool", "guid-n", is_on=True), ListedObject("bool", "guid-o")]
        assert "booleans_on" not in settings_of_lists([self.told(*listed)], [])

    def test_what_is_on_and_connected(self):
        objects = [node("Nacht", kind="bool"), node("devices", kind="app"), node("own", kind="app")]
        told = self.told(
            ListedObject("bool", "guid-nacht", "x", is_on=True),
            ListedObject("bool", "guid-other", "Tag", is_on=False),
            ListedObject("app", "guid-DEVICES", is_on=True, on_platform=True),
            ListedObject("app", "guid-own", is_on=False, on_platform=True),
        )
        found = settings_of_lists([told], objects)
        assert {fact: one.values for fact, one in found.items()} == {
            "booleans_on": ("Nacht",),
            "connected_apps": ("devices",),
            "platform_apps": ("devices",),
        }
        assert found["platform_apps"].grade is Grade.INFERRED
        assert found["connected_apps"].grade is Grade.DOCUMENTED

    @pytest.mark.parametrize(
        "listed",
        [
            [ListedObject("app", "guid-a", is_on=True)],
            [
                ListedObject("app", "guid-a", is_on=True),
                ListedObject("app", "guid-b", is_on=True),
                ListedObject("app", "guid-b", is_on=False),
            ],
        ],
    )
    def test_an_app_that_is_not_listed_once_is_not_said_to_be_unconnected(self, listed):
        objects = [node("a", kind="app"), node("b", kind="app")]
        assert "connected_apps" not in settings_of_lists([self.told(*listed)], objects)

    def test_a_boolean_that_is_on_and_off_is_not_said_to_be_on(self):
        listed = [ListedObject("bool", "guid-n", "Nacht", is_on=state) for state in (True, False)]
        found = settings_of_lists([self.told(*listed)], [node("n", kind="bool")])
        assert found["booleans_on"].values == ()

    def test_nothing_listed_says_nothing(self):
        assert settings_of_lists([self.told()], [node("a", kind="app")]) == {}


def with_boolean(pbx, *, hidden=False):
    guid = "b" * 32
    names = {"cn": "Nacht", "h323": "nacht", "node": "root", "loc": "master"}
    made = SimulatedObject(guid, names, {}, (Element("pseudo", {"type": "bool"}),), None)
    return pbx if hidden else replace(pbx, objects=(*pbx.objects, made))


@pytest.fixture
def serve():
    running = []
    with ExitStack() as stack:

        def start(*faults, pbx=None, **switches):
            changed = with_app(pbx or with_boolean(simulated()), ["admin"], PASSWORD)
            sockets = SocketBehaviour(faults=faults, **switches)
            server = SimulatorServer(changed, tls=True, sockets=sockets)
            running.append(stack.enter_context(server))
            return server

        yield start
    assert [server.writes for server in running] == [0] * len(running)


def read(server, **facts):
    plain = site_of(server.pbx.config)
    target = plain.target.model_copy(update={"dialect": "simulated"})
    site = plain.model_copy(
        update={"tls": trusted(server), "websocket": AppSocket(app="pbx-auditor"), "target": target,
                **({"facts": Facts.model_validate(facts)} if facts else {})}
    )  # fmt: skip
    viewer = next(one for one in server.pbx.accounts if one.role == "viewer")
    credentials = Credentials(viewer.username, viewer.password, None, app_password=PASSWORD)
    options = LiveOptions(timeout=2.0, back_off=0.0)
    return read_live(server.url, site, credentials, options), site


def told(snapshot):
    return " ".join(str(one.note) for one in snapshot.sources)


class TestLive:
    def test_all_that_is_listed_was_read(self, serve):
        snapshot, _ = read(serve())
        assert snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE
        assert snapshot.settings["connected_apps"].values
        assert snapshot.settings["platform_apps"].values
        assert snapshot.settings["booleans_on"].values == ()

    @pytest.mark.parametrize(
        ("mt", "field", "more"),
        [
            ("GetNodes", "nodes", {"name": "hidden", "node": "root"}),
            ("GetBooleans", "booleans", {"guid": "f" * 32, "name": "Tag", "on": False}),
            ("GetAppObjects", "objects", {"guid": "f" * 32, "connected": False, "url": ""}),
        ],
    )
    def test_one_that_was_missed_leaves_the_list_open(self, serve, monkeypatch, mt, field, more):
        plain = admin_lists.LISTS[mt]

        def longer(request):
            [answer] = plain(request)
            return [{**answer, field: [*answer[field], more]}]

        monkeypatch.setitem(admin_lists.LISTS, mt, longer)
        snapshot, site = read(serve())
        assert snapshot.coverage(Area.OBJECTS) is Coverage.PARTIAL
        assert any(mt in str(gap.reason) for gap in snapshot.gaps_in(Area.OBJECTS))
        assert statuses(judge(snapshot, site, profile="baseline"))["APP-03"] != "passed"

    def test_a_boolean_that_is_on_stands_beside_the_filter(self, serve, monkeypatch):
        plain = admin_lists.LISTS["GetBooleans"]

        def switched(request):
            [answer] = plain(request)
            return [{**answer, "booleans": [{**one, "on": True} for one in answer["booleans"]]}]

        monkeypatch.setitem(admin_lists.LISTS, "GetBooleans", switched)
        snapshot, site = read(serve())
        assert snapshot.settings["booleans_on"].values == ("Nacht",)
        outcome = judge(snapshot, site, profile="baseline")
        shown = {
            result.rule.id
            for result in outcome.results
            for finding in result.findings
            for one in finding.observation.evidence
            if one.value == "Nacht"
        }
        before, _ = read(serve(pbx=simulated()))
        assert statuses(outcome) == statuses(judge(before, site, profile="baseline"))
        assert "TRK-01" in shown

    def test_a_statement_that_there_is_no_app_platform_is_contradicted(self, serve):
        none = {"value": "none", "by": "E. Muster", "on": TODAY, "until": TODAY}
        snapshot, site = read(serve(), app_platform_version=none)
        found = statuses(judge(snapshot, site, profile="baseline"))
        assert (found["APP-02"], found["FW-02"]) == ("unknown", "unknown")
        alone = replace(
            snapshot,
            settings={n: s for n, s in snapshot.settings.items() if n != "platform_apps"},
        )
        assert statuses(judge(alone, site, profile="baseline"))["APP-02"] == "not-applicable"

    @pytest.mark.parametrize(
        "change",
        [
            {"url": "wss://ap.example.com/example.com/devices/"},
            {"url": [URL]},
            {"connected": "true"},
            {"guid": ""},
        ],
    )
    def test_so_it_is_where_the_list_leaves_it_open(self, serve, monkeypatch, change):
        plain = admin_lists.LISTS["GetAppObjects"]

        def changed(request):
            [answer] = plain(request)
            return [{**answer, "objects": [{**one, **change} for one in answer["objects"]]}]

        monkeypatch.setitem(admin_lists.LISTS, "GetAppObjects", changed)
        none = {"value": "none", "by": "E. Muster", "on": TODAY, "until": TODAY}
        snapshot, site = read(serve(), app_platform_version=none)
        found = statuses(judge(snapshot, site, profile="baseline"))
        assert (found["APP-02"], found["FW-02"]) == ("unknown", "unknown")

    @pytest.mark.parametrize("test_mode", [False, True])
    def test_licences_are_noted(self, serve, test_mode):
        snapshot, _ = read(serve(test_mode=test_mode))
        assert ("test mode" in told(snapshot)) is test_mode

    @pytest.mark.parametrize("mt", [one.question.mt for one in lists_of("")])
    @pytest.mark.parametrize("kind", ["silence", "error", "not-json"])
    def test_what_does_not_come_is_named_and_decides_nothing(self, serve, mt, kind):
        server = serve(SocketFault(kind, mt))
        snapshot, site = read(server)
        assert mt in told(snapshot)
        before, _ = read(serve())
        changed = {
            rule
            for rule, status in statuses(judge(snapshot, site, profile="baseline")).items()
            if status != statuses(judge(before, site, profile="baseline"))[rule]
        }
        assert changed == set()

    @pytest.mark.parametrize("mt", [one.question.mt for one in lists_of("")])
    @pytest.mark.parametrize("kind", ["close", "cut"])
    def test_a_pbx_that_hangs_up_on_it_is_still_asked_the_rest(self, serve, mt, kind):
        whole, _ = read(serve())
        server = serve(SocketFault(kind, mt))
        snapshot, _ = read(server)
        assert mt in told(snapshot)
        assert snapshot.confirmed == whole.confirmed
        assert {m["mt"] for _, m in server.sockets.received} >= {"GetObject", "GetRegs"}

    def test_of_another_pbx_nothing_is_noted(self, serve, monkeypatch):
        plain = admin_facts.FACTS["GetRPs"]

        def elsewhere(request):
            [answer] = plain(request)
            return [{**answer, "hw": "009033ffffff"}]

        monkeypatch.setitem(admin_facts.FACTS, "GetRPs", elsewhere)
        snapshot, _ = read(serve())
        assert "licence" not in told(snapshot)
        assert "connected_apps" not in snapshot.settings

    @pytest.mark.parametrize(("train", "asked"), [("13r1", False), ("13r2", True), ("13r3", True)])
    def test_licences_are_asked_for_where_the_train_knows_them(self, serve, train, asked):
        server = serve(pbx=of_train(simulated(), train))
        read(server)
        sent = [m for _, m in server.sockets.received if m["mt"] == "GetPbxLicenses"]
        assert bool(sent) is asked

    def test_nothing_that_is_only_inferred_is_sent(self, serve):
        server = serve()
        read(server)
        wanted = {one.question.mt for one in lists_of("")}
        sent = [m for _, m in server.sockets.received if m["mt"] in wanted]
        assert {one["mt"] for one in sent} == wanted
        assert all(one.keys() == {"api", "mt", "src"} for one in sent)
