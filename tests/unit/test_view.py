"""The view: who is who, what keeps a selection from being certain, and where evidence points."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.messages.message import Message
from auditor.model.site import Dialling, HotDesk, Site
from auditor.model.snapshot import (
    NO_PASSWORD,
    CallFilter,
    Device,
    FilterRow,
    PasswordEvidence,
    PbxObject,
    ScriptedRegistration,
    Setting,
    Snapshot,
)
from auditor.model.vocabulary import Area, Coverage, Grade, PasswordState
from auditor.pbx.effective_values import effective_flag, effective_value
from auditor.pbx.grades import DEVICE
from auditor.pbx.hot_desk_roles import (
    base_names,
    has_other_id,
    has_own_name_as_hardware_id,
    is_base_user,
    is_mac_address,
    looks_like_base_user,
    temporary_names,
    unnamed_registrations,
)
from auditor.pbx.view import AuditView
from auditor.report.translation import german

WHOLE = {Area.OBJECTS: Coverage.COMPLETE}


def thing(h323, cn="", kind="", **rest):
    base = PbxObject(
        *(f"guid-{h323}-{cn}", cn, h323, "", kind, {}, (), (), (), (), (), {}, None, ()),
        *(NO_PASSWORD, "cfg.txt", 3),
    )
    return base._replace(**rest)


def device(hw):
    return Device(hw, "", {})


def view(*objects, hot_desk=None, scripted=(), areas=WHOLE, dialling=None, **snapshot):
    registrations = tuple(
        ScriptedRegistration(name, PasswordEvidence(PasswordState.SET), "x.txt", 1)
        for name in scripted
    )
    site = Site(hot_desk=hot_desk or HotDesk(), dialling=dialling or Dialling())
    given = Snapshot("t", objects=objects, scripted=registrations, areas=areas, **snapshot)
    return AuditView(given, site)


def told(doubts):
    """Return the values in doubts, each of which can be said in German."""
    assert all(isinstance(doubt, Message) and doubt.told(german) for doubt in doubts)
    return [{key: str(value) for key, value in doubt.parameters} for doubt in doubts]


BASE = thing("hot-desk-base", "Hot Desk Base")


class TestBaseUsers:
    @pytest.mark.parametrize(
        ("candidate", "is_one"),
        [
            (BASE, True),
            (thing("HOT-DESK-BASE"), True),
            (thing("other", "hot desk base"), True),
            (thing("other", "Hot Desk Base", kind="executive"), True),
            (thing("other", "Other"), False),
            (thing("hot-desk-base", kind="gw"), False),
        ],
    )
    def test_without_a_list_the_names_of_the_tutorial_count(self, candidate, is_one):
        found = view(candidate).base_users
        assert (candidate in found.members) is is_one
        assert (found.doubts == ()) is is_one

    def test_a_script_names_some_too(self):
        base = thing("phones")
        assert view(base, scripted=["Phones"]).base_users.members == (base,)
        assert view(base, scripted=["", "x"]).base_users.members == ()
        temp = thing("temp")
        assert view(temp, scripted=["temp"]).base_users.members == ()

    def test_none_found_is_a_doubt_and_so_is_a_list_that_was_read_in_part(self):
        assert told(view(thing("a")).base_users.doubts) == [{}]
        assert view(BASE).base_users.doubts == ()
        assert told(view(BASE, areas={Area.OBJECTS: Coverage.PARTIAL}).base_users.doubts) == [{}]
        assert told(view(BASE, areas={}).base_users.doubts) == [{}]

    @pytest.mark.parametrize(
        ("stated", "objects", "members", "doubts"),
        [
            (["Base"], ["base"], 1, []),
            (["base"], [], 0, [{"name": "base"}]),
            (["base", "other"], ["base"], 1, [{"name": "other"}]),
            (["base"], ["base", "BASE"], 2, [{"count": "2", "name": "base"}]),
            (
                ["base"],
                ["base", "hot-desk-base"],
                1,
                [{"key": "base_users", "name": "hot-desk-base"}],
            ),
            (["hot-desk-base"], ["hot-desk-base"], 1, []),
            ([], ["hot-desk-base"], 0, [{"key": "base_users", "name": "hot-desk-base"}]),
            ([], [], 0, []),
        ],
    )
    def test_a_list_counts_and_what_contradicts_it_is_a_doubt(
        self, stated, objects, members, doubts
    ):
        given = [thing(name, guid=str(n)) for n, name in enumerate(objects)]
        found = view(*given, hot_desk=HotDesk(base_users=stated)).base_users
        assert len(found.members) == members
        assert told(found.doubts) == doubts

    def test_a_script_that_names_the_default_contradicts_a_list_without_it(self):
        found = view(
            thing("b"), hot_desk=HotDesk(base_users=["b"]), scripted=["hot-desk-base"]
        ).base_users
        assert told(found.doubts) == [{"key": "base_users", "name": "hot-desk-base"}]

    def test_objects_that_do_not_show_their_name_are_a_doubt(self):
        hidden = [thing(str(n), visible=frozenset({"cn"})) for n in range(2)]
        assert told(view(BASE, *hidden).base_users.doubts) == [{"count": "2"}]
        assert told(view(BASE, *hidden).temporary_users.doubts) == [{"count": "2"}]

    def test_two_of_a_name_contradict_each_other(self):
        doubts = view(BASE, BASE._replace(guid="x")).base_users.doubts
        assert told(doubts) == [{"count": "2", "name": "hot-desk-base"}]


class TestTemporaryUsers:
    @pytest.mark.parametrize(
        ("stated", "name", "kind", "is_one"),
        [
            (None, "temp", "", True),
            (None, "TEMP", "executive", True),
            (None, "temp", "gw", False),
            (None, "other", "", False),
            (["Other"], "other", "", True),
            (["other"], "temp", "", True),
            ([], "temp", "", True),
        ],
    )
    def test_the_name_of_the_tutorial_always_counts(self, stated, name, kind, is_one):
        found = view(thing(name, kind=kind), hot_desk=HotDesk(temporary_users=stated))
        assert bool(found.temporary_users.members) is is_one
        assert found.temporary_users.doubts == ()

    def test_a_list_that_was_read_in_part_is_a_doubt(self):
        assert told(view(areas={Area.OBJECTS: Coverage.PARTIAL}).temporary_users.doubts) == [{}]


MINE = thing("anna", devices=(device("anna"),))
PHONE = thing("berta", devices=(device("0090334C0001"),))


class TestHotDeskUsers:
    @pytest.mark.parametrize(
        ("candidate", "is_one"),
        [
            (MINE, True),
            (PHONE, False),
            (thing("x"), False),
            (PHONE._replace(devices=(device("0090334c0001"), device("x"))), True),
            (MINE._replace(kind="gw"), False),
            (MINE._replace(kind="executive"), True),
            (BASE._replace(devices=(device("x"),)), False),
            (thing("temp", devices=(device("x"),)), False),
        ],
    )
    def test_they_are_derived_from_their_hardware_ids(self, candidate, is_one):
        found = view(BASE, candidate).hot_desk_users
        assert (candidate in found.members) is is_one

    def test_whoever_does_not_show_hardware_ids_may_be_one(self):
        hidden = MINE._replace(guid="y", devices=(), visible=frozenset({"h323"}))
        (doubt,) = view(hidden, MINE, hidden._replace(kind="gw")).hot_desk_users.doubts
        assert dict(doubt.parameters) == {"count": 1}
        assert doubt.told(german) != doubt

    def test_two_of_a_name_contradict_each_other(self):
        doubts = view(MINE, MINE._replace(guid="x")).hot_desk_users.doubts
        assert told(doubts) == [{"count": "2", "name": "anna"}]

    @pytest.mark.parametrize(
        ("stated", "members", "doubts"),
        [
            (["Anna"], ["anna"], []),
            (["berta"], ["berta"], []),
            (["nobody"], [], [{"name": "nobody"}]),
            ([], [], [{"key": "users", "name": "anna"}]),
        ],
    )
    def test_a_list_counts_and_what_contradicts_it_is_a_doubt(self, stated, members, doubts):
        found = view(MINE, PHONE, hot_desk=HotDesk(users=stated)).hot_desk_users
        assert [one.h323 for one in found.members] == members
        assert told(found.doubts) == doubts

    def test_an_empty_list_is_no_contradiction_to_base_and_temporary_users(self):
        others = [
            BASE._replace(devices=(device("hot-desk-base"),)),
            thing("temp", devices=(device("temp"),)),
            thing("gw", kind="gw", devices=(device("gw"),)),
        ]
        assert view(*others, hot_desk=HotDesk(users=[])).hot_desk_users.doubts == ()
        assert (
            view(MINE._replace(kind="gw"), hot_desk=HotDesk(users=["anna"])).hot_desk_users.members
            == ()
        )


@pytest.mark.parametrize(
    ("hardware_id", "expected"),
    [
        ("0090334c0001", True),
        ("0090334C0001", True),
        ("0090334c000", False),
        ("0090334c00011", False),
        ("0090334c000g", False),
        ("", False),
    ],
)
def test_a_hardware_id_of_a_device_has_twelve_hex_digits(hardware_id, expected):
    assert is_mac_address(hardware_id) is expected


def test_roles_by_name():
    assert temporary_names(HotDesk()) == {"temp"}
    assert temporary_names(HotDesk(temporary_users=["Other"])) == {"temp", "other"}
    assert base_names(HotDesk(), ["Phones", "temp"]) == {"hot-desk-base", "phones"}
    assert base_names(HotDesk(base_users=["A"]), ["phones"]) == {"a"}
    assert base_names(HotDesk(base_users=[]), ["phones"]) == frozenset()
    assert is_base_user(thing("a"), frozenset({"a"}), HotDesk(base_users=["a"]))
    assert not is_base_user(BASE, frozenset(), HotDesk(base_users=[]))


@pytest.mark.parametrize(
    ("candidate", "stated", "expected"),
    [
        (BASE, [], True),
        (thing("x", "Hot Desk Base"), ["a"], True),
        (thing("Hot-Desk-Base"), None, True),
        (BASE, ["hot-desk-base"], False),
        (BASE, ["Hot Desk Base"], False),
        (BASE._replace(kind="gw"), [], False),
        (thing("x"), [], False),
    ],
)
def test_the_default_name_of_a_base_user_that_a_list_lacks(candidate, stated, expected):
    assert looks_like_base_user(candidate, HotDesk(base_users=stated)) is expected


def test_registrations_by_the_default_name_that_a_list_lacks():
    assert unnamed_registrations(HotDesk(base_users=["a"]), ["HOT-DESK-BASE", "b"]) == [
        "HOT-DESK-BASE"
    ]
    assert unnamed_registrations(HotDesk(base_users=["hot-desk-base"]), ["hot-desk-base"]) == []
    assert unnamed_registrations(HotDesk(), ["hot-desk-base"]) == ["hot-desk-base"]


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (MINE, True),
        (thing("anna", devices=(device("x"), device("ANNA"))), True),
        (PHONE, False),
        (thing("", devices=(device(""),)), False),
        (MINE._replace(kind="gw"), False),
    ],
)
def test_an_own_name_as_a_hardware_id(candidate, expected):
    assert has_own_name_as_hardware_id(candidate) is expected


def test_who_has_no_device_has_none_of_another_name():
    assert not has_other_id(thing("a"))


@pytest.mark.parametrize("day", [date(2026, 11, 22), None])
def test_the_day_as_of_which_is_judged_is_the_given_one(day):
    assert AuditView(Snapshot("t"), Site(), day).today == day


class TestIndexes:
    def test_names_are_folded_and_empty_ones_are_none(self):
        one, two, nameless = thing("Anna"), thing("anna", "2"), thing("", "3")
        looked = view(one, two, nameless)
        assert looked.by_name == {"anna": one}
        assert list(looked.named("anna")) == [one, two]
        assert list(looked.named("")) == list(looked.named("berta")) == []
        assert list(view(one, nameless).named("anna")) == [one]

    def test_templates_by_their_long_name(self):
        template, user = thing("t", "T", kind="config"), thing("u", "T")
        assert view(template, user).templates == {"T": [template]}

    def test_filters_by_name(self):
        rows = (FilterRow("0", "ok"),)
        filters = (
            CallFilter("f", rows, Grade.DOCUMENTED, "x"),
            CallFilter("g", None, Grade.DOCUMENTED, "x"),
        )
        seen = view(filters=filters)
        assert seen.filter_rows == {"f": rows, "g": None}
        assert seen.filters == {"f": filters[0], "g": filters[1]}

    @pytest.mark.parametrize(
        ("coverage", "expected"),
        [(Coverage.COMPLETE, True), (Coverage.PARTIAL, True), (Coverage.MISSING, False)],
    )
    def test_a_part_of_an_area_is_read(self, coverage, expected):
        assert view(areas={Area.OBJECTS: coverage}).was_read(Area.OBJECTS) is expected

    def test_evidence_points_at_an_attribute(self):
        seen = view(attribute_grades={"filter": Grade.DOCUMENTED})
        subject = thing("anna", "Anna")
        found = seen.locate(subject, "filter", "f", "own value", element="pbx")
        assert (found.source, found.line, found.object) == ("cfg.txt", 3, "anna (Anna)")
        assert (found.attribute, found.value, found.via) == ("pbx filter", "f", "own value")
        assert found.grade is Grade.DOCUMENTED
        assert seen.locate(subject._replace(line=0), "x", None).line is None
        assert seen.locate(subject, "x", None).grade is Grade.INFERRED
        assert seen.locate(subject, "filter", None).attribute == "filter"

    @pytest.mark.parametrize(
        ("confirmed", "attribute", "element", "grade"),
        [
            ("devices", "tls", DEVICE, Grade.DOCUMENTED),
            ("devices", "tls", "", Grade.INFERRED),
            ("tls", "tls", DEVICE, Grade.INFERRED),
            ("tls", "tls", "", Grade.DOCUMENTED),
            ("tls", "tls", "pbx", Grade.DOCUMENTED),
            ("tls", "device tls", "", Grade.INFERRED),
        ],
    )
    def test_what_the_pbx_confirmed_of_devices_is_no_attribute_of_the_object(
        self, confirmed, attribute, element, grade
    ):
        subject = thing("anna", "Anna")
        seen = view(subject, confirmed={subject.key: (confirmed,)})
        assert seen.locate(subject, attribute, None, element=element).grade is grade

    @pytest.mark.parametrize(
        ("stated", "numbers", "grade", "shown"),
        [
            (None, ("110", "112"), Grade.DERIVED, "110, 112"),
            (["144"], ("144",), Grade.ATTESTED, "144"),
            ([], (), Grade.ATTESTED, ""),
        ],
    )
    def test_emergency_numbers_are_stated_or_assumed(self, stated, numbers, grade, shown):
        found, evidence = view(dialling=Dialling(emergency_numbers=stated)).emergency_numbers
        assert (found, evidence.grade, evidence.value) == (numbers, grade, shown)
        assert (evidence.source == "site file") is (stated is not None)
        assert evidence.attribute == "[dialling] emergency_numbers"

    @pytest.mark.parametrize(
        ("own", "attested", "reads", "expected"),
        [
            (("A",), None, False, ("A",)),
            (("A",), ("B",), False, ("A",)),
            ((), ("B",), False, ("B",)),
            ((), ("B",), True, ()),
            ((), None, False, ()),
        ],
    )
    def test_parents_of_a_template_as_read_else_as_attested(self, own, attested, reads, expected):
        parents = {"T": Setting(attested, Grade.ATTESTED, "x")} if attested else {}
        seen = view(template_parents=parents, reads_template_parents=reads)
        template = thing("t", "T", kind="config", templates=own, unexplained=("x",))
        assert seen.parents_of(template) == expected
        assert seen.is_explained(template) is (attested is not None)
        assert seen.is_explained(template._replace(unexplained=()))


def template(name, **rest):
    return thing(name.lower(), name, kind="config", **rest)


class TestWhyAValueIsOpen:
    @pytest.mark.parametrize(
        ("user", "templates", "values"),
        [
            ({"visible": frozenset({"config"})}, [], {"name": "filter", "object": "u"}),
            ({"visible": frozenset({"filter"})}, [], {"name": "config", "object": "u"}),
            ({"templates": ("T",)}, [], {"name": "T"}),
            ({"templates": ("T",)}, [template("T"), template("T")], {"name": "T"}),
            (
                {"templates": ("T",)},
                [template("T", visible=frozenset({"config"}))],
                {"name": "filter", "template": "T"},
            ),
            (
                {"templates": ("T",)},
                [template("T", unexplained=("x" * 50, "y"))],
                {"name": "T", "part": "x" * 40},
            ),
            ({"templates": ("T",)}, [template("T", templates=("T",))], {"name": "T"}),
            (
                {"templates": ("A",)},
                [template(a, templates=(b,)) for a, b in ("AB", "BC", "CD")],
                {"count": "2", "name": "C"},
            ),
            (
                {"templates": ("A", "B")},
                [
                    template("A", attributes={"filter": "f"}),
                    template("B", attributes={"filter": "g"}),
                ],
                {"name": "filter"},
            ),
        ],
    )
    def test_is_said_with_its_names(self, user, templates, values):
        subject = thing("u", **user)
        found = effective_value(view(subject, *templates), subject, "filter")
        assert found.value is None
        assert told([found.problem]) == [values]
        flag = effective_flag(view(subject, *templates), subject, "filter")
        assert (flag.value, flag.problem, flag.evidence) == (None, found.problem, found.evidence)

    def test_a_template_that_would_show_it_leaves_nothing_open(self):
        subject = thing("u", templates=("T",))
        shown = template("T", visible=frozenset({"filter", "config"}))
        found = effective_value(view(subject, shown), subject, "filter")
        assert (found.value, found.problem) == (None, "")

    def test_a_flag_that_is_neither(self):
        subject = thing("u", attributes={"hide": "maybe"})
        found = effective_flag(view(subject), subject, "hide")
        assert (found.value, told([found.problem])) == (None, [{"name": "hide"}])
        assert [one.value for one in found.evidence] == ["maybe"]

    def test_templates_that_disagree_show_both(self):
        parts = [template(n, attributes={"filter": n}) for n in "AB"]
        subject = thing("u", templates=("A", "B"))
        found = effective_value(view(subject, *parts), subject, "filter")
        assert [one.via for one in found.evidence] == ["template A", "template B"]

    def test_the_path_of_a_value_is_shown(self):
        parts = [
            template("A", templates=("B",)),
            template("B", attributes={"filter": "f"}),
        ]
        subject = thing("u", templates=("A",))
        found = effective_value(view(subject, *parts), subject, "filter")
        (evidence,) = found.evidence
        assert (evidence.via, evidence.value) == ("template A > template B", "f")
        assert (evidence.object, evidence.attribute) == ("b (B)", "filter")

    @pytest.mark.parametrize(
        ("templates", "via"),
        [
            ((), "not set, and no template is assigned"),
            (("A", "B"), "not set, nor by template A, template B"),
        ],
    )
    def test_where_it_was_looked_for_is_shown(self, templates, via):
        subject = thing("u", templates=templates)
        found = effective_value(view(subject, template("A"), template("B")), subject, "filter")
        (evidence,) = found.evidence
        assert (found.value, found.problem, evidence.via) == (None, "", via)
        assert (evidence.value, evidence.attribute, evidence.object) == (None, "filter", "u")
