"""Lines of a document: the same text in whatever blocks it comes, and whatever is no text in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.files.writing import encoded
from auditor.sources.parse.lines import LineReader

_BYTES = st.lists(
    st.sampled_from(
        [
            b"a",
            b"\r",
            b"\n",
            b"\r\n",
            b" ",
            "ä".encode(),
            "ş".encode(),
            "😀".encode(),
            b"\xff",
            b"\xe2",
        ]
    ),
    max_size=30,
).map(b"".join)


@given(_BYTES, st.integers(1, 40))
def test_lines_are_those_of_the_whole_text(content, size):
    reader = LineReader([content[at : at + size] for at in range(0, len(content), size)], "x")
    found = [line for _, lines in reader for line in lines]
    whole = content.decode(errors="replace").split("\n")
    wanted = [line.removesuffix("\r") for line in whole]
    assert found == (wanted if whole[-1] else wanted[:-1])
    bad = [n for n, line in enumerate(content.split(b"\n"), 1) if not _is_text(line)]
    assert reader.undecodable == (bad[0] if bad else 0)


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text("aäş😀\n", max_size=20), st.sampled_from([0, 1, (1 << 16) - 3, 1 << 16, 1 << 17]))
def test_a_text_in_pieces_is_the_same_text(text, before):
    whole = "x" * before + text
    assert b"".join(encoded(whole)) == whole.encode()
