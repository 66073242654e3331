"""Names that people take for the same, or that may be damaged forms of one another."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import unquote_plus

# Shorter words differ by one letter without being damaged.
TELLING: Final = 4


def folded(name: str) -> str:
    """Return a name without case, and without blanks around it."""
    return name.strip().casefold()


def alike(name: str) -> str:
    """Return what is equal for names that look alike: case, blanks and width do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def is_near_miss(word: str, wanted: str) -> bool:
    """Return whether a word could be a damaged form of another.

    It is cut short, written in other letters or percent-encoded, or one letter is too many, missing
    or another one; digits are not letters, since they number things that are different.
    """
    if word == wanted:
        return False
    one, other = unquote_plus(word).casefold(), wanted.casefold()
    if one == other or (len(one) > 1 and other.startswith(one)):
        return True
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < TELLING:
        return False
    shorter = min(len(one), len(other))
    at = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    longer = len(one) - len(other)
    rest = one[at + (longer >= 0) :] == other[at + (longer <= 0) :]
    return rest and not (one[at : at + 1] + other[at : at + 1]).isdigit()
