"""Items are parsed many at a time; none may change what another one says."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.sources.parse.items import Damage, read_items
from auditor.sources.parse.xml import XmlError, parse_fragments, parse_xml

HONEST = '<user filter="intern" hide="true"><device hw="0090334c0001"/></user>'
PIECES = [
    "<user>",
    "</user>",
    "<user/>",
    '<user hide="true"/>',
    '<user xmlns="urn:x"/>',
    '<user xmlns:n="urn:x"/>',
    "<n:user/>",
    "<pbxvalue>",
    "</pbxvalue>",
    "<pbxvalue/>",
    "<pbxvalue >",
    "</pbxvalue >",
    "<pbxvalue\n>",
    "<pbxvalue a='1'>",
    "<r>",
    "</r>",
    "</pbxvalue><pbxvalue>",
    "</pbxvalue ><pbxvalue >",
    "<!---->",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE r>",
    "<?xml version='1.0'?>",
    "<?pi",
    "?>",
    "&amp;",
    "&lt;pbxvalue&gt;",
    "&x;",
    "&#60;pbxvalue&#62;",
    '"',
    "'",
    "<user text='",
    ">",
    "text",
    "\u00e4",
    "\ud800",
    "\x00",
    HONEST,
]


def shape(element):
    """Return an element as plain data, or why there is none."""
    if isinstance(element, XmlError):
        return "refused"
    return (element.tag, dict(element.attrib), [shape(child) for child in element])


def alone(fragment):
    try:
        return shape(parse_xml(fragment, keep_strays=True))
    except XmlError:
        return "refused"


def assert_as_alone(fragments):
    together = [shape(element) for element in parse_fragments(fragments)]
    assert together == [alone(fragment) for fragment in fragments]


@pytest.mark.parametrize(
    "hostile",
    [
        ["<user/></pbxvalue><pbxvalue><user/>"],
        ["<user/></pbxvalue ><pbxvalue ><user/>"],
        ["<user/></pbxvalue\n><pbxvalue\n><user/>"],
        ["<user/><user/>"],
        ["<user>", "</user>"],
        ["<!--", "-->"],
        ["<user><![CDATA[", "]]></user>"],
        ["<?xml version='1.0'?><user/>"],
        ["<?x", "?><user/>"],
        ["<!DOCTYPE v [<!ENTITY e 'x'>]><user/>"],
        ["</pbxvalue></r><r><pbxvalue><user/>"],
        ["<user a='", "'/>"],
        ['<user a="', '"/>'],
        ["<user><pbxvalue>", "</pbxvalue></user>"],
        ["<user><pbxvalue >", "<x/></pbxvalue></user>", "<user/></pbxvalue ><pbxvalue ><user/>"],
        [
            "<user><pbxvalue a='1'>",
            "<x/></pbxvalue></user>",
            "<user/></pbxvalue ><pbxvalue ><user/>",
        ],
        ['<user xmlns="urn:x"/>'],
        ['<user xmlns:v="urn:x"/>'],
        ["<pbxvalue:user/>"],
        ["<user/>text>"],
        ["text<user/>"],
        ["<user>?></user>"],
        ["<user>text</user>", "<pbxvalue >?></pbxvalue>"],
        ["<user> </user>"],
        [""],
        [" "],
    ],
)
def test_hostile_fragments_change_no_other(hostile):
    for order in permutations([*hostile, HONEST]):
        assert_as_alone(list(order))
    assert_as_alone([HONEST, *hostile, HONEST])
    assert_as_alone([part for one in hostile for part in (one, HONEST)])


@settings(deadline=None, max_examples=400)
@given(
    st.lists(
        st.one_of(
            st.just(HONEST),
            st.sampled_from(PIECES),
            st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
        ),
        max_size=6,
    )
)
def test_batch_and_single_parsing_agree(fragments):
    assert_as_alone(fragments)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=4))
def test_an_honest_item_survives_among_hostile_ones(values):
    lines = [(number, f"(cn=x)(pbx={value})") for number, value in enumerate(values, 2)]
    honest = f"(cn=Ehrlich)(pbx={HONEST})"
    for order in ([(1, honest), *lines], [*lines, (1, honest)]):
        found = next(found for found in read_items(order) if found.line == 1)
        assert not isinstance(found, Damage)
        assert [shape(node) for node in found.nodes] == [alone(HONEST)]


def test_no_fragments_at_all():
    assert parse_fragments([]) == []


def test_thousands_of_fragments():
    fragments = [f'<user e164="{number}"/>' for number in range(5000)]
    assert_as_alone(fragments)
    assert_as_alone([*fragments, "<user>"])
