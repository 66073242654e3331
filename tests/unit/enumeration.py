"""Call filters by plain enumeration: what class-based evaluation is compared with.

The readings of design.md, section 10, once more and without any cleverness: every number up to
four characters, every state, every combination of answers to the open questions.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product

from hypothesis import strategies as st

from auditor.model.snapshot import FilterRow

ALPHABET = "0123456789*#"
READINGS = [
    dict(zip(("tie", "exhausted", "cycle", "missing"), answers, strict=True))
    for answers in product(
        ("digit", "wildcard", "entered"),
        ("shorter row", "no match"),
        (None, "ok", "nok"),
        (None, "ok", "nok"),
    )
]


@cache
def matching(pattern):
    return re.compile(re.escape(pattern).replace(r"\?", "[0-9]")).match


def begins_with(number, pattern):
    return matching(pattern)(number) is not None


def ranks(row_number, order, tie):
    """Return what sorts the numbers of matching rows: longest first, then by reading of ties."""
    literal_first = [character == "?" for character in row_number]
    if tie == "entered":
        return (-len(row_number), [], order)
    if tie == "wildcard":
        literal_first = [not wildcard for wildcard in literal_first]
    return (-len(row_number), literal_first, order)


class Pbx:
    """A PBX in one state that answers every open question one way."""

    def __init__(self, rows, state, reading):
        self.rows = rows
        self.state = state
        self.reading = reading

    def outcome(self, name, number, path=()):
        """Return ok, nok, or None if no row of the filter has a match."""
        if name in path:
            return self.reading["cycle"]
        if name not in self.rows:
            return self.reading["missing"]
        active = [r for r in self.rows[name] if self.applies(r, number)]
        entered = list(dict.fromkeys(r.number for r in active))
        tie = self.reading["tie"]
        for wanted in sorted(entered, key=lambda n: ranks(n, entered.index(n), tie)):
            for candidate in (r for r in active if r.number == wanted):
                answer = candidate.next
                if answer not in {"ok", "nok"}:
                    answer = self.outcome(answer, number, (*path, name))
                if answer is not None:
                    return answer
            if self.reading["exhausted"] == "no match":
                return None
        return None

    def applies(self, candidate, number):
        condition = not candidate.boolean or self.state[candidate.boolean] is not candidate.negated
        return condition and begins_with(number, candidate.number)


def all_states(rows):
    names = sorted({r.boolean for content in rows.values() for r in content if r.boolean})
    return [
        dict(zip(names, values, strict=True))
        for values in product([False, True], repeat=len(names))
    ]


class Enumeration:
    """Allows or blocks numbers, remembering numbers that match the same rows."""

    def __init__(self, rows, name="a"):
        self.rows = rows
        self.name = name
        self.states = all_states(rows)
        self.patterns = sorted({r.number for content in rows.values() for r in content})
        self.known = {}

    def allowed(self, number):
        """Return for each reading the set of outcomes over all states: True is allowed."""
        key = tuple(begins_with(number, pattern) for pattern in self.patterns)
        if key not in self.known:
            self.known[key] = [
                [
                    Pbx(self.rows, s, reading).outcome(self.name, number) != "nok"
                    for s in self.states
                ]
                for reading in READINGS
            ]
        return self.known[key]


def agreed(answers):
    return answers[0] if len(set(answers)) == 1 else None


def numbers_behind(prefixes, exceptions):
    for prefix in prefixes:
        barred = tuple(prefix + exception for exception in exceptions)
        for length in range(5 - len(prefix)):
            for tail in product(ALPHABET, repeat=length):
                number = prefix + "".join(tail)
                if not (barred and number.startswith(barred)):
                    yield number


row_numbers = st.one_of(
    st.sampled_from(["", "0", "0?", "?", "00", "01", "0?1", "01?", "0??", "0*", "0#"]),
    st.text("01?*", max_size=3),
)
filter_rows = st.builds(
    FilterRow,
    number=row_numbers,
    next=st.sampled_from(["ok", "nok", "nok", "a", "b", "c", "gone"]),
    boolean=st.sampled_from(["", "", "", "Day", "Night"]),
    negated=st.booleans(),
)
some_rows = st.lists(filter_rows, max_size=5).map(tuple)
some_filters = st.fixed_dictionaries({"a": some_rows}, optional={"b": some_rows, "c": some_rows})
prefixes_dialled = st.lists(st.sampled_from(["0", "1", "00", "0*"]), min_size=1, max_size=2)
exceptions_spared = st.lists(st.sampled_from(["1", "11", "112", "0"]), max_size=2)
