"""What proves the objects and the settings of a system to be whole, and what is against it."""

from __future__ import annotations

import pytest

from auditor.messages.message import Message, say
from auditor.model.account import ProofKind
from auditor.model.site import ObjectCount, Site, Target
from auditor.model.snapshot import Box
from auditor.model.vocabulary import Area
from auditor.sources.parse.reading import ObjectNames, OpenEnd
from auditor.sources.snapshot.completeness import STATED, Completeness, of_settings
from tests.sources.test_merge import A, B, merged, reading, rows, thing

PBX = thing("Master", "99", "master", kind="loc")
NAMES = (("99", "Master", "master"), ("01", "Anna", "anna"))


def proven(readings, listed=(), stated=None, filters=()):
    objects, _, _ = merged(*readings)
    site = Site(target=Target(objects=stated and ObjectCount(value=stated)))
    proof, gaps = Completeness(readings, objects, filters, listed, site).of_objects()
    for gap in gaps:
        assert gap.area == Area.OBJECTS
        assert isinstance(gap.reason, Message), gap.reason
        assert isinstance(gap.advice, Message), gap.advice
    if gaps:
        assert (proof.kind, proof.note) == (ProofKind.NONE, gaps[0].reason)
    elif readings:
        assert proof.kind is not ProofKind.NONE
    assert proof.count == len(objects)
    return proof, gaps


