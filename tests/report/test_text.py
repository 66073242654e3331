"""Text that is safe to look at."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.report.formats import terminal
from auditor.report.formats.terminal_style import Look
from auditor.report.text import can_write, inert, inert_json, prose, spelt, visible
from tests.report.factory import make_observation, make_report, make_result


@given(st.text(st.characters()), st.integers(1, 50))
def test_visible_text_is_printable(value, limit):
    shown = visible(value, limit)
    assert shown.isprintable()
    shown.encode()


@given(st.text(st.characters()))
def test_prose_keeps_nothing_but_line_breaks(value):
    assert all(line.isprintable() for line in prose(value).split("\n"))


@given(st.text(st.characters()), st.sampled_from(["ascii", "cp1252", "cp850", "latin-1", "utf-8"]))
def test_only_what_an_encoding_lacks_is_spelt_otherwise(value, encoding):
    shown = spelt(value, encoding)
    shown.encode(encoding)
    assert can_write(shown, encoding)
    assert can_write(value, encoding) == (shown == value)


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "cp437", "latin-1", "utf-8"])
def test_umlauts_survive_every_code_page_that_has_them(encoding):
    assert spelt("Größe: „Übung“…", encoding).startswith("Größe: ")


def test_german_names_stay_as_they_are():
    assert visible("Jürgen Weiß\u00a0(München)") == "Jürgen Weiß (München)"


def test_prose_keeps_paragraphs_and_drops_indentation():
    assert prose("  One\n    two.\n\n\n\nThree.\n") == "One\ntwo.\n\nThree."


@pytest.mark.parametrize(
    "text", ["", " a  b ", "a", "a\tb", "a\xa0b", "a\u2028b", "a\x1c b ", "é ü", "a\n\n\n\nb\r\nc"]
)
def test_prose_of_one_line_is_what_lines_come_to(text):
    """Text of one line is made another way than a part of several."""
    whole = prose(f"x\n{text}")
    assert prose(text) == whole.removeprefix("x").strip("\n")


def test_prose_is_cut():
    assert prose("a" * 30, 10) == "a" * 9 + "…"


COMMANDS = [
    "::error::x",
    "::set-output name=a::b",
    "::add-mask::x",
    "::stop-commands::x",
    "  ::warning file=a::b",
    "\t::group::x",
    "##[error]x",
    "##[group]x",
    "text before ##[section]x",
    "##vso[task.setvariable variable=a]b",
    "text ##vso[task.complete result=Succeeded]",
    "##VSO[task.logissue type=error]x",
    "##teamcity[testFailed name='x']",
    "####[error]x",
    "[command]rm",
    "--- open",
    "+++ open",
    "~~~ closed",
    "^^^ +++",
    "travis_fold:start:x",
    "\x1b[0Ksection_start:1560896352:x\r\x1b[0KTitle",
    "section_end:1560896352:x",
    "\x1b]0;title\x07",
    "\x1b[31m::error::x",
    "\x9b31m",
    "a\r::error::x",
    "a\x0b::error::x",
    "a\x85::error::x",
    "a\u2028::error::x",
    "a\u2029::error::x",
    "a\x1c::error::x",
    "\x00::error::x",
    "\u202e::error::x",
]
# As the runners of GitHub, Azure, TeamCity, Travis and Buildkite find them.
RUNNERS = [
    re.compile(r"^\s*::"),
    re.compile(r"##[A-Za-z-]*\["),
    re.compile(r"^\s*\[command\]"),
    re.compile(r"^\s*(travis_|section_)"),
    re.compile(r"^(---|\+\+\+|~~~|\^\^\^)(\s|$)"),
]
OWN_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def acted_upon(text):
    """Return the lines of a log that somebody acts upon."""
    plain = OWN_COLOUR.sub("", text)
    assert "\x1b" not in plain
    assert all(c.isprintable() or c == "\n" for c in plain)
    return [line for line in plain.splitlines() if any(one.search(line) for one in RUNNERS)]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_log_acts_upon_a_text(command):
    assert acted_upon(inert(command)) == []
    assert acted_upon(inert(f"fine\n{command}\nfine\n\n{command}")) == []


@given(st.text(alphabet=":#[]avso-+~^ \n\r\x1b[0Km\x85\u2028", max_size=40))
def test_no_text_at_all_is_acted_upon(text):
    assert acted_upon(inert(text)) == []
    assert acted_upon(inert_json(json.dumps([text], ensure_ascii=False))) == []


@given(st.text())
def test_inert_json_means_the_same(text):
    assert json.loads(inert_json(json.dumps({text: text}, ensure_ascii=False))) == {text: text}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: b",
        "- a\n- b",
        "fe80::1",
        "C# and ## heading",
        "a -- b",
        "ü ß 😀",
        "\x1b[31mred\x1b[0m",
    ],
)
def test_what_is_harmless_stays_as_it_is(text):
    assert inert(text) == text


@pytest.mark.parametrize("width", range(20, 100, 7))
def test_a_name_that_is_wrapped_becomes_no_command(width):
    name = " ".join(["x" * 17, "::error::boo", "##[error]boo", "##vso[task.x]", "--- x"] * 9)
    result = make_result(observations=[make_observation(subject=name, detail=name)])
    text = terminal.render(make_report(result), Look(width=width))
    assert acted_upon(inert(text)) == []
