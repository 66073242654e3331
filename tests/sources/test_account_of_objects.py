"""Every child and every attribute of an object is counted once, whatever becomes of it."""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.model.account import Irrelevant, Unit
from auditor.model.vocabulary import Area
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.xml import parse_xml
from tests.fixtures.pbx import item, text

NAMES = {"cn": "A", "h323": "a"}


def tally(unit, value):
    reading = read_configuration([text(item(value, **NAMES))], "cfg.txt", load_dialect("simulated"))
    return next(one for one in reading.account if one.unit is unit)


@pytest.mark.parametrize(
    ("children", "used", "other", "strange"),
    [
        ('<device hw="a"/><device hw="b"/>', 2, 0, 0),
        ('<device hw="a"/><device hw="b" odd="1"/><device hw="c" odd="1"/>', 1, 0, 2),
        ('<cd type="cfu"><ep e164="1"/></cd><fork e164="2"/><allow name="@x"/>', 3, 0, 0),
        ('<cd type="cfu"><ep/></cd><cd type="cfb"/><cd type="cfnr" e164="1"/>', 1, 0, 2),
        ('<grp name="x"/><grp name="y"/><pseudo type="waiting"/>', 1, 2, 0),
        ("<pseudo/>", 0, 0, 1),
        ('<odd/><device hw="a"/>', 1, 0, 1),
        ('<grp name="x"><f/></grp>', 0, 1, 0),
        ('<grp name="x"><device hw="a"/></grp>', 0, 0, 1),
    ],
)
def test_parts(children, used, other, strange):
    found = tally(Unit.PARTS, f"<user>{children}</user>")
    irrelevant = found.irrelevant.get(Irrelevant.NAMED_ELSEWHERE, 0)
    assert (found.used, irrelevant, found.not_understood) == (used, other, strange)
    assert found.total == len(parse_xml(f"<user>{children}</user>".encode()))


@pytest.mark.parametrize("around", ["grp", "presence", "device", "cd", "fork", "allow", "pseudo"])
@pytest.mark.parametrize(
    ("inside", "part"),
    [
        ('<device hw="a" no-filter="true"/>', "devices"),
        ('<cd type="cfu" e164="0"/>', "cds"),
        ('<x><fork e164="0"/></x>', "forks"),
        ('<t-allow name="a"/>', "t-allows"),
        ('<pseudo type="trunk"/>', "pseudo"),
        ('<devise hw="a"/>', "devices"),
    ],
)
def test_a_part_inside_of_another_is_not_taken_for_absent(around, inside, part):
    children = f'<{around} name="x" type="waiting">{inside}</{around}>'
    value = f"<user>{children}</user>"
    reading = read_configuration([text(item(value, **NAMES))], "cfg.txt", load_dialect("simulated"))
    assert not reading.objects[0].shows(part)


@pytest.mark.parametrize(
    ("attributes", "used", "other", "strange"),
    [
        ('hide="true" busy-in="1"', 1, 1, 0),
        ('hide="true" busy-in="1" odd="1"', 1, 1, 1),
        ('hide="true" busy-in="1" dnd="1"', 1, 2, 0),
        ('uclic="true" uc-unlicensed="true"', 1, 1, 0),
    ],
)
def test_attributes(attributes, used, other, strange):
    found = tally(Unit.ATTRIBUTES, f"<user {attributes}/>")
    irrelevant = found.irrelevant.get(Irrelevant.NAMED_ELSEWHERE, 0)
    shown = (found.used - len(NAMES), irrelevant, found.not_understood)
    assert shown == (used, other, strange)


@pytest.mark.parametrize(
    ("children", "used"),
    [
        ('<device hw="a" text="b"/>', 2),
        ('<cd type="cfu"><ep e164="1"/><ep e164="2" h323="c"/></cd>', 4),
        ('<pseudo type="map"><match id="1"/><match id="2"/></pseudo><grp name="x"/>', 4),
    ],
)
def test_attributes_of_parts_and_of_what_is_in_them_are_counted(children, used):
    found = tally(Unit.ATTRIBUTES, f'<user hide="true">{children}</user>')
    assert (found.used - len(NAMES) - 1, found.not_understood) == (used, 0)


BROKEN = item("<user", **NAMES)
NOWHERE = item("<user/>", **NAMES).replace(" 101 ", " 999 ")
UNKNOWN = "config change XYZ0 /unheard-of"
WHOLE = item("<user/>", cn="A", h323="a", guid="1")


@pytest.mark.parametrize(
    "lines",
    [
        (BROKEN, NOWHERE),
        (NOWHERE, BROKEN),
        (BROKEN, UNKNOWN, NOWHERE, WHOLE),
        (WHOLE, BROKEN, *[NOWHERE] * 30, UNKNOWN),
    ],
)
def test_what_comes_first_is_named_first_in_whatever_pieces_a_document_comes(lines):
    """Objects are read together when a piece ends, all else when its line is seen."""
    content, dialect = text(*lines), load_dialect("simulated")
    read = read_configuration([content], "cfg.txt", dialect)
    first = 1 + min(map(lines.index, (BROKEN, NOWHERE)))
    assert first in [gap.line for gap in read.gaps if gap.area == Area.OBJECTS]
    assert all(list(one.places) == sorted(one.places) for one in read.account)
    by_line = [text(line) for line in lines]
    again = read_configuration(by_line, "cfg.txt", dialect)
    assert again.account == read.account
    assert sorted(map(repr, again.gaps)) == sorted(map(repr, read.gaps))
