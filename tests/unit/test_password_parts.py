"""The parts that judge passwords: words, tags, lengths and scores, each by itself."""

from __future__ import annotations

import pytest
from zxcvbn import zxcvbn

from auditor.passwords.context import inputs, longest_first, singles
from auditor.passwords.fields import LengthEstimate, band, same_field
from auditor.passwords.scoring import Scorer, ScoringJob
from auditor.passwords.tags import is_tag, same_length, tag_of

KEY = b"k" * 32
ONE, OTHER = "11" * 16, "22" * 24


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("a-bc", {"a-bc", "bc"}),
        ("MiaMüller", {"miamüller", "mia", "müller", "mueller"}),
        ("x", set()),
    ],
)
def test_words_fall_into_parts_of_two_characters_at_least(word, parts):
    found = set(singles([word]))
    assert parts <= found
    assert all(len(part) > 1 for part in found)


def test_words_are_joined_with_each_other_and_not_with_themselves():
    found = set(inputs(("ab", "cd")))
    assert {"ab", "cd", "abcd", "cdab", "ab-cd", "ab.cd", "ab_cd", "ab cd", "ba", "dc"} <= found
    assert not {"abab", "cdcd", "ab-ab"} & found


def test_only_words_that_tell_something_are_removed_longest_first():
    assert longest_first(["ab", "abc", "abcd"]) == ("abcd", "abc")


def test_a_tag_tells_length_and_equality_only():
    tag = tag_of(ONE, KEY)
    assert is_tag(tag)
    assert tag == tag_of(ONE.upper(), KEY)
    assert tag != tag_of(ONE, b"another")
    assert ONE not in tag
    assert tag_of(tag, KEY) == tag
    assert tag_of("00" * 16, KEY) == "00" * 16
    assert not same_length(tag, tag_of(OTHER, KEY))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (tag_of(ONE, KEY), tag_of(ONE, KEY), True),
        (tag_of(ONE, KEY), tag_of("33" * 16, KEY), False),
        (tag_of(ONE, KEY), tag_of(OTHER, KEY), None),
        (tag_of(ONE, KEY), ONE, None),
        (ONE, tag_of(ONE, KEY), None),
        (ONE, ONE, True),
        (ONE, ONE + "ff" * 8, None),
        (ONE, OTHER, False),
        (ONE, "", None),
    ],
)
def test_what_equal_fields_and_tags_prove(one, other, expected):
    assert same_field(one, other) is expected


def field(*tail, fill=0x55):
    """Return a field of 16 bytes that ends with these bytes, as hex."""
    return bytes([*[fill] * (16 - len(tail)), *tail]).hex()


def test_a_length_shows_only_where_most_values_agree_about_the_padding():
    padding = [field(1, 7, 7), field(2, 7, 7), field(3, 7, 7), field(4, 7, 7)]
    differing = [field(9, 7, 5), field(9, 7, 6), field(9, 7, 8)]
    most = LengthEstimate([*padding, *differing])
    assert most.length(bytes.fromhex(differing[0])) == 16
    half = LengthEstimate([*padding, *differing, field(9, 7, 4)])
    assert half.length(bytes.fromhex(differing[0])) is None


def test_few_values_show_no_length():
    few = [field(n, 7, 7) for n in range(4)]
    assert LengthEstimate(few).length(bytes.fromhex(field(9, 7, 5))) is None
    assert LengthEstimate([*few, field(5, 7, 7)]).length(bytes.fromhex(field(9, 7, 5))) == 16


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, (1, 7)), (7, (1, 7)), (8, (8, 9)), (9, (8, 9)), (12, (12, 14)), (24, (24, 999))],
)
def test_the_band_of_a_length(length, expected):
    assert band(length) == expected


def test_guesses_are_rounded_to_one_decimal():
    text = "korrekt-pferd-batterie"
    exact = float(zxcvbn(text)["guesses_log10"])
    shown = Scorer(()).score(ScoringJob(text)).guesses_log10
    assert shown == round(exact, 1)
    assert shown != exact
