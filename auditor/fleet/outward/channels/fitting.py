"""Shortens lists until what is made of them fits into a channel, and says how many are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from auditor.fleet.outward.digest.written import Section, Written

# So many lines of a list come before the rest of those above it: another box that answers must not
# vanish behind hundreds of failures.
_FIRST: Final = (1, 5)


def shortened(told: Written, most: int) -> Written:
    """Return a digest with at most so many lines in all.

    The first of each list come before the others, those of the first lists before the rest.
    """
    shares = [0] * len(told.sections)
    left = most
    for bound in (*_FIRST, None):
        for place, section in enumerate(told.sections):
            wanted = len(section.lines[:bound])
            more = min(left, wanted - shares[place])
            shares[place] += more
            left -= more
    sections = (
        Section(one.heading, one.lines[:share], one.more + len(one.lines) - share)
        for one, share in zip(told.sections, shares, strict=True)
    )
    return told._replace(sections=tuple(sections))


def longest(told: Written, made: Callable[[Written], bytes], limit: int) -> bytes:
    """Return what is made of as many lines as fit into so many bytes."""
    whole = made(told)
    if len(whole) <= limit:
        return whole
    fits, too_many = 0, sum(len(one.lines) for one in told.sections)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(made(shortened(told, middle))) <= limit:
            fits = middle
        else:
            too_many = middle
    return made(shortened(told, fits))
