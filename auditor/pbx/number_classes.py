"""Dialled numbers, split into the classes that the rows of call filters induce.

Two numbers are in one class if no row can tell them apart: the same rows match them, and the same
rows could still match what is dialled after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from auditor.messages.message import Message, say

WILDCARD: Final = "?"
MAX_CLASSES: Final = 20_000
_DIGITS: Final = "0123456789"
# What a number is made of that somebody dials; with anything else in it, how is not documented.
DIALLED: Final = frozenset({*_DIGITS, "*", "#"})


class TooComplexError(Exception):
    """The rows induce more classes of numbers or states than can be decided in bounded time."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class NumberSpace(NamedTuple):
    """All numbers behind one of `prefixes`, except those that go on with one of `exceptions`."""

    prefixes: tuple[str, ...]
    exceptions: tuple[str, ...] = ()

    @property
    def barred(self) -> frozenset[str]:
        """The beginnings of numbers that do not belong to the space."""
        return frozenset(p + exception for p in self.prefixes for exception in self.exceptions)


def number_classes(
    patterns: Iterable[str], prefix: str, barred: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield one number of every class that begins with the prefix, and the patterns it matches.

    Numbers that begin with one of `barred` are left out. From each class one leads on for every
    character that its open patterns can tell apart.
    """
    every = (*dict.fromkeys((*patterns, *sorted(barred))),)
    seen: set[tuple[int, tuple[str, ...], frozenset[str]]] = set()
    matched = frozenset(p for p in every if is_prefix(p, prefix))
    live = tuple(p for p in every if len(p) > len(prefix) and is_prefix(p[: len(prefix)], prefix))
    pending = [(prefix, live, matched)]
    while pending:
        number, live, matched = pending.pop()
        key = (len(number) if live else 0, live, matched)
        if key in seen or any(number.startswith(start) for start in barred):
            continue
        seen.add(key)
        if len(seen) > MAX_CLASSES:
            raise TooComplexError(say("more than {count} classes of numbers", count=MAX_CLASSES))
        yield number, matched
        pending.extend(_continuations(number, live, matched))


def _continuations(
    number: str, live: tuple[str, ...], matched: frozenset[str]
) -> Iterator[tuple[str, tuple[str, ...], frozenset[str]]]:
    position = len(number)
    told_apart = {pattern[position] for pattern in live}
    for character in _representatives(told_apart):
        going_on = [p for p in live if _same(p[position], character)]
        complete = [p for p in going_on if len(p) == position + 1]
        still_live = tuple(p for p in going_on if len(p) > position + 1)
        yield number + character, still_live, matched.union(complete)


def _representatives(told_apart: set[str]) -> list[str]:
    """Return the characters in question, one other digit and one other non-digit."""
    if not told_apart:
        return []
    groups = ("*#", _DIGITS)
    others = [next((c for c in group if c not in told_apart), "") for group in groups]
    return [*filter(None, others), *sorted(told_apart - {WILDCARD}, reverse=True)]


def _same(expected: str, actual: str) -> bool:
    return expected == actual or (expected == WILDCARD and actual in _DIGITS)


def is_prefix(pattern: str, number: str) -> bool:
    """Return whether the pattern is a prefix of the number."""
    return len(pattern) <= len(number) and all(map(_same, pattern, number))
