"""Several documents of one system: each thing once, and nobody is believed who contradicts."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from auditor.messages.message import Message
from auditor.model.snapshot import (
    CONTENT,
    NO_PASSWORD,
    Box,
    CallFilter,
    Device,
    FilterRow,
    PbxObject,
    Setting,
)
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.merge import (
    is_another_box,
    merge_boxes,
    merge_filters,
    merge_objects,
    merge_settings,
    silent_boxes,
)

EMPTY = PbxObject(
    *("", "", "", "", "", {}, (), (), (), (), (), {}, None, (), NO_PASSWORD, "", 0),
)


def thing(cn="Anna", guid="01", h323="anna", **rest):
    return EMPTY._replace(cn=cn, guid=guid, h323=h323, **rest)


def reading(*objects, kind="configuration", source="cfg.txt", secrets=None, **rest):
    secrets = list(secrets or [None] * len(objects))
    return Reading(source, kind, list(objects), secrets, **rest)


def merged(*readings):
    gaps: list[Any] = []
    objects, stored = merge_objects(readings, gaps)
    assert len(objects) == len(stored)
    return objects, stored, gaps


def named(gap, source):
    """Return the parameters of a gap in the objects, which says what to do."""
    reason = gap.reason
    assert (gap.area, gap.source) == (Area.OBJECTS, source)
    assert isinstance(reason, Message)
    assert isinstance(gap.advice, Message)
    return dict(reason.parameters)


class TestObjects:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (thing(), thing()),
            (thing(guid="ab"), thing(guid="AB")),
            (thing(), thing(cn="Berta", h323="b", visible=frozenset({"filter"}))),
            (thing(guid=""), thing()),
            (thing(guid="", h323="", visible=frozenset()), thing()),
            (thing(guid="", cn=""), thing()),
            (thing(), thing(guid="", cn="")),
        ],
    )
    def test_one_object_of_two_documents_is_there_once(self, first, second):
        objects, _, gaps = merged(reading(first), reading(second, source="pbx.xml"))
        assert objects == [first]
        assert gaps == []

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (thing(), thing("Berta", "02", "berta")),
            (thing(guid="", cn="", h323="a"), thing(guid="", cn="a", h323="")),
            (thing(guid="", h323=""), thing("", "", "anna")),
        ],
    )
    def test_different_objects_are_two(self, first, second):
        objects, stored, gaps = merged(
            reading(first, secrets=["0102"]), reading(second, secrets=["0304"], source="x.xml")
        )
        assert (objects, stored, gaps) == ([first, second], ["0102", "0304"], [])

    def test_the_guid_is_surer_than_a_name(self):
        known = reading(thing(e164="1"), thing("Berta", "02", "berta", e164="2"))
        shown = frozenset({"e164"})
        renamed = thing("Anna", "02", "anna", e164="2", visible=shown)
        objects, _, gaps = merged(known, reading(renamed, source="x.xml"))
        assert (len(objects), gaps) == (2, [])

    def test_equal_names_in_one_document_are_different_objects(self):
        objects, _, gaps = merged(reading(thing(guid="01"), thing(guid="02")), reading(thing()))
        assert len(objects) == 2
        assert gaps == []

    def test_a_guid_that_a_document_has_twice_is_one_object(self):
        objects, _, gaps = merged(reading(thing(guid="ab"), thing("Berta", "AB", "berta")))
        assert len(objects) == 1
        assert named(gaps[0], "cfg.txt")["count"] == 1

    def test_documents_without_objects_change_nothing(self):
        objects, stored, gaps = merged(reading(), reading(thing(), secrets=["01"]), reading())
        assert (objects, stored, gaps) == ([thing()], ["01"], [])

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"h323": "b"}, "h323"),
            ({"e164": "1"}, "e164"),
            ({"kind": "fax"}, "pseudo"),
            ({"rights": {"admin": "true"}}, "pseudo"),
            ({"unexplained": ("x",)}, "pseudo"),
            ({"templates": ("T",)}, "config"),
            ({"devices": (Device("x", "", {}),)}, "devices"),
            ({"forks": (("1", "", "", False),)}, "forks"),
            ({"diversions": (("cfu", "1", "", "", False),)}, "cds"),
            ({"allowances": (("x", {}),)}, "allows"),
            ({"attributes": {"filter": "f"}}, "filter"),
        ],
    )
    def test_what_two_documents_show_differently_nobody_shows(self, change, part):
        one, other = thing(attributes={"hide": "true"}), thing(attributes={"hide": "true"})
        other = other._replace(**{"attributes": {"hide": "true"}} | change)
        if part == "filter":
            other = other._replace(attributes={"hide": "true", "filter": "f"})
        for first, second in permutations([one, other]):
            objects, _, gaps = merged(reading(first), reading(second, source="pbx.xml"))
            (found,) = objects
            assert not found.shows(part)
            assert found.shows("hide")
            assert part not in found.attributes
            assert named(gaps[0], "pbx.xml") == {"count": 1, "name": second.label}
            assert len(gaps) == 1

    @pytest.mark.parametrize("hides", [0, 1])
    def test_what_only_one_document_shows_is_no_contradiction(self, hides):
        pair = [thing(attributes={"filter": "f"}), thing(kind="fax")]
        pair[hides] = pair[hides]._replace(visible=frozenset({"hide"}))
        objects, _, gaps = merged(reading(pair[0]), reading(pair[1]))
        assert (objects, gaps) == ([pair[0]], [])

    def test_a_list_page_shows_the_kind_of_a_pseudo_element_alone(self):
        whole = thing(kind="app", rights={"admin": "true"})
        listed = thing(kind="app", visible=frozenset({"pseudo"}))
        other = thing(kind="fax", visible=frozenset({"pseudo"}))
        assert merged(reading(whole), reading(listed))[2] == []
        assert len(merged(reading(whole), reading(other))[2]) == 1
        content = thing(kind="app", visible=frozenset({"pseudo", CONTENT}))
        assert len(merged(reading(whole), reading(content))[2]) == 1

    @pytest.mark.parametrize(
        ("kind", "secrets", "differs"),
        [
            ("configuration", ["0102"], False),
            ("configuration", ["0103"], True),
            ("configuration", [None], True),
            ("object-export", [None], False),
            ("object-export", ["0103"], True),
        ],
    )
    def test_a_password_is_compared_where_a_document_shows_any(self, kind, secrets, differs):
        known = reading(thing(), secrets=["0102"])
        objects, stored, gaps = merged(
            known, reading(thing(), kind=kind, secrets=secrets, source="x.xml")
        )
        assert objects[0].shows("pwd") is not differs
        assert len(gaps) == differs
        assert stored == ["0102"]

    def test_a_document_that_shows_some_passwords_shows_that_others_have_none(self):
        berta = thing("Berta", "02", "berta")
        known = reading(thing(), berta, secrets=["0102", "03"])
        other = reading(thing(), berta, kind="object-export", secrets=["0102", None], source="x")
        objects, _, gaps = merged(known, other)
        assert [one.shows("pwd") for one in objects] == [True, False]
        assert named(gaps[0], "x") == {"count": 1, "name": berta.label}

    @pytest.mark.parametrize(("part", "differs"), [("pwd", True), ("filter", False)])
    def test_a_password_contradicts_only_where_it_is_shown(self, part, differs):
        known = reading(thing(), secrets=["0102"])
        other = reading(thing(visible=frozenset({part})))
        assert len(merged(known, other)[2]) == differs

    def test_templates_are_compared_wherever_they_are_named(self):
        one = thing(templates=("T",), attributes={"config": "T"})
        other = thing(templates=("T",))
        assert merged(reading(one), reading(other))[2] == []

    def test_each_document_that_contradicts_is_named(self):
        others = [reading(thing(e164=str(n)), source=f"{n}.xml") for n in (1, 2)]
        _, _, gaps = merged(reading(thing(e164="0"), thing("B", "02", "b")), *others)
        assert [gap.source for gap in gaps] == ["1.xml"]
        _, _, gaps = merged(reading(thing(kind="fax")), reading(thing(e164="1"), source="1.xml"))
        assert named(gaps[0], "1.xml")["count"] == 1


def rows(name="f", number="1", source="cfg.txt"):
    return CallFilter(name, (FilterRow(number, "ok"),), Grade.DOCUMENTED, source)


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "names"),
        [
            ([[rows()]], {"f": True}),
            ([[rows()], [rows(source="b")]], {"f": True}),
            ([[rows()], [rows(number="2", source="b")]], {"f": False}),
            ([[rows(), rows()]], {"f": False}),
            ([[rows(), rows("g")], [rows("h", source="b")]], {"f": True, "g": True, "h": True}),
        ],
    )
    def test_a_filter_that_is_there_twice_or_differs_has_no_rows(self, filters, names):
        found = list(merge_filters(reading(filters=one) for one in filters))
        assert {one.name: one.rows is not None for one in found} == names
        for one in found:
            assert one.doubtful is (one.rows is None)
            assert bool(one.note) is (one.rows is None)


def setting(*values, source="cfg.txt", line=3):
    return Setting(values, Grade.DOCUMENTED, source, line)


A, B = Box("a", "IP411", "13r3", "aa-bb-cc"), Box("b", "IP811", "13r3", "aa-bb-dd")


class TestSettings:
    @pytest.mark.parametrize(
        ("shown", "of_objects", "values", "gaps"),
        [
            ([(A, "1")], (), ("1",), 0),
            ([(A, "1"), (A, "1")], (), ("1",), 0),
            ([(A, "1"), (A, "2")], (), (), 1),
            ([(A, "1"), (B, "2")], (), ("1", "2"), 0),
            ([(A, "1"), (B, "2")], ("fact",), (), 1),
            ([(None, "1"), (None, "2")], (), ("1", "2"), 0),
            ([(None, "1"), (None, "2")], ("fact",), (), 1),
            ([(A, "1"), (B, "1"), (A, "2")], (), ("1",), 1),
        ],
    )
    def test_two_documents_of_one_box_that_differ_are_a_gap(self, shown, of_objects, values, gaps):
        found: list[Any] = []
        given = [
            (box, {"fact": setting(value, source=f"{n}.txt", line=n)})
            for n, (box, value) in enumerate(shown)
        ]
        result = merge_settings(given, found, of_objects)
        shown_by = {one.source for one in result.values()}
        assert [one.values for one in result.values()] == ([values] if values else [])
        assert shown_by <= {"1.txt" if gaps else "0.txt"}
        assert len(found) == gaps
        for gap in found:
            last = len(shown) - 1
            assert (gap.area, gap.source, gap.line) == ("fact", f"{last}.txt", last)
            assert gap.doubtful
            assert isinstance(gap.reason, Message)
            assert isinstance(gap.advice, Message)

    def test_the_order_of_values_is_no_difference(self):
        gaps: list[Any] = []
        merge_settings([(A, {"f": setting("1", "2")}), (A, {"f": setting("2", "1")})], gaps)
        assert gaps == []

    def test_a_fact_that_one_document_shows_is_kept_as_it_is(self):
        shown = [(A, {"one": setting("1")}), (B, {"two": setting("2")})]
        assert merge_settings(shown, []) == {"one": setting("1"), "two": setting("2")}

    @pytest.mark.parametrize(
        ("first", "second", "silent"),
        [
            (reading(thing()), reading(thing()), True),
            (reading(thing()), reading(thing(), further=True), False),
            (reading(thing()), reading(has_pbx_lines=True), True),
            (reading(thing()), reading(), False),
            (reading(thing()), reading(thing(), kind="object-export"), False),
        ],
    )
    def test_a_pbx_that_does_not_show_what_another_one_shows(self, first, second, silent):
        first.settings["fact"] = setting("1")
        second.source = "other.txt"
        gaps = silent_boxes([first, second], {"fact"})
        assert [(gap.area, gap.source) for gap in gaps] == [("fact", "other.txt")] * silent
        assert all(isinstance(gap.reason, Message) for gap in gaps)

    def test_a_further_box_has_settings_of_its_own(self):
        first, second = reading(thing()), reading(thing(), further=True, source="b.txt")
        first.settings.update({"of_box": setting("1"), "of_object": setting("1")})
        assert [gap.area for gap in silent_boxes([first, second], {"of_object"})] == ["of_box"]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], ()),
        ([A, B], (A, B)),
        ([A, Box("", "", "", "AABBCC")], (A,)),
        ([Box("", "", "", "aa-bb-cc"), A], (A,)),
        (
            [Box(serial="aa-bb-cc"), Box("a", "IP411", "13r3", "00-90-33-aa-bb-cc")],
            (Box("a", "IP411", "13r3", "00-90-33-aa-bb-cc"),),
        ),
        ([Box("", "IP411", "13r3"), Box("a", "IP411", "13r3")], (Box("a", "IP411", "13r3"),)),
        (
            [Box("", "IP411", "13r3"), Box("a", "IP411", "13r2")],
            (Box("", "IP411", "13r3"), Box("a", "IP411", "13r2")),
        ),
        ([A, Box("z", "z", "z", "aa-bb-cc")], (A,)),
    ],
)
def test_each_box_is_there_once_with_all_that_is_said_of_it(boxes, expected):
    assert merge_boxes(boxes) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (A, B, True),
        (A, Box("x", "ip411", "", ""), False),
        (Box("", "IP411"), Box("", "IP811"), True),
        (Box("", "IP411"), Box(), False),
        (Box(serial="aabbcc"), Box(serial="aa-bb-cc"), False),
        (Box(serial="aabbcc"), Box(serial="aabbcd"), True),
        (Box(serial="009033aabbcc"), Box(serial="aabbcc"), False),
        (Box(serial="009033aabbcd"), Box(serial="aabbcc"), True),
        (Box(serial="009033aabbcc"), Box(serial="009034aabbcc"), True),
        (Box(serial="aabbcc"), Box(), False),
        (Box(), Box(serial="aabbcc"), False),
    ],
)
def test_documents_are_of_different_boxes_where_both_say_which(one, other, expected):
    assert is_another_box(one, other) is expected
