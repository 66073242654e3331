"""What one dials from one place of the numbering tree to reach another, and to get outside."""

from __future__ import annotations

import pytest

from auditor.messages.message import Message
from auditor.model.site import Dialling, Lists, Site
from auditor.model.snapshot import CONTENT, NO_PASSWORD, PbxObject
from auditor.model.vocabulary import Grade
from auditor.pbx.numbering import MAX_LEVELS, MAX_PLACES, ROOT, Numbering
from auditor.pbx.ways_out import Exits
from auditor.report.translation import german


def thing(h323, e164="", node=None, kind="", loc=None, **rest):
    places = {"node": node, "loc": loc}
    attributes = {name: value for name, value in places.items() if value is not None}
    base = PbxObject(
        *(f"guid-{h323}", h323.upper(), h323, e164, kind, attributes, (), (), (), (), (), {}),
        *(None, (), NO_PASSWORD, "cfg.txt", 3),
    )
    return base._replace(**rest)


def node(h323, e164, parent="root", **rest):
    return thing(h323, e164, parent, "node", **rest)


def said(doubts):
    assert all(isinstance(doubt, Message) and doubt.told(german) for doubt in doubts)
    return [str(dict(doubt.parameters).get("name", "")) for doubt in doubts]


def spelled(caller, target, *nodes, escapes=None):
    """Return what a caller dials: surely, perhaps, and the nodes that are in doubt."""
    tree = Numbering(nodes, escapes or {})
    found = tree.spell(tree.places(caller), target)
    assert found.every == (*found.certain, *found.possible)
    return set(found.certain), set(found.possible), said(found.doubts)


A, B = node("a", "7"), node("b", "8", "a")
BELOW_A, BELOW_B = thing("x", "1", "a"), thing("y", "2", "b")
HERE = thing("z", "3", "root")


