"""Text that is safe to look at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.report.text import ascii_only, prose, visible


@given(st.text(st.characters()), st.integers(1, 50))
def test_visible_text_is_printable(value, limit):
    shown = visible(value, limit)
    assert shown.isprintable()
    shown.encode()


@given(st.text(st.characters()))
def test_prose_keeps_nothing_but_line_breaks(value):
    assert all(line.isprintable() for line in prose(value).split("\n"))


@given(st.text())
def test_ascii_is_ascii(value):
    assert ascii_only(value).isascii()


def test_german_names_stay_as_they_are():
    assert visible("Jürgen Weiß\u00a0(München)") == "Jürgen Weiß (München)"


def test_prose_keeps_paragraphs_and_drops_indentation():
    assert prose("  One\n    two.\n\n\n\nThree.\n") == "One\ntwo.\n\nThree."


def test_prose_is_cut():
    assert prose("a" * 30, 10) == "a" * 9 + "…"
