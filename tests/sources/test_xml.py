"""XML of exports and pages: document types and entities are refused, damage has a reason."""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.ledger import OBJECT_AREAS
from auditor.sources.parse.xml import parse_xml
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    EVIDENCE,
    configuration_of,
    export_of,
    facts,
    item,
    list_page_of,
    simulated,
    text,
)
from tests.fixtures.sentences import sentence

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "haha">'
    + "".join(
        f'<!ENTITY {name} "{"&" + before + ";" * 1}{("&" + before + ";") * 9}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
DOCTYPES = [
    "<!DOCTYPE info>",
    '<!DOCTYPE info SYSTEM "file:///etc/hostname">',
    '<!DOCTYPE info [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE info [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]>',
    LAUGHS,
]


def export(data, dialect="documented"):
    content = data.encode() if isinstance(data, str) else data
    return read_export(content, "pbx.xml", load_dialect(dialect))


@pytest.mark.parametrize("doctype", DOCTYPES)
class TestDocumentTypes:
    def test_in_an_export(self, doctype):
        with pytest.raises(SourceError, match=sentence("document type")) as refused:
            export(f'<?xml version="1.0"?>{doctype}<info><user cn="&a;"/></info>')
        assert refused.value.where == "pbx.xml"
        assert refused.value.advice

    def test_in_a_pbx_value(self, doctype):
        hostile = item(f'{doctype}<user hide="&x;"/>', cn="x", h323="x")
        honest = item('<user hide="true"/>', cn="y", h323="y")
        reading = read_configuration(
            [text(honest, hostile, honest)], "cfg.txt", load_dialect("documented")
        )
        assert [o.h323 for o in reading.objects] == ["y", "y"]
        assert {(gap.area, gap.line) for gap in reading.gaps} == {
            (area, 2) for area in OBJECT_AREAS
        }


@pytest.mark.parametrize(
    "data",
    [
        "<info>",
        "<info><user></info>",
        "<info><user cn=x/></info>",
        "<info><user cn='&nbsp;'/></info>",
        "<info/><info/>",
        "<",
        "<?xml version='1.0' encoding='no-such'?><info><user/></info>",
        "<?xml version='1.0' encoding='utf-7'?><info><user/></info>",
        "<?xml version='1.0' encoding='utf-16'?><info><user/></info>",
        b"<info><user cn='\xfc'/></info>",
        b"<info><user cn='\0'/></info>",
        "<info>\x01<user/></info>",
        "<info/>",
        "<html><body>Login</body></html>",
        "<info><box><user/></box></info>",
    ],
)
def test_what_cannot_be_read_is_refused_with_place_and_advice(data):
    with pytest.raises(SourceError) as refused:
        export(data)
    assert refused.value.where == "pbx.xml"
    assert refused.value.advice


def test_depth_does_not_crash():
    depth = 100_000
    with pytest.raises(SourceError):
        export("<a>" * depth)
    reading = export(f"<info><user h323='x'>{'<a>' * depth}{'</a>' * depth}</user></info>")
    assert [o.h323 for o in reading.objects] == ["x"]


def test_a_declared_encoding_is_followed():
    declared = "<?xml version='1.0' encoding='iso-8859-1'?><info><user cn='Müßig' hide='x'/></info>"
    assert export(declared.encode("latin-1")).objects[0].cn == "Müßig"


def test_an_import_file_in_the_published_shape():
    reading = export((EVIDENCE / "import.xml").read_bytes())
    person, fax = reading.objects
    assert (person.cn, person.h323, person.e164) == ("Erika Müller", "erika.mueller", "317")
    assert person.templates == ("Vorlage Vertrieb",)
    assert [device.hw for device in person.devices] == ["0090334c0001", "erika.mueller"]
    assert person.visible is None
    assert (fax.kind, fax.attributes["hide"]) == ("map", "true")
    assert reading.gaps == []


def test_a_single_object_may_be_the_root():
    assert [o.h323 for o in export('<user h323="solo" hide="true"/>').objects] == ["solo"]


def test_a_list_page_shows_names_and_nothing_more():
    reading = export(list_page_of(simulated()))
    assert reading.objects
    for candidate in reading.objects:
        assert candidate.shows("h323")
        assert not any(candidate.shows(part) for part in ("pwd", "devices", "filter", "hide"))


def test_one_object_with_configuration_makes_it_an_export():
    reading = export('<info><user cn="a"/><user cn="b" hide="true"/></info>')
    assert all(candidate.visible is None for candidate in reading.objects)


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_an_export_says_the_same_as_the_configuration(config):
    dialect = load_dialect("simulated")
    exported = read_export(export_of(simulated(config)), "pbx.xml", dialect)
    saved = read_configuration([configuration_of(config)], "cfg.txt", dialect)
    assert [facts(o) for o in exported.objects] == [facts(o) for o in saved.objects]
    assert exported.secrets == saved.secrets
    assert (exported.admin_password, exported.admin_key) == (saved.admin_password, saved.admin_key)
    assert [(f.name, f.rows) for f in exported.filters] == [(f.name, f.rows) for f in saved.filters]


@pytest.mark.parametrize(
    "inner",
    [
        '<filter name="x"><other number="0" next="ok"/></filter>',
        '<filter name="x"><sim-row number="0"/></filter>',
        '<filter name="x"><sim-row number="0x" next="ok"/></filter>',
        '<filter name="x"><sim-row number="0" next="ok" not="maybe"/></filter>',
    ],
)
def test_a_filter_with_a_part_that_nothing_explains_has_no_rows(inner):
    data = f'<info><user cn="_ADMIN_" key="00">{inner}</user><user cn="a" hide="true"/></info>'
    (entry,) = export(data, "simulated").filters
    assert entry.rows is None
    assert entry.note


@pytest.mark.parametrize(
    ("inside", "tags"),
    [
        ("one", ["(text)"]),
        ("one\ntwo &amp; three", ["(text)"]),
        (" \n ", []),
        ("a<x/>b", ["(text)", "x", "(text)"]),
        ("<?pi x?>", ["(text)"]),
        ("<!-- note -->", []),
        ("<!-- <x/> -->", ["(text)"]),
    ],
)
def test_what_is_no_element_is_there_once(inside, tags):
    root = parse_xml(f"<r>{inside}</r>", keep_strays=True)
    assert [child.tag for child in root] == tags
    assert [child.tag for child in parse_xml(f"<r>{inside}</r>")] == [t for t in tags if t == "x"]
