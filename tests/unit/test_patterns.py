"""Patterns for names: whole names only, nobody in particular is nobody, and no name takes ages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.values.patterns import (
    MAX_NAME,
    check_pattern,
    check_search,
    compile_pattern,
    found_in,
    matches,
)
from tests.fixtures.sentences import sentence

NARROW = [
    "hot-desk-base",
    r"s\.gruenwald",
    "s.gruenwald",
    "lobby.*",
    ".*lobby.*",
    "(lobby|entrance)-[0-9]{1,2}",
    "0090334a11.*",
    "[1-3][0-9]{2}",
    "857",
    "857|858",
    "a",
    r"hot-desk-base \(Hot Desk Base\)",
    "Grünwald, Sabine",
    "IP filter",
    "^lobby-1$",
]
WIDE = [
    "",
    ".*",
    ".+",
    "^.*$",
    "^.+$",
    "(.*)",
    ".?.*",
    ".{1,60}",
    ".{3,}",
    "[^x]*",
    "[^@]+",
    r"\w+",
    r"\S*",
    r"[\s\S]*",
    "[a-z]+",
    "[a-z.]+",
    r"[a-z]\..*",
    "[0-9]+",
    "[0-9]{3}",
    r"\d{4}",
    "[0-9a-f]{12}",
    "a.*",
    ".*e",
    ".*-.*",
    ".*.",
    "1[0-9]*",
    "(lobby|.*)",
    "x*",
    ".",
    "[a-z0-9]",
]
NO_PATTERN = [
    "(",
    "[a",
    "a{2,1}",
    "*",
    "(?P<a>x)(?P<a>y)",
    "a" * 201,
    "[[a]",
    "(?<=a*)b",
    "(?!lobby).*",
    r"(a)\1",
    "a++",
    "(?>a)b",
    "(?#x)a",
    r"a\Z",
    "a{,3}",
]
SLOW = [
    "(a+)+b",
    "(a*)*b",
    "(a|a)*b",
    "a*a*a*b",
    "(a?){50}b",
    "a?a?a?a?a?a?a?aaaaaaa",
    "(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)b",
    "(?x)(a+) +b",
    "(?i:a)b",
]


def any_of(*names):
    return "|".join(map(sentence, names))


@pytest.mark.parametrize("pattern", NARROW)
def test_it_may_name_somebody(pattern):
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", WIDE)
def test_it_may_not_name_everybody(pattern):
    with pytest.raises(ValueError, match=sentence("too wide")):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", NO_PATTERN)
def test_it_must_be_a_pattern(pattern):
    with pytest.raises(ValueError, match=any_of("not a regular expression", "pattern is longer")):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", SLOW)
def test_it_may_not_keep_anybody_waiting(pattern):
    with pytest.raises(ValueError, match=any_of("too complicated", "no flags")):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", [*WIDE, *NO_PATTERN, *SLOW])
def test_an_error_does_not_repeat_the_pattern(pattern):
    with pytest.raises(ValueError, match=r".") as error:
        check_pattern(f"Geheimnis|{pattern}")
    assert "Geheimnis" not in str(error.value)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("lobby", "lobby", True),
        ("lobby", "LOBBY", True),
        ("lobby", "lobby-2", False),
        ("lobby", "my lobby", False),
        ("lobby", "lobby\n", False),
        ("^lobby$", "lobby\n", False),
        ("lobby.*", "lobby" + "x" * (MAX_NAME - 5), True),
        ("lobby.*", "lobby" + "x" * MAX_NAME, False),
        ("lobby|hall", "lobby-hall", False),
    ],
)
def test_it_matches_whole_names(pattern, name, expected):
    assert matches(compile_pattern(pattern), name) is expected


@given(st.text(min_size=1, max_size=60))
def test_a_name_taken_literally_is_narrow_and_matches_itself(name):
    pattern = check_pattern(re.escape(name))
    assert matches(compile_pattern(pattern), name)


@given(st.text(alphabet=".*+?()|[]^$\\ab1{},", max_size=14))
def test_whatever_passes_misses_the_empty_name_and_most_others(pattern):
    try:
        compiled = compile_pattern(check_pattern(pattern))
    except ValueError:
        return
    strangers = ["", "qxzvkwj", "mwyxbqp", "8361", "2749", "Vbxq Zwkj", "f2c7d19e04cc"]
    assert not all(matches(compiled, name) for name in strangers)
    assert not matches(compiled, "")


BUSY = [
    "^(1+)+$",
    "(1|11)+$",
    "(1*)*2",
    "(.*)*(.*)*(.*)*x",
    "(1?){40}1{40}",
    "(.{0,60}){60}",
    "1{1000}",
]


@pytest.mark.parametrize("pattern", BUSY)
def test_no_number_keeps_a_pattern_busy(pattern):
    """The engine never goes back, so this ends at once; one that does would not before the sun."""
    assert check_search(pattern) == pattern
    assert found_in(pattern, "1" * (MAX_NAME - 1) + "a") in {True, False}
    assert found_in(pattern, "1" * (MAX_NAME + 1)) is None


@pytest.mark.parametrize(
    "pattern",
    [*NO_PATTERN, "(?i)a", "(?:(?:1{999}){999}){999}", r"(\w{100}){100}", "x*+", "a)|(?:b"],
)
def test_a_pattern_for_numbers_must_be_one_and_small(pattern):
    with pytest.raises(
        ValueError, match=any_of("not a regular expression", "no flags", "pattern is longer")
    ) as error:
        check_search(pattern)
    assert pattern not in str(error.value)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("[1-3][0-9]{2}", "0123", True),
        ("^[1-3][0-9]{2}$", "0123", False),
        ("^[1-3][0-9]{2}$", "123", True),
        ("^1|2$", "13", True),
        (r"^\d+$", "٣", True),
        ("a", "\ud800", False),
    ],
)
def test_a_part_of_a_number_is_enough(pattern, text, expected):
    assert found_in(pattern, text) is expected


@given(
    st.text(alphabet="1[2-4]x\\d.*+?^$|(){,}3", max_size=14), st.text(alphabet="0123x", max_size=8)
)
def test_it_finds_what_python_finds(pattern, text):
    try:
        check_search(pattern)
    except ValueError:
        return
    assert found_in(pattern, text) is bool(re.search(pattern, text))
