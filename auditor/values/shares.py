"""Shares of a whole, in percent, counted exactly."""

from __future__ import annotations

from fractions import Fraction


def is_less(count: int, percent: float, total: int) -> bool:
    """Return whether a count is less than so many percent of a total.

    64.4 % of 250 are 161, and more than that for a computer that counts in halves.
    """
    return count * 100 < Fraction(str(percent)) * total
