"""Every output is as it was: what people and programs read changes only on purpose."""

from __future__ import annotations

import pytest

from tests.golden import difference
from tests.golden.files import EXPECTED, RENEW, read, rewrite
from tests.golden.form import kept, steady
from tests.golden.targets import TARGETS, produce

# A repository is cloned more often than its golden files change.
MOST_OCTETS = 1_700_000


@pytest.mark.parametrize("name", TARGETS)
def test_outputs_are_as_the_golden_files_say(name, tmp_path):
    expected, made = read(EXPECTED / name), produce(name, tmp_path)
    if expected != made:
        shown = difference.lines(expected, made, 60), difference.summary(expected, made)
        advice = f"if it is meant to be so: `{RENEW}`, read the difference, commit it as well"
        pytest.fail("\n\n".join(["", *shown, advice]), pytrace=False)


def test_each_golden_file_belongs_to_a_target():
    assert {name.partition("/")[0] for name in read(EXPECTED)} == set(TARGETS)


def test_golden_files_stay_small():
    assert sum(len(text.encode()) for text in read(EXPECTED).values()) <= MOST_OCTETS


def test_the_difference_names_each_file_and_is_bounded():
    old = {"same": "a\n", "gone": "a\n", "other": "a\nb\n"}
    new = {"same": "a\n", "new": "a\n", "other": "a\n" + "c\n" * 500}
    assert difference.differing(old, new) == ["gone", "new", "other"]
    *rows, total = difference.summary(old, new).splitlines()
    assert [row.split()[0] for row in rows] == ["gone", "new", "other"]
    assert total == " 3 files, 501 lines added, 2 removed"
    shown = difference.lines(old, new, 20).splitlines()
    assert len(shown) == 21
    assert "-b" in shown
    assert difference.lines(new, new) == ""


def test_rewriting_leaves_what_is_made_and_nothing_else(tmp_path):
    rewrite(tmp_path, {"a/one": "1\r\n", "a/two": "2"})
    rewrite(tmp_path, {"a/one": "1\r\n", "b/three": "ß"})
    assert read(tmp_path) == {"a/one": "1\r\n", "b/three": "ß"}


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("a.json", '{"a": 1}', '{"a":1}'),
        ("a.json", '{\n"a": 1}', '{\n "a": 1}'),
        ("a.html", "<p>a</p>", "<p>a </p>"),
        ("a.html", "<style>p{}</style>", "<style>p {}</style>"),
        ("a.csv", "a\r\n", "a\n"),
    ],
)
def test_the_form_notices_a_space(name, one, other):
    assert kept(name, one) != kept(name, other)


def test_what_changes_by_itself_is_not_kept():
    page = '<script type="application/octet-stream" id="x">{}</script> at 127.0.0.1:{}'
    one, other = (
        page.replace("{}", octets, 1).format(port) for octets, port in (("eJx", 4), ("eNp", 5))
    )
    assert steady(one.encode(), {":4": ":P"}) == steady(other.encode(), {":5": ":P"})
