"""Names that people take for the same."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """Return a name without case, and without blanks around it."""
    return name.strip().casefold()


def alike(name: str) -> str:
    """Return what is equal for names that look alike: case, blanks and width do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
