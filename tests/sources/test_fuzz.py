"""Whatever the bytes: parsers answer or raise SourceError, and honest objects come through."""

from __future__ import annotations

import contextlib
import json
import re
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.snapshot.saved import load_snapshot
from tests.fixtures.pbx import END, EVIDENCE, configuration_of, item, row, table, text

DIALECTS = [load_dialect("documented"), load_dialect("simulated")]
GRAMMAR = [
    b"mod cmd FLASHDIR0 add-item 101 ",
    b"(cn=",
    b"(h323=x)",
    b"(pbx=",
    b"<user ",
    b"<user/>",
    b"</user>",
    b'<filter name="a">',
    b'<pseudo type="config">',
    b"<sim-row number='0' next='ok'/>",
    b"<info>",
    b"<!DOCTYPE x>",
    b"<![CDATA[",
    b"&#x0;",
    b')"',
    b"='",
    b"/>)",
    b")",
    b"(",
    b"\n",
    b"\r",
    b"\r\n ",
    b"\t",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"config change PBX0 /sim-regs-without-pwd ",
    b"config add PHONE SIG /h323 a /gk-pwd ",
    b"vars create CMD0/AUTH pc 00",
    b"# 13r3 x IP1[1]",
    b"%",
    b"%ff",
    b'{"api":"PbxTableUsers","mt":"ReplicateNextResult","columns":{',
    b'"pseudo":"<a',
    b'"}}',
    b"[",
    b'{"pbx-auditor-snapshot":{"schema_version":"1.0",',
]
BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(st.sampled_from(GRAMMAR), st.binary(max_size=8)), max_size=25).map(b"".join),
)
SAMPLES = st.sampled_from(
    [path.read_bytes() for path in sorted(EVIDENCE.iterdir())] + [configuration_of()[:6000]]
)


@st.composite
def mutated(draw):
    """Return a good document with a piece cut out and another put in."""
    data = draw(SAMPLES)
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 200)))
    return data[:start] + draw(BYTES) + data[end:]


ANY = st.one_of(BYTES, mutated())
QUIETLY = contextlib.suppress(SourceError)


@settings(deadline=None, max_examples=300)
@given(ANY, st.sampled_from(DIALECTS), st.integers(1, 64))
def test_configuration(data, dialect, size):
    with QUIETLY:
        blocks = [data[at : at + size] for at in range(0, len(data), size)]
        read_configuration(blocks, "cfg.txt", dialect)


@settings(deadline=None, max_examples=200)
@given(ANY, st.sampled_from(DIALECTS))
def test_export(data, dialect):
    with QUIETLY:
        read_export(data, "pbx.xml", dialect)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
COLUMNS = st.dictionaries(
    st.sampled_from(
        ["cn", "h323", "pwd", "pseudo", "devices", "forks", "cds", "hide", "guid", "x"]
    ),
    VALUES,
)


@settings(deadline=None, max_examples=200)
@given(st.one_of(ANY, st.lists(COLUMNS).map(lambda rows: table(*(row(**r) for r in rows)))))
def test_table_users(data):
    with QUIETLY:
        read_table_users(data, "users.json", DIALECTS[0])


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(ANY, st.dictionaries(st.text(), VALUES).map(lambda d: json.dumps(d).encode())))
def test_snapshot(tmp_path, data):
    path = tmp_path / "snapshot.json"
    path.write_bytes(data)
    with QUIETLY:
        load_snapshot(path)


CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"))
NAMES = st.one_of(
    st.text(st.sampled_from("abcäöüßÇşé ().,<>&'\"=/#*+-_@0189")),
    st.text(CHARACTERS, max_size=30),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["filter", "cd-filter", "hide", "text", "dn", "apps"]), NAMES, max_size=4
)


def looks_like_a_boundary(name):
    """Return whether a name cannot be told from the end of its field."""
    return re.search(r"\)\([A-Za-z][A-Za-z0-9-]*=", f"({name})(") is not None


@settings(deadline=None, max_examples=300)
@given(
    cn=NAMES,
    h323=NAMES,
    attributes=ATTRIBUTES,
    hardware=st.lists(NAMES, max_size=3),
    xml_first=st.booleans(),
)
def test_a_well_formed_object_survives(cn, h323, attributes, hardware, xml_first):
    assume(not looks_like_a_boundary(cn) and not looks_like_a_boundary(h323))
    devices = "".join(f"<device hw={quoteattr(hw)}/>" for hw in hardware)
    words = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    value = f"<user{words}>{devices}</user>"
    assume(")(" not in value)
    if xml_first:
        line = f"mod cmd FLASHDIR0 add-item 101 (pbx={value})(cn={cn})(h323={h323})"
    else:
        line = item(value, cn=cn, h323=h323)
    reading = read_configuration([text(line)], "cfg.txt", DIALECTS[0])
    assert reading.gaps == []
    (candidate,) = reading.objects
    assert (candidate.cn, candidate.h323) == (cn, h323)
    assert candidate.attributes == attributes
    assert [device.hw for device in candidate.devices] == hardware


@settings(deadline=None, max_examples=100)
@given(cn=NAMES, attributes=ATTRIBUTES)
def test_configuration_and_export_say_the_same(cn, attributes):
    assume(not looks_like_a_boundary(cn))
    words = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    exported = read_export(
        f'<info><user cn={quoteattr(cn)} h323="x"{words}><device hw="x"/></user></info>'.encode(),
        "pbx.xml",
        DIALECTS[0],
    )
    line = item(f'<user{words}><device hw="x"/></user>', cn=cn, h323="x")
    saved = read_configuration([text(line)], "pbx.xml", DIALECTS[0])
    assert exported.objects == [saved.objects[0]._replace(line=0)]


@pytest.mark.parametrize("messages", [[row(cn="x"), END]])
def test_the_table_of_the_fuzzer_is_read(messages):
    assert read_table_users(table(*messages), "users.json", DIALECTS[0]).objects
