"""Waiver files: whole or refused, with the line; written so that they read back the same."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import WaiverFileError
from auditor.waivers.waiver_file import addition, format_waiver, known_rules, parse_waivers
from tests.fixtures.pbx import TODAY
from tests.fixtures.sentences import sentence
from tests.fixtures.waivers import RULES, waiver, waiver_text

PATH = Path("waivers.toml")
GOOD = """\
# Agreed in November.
[[waivers]]
rule = "HD-04"
name = "base"
reason = "Agreed"
owner = "K. Koerner"
approver = "A. Muster"
ticket = "SEC-1"
created = 2026-11-01
expires = 2027-01-31
"""
SECOND = GOOD.replace("base", "lobby-.*")


def entries(text, today=TODAY, rules=RULES):
    return parse_waivers(PATH, text).entries(rules, today)


def changed(line, *, text=GOOD):
    """Return the good file with a line in place of the one that has the same key."""
    key = line.partition(" ")[0]
    return re.sub(rf"^{key} = .*$", lambda _: line, text, flags=re.MULTILINE)


def without(key):
    return re.sub(rf"^{key} = .*\n", "", GOOD, flags=re.MULTILINE)


REFUSED = {
    "no TOML": (GOOD + "rule", 11, sentence("not valid TOML")),
    "a key twice": (GOOD + 'owner = "X"\n', 11, sentence("not valid TOML")),
    "another table": (GOOD + "[owners]\n", 11, sentence("unknown key", keys="owners")),
    "a misspelt table": (
        GOOD.replace("[[waivers", "[[waiver"),
        2,
        sentence("unknown key", keys="waiver"),
    ),
    "one table": (GOOD.replace("[[waivers]]", "[waivers]"), 2, "waivers"),
    "an unknown key": (
        changed('owner = "X"\nowners = "Y"'),
        7,
        sentence("unknown key", keys="owners"),
    ),
    "an unknown control": (changed('rule = "HD-99"'), 3, sentence("no such control")),
    "an empty control": (changed('rule = ""'), 3, "rule"),
    "a number": (changed("reason = 5"), 5, "reason"),
    "an empty reason": (changed('reason = "  "'), 5, "reason"),
    "an endless reason": (changed(f'reason = "{"x" * 2001}"'), 5, "reason"),
    "no pattern": (changed('name = "("'), 4, "name: " + sentence("not a regular expression")),
    "a wide pattern": (changed('name = ".*"'), 4, "name: " + sentence("too wide")),
    "an empty pattern": (changed('name = ""'), 4, "name: " + sentence("too wide")),
    "a slow pattern": (changed('name = "(a+)+b"'), 4, "name: " + sentence("too complicated")),
    "no guid": (changed('name = "base"\nguid = "the base user"'), 5, "guid"),
    "two selectors": (changed('name = "base"\nsubject = "x"'), 2, sentence("exactly one selector")),
    "no selector": (without("name"), 2, sentence("exactly one selector")),
    "expires before created": (
        changed("expires = 2026-10-31"),
        10,
        "expires: " + sentence("before it was created"),
    ),
    "too long": (
        changed("expires = 2027-11-03"),
        10,
        "expires: " + sentence("too long after it was created", count=366),
    ),
    "from the future": (
        changed("created = 2026-11-23"),
        9,
        sentence("created in the future", day="2026-11-23"),
    ),
    "a quoted day": (
        changed('expires = "2027-01-31"'),
        10,
        "expires: " + sentence("a day without quotation marks"),
    ),
    "a time": (
        changed("expires = 2027-01-31T00:00:00Z"),
        10,
        "expires: " + sentence("a day without quotation marks"),
    ),
    "a number for a day": (
        changed("expires = 20270131"),
        10,
        "expires: " + sentence("a day without quotation marks"),
    ),
    "no hash": (GOOD + 'configuration = "abc"\n', 11, "configuration"),
    "the same twice": (GOOD + GOOD, 12, sentence("same control", line=2)),
    "a wrong second one": (
        GOOD + changed('name = ".+"', text=SECOND),
        14,
        "name: " + sentence("too wide"),
    ),
    "a list": ("waivers = 5\n", 1, "waivers"),
    "a list of numbers": ("x = 1\nwaivers = [5]\n", 2, "waivers"),
    **{
        f"no {key}": (without(key), 2, sentence("key is missing", keys=key))
        for key in ("rule", "reason", "owner", "approver", "ticket", "created", "expires")
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_file_is_refused_with_its_line(name):
    text, line, said = REFUSED[name]
    with pytest.raises(WaiverFileError) as error:
        entries(text)
    assert re.search(said, error.value.message, re.DOTALL), error.value.message
    assert error.value.where == f"waivers.toml:{line}"
    assert error.value.advice


def places(error):
    return [str(one.where.line) for one in (error, *error.further)]


def test_all_that_is_wrong_is_told_at_once():
    """Missing keys, which the form asks for, and what is known once the form is right."""
    with pytest.raises(WaiverFileError) as error:
        entries('[[waivers]]\nrule = "HD-04"\n\n[[waivers]]\nrule = "HD-05"\nname = "x"\n')
    assert places(error.value) == ["1"] * 6 + ["4"] * 6
    unknown, early = GOOD.replace("HD-04", "XX-99"), GOOD.replace("2026-11-01", "2026-12-24")
    with pytest.raises(WaiverFileError) as error:
        entries(unknown + early.replace("base", "other") + SECOND + SECOND)
    assert len(places(error.value)) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_good_file_is_read_with_the_lines_of_its_waivers(end):
    found = entries((GOOD + SECOND).replace("\n", end))
    assert [(e.line, e.place, e.rule) for e in found] == [
        (2, "waivers.toml:2", "HD-04"),
        (12, "waivers.toml:12", "HD-04"),
    ]


@pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "waivers = []\n"])
def test_a_file_without_waivers_is_one(text):
    assert entries(text) == ()


def test_a_text_of_several_lines_does_not_shift_the_lines():
    trap = 'reason = """\n[[waivers]]\n"""'
    found = entries(changed(trap) + SECOND)
    assert [e.line for e in found] == [2, 14]


def test_days_at_the_edge_are_allowed():
    assert entries(changed("created = 2026-11-22"))
    assert entries(changed("expires = 2027-11-02"))
    assert entries(changed("expires = 2026-11-01"))


def test_a_waiver_that_expired_is_still_one():
    assert entries(GOOD, date(2029, 1, 1))


@pytest.mark.parametrize("same", ['guid = "AA11"', 'guid = "aa11"'])
def test_a_guid_in_another_spelling_is_the_same(same):
    first = GOOD.replace('name = "base"', 'guid = "aa11"')
    with pytest.raises(WaiverFileError, match=sentence("same control")):
        entries(first + GOOD.replace('name = "base"', same))


def test_a_control_is_known_by_its_aliases_and_the_same_under_each():
    rules = {**RULES, "HD-04": replace(RULES["HD-04"], aliases=["OLD-04"])}
    old = GOOD.replace("HD-04", "OLD-04")
    assert [e.rule for e in entries(old, rules=rules)] == ["HD-04"]
    with pytest.raises(WaiverFileError, match=sentence("same control")):
        entries(GOOD + old, rules=rules)


def test_an_alias_does_not_take_the_place_of_a_control():
    rules = {**RULES, "HD-05": replace(RULES["HD-05"], aliases=["HD-04"])}
    assert known_rules(rules)["HD-04"] == "HD-04"


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_quotes_no_value(name):
    text, _, _ = REFUSED[name]
    secret = "Geheimnis-4711"
    with pytest.raises(WaiverFileError) as error:
        entries(text.replace("Agreed", secret).replace("K. Koerner", secret))
    assert secret not in str(error.value)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)


@given(st.fixed_dictionaries(dict.fromkeys(("reason", "owner", "approver", "ticket"), TEXTS)))
def test_what_is_written_reads_back_the_same(given_texts):
    made = waiver(**given_texts)
    assert parse_waivers(PATH, format_waiver(made)).waivers == (made,)


@pytest.mark.parametrize(
    "before",
    ["", "\n", "# a note", GOOD, GOOD.rstrip("\n"), GOOD.replace("\n", "\r\n"), GOOD + "\n\n"],
)
def test_an_addition_leaves_what_was_there_and_its_line_ends(before):
    made = waiver(name="lobby-1", expires=TODAY + timedelta(1))
    after = before + addition(before, made)
    content = tomllib.loads(after)["waivers"]
    assert len(content) == before.count("[[waivers]]") + 1
    assert parse_waivers(PATH, after).waivers[-1] == made
    assert ("\r\n" in after) is ("\r\n" in before)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in after
    assert after.endswith("\n")


@pytest.mark.parametrize("before", ["# a note", "# a note\n", GOOD, GOOD.rstrip("\n")])
def test_an_addition_stands_apart_by_one_blank_line(before):
    for text in (before, before.replace("\n", "\r\n")):
        after = text + addition(text, waiver(name="lobby-1", expires=TODAY + timedelta(1)))
        lines = after.replace("\r\n", "\n").split("\n")
        start = len(lines) - 1 - lines[::-1].index("[[waivers]]")
        assert lines[start - 1] == ""
        assert lines[start - 2] == before.rstrip("\n").split("\n")[-1]


@pytest.mark.slow
def test_a_file_of_many_waivers_is_read_in_no_time_even_when_one_is_wrong():
    many = waiver_text(*(waiver(name=f"lobby-{n}") for n in range(2000)))
    with pytest.raises(WaiverFileError) as error:
        entries(many + "\n" + changed('name = ".*"'))
    assert error.value.where.endswith(f":{many.count(chr(10)) + 1 + 4}")
