"""Which passwords are the same: with the key, without it, and by tags of before an interruption."""

from __future__ import annotations

import pytest

from auditor.passwords.comparing import NOT_COMPARED, Comparisons
from auditor.passwords.context import haystack, occurs
from auditor.passwords.fields import (
    LengthEstimate,
    Opener,
    band,
    field_of,
    open_beginnings,
    same_field,
)
from auditor.passwords.tags import is_tag, same_length, tag_of
from auditor.pbx import crypt
from tests.fixtures.sentences import sentence

KEY = bytes(range(16))
ADMIN = "pbx password"


def field(secret, size=24):
    return crypt.encrypt(KEY, secret, size).hex()


def tag(secret, size=24):
    return tagger(field(secret, size))


def tagger(stored):
    return tag_of(stored, b"key")


def comparisons(*stored, key=None, admin=None):
    return Comparisons(stored, admin, None if key is None else Opener(key), tagger)


def shown(stored, *others, key=None, admin=None):
    found = comparisons(stored, *others, key=key, admin=admin).compare(stored)
    return found.shared_with, found.group is not None, found.equals_pbx


@pytest.mark.parametrize("key", [KEY, None])
@pytest.mark.parametrize(
    ("others", "shared"),
    [([], 0), (["b"], 0), (["a"], 1), (["a", "a", "b"], 2)],
)
def test_equal_fields_share_a_password(key, others, shared):
    found = shown(field("a"), *map(field, others), key=key)
    assert found[:2] == (shared, shared > 0)


def test_letters_of_hex_digits_may_be_large_or_small():
    assert shown(field("a").upper(), field("a"))[0] == 1


@pytest.mark.parametrize(("key", "same", "other"), [(KEY, 1, 0), (None, None, 0)])
def test_fields_of_two_sizes_are_compared_with_the_key_only(key, same, other):
    assert shown(field("a"), field("a", 16), key=key)[0] == same
    assert shown(field("a"), field("b", 16), key=key)[0] == other


@pytest.mark.parametrize("other", ["zz", "0102"])
def test_beside_a_value_that_is_no_field_nothing_is_certain(other):
    assert shown(field("a"), other)[0] is None
    assert shown(field("a"), field("a"), other)[0] == 1


@pytest.mark.parametrize(
    ("others", "shared"),
    [
        ([tag("b")], 0),
        ([tag("a")], 1),
        ([tag("a"), tag("a", 16)], 1),
        ([tag("b"), tag("b", 16)], None),
        ([tag("b", 16)], None),
        ([field("a"), tag("b")], 1),
        ([field("b"), tag("c")], 0),
        ([field("b"), field("b", 16), tag("c")], None),
    ],
)
@pytest.mark.parametrize("first", [field("a"), tag("a")])
@pytest.mark.parametrize("key", [KEY, None])
def test_tags_are_compared_where_they_are_of_fields_of_one_size(first, others, shared, key):
    if not is_tag(first) and not any(map(is_tag, others)):
        pytest.skip("no tag takes part")
    assert shown(first, *others, key=key)[0] == shared


@pytest.mark.parametrize("key", [KEY, None])
@pytest.mark.parametrize(
    ("secret", "size", "equals"),
    [(ADMIN, 24, True), ("other", 24, False), (ADMIN, 16, None), ("other", 16, False)],
)
def test_a_password_is_compared_with_that_of_the_pbx(key, secret, size, equals):
    found = shown(field(secret, size), key=key, admin=field(ADMIN).upper())[2]
    assert found == (equals if key is None else secret == ADMIN)


def test_without_a_password_of_the_pbx_nothing_is_the_same():
    assert shown(field("a"))[2] is None
    assert shown(tag("a"), admin=field("a"))[2] is True
    assert shown(tag("a"), admin=field("b"))[2] is False


def test_no_password_at_all_is_not_that_of_the_pbx():
    assert shown(field(""), key=KEY, admin=field(""))[2] is False


