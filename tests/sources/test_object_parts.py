"""What an object shows, and what it does not show for certain: nothing follows from its absence."""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.model.snapshot import CONTENT, Allowance, Device
from auditor.model.vocabulary import Area
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.known import CHILD_PARTS, KNOWN_PARTS
from tests.fixtures.pbx import item, text

PLAIN = {"cn": "A", "h323": "a", "e164": "1", "guid": "01"}


def read(inner="", attributes='hide="true"', dialect="documented"):
    names = " ".join(f'{name}="{value}"' for name, value in PLAIN.items())
    data = f"<r><user {names} {attributes}>{inner}</user></r>".encode()
    return read_export(data, "pbx.xml", load_dialect(dialect))


def one(inner="", attributes='hide="true"', dialect="documented"):
    (found,) = read(inner, attributes, dialect).objects
    return found


def hidden(found):
    return {name for name in KNOWN_PARTS if not found.shows(name)}


def test_an_object_that_is_understood_shows_everything():
    found = one('<device hw="x"/>', 'hide="true" pwd="0102" filter="f" odd-unlicensed="1" dnd="x"')
    assert hidden(found) == set()
    assert (found.cn, found.h323, found.e164, found.guid) == ("A", "a", "1", "01")
    assert found.attributes == {"hide": "true", "filter": "f"}


@pytest.mark.parametrize(
    ("inner", "parts"),
    [
        ('<device hw="x" odd="1"/>', {"devices"}),
        ('<device hw="x"><y/></device>', {"devices"}),
        ('<cd type="cfu"/>', {"cds"}),
        ('<cd type="odd" e164="1"/>', {"cds"}),
        ('<cd type="cfu" e164="1" odd="1"/>', {"cds"}),
        ('<cd type="cfu"><ep odd="1"/></cd>', {"cds"}),
        ('<cd type="cfu"><ep e164="1"/><odd/></cd>', {"cds"}),
        ('<cd type="cfu"><ep e164="1"><x/></ep></cd>', {"cds"}),
        ("<fork/>", {"forks"}),
        ('<fork e164="1" odd="1"/>', {"forks"}),
        ("<allow/>", {"allows"}),
        ('<allow name="x" odd="1"/>', {"allows"}),
        ('<allow name="x"><y/></allow>', {"allows"}),
        ('<t-allow name="x" odd="1"/>', {"t-allows"}),
        ('<pseudo type="fax"/><pseudo type="waiting"/>', {"pseudo", CONTENT}),
        ('<pseudo type="odd"/>', {"pseudo", CONTENT}),
        ("<pseudo/>", {"pseudo", CONTENT}),
        ("<odd/>", CHILD_PARTS),
        ('<odd/><pseudo type="fax"/>', CHILD_PARTS),
        ('<cd type="cfu" e164="1"/><fork hw="1"/><allow name="x" online="1"/>', set()),
        ('<cd type="cfu"><ep e164="1"/><src e164="2"/></cd>', set()),
        ('<cd type="" e164=""/>', set()),
        ('<email email="x"/><grp name="y"/>', set()),
        ('<device odd="1"/><pseudo type="fax"/>', {"devices"}),
        ('<device odd="1"/><cd/><pseudo/>', {"devices", "cds", "pseudo", CONTENT}),
    ],
)
def test_a_part_that_is_not_understood_is_hidden_and_no_other(inner, parts):
    assert hidden(one(inner)) == set(parts)


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ('odd="1"', set()),
        ('odd="1" pwdx="0102"', {"pwd"}),
        ('odd="1" filter="f"', {"filter"}),
    ],
)
def test_an_attribute_that_is_not_understood_could_be_each_that_is_missing(attributes, shown):
    names = {"cn", "h323", "e164", "guid"}
    children = CHILD_PARTS
    assert KNOWN_PARTS - hidden(one("", attributes)) == names | children | shown


@pytest.mark.parametrize(
    ("attributes", "open_areas", "shows"),
    [
        ('pwd="0102" pwdx="0304"', {Area.PASSWORDS}, False),
        ('pwd="0102" pwdx="0102"', set(), True),
        ('pwd="********" pwdx="0304"', set(), True),
        ('pwd="0102"', set(), True),
        ('pwdx="0102"', set(), True),
        ('pwd="" pwdx="0304"', set(), True),
        ('hide="true"', set(), True),
    ],
)
def test_two_passwords_are_none(attributes, open_areas, shows):
    reading = read("", attributes)
    assert {gap.area for gap in reading.gaps} == open_areas
    assert reading.objects[0].shows("pwd") is shows


def test_the_stored_password_is_the_one_that_counts():
    assert read("", 'pwd="********" pwdx="0304"').secrets == ["0304"]
    assert read("", 'pwd="0102"').secrets == ["0102"]
    assert read("").secrets == [None]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('<cd type="cfu" e164="1"/>', [("cfu", "1", "", "", False)]),
        ('<cd type="cfb" h323="b" bool="x" off="true"/>', [("cfb", "", "b", "x", True)]),
        ('<cd type="cfu" off="odd" e164="1"/>', [("cfu", "1", "", "", None)]),
        ('<cd type="cfu" off="false" e164="1"/>', [("cfu", "1", "", "", False)]),
        (
            '<cd type="cfnr"><ep e164="1"/><ep h323="b"/></cd>',
            [("cfnr", "1", "", "", False), ("cfnr", "", "b", "", False)],
        ),
        (
            '<cd type="cfnr" e164="3"><ep e164="1"/></cd>',
            [("cfnr", "3", "", "", False), ("cfnr", "1", "", "", False)],
        ),
        ('<cd type="" e164=""/>', []),
        ('<cd type=""><ep e164="" h323=""/></cd>', []),
        ('<cd type="" e164="1"/>', [("", "1", "", "", False)]),
        ('<cd e164=""/>', [("", "", "", "", False)]),
        ('<cd type="cfu" e164=""/>', [("cfu", "", "", "", False)]),
    ],
)
def test_each_end_of_a_diversion_counts(inner, expected):
    assert list(map(tuple, one(inner).diversions)) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('<fork e164="1"/>', [("1", "", "", False)]),
        ('<fork h323="b" mobility="m" off="true"/>', [("", "b", "m", True)]),
        ('<fork off="x" mobility="m"/>', [("", "", "m", None)]),
        (
            '<fork><ep e164="1"/><ep e164="2"/></fork>',
            [("1", "", "", False), ("2", "", "", False)],
        ),
    ],
)
def test_each_end_of_a_fork_counts(inner, expected):
    assert list(map(tuple, one(inner).forks)) == expected