class TestTheListOfObjects:
    def test_a_configuration_by_its_ends(self):
        proof, _ = proven([reading(PBX, thing())])
        assert (proof.kind, proof.source) == (ProofKind.STRUCTURAL, "cfg.txt")

    def test_two_lists_that_agree(self):
        other = reading(PBX, thing(), kind="object-list", source="list.xml")
        proof, _ = proven([reading(PBX, thing()), other])
        assert (proof.kind, proof.source) == (ProofKind.COUNTED, "cfg.txt, list.xml")

    def test_a_list_beside_the_readings_counts(self):
        proof, _ = proven([reading(PBX, thing())], [ObjectNames("SOAP", NAMES)])
        assert (proof.kind, proof.source) == (ProofKind.COUNTED, "cfg.txt, SOAP")

    def test_the_same_way_twice_counts_once(self):
        twice = [reading(PBX, thing(), source=name) for name in ("a.txt", "b.txt")]
        assert proven(twice)[0].kind is ProofKind.STRUCTURAL
        nameless = reading(PBX, thing(), source="c.txt", box=Box("", "IP411", "13r3"))
        assert proven([twice[0], nameless])[0].kind is ProofKind.STRUCTURAL
        of_boxes = [reading(PBX, thing(), source=box.name, box=box) for box in (A, B)]
        assert proven(of_boxes)[0].kind is ProofKind.COUNTED

    def test_two_lists_beside_are_two(self):
        listed = [ObjectNames("SOAP", NAMES), ObjectNames("names", NAMES)]
        pages = reading(thing(), kind="object-show", source="pages")
        assert proven([pages], listed)[0].kind is ProofKind.COUNTED
        assert proven([pages], listed[:1])[0].kind is ProofKind.NONE

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ((PBX, thing()), (PBX,)),
            ((PBX,), (PBX, thing())),
            ((PBX, thing(guid="")), (PBX, thing("Berta", "", "berta"))),
            ((PBX, thing()), (PBX, thing(guid="02"))),
        ],
    )
    def test_lists_that_name_different_objects_prove_nothing(self, first, second):
        names = ObjectNames("list", tuple((o.guid, o.cn, o.h323) for o in second))
        _, gaps = proven([reading(*first)], [names])
        assert [gap.source for gap in gaps] == ["list"]
        said = dict(gaps[0].reason.parameters)
        assert (said["one"], said["other"]) == ("cfg.txt", "list")

    @pytest.mark.parametrize(
        "entries",
        [
            NAMES,
            tuple((guid.upper(), cn, h323) for guid, cn, h323 in NAMES),
            tuple(("", cn, "") for _, cn, _ in NAMES),
            (*NAMES, ("", "_ADMIN_", ""), ("5", "_ACTIVE_", "")),
        ],
    )
    def test_lists_may_be_written_otherwise(self, entries):
        proof, _ = proven([reading(PBX, thing())], [ObjectNames("list", entries)])
        assert proof.kind is ProofKind.COUNTED

    def test_guids_are_compared_without_case(self):
        anna = thing(guid="ab")
        names = (("99", "Master", "master"), ("AB", "Anna", "anna"))
        proof, _ = proven([reading(PBX, anna)], [ObjectNames("list", names)])
        assert proof.kind is ProofKind.COUNTED

    def test_three_of_many_missing_objects_are_named_with_their_number(self):
        names = (*NAMES, *((str(n), f"X{n}", "") for n in range(4)), ("7", "", "h"), ("8", "", ""))
        _, (gap,) = proven([reading(PBX, thing())], [ObjectNames("list", names)])
        said = dict(gap.reason.parameters)
        assert (said["count"], said["names"]) == (6, "X0, X1, X2")
        names = (*NAMES, ("7", "", "h"), ("8", "", ""))
        _, (gap,) = proven([reading(PBX, thing())], [ObjectNames("list", names)])
        assert dict(gap.reason.parameters)["names"] == "h, 8"

    def test_a_part_may_name_less_but_nothing_else(self):
        part = reading(thing(), kind="object-export", source="part.xml")
        assert proven([reading(PBX, thing()), part])[0].kind is ProofKind.STRUCTURAL
        other = reading(thing("Berta", "02", "b"), kind="object-export", source="part.xml")
        _, gaps = proven([reading(PBX, thing()), other])
        assert [gap.source for gap in gaps] == ["part.xml"]

    @pytest.mark.parametrize("stated", [1, 2, 3])
    def test_the_number_that_a_person_states(self, stated):
        pages = reading(PBX, thing(), kind="object-show", source="pages")
        proof, gaps = proven([pages], stated=stated)
        assert (proof.kind is ProofKind.STATED) is (stated == 2)
        assert len(gaps) == (stated != 2)
        if not gaps:
            assert (proof.source, proof.note) == (STATED, "2")

    def test_a_name_that_is_there_twice_fills_no_number(self):
        pages = reading(PBX, thing(), thing(guid="02", h323="b"), kind="object-show")
        _, gaps = proven([pages], stated=3)
        assert dict(gaps[0].reason.parameters) == {"count": 2, "name": "Anna"}
        nameless = [thing("", str(n), f"h{n}") for n in range(2)]
        pages = reading(PBX, *nameless, kind="object-show")
        assert proven([pages], stated=3)[0].kind is ProofKind.STATED

    @pytest.mark.parametrize(
        ("first", "gaps"),
        [
            (reading(PBX, thing()), 0),
            (reading(PBX, thing(), kind="object-export"), 0),
            (reading(PBX, thing(), kind="table-users"), 0),
            (reading(PBX, thing(), kind="object-show"), 1),
            (reading(PBX, thing(), kind="object-list"), 1),
            (reading(thing()), 1),
            (reading(thing(), kind="object-show"), 2),
            (reading(PBX, undelimited=True), 1),
            (reading(PBX, open_ends=[OpenEnd(say("it is cut off"), say("run again"))]), 1),
        ],
    )
    def test_what_keeps_a_document_from_proving_itself(self, first, gaps):
        proof, found = proven([first])
        assert len(found) == gaps
        assert all(gap.source == "cfg.txt" for gap in found)
        assert (proof.kind is ProofKind.STRUCTURAL) is (gaps == 0)

    def test_the_document_that_shows_most_counts(self):
        pages = reading(PBX, thing(), kind="object-show", source="pages", box=A)
        whole = reading(PBX, thing(), kind="object-show", source="pages", box=A)
        assert len(proven([pages, whole])[1]) == 1
        part = reading(thing(), source="part.txt")
        proof, _ = proven([part, reading(PBX, thing())])
        assert (proof.kind, proof.source) == (ProofKind.STRUCTURAL, "cfg.txt")

    def test_without_a_document_nothing_is_proven(self):
        proof, gaps = proven([])
        assert (proof.kind, proof.note, gaps) == (ProofKind.NONE, "", [])

    @pytest.mark.parametrize(
        ("change", "more", "missing"),
        [
            ({"templates": ("T",)}, [], "T"),
            ({"templates": ("T",)}, [thing("T", "2", "t", kind="config")], ""),
            ({"templates": ("T",)}, [thing("T", "2", "t")], "T"),
            ({"attributes": {"node": "N"}}, [], "N"),
            ({"attributes": {"node": "n"}}, [thing("N", "2", "", kind="node")], ""),
            ({"attributes": {"node": "n"}}, [thing("x", "2", "N", kind="node")], ""),
            ({"attributes": {"node": "n"}}, [thing("x", "2", "N", kind="loc")], ""),
            ({"attributes": {"loc": "n"}}, [thing("x", "2", "N", kind="loc")], ""),
            ({"attributes": {"loc": "n"}}, [thing("x", "2", "N", kind="node")], "n"),
            ({"attributes": {"node": "root", "loc": "."}}, [], ""),
            ({"attributes": {"node": "", "loc": ""}}, [], ""),
        ],
    )
    def test_what_objects_refer_to_has_to_be_there(self, change, more, missing):
        _, gaps = proven([reading(PBX, thing(**change), *more)])
        assert [dict(gap.reason.parameters)["name"] for gap in gaps] == [
            name for name in [missing] if name
        ]

    @pytest.mark.parametrize("attribute", ["filter", "cd-filter"])
    @pytest.mark.parametrize(
        ("known", "admin_seen", "missing"), [("f", True, 0), ("g", True, 1), ("g", False, 0)]
    )
    def test_filters_have_to_be_there_where_they_would_be_seen(
        self, attribute, known, admin_seen, missing
    ):
        using = reading(PBX, thing(attributes={attribute: "f"}), admin_seen=admin_seen)
        _, gaps = proven([using], filters=[rows(known)])
        assert len(gaps) == missing


