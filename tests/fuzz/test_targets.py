"""The targets of `make fuzz`, with bounded examples: each ends, with nothing or its own error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import main
from tests.fuzz.targets import TARGETS, seeds

SEEDS = list(seeds())
MARKS = [
    b"[" * 500,
    b"{" * 500,
    b"9" * 5000,
    b"1e999",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\0",
    b"a." * 500,
    b"<!DOCTYPE a>",
    b"</a>" * 200,
    b"<a>" * 500,
    b"PK\3\4",
    b"::error::",
    b"(a+)+",
    b"&#xd800;",
    b"\r",
    b"\n",
    b'"',
    b"'",
]
PIECES = st.one_of(st.binary(max_size=40), st.sampled_from(MARKS))


@st.composite
def inputs(draw):
    """Return some bytes, or a good document with pieces cut out and put in."""
    data = draw(st.one_of(st.sampled_from(SEEDS), PIECES))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 300)))
        data = data[:start] + draw(PIECES) + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=60)
@given(data=inputs())
def test_it_ends_with_nothing_or_its_own_error(name, data):
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("data", [b"", *MARKS])
def test_so_it_does_for_what_has_hurt_before(name, data):
    TARGETS[name](data)


def test_without_atheris_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["10"]) == 0
    assert "skipped" in capsys.readouterr().out
