"""A list of names is whole, of objects alone, and refused with a reason where it is not."""

from __future__ import annotations

import pytest

from auditor.errors import SourceError
from auditor.messages.message import Message
from auditor.model.snapshot import Box
from auditor.sources.parse.version import read_version_text
from tests.fixtures.pbx import read_names

ONE = '<user guid="1" cn="A" h323="a"/>'


def names(text, size=None):
    data = text.encode()
    step = size or len(data) or 1
    blocks = [data[at : at + step] for at in range(0, len(data), step)]
    return read_names(blocks, "list").entries


@pytest.mark.parametrize("size", [None, 1, 7])
@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (f"<r>{ONE}</r>", (("1", "A", "a"),)),
        (f" \n<?xml version='1.0'?><r>{ONE}<user cn='B'/></r>", (("1", "A", "a"), ("", "B", ""))),
        (f"<r>{ONE}<lic/><info><x/></info><user guid='2'/></r>", (("1", "A", "a"), ("2", "", ""))),
        ("<r><user cn='A'><pseudo type='x'/><ep/></user></r>", (("", "A", ""),)),
        (f"<user>{ONE}</user>", (("1", "A", "a"),)),
    ],
)
def test_each_object_below_the_root_is_named(text, entries, size):
    assert names(text, size) == entries


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<r/>",
        "<r><lic/></r>",
        f"<r>{ONE}",
        f"<r>{ONE}</x>",
        f"<r>{ONE}</r><r/>",
        f"<r>{ONE}<odd/></r>",
        f"<r>{ONE}<user h323='x'/></r>",
        f"<r>{ONE}<lic>{ONE}</lic></r>",
        f"<r>{ONE}<lic><x>{ONE}</x></lic></r>",
        f"<!DOCTYPE r><r>{ONE}</r>",
        f"<?xml version='1.0' encoding='x-odd'?><r>{ONE}</r>",
    ],
)
def test_what_is_no_whole_list_is_refused_with_a_reason(text):
    with pytest.raises(SourceError) as refused:
        names(text)
    assert refused.value.where == "list"
    assert isinstance(refused.value.advice, Message)
    assert isinstance(refused.value.message, Message)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("13r3 final IP411[13.5202]", Box("", "IP411", "13r3 final", "s")),
        (" 13r3  IP411 [x][y]", Box("", "IP411", "13r3", "s")),
        ("IP411[x]", Box("", "IP411", "", "s")),
        ("IP411 IP411", Box("", "IP411", "IP411", "s")),
        ("[x]", Box("", "", "", "s")),
        ("", Box("", "", "", "s")),
    ],
)
def test_a_version_names_firmware_and_product(text, box):
    assert read_version_text(text, "s") == box