def settings_proven(readings, objects):
    proof, gaps = of_settings(readings, objects)
    for gap in gaps:
        assert gap.area == Area.SETTINGS
        assert isinstance(gap.reason, Message), gap.reason
        assert isinstance(gap.advice, Message), gap.advice
    return proof, gaps


OTHER_PBX = thing("Branch", "98", "branch", kind="loc")


class TestSettingsOfEachBox:
    def test_by_their_ends(self):
        boxes = [reading(source=name, states_settings=True) for name in ("a.txt", "b.txt")]
        proof, gaps = settings_proven([*boxes, reading()], [PBX, OTHER_PBX])
        assert gaps == []
        assert (proof.kind, proof.count) == (ProofKind.STRUCTURAL, 2)
        assert proof.source == "a.txt, b.txt"

    def test_those_of_every_pbx_have_to_be_there(self):
        box = reading(states_settings=True)
        proof, gaps = settings_proven([box], [PBX, OTHER_PBX, thing()])
        (gap,) = gaps
        assert (proof.kind, proof.count, proof.note) == (ProofKind.NONE, 1, gap.reason)
        assert gap.source == "cfg.txt"
        assert dict(gap.reason.parameters) == {
            "count": 2,
            "names": "Branch, Master",
            "number": 1,
        }
        assert settings_proven([box], [PBX, PBX])[1] == []
        nameless = [thing("", "1", name, kind="loc") for name in "ab"]
        assert len(settings_proven([box], nameless)[1]) == 1

    def test_a_doubt_is_named_with_its_source(self):
        good = reading(states_settings=True)
        bad = reading(states_settings=True, source="b.txt", undelimited=True)
        bad.open_settings = [OpenEnd(say("it is cut off"), say("run again"))]
        proof, gaps = settings_proven([good, bad], [])
        assert [gap.source for gap in gaps] == ["b.txt", "b.txt"]
        assert (proof.kind, proof.count, proof.note) == (ProofKind.NONE, 2, "it is cut off")

    def test_nothing_proves_nothing(self):
        proof, gaps = settings_proven([reading()], [PBX, OTHER_PBX])
        assert (proof.kind, proof.count, proof.note, gaps) == (ProofKind.NONE, 0, "", [])
