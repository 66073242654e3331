"""What is written as TOML is read back as it was, whatever characters it holds."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from auditor.files.toml_writing import quoted

# Everything that a terminal or a file in UTF-8 can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT)
def test_any_text_is_quoted_so_that_it_comes_back(text):
    written = quoted(text)
    assert tomllib.loads(f"key = {written}\n") == {"key": text}
    assert written.isprintable()


def test_what_people_read_stands_as_it_is():
    assert quoted("Köln 😀 „x“") == '"Köln 😀 „x“"'
    assert quoted("\u202e\x7f") == '"\\u202e\\u007f"'