class TestSpelling:
    @pytest.mark.parametrize(
        ("caller", "target", "certain"),
        [
            (HERE, HERE, {"3"}),
            (HERE, BELOW_A, {"71"}),
            (HERE, BELOW_B, {"782"}),
            (BELOW_A, BELOW_A, {"1"}),
            (BELOW_A, BELOW_B, {"82"}),
            (BELOW_B, BELOW_A, {"1"}),
            (BELOW_B, HERE, {"3"}),
            (thing("n", "4"), BELOW_A, {"71"}),
            (thing("n", "4", "."), HERE, set()),
            (thing("n", "4", "A"), BELOW_A, {"1"}),
        ],
    )
    def test_prefixes_lead_down_and_higher_nodes_are_called_directly(self, caller, target, certain):
        assert spelled(caller, target, A, B)[0] == certain

    def test_a_way_round_by_an_own_prefix_is_possible(self):
        certain, possible, doubts = spelled(BELOW_A, BELOW_B, A, B)
        assert (certain, doubts) == ({"82"}, [])
        assert possible == {"2", "782"}

    @pytest.mark.parametrize(
        ("escapes", "certain", "possible"),
        [
            ({"a": "9"}, {"93"}, {"3"}),
            ({"A": "9"}, {"93"}, {"3"}),
            ({"b": "9"}, {"93"}, {"3"}),
            ({"a": "9", "b": "8"}, set(), {"3", "893"}),
        ],
    )
    def test_escape_digits_lead_up(self, escapes, certain, possible):
        found = spelled(BELOW_B, HERE, A, B, escapes=escapes)
        assert found == (certain, possible, [])

    def test_escape_digits_of_a_node_are_not_needed_below_it(self):
        assert spelled(BELOW_A, BELOW_B, A, B, escapes={"a": "9"})[0] == {"82"}

    @pytest.mark.parametrize(
        "change",
        [{"unexplained": ("prefix",)}, {"visible": frozenset({"e164", "node", "h323", "pseudo"})}],
    )
    def test_a_node_that_may_have_escape_digits_is_a_doubt(self, change):
        certain, possible, doubts = spelled(BELOW_A, HERE, A._replace(**change), B)
        assert (certain, possible, doubts) == (set(), {"3"}, ["a"])
        assert spelled(BELOW_A, HERE, A._replace(**change), B, escapes={"a": ""})[0] == {"3"}
        assert spelled(HERE, BELOW_A, A._replace(**change), B)[0] == {"71"}

    def test_a_node_without_a_number_or_name_is_not_sure(self):
        assert spelled(HERE, BELOW_A, A._replace(e164=""))[0] == set()
        nameless = A._replace(h323="", cn="a")
        assert spelled(HERE, BELOW_A, nameless)[0] == set()
        assert "71" in spelled(HERE, BELOW_A, nameless)[1]

    def test_a_node_that_is_not_there_is_a_doubt(self):
        certain, possible, doubts = spelled(HERE, BELOW_A)
        assert (certain, possible, doubts) == (set(), {"1"}, ["a"])
        assert spelled(BELOW_A, HERE)[2] == ["a"]
        assert spelled(BELOW_A, BELOW_A) == ({"1"}, set(), ["a"])

    @pytest.mark.parametrize("hidden", ["e164", "node"])
    def test_a_node_that_does_not_show_where_it_is_is_a_doubt(self, hidden):
        shown = frozenset({"e164", "node", "h323", "pseudo", CONTENT}) - {hidden}
        certain, _, doubts = spelled(HERE, BELOW_A, A._replace(visible=shown))
        assert (certain, doubts) == (set(), ["a"])

    def test_nodes_in_a_circle_or_too_deep_are_a_doubt(self):
        assert spelled(HERE, BELOW_A, A._replace(attributes={"node": "a"}))[2] == ["a"]
        deep = [node(f"n{n}", "1", f"n{n + 1}") for n in range(MAX_LEVELS + 2)]
        lowest = thing("x", "1", "n0")
        assert spelled(HERE, lowest, *deep)[2] == [f"n{MAX_LEVELS}"]
        fine = [*deep[: MAX_LEVELS - 1], node(f"n{MAX_LEVELS - 1}", "1")]
        assert spelled(HERE, lowest, *fine)[2] == []

    @pytest.mark.parametrize(("count", "doubts"), [(MAX_PLACES, []), (MAX_PLACES + 1, ["a"])])
    def test_a_node_that_exists_often_is_a_doubt(self, count, doubts):
        twins = [node("a", str(n)) for n in range(count)]
        certain, possible, found = spelled(HERE, BELOW_A, *twins)
        assert (certain, found) == (set(), doubts)
        assert {f"{n}1" for n in range(MAX_PLACES)} <= possible

    def test_a_node_without_a_parent_lies_in_the_root(self):
        assert spelled(HERE, BELOW_A, node("a", "7", None)) == ({"71"}, {"1"}, [])

    def test_a_long_name_counts_where_no_other_one_does(self):
        named = A._replace(h323="other", cn="a")
        assert spelled(HERE, BELOW_A, named)[0] == {"71"}
        assert spelled(HERE, BELOW_A, named, A._replace(e164="6"))[0] == {"61"}


PBX = thing("branch", "5", "root", "loc")


class TestPlaces:
    def test_what_has_no_node_lies_in_the_root_or_in_the_node_of_its_pbx(self):
        member = thing("x", "1", loc="branch")
        tree = Numbering([PBX], {})
        assert [[one.name for one in place.nodes] for place in tree.places(member)] == [
            ["root"],
            ["root", "branch"],
        ]
        assert spelled(HERE, member, PBX)[:2] == (set(), {"1", "51"})

    @pytest.mark.parametrize(
        ("member", "pbx"),
        [
            (thing("x", "1", loc="."), PBX),
            (thing("x", "1", loc=""), PBX),
            (thing("x", "1", loc="other"), PBX),
            (thing("x", "1", "root", loc="branch"), PBX),
            (thing("x", "1", loc="branch"), PBX._replace(e164="")),
            (thing("x", "1", loc="branch"), PBX._replace(kind="node")),
        ],
    )
    def test_no_other_place_is_one(self, member, pbx):
        assert Numbering([pbx], {}).places(member) == (ROOT,)

    @pytest.mark.parametrize(
        ("count", "places", "doubts"), [(2, 3, 0), (MAX_PLACES, 17, 0), (MAX_PLACES + 1, 18, 1)]
    )
    def test_what_does_not_show_its_node_may_lie_in_each(self, count, places, doubts):
        nodes = [node(f"n{n}", str(n)) for n in range(count)]
        hidden = thing("x", "1", visible=frozenset({"e164"}))
        found = Numbering([*nodes, node("", "5")], {}).places(hidden)
        assert len(found) == places
        assert found[0] == ROOT
        assert len(said([place.doubt for place in found if place.doubt])) == doubts

    def test_two_with_one_key_lie_in_one_place(self):
        assert Numbering.key(thing("x", node="A", loc="b")) == ("a", "")
        assert Numbering.key(thing("x", loc="B")) == ("", "b")
        assert Numbering.key(thing("x")) == ("", "")
        assert Numbering.key(thing("x", visible=frozenset())) == (None, "")
        assert Numbering.key(thing("x", node="a", visible=frozenset())) == ("a", "")


