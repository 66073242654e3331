"""Words that would run out of a page are found wherever they stand."""

from __future__ import annotations

import re
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.report.html import endless
from auditor.report.html.endless import has_endless_word

DATA = '<script type="application/json"'
PIECES = st.sampled_from(
    ["a" * 89, "ä" * 90, "x" * 45, " ", "\n", "+", "/", "=", ",", "<", ">", "-", "_", DATA]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.integers(1, 200))
def test_a_page_is_looked_at_piece_by_piece_as_if_at_once(page, piece):
    shown = page.partition(DATA)[0]
    with mock.patch.object(endless, "_PIECE", piece):
        found = has_endless_word(page)
    assert found == bool(re.search(r"(?<![\w+/=,])\w{90}", shown))


@pytest.mark.parametrize(
    ("page", "is_endless"),
    [
        ("a" * 90, True),
        ("a" * 89, False),
        (f"src=data:image/png;base64,{'a' * 90}", False),
        (f"{DATA}>{'a' * 90}", False),
    ],
)
def test_what_nobody_writes_is_found(page, is_endless):
    assert has_endless_word(page) is is_endless
