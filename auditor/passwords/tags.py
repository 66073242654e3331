"""Tags: what stands for a stored password that was read before an interruption."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

TAG: Final = "tag:"
Tagger = Callable[[str], str]


def tag_of(stored: str, key: bytes) -> str:
    """Return a tag that is equal for equal stored passwords and tells their length, no more.

    An all-zero value keeps its meaning, and what is tagged already stays as it is.
    """
    if is_tag(stored) or not stored.strip("0"):
        return stored
    digest = hmac.digest(key, stored.lower().encode(), sha256).hex()
    return f"{TAG}{len(stored) // 2}:{digest}"


def is_tag(stored: str) -> bool:
    """Return whether this is a tag rather than a stored password."""
    return stored.startswith(TAG)


def same_length(one: str, other: str) -> bool:
    """Return whether two tags are of stored passwords of the same length."""
    return one.split(":")[:2] == other.split(":")[:2]