TRUNK = thing("t", "0", "root", "trunk")
GATEWAY = thing("g", "9", "root", "gw")


def exits(*objects, prefixes=None, internal=(), escapes=None):
    site = Site(
        dialling=Dialling(trunk_prefixes=prefixes, escapes=escapes or {}),
        lists=Lists(internal_gateways=list(internal)),
    )
    return Exits(objects, site, Grade.DOCUMENTED)


class TestWaysOut:
    @pytest.mark.parametrize(
        ("objects", "prefixes", "internal", "certain", "unexplained"),
        [
            ([], None, [], (), set()),
            ([TRUNK], None, [], ("0",), set()),
            ([TRUNK, GATEWAY], None, [], ("0", "9"), set()),
            ([TRUNK, GATEWAY], ["0"], [], ("0",), {"9"}),
            ([TRUNK, GATEWAY], ["9"], [], ("9", "0"), set()),
            ([TRUNK, GATEWAY], None, ["g"], ("0",), set()),
            ([TRUNK, GATEWAY], None, ["G"], ("0",), set()),
            ([TRUNK, GATEWAY], None, ["9"], ("0",), set()),
            ([TRUNK, GATEWAY], None, ["t", "g"], (), set()),
            ([TRUNK._replace(e164="")], None, [], (), set()),
            ([thing("u", "1", "root")], None, [], (), set()),
            ([thing("u", "1", "root", visible=frozenset({"node", "e164"}))], None, [], (), {"1"}),
            ([TRUNK, thing("u", "0", "root", "gw")], ["0"], [], ("0",), set()),
        ],
    )
    def test_trunks_lead_outside_and_gateways_may(
        self, objects, prefixes, internal, certain, unexplained
    ):
        found = exits(*objects, prefixes=prefixes, internal=internal).ways_out([])
        assert (found.certain, set(found.unexplained)) == (certain, unexplained)
        assert (dict(found.possible), found.doubts) == ({}, ())

    @pytest.mark.parametrize(
        ("caller", "certain", "possible"),
        [(HERE, {"70"}, {"0"}), (BELOW_A, {"0"}, {"70"}), (BELOW_B, {"0"}, {"70", "780"})],
    )
    def test_a_trunk_below_a_node_is_reached_by_its_prefix(self, caller, certain, possible):
        trunk = thing("t", "0", "a", "trunk")
        found = exits(A, B, trunk).ways_out([caller])
        assert set(found.certain) == certain
        assert set(found.possible) <= possible
        assert all(one is trunk for one in found.possible.values())
        assert set(found.every) == certain | set(found.possible)
        places = {(one.object, one.attribute, one.value, one.line) for one in found.evidence}
        assert places == {("t (T)", "e164", "0", 3), ("a (A)", "e164", "7", 3)}
        assert {one.grade for one in found.evidence} == {Grade.DOCUMENTED}

    def test_of_several_callers_each_counts(self):
        trunk = thing("t", "0", "a", "trunk")
        assert set(exits(A, B, trunk).ways_out([HERE, BELOW_A]).certain) == {"70", "0"}

    def test_what_the_site_states_is_evidence_and_hides_nothing_else(self):
        found = exits(TRUNK, prefixes=["0"]).ways_out([])
        assert [(one.source, one.value, one.grade) for one in found.evidence] == [
            ("site file", "0", Grade.ATTESTED)
        ]
        found = exits(TRUNK, prefixes=["7"]).ways_out([])
        assert [(one.source, one.value) for one in found.evidence] == [
            ("site file", "7"),
            ("cfg.txt", "0"),
        ]
        assert found.evidence[0].attribute == "[dialling] trunk_prefixes"

    def test_a_trunk_in_a_place_that_is_not_known_is_possible_and_in_doubt(self):
        trunk = thing("t", "0", "gone", "trunk")
        found = exits(trunk).ways_out([HERE])
        assert (found.certain, dict(found.possible), said(found.doubts)) == (
            (),
            {"0": trunk},
            ["gone"],
        )
