"""Names of folders: readable, ASCII, and taken by every file system."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.values.file_names import readable

RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{n}{i}" for n in ("COM", "LPT") for i in range(10))}


@pytest.mark.parametrize(("text", "expected"), [
    ("PBX Köln", "PBX-Koeln"),
    (unicodedata.normalize("NFD", "PBX Köln"), "PBX-Koeln"),
    ("Düsseldorf / Außenstelle", "Duesseldorf-Aussenstelle"),
    ("ÄÖÜ STRAẞE", "AeOeUe-STRASSE"),
    ("Zürich, Genève; São Paulo", "Zuerich-Geneve-Sao-Paulo"),
    ("København Łódź Đà Nẵng Þórshöfn Œuvre", "Kobenhavn-Lodz-Da-Nang-Thorshoefn-Oeuvre"),
    ("ﬁrma №5", "firma-No5"),
    ("pbx.example.com", "pbx.example.com"),
    ("../../etc/passwd", "etc-passwd"),
    ("..", ""),
    ("Мюнхен", ""),
    ("CON", "pbx-CON"),
    ("nul.example.com", "pbx-nul.example.com"),
    ("com1", "pbx-com1"),
    ("LPT²", "pbx-LPT2"),
    ("console", "console"),
    ("name. ", "name"),
    ("-rf", "rf"),
])  # fmt: skip
def test_a_name_is_spelt_as_people_would(text, expected):
    assert readable(text) == expected


@given(st.text(max_size=200))
def test_every_file_system_takes_it(text):
    name = readable(text)
    assert name.isascii()
    assert not set(name) & set('<>:"/\\|?* \x00')
    assert name == name.strip("-._ ")
    assert name.partition(".")[0].upper() not in RESERVED
    assert len(name) <= 64
    assert readable(name) in {name, f"pbx-{name}"}
