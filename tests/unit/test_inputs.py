"""What a parser returns is bounded, and what is not is one error that quotes nothing."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import SiteFileError, WaiverFileError
from auditor.files.inputs import MOST_DEPTH, read_bytes
from auditor.files.json_reading import JsonError, parse_json
from auditor.files.toml_reading import TomlError, parse_toml
from auditor.site.site_file import load_site_file, parse_site_file
from auditor.waivers.waiver_file import parse_waivers
from tests.fixtures.sentences import sentence

CANARY = "c4nary"
NO_JSON = {
    "nothing": b"",
    "long number": b"[" + b"9" * 5000 + b"]",
    "long number that Python takes": b"[" + b"9" * 4000 + b"]",
    "65 bits": b"123456789012345678901",
    "infinite": b"[1e999]",
    "constant": b"[Infinity]",
    "no number": b'{"c4nary": NaN}',
    "deep": b"[" * 100_000,
    "deep and whole": b'{"a":' * 500 + b"1" + b"}" * 500,
    "deeper than allowed": b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1),
    "lone surrogate": b'["c4nary\\ud800"]',
    "lone surrogate in a key": b'{"\\uDFFFc4nary": 1}',
    "surrogates in the wrong order": b'["\\udc00\\ud800"]',
    "surrogate in UTF-8": b'["\xed\xa0\x80c4nary"]',
    "no UTF-8": b'["\xff"]',
    "cut": b'{"c4nary": ',
    "two": b"1 2",
}
NO_TOML = {
    "long number": "x = " + "9" * 5000,
    "long number that Python takes": "x = " + "9" * 4000,
    "hexadecimal": "x = 0x" + "f" * 5000,
    "65 bits": "x = 9223372036854775808",
    "negative": "x = [[-9223372036854775809]]",
    "infinite": "x = -inf",
    "overflow": "x = 1e999",
    "no number": "x = {c4nary = nan}",
    "deep": "x = " + "[" * 100_000,
    "deep and whole": "x = " + "[" * 100 + "]" * 100,
    "deep tables": "x = " + "{a = " * 100 + "1" + "}" * 100,
    "deep names": ".".join(["c4nary"] * 20_000) + " = 1",
    "deep header": f"[{'.'.join(['a'] * 20_000)}]",
    "deep quoted names": ". ".join(["'a b'", '"c"'] * 20_000) + " = 1",
    "surrogate": 'x = "\\ud800"',
    "cut": "x = [c4nary",
}


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json_is_one_error(name):
    with pytest.raises(JsonError) as error:
        parse_json(NO_JSON[name])
    assert CANARY not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", NO_TOML)
def test_what_is_no_toml_is_one_error(name):
    with pytest.raises(TomlError) as error:
        parse_toml(NO_TOML[name])
    assert CANARY not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        ("[1]".encode("utf-16"), [1]),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"-9223372036854775808", -(2**63)),
        (b"[" * MOST_DEPTH + b"]" * MOST_DEPTH, json.loads(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH)),
    ],
)
def test_what_is_json_is_read(content, expected):
    assert parse_json(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'"caf\\ud83d"', "caf?"),
        (b'{"\\udead": ["\\ud800 \\ud83d\\ude00"]}', {"?": ["? 😀"]}),
    ],
)
def test_evidence_that_a_box_cut_inside_a_character_is_mended(content, expected):
    assert parse_json(content, mended=True) == expected


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_honest_values_come_through(value):
    assert parse_json(json.dumps(value)) == value
    assert (
        parse_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value
    )


@given(st.binary(max_size=60) | st.text(alphabet='[]{}"\\,:0123456789.eE-ud8def \n', max_size=60))
def test_any_text_is_json_or_one_error(content):
    for mended in (False, True):
        try:
            value = parse_json(content, mended=mended)
        except JsonError:
            continue
        json.dumps(value, ensure_ascii=False).encode()


@given(st.text(alphabet="[]{}\"'\\,=.0123456789abinfe-+_: \n#", max_size=80))
def test_any_text_is_toml_or_one_error(text):
    with contextlib.suppress(TomlError):
        parse_toml(text)


@pytest.mark.parametrize("name", NO_TOML)
def test_no_site_or_waiver_file_gets_further(name, tmp_path):
    with pytest.raises(SiteFileError):
        parse_site_file(NO_TOML[name], tmp_path / "site.toml")


def test_a_file_is_read_no_further_than_it_can_be_of_use(tmp_path):
    (tmp_path / "site.toml").write_bytes(b"#" * 5_000_000)
    with pytest.raises(SiteFileError, match=sentence("larger")):
        load_site_file(tmp_path / "site.toml")
    with pytest.raises(OSError, match=sentence("larger")):
        read_bytes(tmp_path / "site.toml", 4_999_999)
    assert len(read_bytes(tmp_path / "site.toml", 5_000_000)) == 5_000_000


def test_a_text_that_looks_like_thousands_of_waivers_costs_no_more_than_one():
    """Each head of a waiver inside a text would be looked at with all that is before it."""
    quoted = "[[waivers]]\n" * 5_000
    text = f'[[waivers]]\nreason = """\n{quoted}"""\nwrong = 1\n'
    with pytest.raises(WaiverFileError):
        parse_waivers(Path("waivers.toml"), text)
