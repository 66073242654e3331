"""Evaluates call filters the way the PBX does, exactly rather than by samples.

Documented (wiki PBX/Config/Filter): the longest matching row decides; `?` is any digit; a row
without number always matches; a number that matches no row is allowed; a row may depend on a
Boolean. So a filter that was read and has no rows allows everything; one whose rows could not be
read has None instead of rows, and is undecided. Where the vendor documents nothing, every
admissible reading is tried, and readings that disagree leave the answer open together with the
question.

All numbers are split into the classes that the rows induce (`auditor.pbx.number_classes`) and
every class is decided, so "no number" means none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from auditor.messages.message import say
from auditor.model.snapshot import FilterRow
from auditor.pbx.number_classes import (
    WILDCARD,
    NumberSpace,
    TooComplexError,
    is_prefix,
    number_classes,
)

ALLOWED: Final = "ok"
BLOCKED: Final = "nok"
_NO_MATCH: Final = "no match"
MAX_WORK: Final = 5_000_000
MAX_BOOLEANS: Final = 10
MAX_DEPTH: Final = 50
MAX_STEPS: Final = 2_000


class OpenQuestion(StrEnum):
    """What the vendor does not document about call filters."""

    TIE = "whether a digit, a ? or the entry order wins between rows of equal length"
    EXHAUSTED = "what follows when no filter that a row calls has a match"
    CYCLE = "what the PBX does with filters that call each other in a circle"
    MISSING = "what the PBX does with a filter that does not exist"


_ANSWERS: Final[Mapping[OpenQuestion, tuple[str, ...]]] = {
    OpenQuestion.TIE: ("digit", "wildcard", "entered"),
    OpenQuestion.EXHAUSTED: ("next row", _NO_MATCH),
    OpenQuestion.CYCLE: (_NO_MATCH, ALLOWED, BLOCKED),
    OpenQuestion.MISSING: (_NO_MATCH, ALLOWED, BLOCKED),
}

Reading = Mapping[OpenQuestion, str]
Rows = Mapping[str, Sequence[FilterRow] | None]
# The filters that take part, with their rows.
_Part = tuple[tuple[str, tuple[FilterRow, ...] | None], ...]
_Search = Callable[[Reading], str | None]


class UnreadableFilterError(Exception):
    """A filter that takes part exists, but its rows could not be read; carries its name."""


class _OpenQuestionError(Exception):
    def __init__(self, question: OpenQuestion) -> None:
        super().__init__(question)
        self.question = question


class Reachability(NamedTuple):
    """Whether a number of interest can end in the wanted way.

    `certain` is None when readings disagree; `questions` are those that were met. `example` is a
    number that ends so, in at least one state of the Booleans and one reading.
    """

    certain: bool | None
    example: str
    questions: tuple[OpenQuestion, ...]


def can_reach(rows: Rows, name: str, space: NumberSpace) -> Reachability:
    """Return whether any number of the space can be dialled through the filter.

    A number counts if some state of the Booleans lets it through. Raises UnreadableFilterError
    and TooComplexError.
    """
    return _can_reach(_part(rows, name), name, space)


def _part(rows: Rows, name: str) -> _Part:
    """Return all on which it rests what a filter does, as a key of what was found out before.

    The filters of a tenant's PBXs are alike, and two controls ask the same of one filter.
    """
    found = ((one, rows[one]) for one in reachable_filters(rows, name))
    return tuple((one, None if content is None else tuple(content)) for one, content in found)


@lru_cache(maxsize=256)
def _can_reach(part: _Part, name: str, space: NumberSpace) -> Reachability:
    rows = dict(part)
    patterns = _patterns(rows, name)
    states = _states(rows, name)
    classes = [
        found
        for prefix in space.prefixes
        for found in number_classes(patterns, prefix, space.barred)
    ]
    classes.sort(key=lambda entry: entry[0] in space.prefixes)  # a bare prefix is a poor example
    _check_work(len(classes) * len(states) * len(patterns))

    def search(reading: Reading) -> str | None:
        for number, matched in classes:
            if any(_allows(rows, name, matched, state, reading) for state in states):
                return number
        return None

    return _over_readings(search)


def is_always_allowed(rows: Rows, name: str, numbers: Iterable[str]) -> Reachability:
    """Return whether one of the numbers is allowed in every state of the Booleans.

    One and the same, because people learn one number. The answer is about whole numbers as
    dialled. Raises as `can_reach`.
    """
    return _one_is_allowed(rows, name, numbers, all)


def is_ever_allowed(rows: Rows, name: str, number: str) -> Reachability:
    """Return whether a whole number as dialled is allowed in some state of the Booleans.

    Raises as `can_reach`.
    """
    return _one_is_allowed(rows, name, [number], any)


def blocks_something(rows: Rows, name: str) -> Reachability:
    """Return whether there is any number that some state of the Booleans does not let through.

    Raises as `can_reach`.
    """
    return _blocks_something(_part(rows, name), name)


@lru_cache(maxsize=256)
def _blocks_something(part: _Part, name: str) -> Reachability:
    rows = dict(part)
    patterns = _patterns(rows, name)
    states = _states(rows, name)
    classes = list(number_classes(patterns, "", frozenset()))
    _check_work(len(classes) * len(states) * len(patterns))

    def search(reading: Reading) -> str | None:
        for number, matched in classes:
            if not all(_allows(rows, name, matched, state, reading) for state in states):
                return number
        return None

    return _over_readings(search)


def _one_is_allowed(
    rows: Rows, name: str, numbers: Iterable[str], in_states: Callable[[Iterable[bool]], bool]
) -> Reachability:
    patterns = _patterns(rows, name)
    states = _states(rows, name)
    wanted = [
        (number, frozenset(p for p in patterns if is_prefix(p, number))) for number in numbers
    ]
    _check_work(len(wanted) * len(states) * len(patterns))

    def search(reading: Reading) -> str | None:
        for number, matched in wanted:
            if in_states(_allows(rows, name, matched, state, reading) for state in states):
                return number
        return None

    return _over_readings(search)


def reachable_filters(rows: Rows, name: str) -> list[str]:
    """Return the names of existing filters that take part, the first one first."""
    found: dict[str, None] = {}
    pending = [name]
    while pending:
        current = pending.pop()
        if current in found or current not in rows:
            continue
        found[current] = None
        pending.extend(
            row.next for row in rows[current] or () if row.next not in {ALLOWED, BLOCKED}
        )
    return list(found)


def _over_readings(search: _Search) -> Reachability:
    pending: list[dict[OpenQuestion, str]] = [{}]
    answers: list[str | None] = []
    met: dict[OpenQuestion, None] = {}
    while pending:
        reading = pending.pop()
        try:
            answers.append(search(reading))
        except _OpenQuestionError as open_question:
            question = open_question.question
            met[question] = None
            pending.extend({**reading, question: answer} for answer in _ANSWERS[question])
    found = [answer for answer in answers if answer is not None]
    certain = None if found and len(found) < len(answers) else bool(found)
    return Reachability(certain, found[0] if found else "", tuple(met))


def _patterns(rows: Rows, name: str) -> tuple[str, ...]:
    patterns: dict[str, None] = {}
    for part in reachable_filters(rows, name):
        content = rows[part]
        if content is None:
            raise UnreadableFilterError(part)
        patterns.update((row.number, None) for row in content)
    return tuple(patterns)


def _states(rows: Rows, name: str) -> list[dict[str, bool]]:
    """Return every state of the Booleans that take part."""
    names = sorted(
        {
            row.boolean
            for part in reachable_filters(rows, name)
            for row in rows[part] or ()
            if row.boolean
        }
    )
    if len(names) > MAX_BOOLEANS:
        raise TooComplexError(say("more than {count} Booleans", count=MAX_BOOLEANS))
    return [
        dict(zip(names, values, strict=True))
        for values in product((False, True), repeat=len(names))
    ]


def _check_work(steps: int) -> None:
    if steps > MAX_WORK:
        reason = say("more rows, Booleans and classes of numbers than can be decided")
        raise TooComplexError(reason)


def _allows(
    rows: Rows,
    name: str,
    matched: frozenset[str],
    state: Mapping[str, bool],
    reading: Reading,
) -> bool:
    return _Decision(rows, matched, state, reading).of(name, ()) != BLOCKED


class _Decision:
    """Decides one class of numbers, given by the patterns it matches, in one state and reading."""

    def __init__(
        self, rows: Rows, matched: frozenset[str], state: Mapping[str, bool], reading: Reading
    ) -> None:
        self._rows = rows
        self._matched = matched
        self._state = state
        self._reading = reading
        self._steps = 0

    def of(self, name: str, path: tuple[str, ...]) -> str:
        """Return `ok`, `nok` or "no match" of one filter; `path` are the filters calling it."""
        if name in path:
            return self._answer(OpenQuestion.CYCLE)
        if name not in self._rows:
            return self._answer(OpenQuestion.MISSING)
        self._steps += 1
        if len(path) > MAX_DEPTH or self._steps > MAX_STEPS:
            raise TooComplexError(say("filters call each other too often"))
        groups = [
            group
            for tied in self._by_length(self._rows[name] or ())
            for group in self._in_order(tied)
        ]
        for remaining, group in zip(range(len(groups) - 1, -1, -1), groups, strict=True):
            outcome = self._ask(group, (*path, name))
            if outcome != _NO_MATCH:
                return outcome
            if remaining and self._answer(OpenQuestion.EXHAUSTED) == _NO_MATCH:
                return _NO_MATCH
        return _NO_MATCH

    def _by_length(self, rows: Sequence[FilterRow]) -> list[list[list[FilterRow]]]:
        """Return matching rows, longest first, grouped by their number in entry order."""
        lengths: dict[int, dict[str, list[FilterRow]]] = {}
        for row in rows:
            if row.number not in self._matched:
                continue
            if row.boolean and self._state[row.boolean] == row.negated:
                continue
            lengths.setdefault(len(row.number), {}).setdefault(row.number, []).append(row)
        return [list(lengths[length].values()) for length in sorted(lengths, reverse=True)]

    def _in_order(self, groups: list[list[FilterRow]]) -> list[list[FilterRow]]:
        if len(groups) == 1:
            return groups
        answer = self._answer(OpenQuestion.TIE)
        if answer == "entered":
            return groups
        ordered = sorted(groups, key=lambda group: group[0].number.replace(WILDCARD, "~"))
        return ordered if answer == "digit" else ordered[::-1]

    def _ask(self, group: Sequence[FilterRow], path: tuple[str, ...]) -> str:
        for row in group:
            outcome = row.next if row.next in {ALLOWED, BLOCKED} else self.of(row.next, path)
            if outcome != _NO_MATCH:
                return outcome
        return _NO_MATCH

    def _answer(self, question: OpenQuestion) -> str:
        if question not in self._reading:
            raise _OpenQuestionError(question)
        return self._reading[question]