class TestClearTexts:
    def test_are_compared_with_the_key_only(self):
        assert comparisons(field("a")).compare_clear(b"a", []) == NOT_COMPARED
        assert comparisons(tag("a"), key=KEY).compare_clear(b"a", []) == NOT_COMPARED

    @pytest.mark.parametrize(
        ("own", "others"), [([], 2), ([field("a")], 1), ([None, field("b")], 2)]
    )
    def test_do_not_count_the_own_one(self, own, others):
        known = comparisons(field("a"), field("a"), field("b"), key=KEY, admin=field(ADMIN))
        found = known.compare_clear(b"a", own)
        assert (found.shared_with, found.equals_pbx) == (others, False)
        assert known.compare_clear(ADMIN.encode(), own).equals_pbx is True

    def test_are_not_certain_beside_a_value_that_is_no_field(self):
        assert comparisons(field("a"), key=KEY).compare_clear(b"x", []).shared_with == 0
        assert comparisons("zz", key=KEY).compare_clear(b"x", []).shared_with is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("0102", "", None),
        ("0102", "0102", True),
        ("0102", "0103", False),
        ("0102", "010203", None),
        ("010203", "0102", None),
        ("0103", "010203", False),
        (tag("a"), tag("a"), True),
        (tag("a"), tag("b"), False),
        (tag("a"), tag("a", 16), None),
        (tag("a"), field("a"), None),
    ],
)
def test_an_equal_beginning_proves_nothing(one, other, expected):
    assert same_field(one, other) is expected


def test_beginnings_that_fields_of_both_sizes_have_are_open():
    short, long = field("a", 16), field("a")
    assert open_beginnings([short, long, field("b")]) == {short}
    assert open_beginnings([short, field("b")]) == frozenset()
    assert open_beginnings([long]) == frozenset()


def test_a_tag_tells_the_length_and_whether_passwords_are_equal():
    assert tag("a") == tagger(field("a").upper()) != tag("b")
    assert tagger(tag("a")) == tag("a")
    assert tagger("0000") == "0000"
    assert same_length(tag("a"), tag("b"))
    assert not same_length(tag("a"), tag("a", 16))
    assert is_tag(tag("a"))
    assert not is_tag(field("a"))
    assert tag_of(field("a"), b"other") != tag("a")


@pytest.mark.parametrize(
    ("stored", "is_one"),
    [
        (None, False),
        ("", False),
        ("zz", False),
        ("00" * 16, True),
        ("00" * 24, True),
        ("00" * 20, False),
    ],
)
def test_a_field_has_one_of_two_sizes(stored, is_one):
    assert (field_of(stored) is not None) is is_one


def test_bands_have_no_holes():
    for length in range(1, 72):
        lower, upper = band(length)
        assert lower <= length <= upper
        assert band(upper) == (lower, upper) or length >= lower


class TestLengths:
    SECRETS = ("a", "b", "c", "d", "eeeee", "ffffff")

    def test_show_by_the_padding_of_many(self):
        known = LengthEstimate([field(secret) for secret in self.SECRETS])
        found = [known.length(bytes.fromhex(field(secret))) for secret in self.SECRETS]
        assert found == [None, None, None, None, 5, 6]

    @pytest.mark.parametrize("count", [1, 4])
    def test_do_not_show_where_there_are_few(self, count):
        known = LengthEstimate([field(secret) for secret in self.SECRETS[:count]])
        assert known.length(bytes.fromhex(field("eeeee"))) is None

    def test_do_not_show_where_no_column_is_padding(self):
        long = [field(letter * 24) for letter in "abcdef"]
        assert LengthEstimate(long).length(bytes.fromhex(long[0])) is None

    def test_of_one_size_say_nothing_of_the_other(self):
        known = LengthEstimate([field(secret) for secret in self.SECRETS])
        assert known.length(bytes.fromhex(field("eeeee", 16))) is None


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("anna", "xxANNAxx", True),
        ("anna", "xxannxx", False),
        ("abcd", "xxdcbaxx", True),
        ("abcdef", "abchotdeskdef", True),
        ("fedcba", "abchotdeskdef", True),
        ("abcdeg", "abchotdeskdef", False),
        ("anna", "@nn4", True),
    ],
)
def test_a_word_occurs_as_it_is_reversed_or_around_another(word, text, expected):
    assert occurs([word], haystack(text, ["hotdesk"])) is expected


def test_rc4_needs_a_key():
    with pytest.raises(ValueError, match=sentence("RC4 needs a key")):
        crypt.rc4(b"", b"x")
