"""What call filters let through: a table of cases, and a comparison with plain enumeration."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.snapshot import FilterRow
from auditor.pbx import call_filters
from auditor.pbx.call_filters import (
    MAX_DEPTH,
    OpenQuestion,
    UnreadableFilterError,
    blocks_something,
    can_reach,
    is_always_allowed,
    is_ever_allowed,
    reachable_filters,
)
from auditor.pbx.number_classes import NumberSpace, TooComplexError, number_classes
from tests.unit.enumeration import (
    ALPHABET,
    READINGS,
    Enumeration,
    agreed,
    exceptions_spared,
    numbers_behind,
    prefixes_dialled,
    some_filters,
)

TIE, EXHAUSTED, CYCLE, MISSING = (
    OpenQuestion.TIE,
    OpenQuestion.EXHAUSTED,
    OpenQuestion.CYCLE,
    OpenQuestion.MISSING,
)


def row(text):
    """Return a row from `number next [if|unless Boolean]`; `any` stands for no number."""
    number, following, *condition = text.split()
    boolean = condition[1] if condition else ""
    negated = condition[:1] == ["unless"]
    return FilterRow("" if number == "any" else number, following, boolean, negated)


def tables(**filters):
    return {name: tuple(map(row, texts)) for name, texts in filters.items()}


# --- whether any number behind the prefix 0 gets out, emergency numbers aside --------------------

OUTSIDE = NumberSpace(("0",), ("110", "112"))
REACH = {
    "no rows": (tables(a=[]), True, ()),
    "the prefix is blocked": (tables(a=["0 nok"]), False, ()),
    "everything is blocked": (tables(a=["any nok"]), False, ()),
    "another prefix is blocked": (tables(a=["9 nok"]), True, ()),
    "the row is longer than the prefix": (tables(a=["00 nok"]), True, ()),
    "emergency numbers are spared": (tables(a=["0 nok", "0110 ok", "0112 ok"]), False, ()),
    "what begins like an emergency number is spared": (tables(a=["0 nok", "01101 ok"]), False, ()),
    "half an emergency number is not": (tables(a=["0 nok", "011 ok"]), True, ()),
    "an emergency number without the prefix is not": (tables(a=["0 nok", "0210 ok"]), True, ()),
    "ten digits without the bare prefix": (
        tables(a=[f"0{digit} nok" for digit in "0123456789*#"]),
        True,
        (),
    ),
    "ten digits and the prefix": (
        tables(a=["0 nok", *(f"0{digit} nok" for digit in "0123456789")]),
        False,
        (),
    ),
    "a star is no digit": (tables(a=["0 ok", "0? nok"]), True, ()),
    "a hash is neither digit nor star": (tables(a=["0 nok", "0# ok"]), True, ()),
    "a wildcard blocks what a digit would": (tables(a=["?? nok", "0 nok"]), False, ()),
    "a wildcard at the end of a long row": (tables(a=["0 nok", "0123456? ok"]), True, ()),
    "the longest row decides, wherever it stands": (
        tables(a=["00 ok", "0 nok", "00? nok"]),
        True,
        (),
    ),
    "same number, nok first": (tables(a=["0 nok", "0 ok"]), False, ()),
    "same number, ok first": (tables(a=["0 ok", "0 nok"]), True, ()),
    "a Boolean that may be off": (tables(a=["0 nok if N"]), True, ()),
    "a Boolean that may be on": (tables(a=["0 nok unless N"]), True, ()),
    "both states": (tables(a=["0 nok if N", "0 nok unless N"]), False, ()),
    "a row that is off hides nothing": (tables(a=["0 nok", "00 ok if N", "00 nok"]), True, ()),
    "two Booleans cover three of four states": (tables(a=["0 nok if N", "0 nok if M"]), True, ()),
    "two Booleans in one state only": (tables(a=["0 nok", "0 ok if N"]), False, ()),
    "a called filter blocks": (tables(a=["0 b"], b=["any nok"]), False, ()),
    "a called filter allows": (tables(a=["0 b"], b=["0 ok"]), True, ()),
    "a called filter without rows, nothing else": (tables(a=["0 b"], b=[]), True, ()),
    "the second called filter has the match": (
        tables(a=["0 b", "0 c"], b=["9 ok"], c=["0 nok"]),
        False,
        (),
    ),
    "the second row blocks what the first leaves open": (
        tables(a=["0 b", "0 nok"], b=["9 ok"]),
        False,
        (),
    ),
    "a shorter row behind a filter without match": (
        tables(a=["any nok", "0 b"], b=["9 ok"]),
        None,
        (EXHAUSTED,),
    ),
    "a shorter row that agrees": (tables(a=["any ok", "0 b"], b=["9 ok"]), True, (EXHAUSTED,)),
    "a filter called by a called filter has no match": (
        tables(a=["any nok", "0 b"], b=["0 c"], c=["9 ok"]),
        None,
        (EXHAUSTED,),
    ),
    "digit and wildcard disagree": (tables(a=["0 nok", "01 ok", "0? nok"]), None, (TIE,)),
    "digit and wildcard agree": (tables(a=["0 nok", "01 nok", "0? nok"]), False, (TIE,)),
    "wildcards at different places disagree": (
        tables(
            a=[
                "0 nok",
                "0?1 nok",
                "011 nok",
                "01? ok",
                "010 nok",
                *(f"01{d} nok" for d in "23456789"),
            ]
        ),
        None,
        (TIE,),
    ),
    "wildcards at different places disagree about one number": (
        tables(a=["0 nok", "0?1 nok", "011 nok", "01? nok", "01? ok"]),
        False,
        (TIE,),
    ),
    "the winner of a tie has no match": (
        tables(a=["0 nok", "01 nok", "0? b"], b=["00 nok", *(f"0{d} nok" for d in "23456789")]),
        None,
        (TIE, EXHAUSTED),
    ),
    "a filter that calls itself": (tables(a=["0 a"]), None, (CYCLE,)),
    "two filters that call each other": (tables(a=["0 b"], b=["0 a"]), None, (CYCLE,)),
    "a circle behind a row that blocks": (tables(a=["0 nok", "0 a"]), False, ()),
    "a circle elsewhere": (tables(a=["0 nok", "9 a"]), False, ()),
    "a circle that ends in ok all the same": (tables(a=["0 ok", "01 a"]), True, ()),
    "the filter is missing": (tables(b=["0 nok"]), None, (MISSING,)),
    "a called filter is missing": (tables(a=["0 gone"]), None, (MISSING,)),
    "a missing filter behind a row that blocks": (tables(a=["0 nok", "0 gone"]), False, ()),
    "a missing filter before a row that blocks": (tables(a=["0 gone", "0 nok"]), None, (MISSING,)),
}


@pytest.mark.parametrize(("rows", "certain", "questions"), REACH.values(), ids=REACH)
def test_whether_a_call_gets_out(rows, certain, questions):
    reach = can_reach(rows, "a", OUTSIDE)
    assert reach.certain is certain
    assert set(reach.questions) >= set(questions)
    assert bool(reach.questions) == bool(questions) or certain is not None


@pytest.mark.parametrize(("rows", "certain"), [(v[0], v[1]) for v in REACH.values()], ids=REACH)
def test_an_example_is_shown_unless_no_number_gets_out(rows, certain):
    reach = can_reach(rows, "a", OUTSIDE)
    assert bool(reach.example) is (certain is not False)
    assert not reach.example.startswith(("0110", "0112"))
    assert reach.example[:1] in {"", "0"}


@pytest.mark.parametrize(
    ("prefixes", "exceptions", "certain"),
    [
        pytest.param((), (), False, id="no prefix, no number"),
        pytest.param(("0",), (), True, id="the open number is behind the prefix"),
        pytest.param(("9",), (), False, id="behind another prefix nothing is open"),
        pytest.param(("9", "0"), (), True, id="behind one of two prefixes"),
        pytest.param(("0711",), (), True, id="a prefix as long as the row"),
        pytest.param(("071",), (), True, id="a prefix shorter than the row"),
        pytest.param(("07112",), (), True, id="a prefix longer than the row"),
        pytest.param(("0712",), (), False, id="a prefix beside the row"),
        pytest.param(("0",), ("711",), False, id="the open number is permitted"),
        pytest.param(("0",), ("71",), False, id="more than the open number is permitted"),
        pytest.param(("0",), ("7112",), True, id="less than the open number is permitted"),
        pytest.param(("0",), ("0711",), True, id="what is permitted is written without prefix"),
    ],
)
def test_which_numbers_count(prefixes, exceptions, certain):
    rows = tables(a=["any nok", "0711 ok"])
    assert can_reach(rows, "a", NumberSpace(prefixes, exceptions)).certain is certain


# --- whether one of the numbers always gets through ----------------------------------------------

ALWAYS = {
    "no rows": (tables(a=[]), ["0112"], True),
    "a row of its own": (tables(a=["0 nok", "0112 ok"]), ["0112"], True),
    "blocked with the prefix": (tables(a=["0 nok"]), ["0112"], False),
    "the row is one digit longer": (tables(a=["0 nok", "01121 ok"]), ["0112"], False),
    "the row is one digit shorter": (tables(a=["0 nok", "011 ok"]), ["0112"], True),
    "by day only": (tables(a=["0 nok", "0112 ok if Day"]), ["0112"], False),
    "by night only": (tables(a=["0 nok", "0112 ok unless Day"]), ["0112"], False),
    "by day and by night": (
        tables(a=["0 nok", "0112 ok if Day", "0112 ok unless Day"]),
        ["0112"],
        True,
    ),
    "blocked by day": (tables(a=["0112 nok if Day"]), ["0112"], False),
    "one of two numbers": (tables(a=["0 nok", "9 nok", "9112 ok"]), ["0112", "9112"], True),
    "none of two numbers": (tables(a=["0 nok", "9 nok"]), ["0112", "9112"], False),
    "one by day, the other by night": (
        tables(a=["any nok", "0112 ok if Day", "9112 ok unless Day"]),
        ["0112", "9112"],
        False,
    ),
    "no number": (tables(a=[]), [], False),
    "a tie": (tables(a=["011? nok", "0112 ok"]), ["0112"], None),
    "the filter is missing": (tables(b=[]), ["0112"], None),
    "a circle": (tables(a=["0 a"]), ["0112"], None),
    "a called filter": (tables(a=["0 b"], b=["any nok", "0112 ok"]), ["0112"], True),
}


@pytest.mark.parametrize(("rows", "numbers", "certain"), ALWAYS.values(), ids=ALWAYS)
def test_whether_a_number_always_gets_through(rows, numbers, certain):
    assert is_always_allowed(rows, "a", numbers).certain is certain


def test_the_example_is_the_number_that_gets_through():
    rows = tables(a=["0 nok", "9 nok", "9112 ok"])
    assert is_always_allowed(rows, "a", ["0112", "9112"]).example == "9112"


# --- limits and gaps ------------------------------------------------------------------------------


def test_a_filter_that_was_not_read_decides_nothing():
    with pytest.raises(UnreadableFilterError, match=r"^b$"):
        can_reach({**tables(a=["0 b"]), "b": None}, "a", OUTSIDE)


def test_a_filter_that_was_not_read_and_takes_no_part_does_not_matter():
    assert can_reach({**tables(a=["0 nok"]), "b": None}, "a", OUTSIDE).certain is False


def test_ten_booleans_can_be_tried():
    rows = tables(a=["0 nok", *(f"0{n} nok if B{n}" for n in range(10))])
    assert can_reach(rows, "a", OUTSIDE).certain is False


def test_eleven_booleans_are_too_many():
    rows = tables(a=["0 nok", *(f"0 nok if B{n}" for n in range(11))])
    with pytest.raises(TooComplexError):
        can_reach(rows, "a", OUTSIDE)


def test_filters_that_call_each_other_too_deep():
    rows = tables(**{f"f{n}": [f"0 f{n + 1}"] for n in range(80)}, a=["0 f0"])
    with pytest.raises(TooComplexError):
        can_reach(rows, "a", OUTSIDE)


@pytest.mark.parametrize(("calls", "is_too_deep"), [(MAX_DEPTH, False), (MAX_DEPTH + 1, True)])
def test_how_deep_filters_may_call_each_other(calls, is_too_deep):
    chain = {f"f{n}": [f"0 f{n + 1}"] for n in range(calls - 1)}
    rows = tables(a=["0 f0"], **chain, **{f"f{calls - 1}": ["0 nok"]})
    if is_too_deep:
        with pytest.raises(TooComplexError):
            can_reach(rows, "a", OUTSIDE)
    else:
        assert can_reach(rows, "a", OUTSIDE).certain is False


def test_work_is_limited_before_it_begins(monkeypatch):
    rows = tables(limited=["0 nok", "00 ok"])
    work = len(list(number_classes(("0", "00"), "0", frozenset(OUTSIDE.barred)))) * 2
    monkeypatch.setattr(call_filters, "MAX_WORK", work - 1)
    with pytest.raises(TooComplexError):
        can_reach(rows, "limited", OUTSIDE)
    monkeypatch.setattr(call_filters, "MAX_WORK", work)
    assert can_reach(rows, "limited", OUTSIDE).certain


def test_what_was_found_out_counts_for_the_same_rows_alone():
    before = tables(a=["0 b"], b=["00 nok"])
    assert can_reach(before, "a", NumberSpace(("00",))).certain is False
    assert can_reach(tables(a=["0 b"], b=["00 nok"]), "a", NumberSpace(("00",))).certain is False
    assert can_reach(tables(a=["0 b"], b=["00 ok"]), "a", NumberSpace(("00",))).certain
    assert can_reach(before, "b", NumberSpace(("0",))).certain
    assert can_reach(before, "a", NumberSpace(("00",))).certain is False
    assert blocks_something(before, "a").certain
    assert blocks_something(tables(a=["0 b"], b=["00 ok"]), "a").certain is not True
    with pytest.raises(UnreadableFilterError):
        can_reach({**before, "b": None}, "a", NumberSpace(("00",)))


def test_a_bare_prefix_is_the_example_only_if_nothing_else_is():
    assert can_reach(tables(a=["9 nok"]), "a", OUTSIDE).example not in OUTSIDE.prefixes


def test_wildcards_that_make_too_many_classes():
    rows = tables(a=[f"0{'?' * n}{d}{'?' * (12 - n)} nok" for n in range(12) for d in "01234567"])
    with pytest.raises(TooComplexError):
        can_reach(rows, "a", OUTSIDE)


def test_the_filters_that_take_part():
    rows = tables(a=["0 b", "1 gone", "2 ok"], b=["0 a", "0 c"], c=[], d=["0 a"])
    found = reachable_filters(rows, "a")
    assert found[0] == "a"
    assert set(found) == {"a", "b", "c"}


def test_a_filter_that_does_not_exist_takes_no_part():
    assert reachable_filters({}, "a") == []


# --- plain enumeration (tests/unit/enumeration.py) ---

thorough = settings(max_examples=400, deadline=None, derandomize=True, database=None)
# These try tens of thousands of numbers in each example.
some = settings(thorough, max_examples=50)
few = settings(thorough, max_examples=10)


@pytest.mark.slow
@some
@given(some_filters, prefixes_dialled, exceptions_spared)
def test_reach_agrees_with_plain_enumeration(rows, prefixes, exceptions):
    assert_reach_agrees(rows, prefixes, exceptions)


@pytest.mark.soak
@thorough
@given(some_filters, prefixes_dialled, exceptions_spared)
def test_reach_agrees_with_plain_enumeration_of_many(rows, prefixes, exceptions):
    assert_reach_agrees(rows, prefixes, exceptions)


def assert_reach_agrees(rows, prefixes, exceptions):
    plain = Enumeration(rows)
    per_reading = [False] * len(READINGS)
    for number in numbers_behind(prefixes, exceptions):
        for index, outcomes in enumerate(plain.allowed(number)):
            per_reading[index] |= any(outcomes)
    reach = can_reach(rows, "a", NumberSpace(tuple(prefixes), tuple(exceptions)))
    assert reach.certain is agreed(per_reading)
    if reach.certain is not False:
        assert any(any(outcomes) for outcomes in plain.allowed(reach.example))


@pytest.mark.slow
@thorough
@given(some_filters, st.lists(st.text(ALPHABET, min_size=1, max_size=4), min_size=1, max_size=3))
def test_always_allowed_agrees_with_plain_enumeration(rows, numbers):
    plain = Enumeration(rows)
    per_reading = [False] * len(READINGS)
    for number in numbers:
        for index, outcomes in enumerate(plain.allowed(number)):
            per_reading[index] |= all(outcomes)
    reach = is_always_allowed(rows, "a", numbers)
    assert reach.certain is agreed(per_reading)


@pytest.mark.slow
@thorough
@given(some_filters, st.text(ALPHABET, min_size=1, max_size=4))
def test_ever_allowed_agrees_with_plain_enumeration(rows, number):
    per_reading = [any(outcomes) for outcomes in Enumeration(rows).allowed(number)]
    assert is_ever_allowed(rows, "a", number).certain is agreed(per_reading)


@pytest.mark.slow
@few
@given(some_filters)
def test_blocking_something_agrees_with_plain_enumeration(rows):
    assert_blocking_agrees(rows)


@pytest.mark.soak
@thorough
@given(some_filters)
def test_blocking_something_agrees_with_plain_enumeration_of_many(rows):
    assert_blocking_agrees(rows)


def assert_blocking_agrees(rows):
    plain = Enumeration(rows)
    per_reading = [False] * len(READINGS)
    for number in numbers_behind([""], []):
        for index, outcomes in enumerate(plain.allowed(number)):
            per_reading[index] |= not all(outcomes)
    assert blocks_something(rows, "a").certain is agreed(per_reading)
