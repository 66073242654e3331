"""The end of a serial number, which is all that some documents show of one."""

from __future__ import annotations

from typing import Final

# The last three bytes: what a saved configuration shows.
_DIGITS: Final = 6


def serial_end(digits: str) -> str:
    """Return the end of a serial that every document shows; `digits` are without separators."""
    return digits[-_DIGITS:]


def is_serial_end(digits: str) -> bool:
    """Return whether of a serial only the end is known."""
    return len(digits) == _DIGITS