def test_devices_and_allowances_keep_their_flags_only():
    found = one(
        '<device hw="x" text="t" tls="true" app="phone"/><device/>'
        '<allow name="@a" online="true" grp="g"/><t-allow name="b"/><allow/>'
    )
    assert list(found.devices) == [Device("x", "t", {"tls": "true"}), Device("", "", {})]
    assert list(found.allowances) == [
        Allowance("@a", {"online": "true"}),
        Allowance("b", {}),
        Allowance("", {}),
    ]


@pytest.mark.parametrize(
    ("inner", "attributes", "templates", "unexplained"),
    [
        ("", 'config="T"', ("T",), ()),
        ("", 'config=""', (), ()),
        ('<pseudo type="config"/>', "", (), ()),
        ('<pseudo type="config" config="T"/>', "", ("T",), ()),
        ('<pseudo type="config" config="T"/>', 'config="S"', ("S", "T"), ()),
        ('<pseudo type="config" config="T"/>', 'config="T"', ("T",), ()),
        ('<pseudo type="config"><config cn="T"/></pseudo>', "", ("T",), ()),
        ('<pseudo type="config"><config/></pseudo>', "", ("(unnamed)",), ()),
        ('<pseudo type="config"><odd/></pseudo>', "", (), ("odd",)),
        ('<pseudo type="config" odd="1"/>', "", (), ("odd",)),
        ('<pseudo type="config"/><odd/>', "", (), ("odd",)),
        ('<pseudo type="config"/>', 'my-config="1"', (), ("my-config",)),
        ('<pseudo type="config"/>', 'templates="1"', (), ("templates",)),
        ('<pseudo type="config"/>', 'phone-config="1"', (), ()),
        ('<pseudo type="fax"/>', 'my-config="1"', (), ()),
    ],
)
def test_a_template_names_its_parents_and_what_nothing_explains(
    inner, attributes, templates, unexplained
):
    found = one(inner, f'hide="true" {attributes}')
    assert (found.templates, found.unexplained) == (templates, unexplained)


@pytest.mark.parametrize(
    ("inner", "rights", "unexplained"),
    [
        ('<app admin="true"/>', {"admin": "true"}, ()),
        ('<app admin="true" url="x"/>', {"admin": "true"}, ()),
        ('<app admin="true" odd="1"/>', {"admin": "true"}, ("app",)),
        ("<app/>", {}, ()),
        ("", {}, ("app",)),
        ("<odd/>", {}, ("app",)),
        ('<app admin="true"/><odd/>', {"admin": "true"}, ("app",)),
        ('<app admin="true"/><app pbx="true"/>', {"admin": "true", "pbx": "true"}, ("app",)),
    ],
)
def test_an_app_has_the_rights_that_its_element_names(inner, rights, unexplained):
    found = one(f'<pseudo type="app">{inner}</pseudo>')
    assert (dict(found.rights), found.unexplained) == (rights, unexplained)


@pytest.mark.parametrize("kind", ["loc", "node"])
def test_a_node_names_what_may_be_escape_digits(kind):
    found = one(f'<pseudo type="{kind}" prefix="0"><ep/><odd/></pseudo>')
    assert (found.kind, found.unexplained) == (kind, ("prefix", "odd"))


def test_two_values_for_a_name_hide_it_and_what_was_hidden_before():
    line = item('<user cn="B" filter="f"><device odd="1"/></user>', cn="A", h323="a")
    reading = read_configuration([text(line)], "cfg.txt", load_dialect("documented"))
    assert hidden(reading.objects[0]) == {"cn", "devices"}


@pytest.mark.parametrize(
    ("users", "is_list"),
    [
        ('<user cn="A"/><user cn="B"><pseudo type="fax"/></user>', True),
        ('<user cn="A" hide="true"/>', False),
        ('<user cn="_ADMIN_"/><user cn="Node"/><user cn="A" hide="true"/>', False),
        ('<user cn="Node"/><user cn="B"/><user cn="A" hide="true"/>', True),
        ('<user cn="Node"/><user cn="A" hide="true"/>', False),
        ('<user cn="N"><pseudo type="fax"/></user><user cn="A" hide="true"/>', False),
    ],
)
def test_a_document_that_mostly_names_objects_is_a_list(users, is_list):
    reading = read_export(f"<r>{users}</r>".encode(), "x.xml", load_dialect("documented"))
    assert (reading.kind == "object-list") is is_list
    assert len(reading.notes) == is_list
    for found in reading.objects:
        assert found.shows("pseudo")
        assert found.shows("devices") is not is_list
        assert found.shows("cn")


def test_an_item_may_hold_its_names_in_its_value_alone():
    line = item('<user cn="A" h323="a" hide="true"/>')
    (found,) = read_configuration([text(line)], "x", load_dialect("documented")).objects
    assert (found.cn, found.h323, found.attributes) == ("A", "a", {"hide": "true"})
