"""Shortens lists until what is made of them fits into a channel, and says how many are left out."""

from __future__ import annotations

from collections.abc import Callable

from auditor.fleet.outward.digest.written import Section, Written


def shortened(told: Written, most: int) -> Written:
    """Return a digest with at most so many lines in all, those of the first lists first."""
    sections, left = [], most
    for section in told.sections:
        shown = section.lines[: max(0, left)]
        left -= len(shown)
        more = section.more + len(section.lines) - len(shown)
        sections.append(Section(section.heading, shown, more))
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
