"""Stored password fields: their bytes, and what can be compared of them without a key."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256

_SIZES = (16, 24)
TAG = "tag:"
Tagger = Callable[[str], str]


def tag_of(stored: str, key: bytes) -> str:
    """Return a tag that is equal for equal stored passwords and tells their length, no more.

    An all-zero value keeps its meaning, and what is tagged already stays as it is.
    """
    if stored.startswith(TAG) or not stored.strip("0"):
        return stored
    digest = hmac.digest(key, stored.lower().encode(), sha256).hex()
    return f"{TAG}{len(stored) // 2}:{digest}"


def same_field(one: str, other: str) -> bool | None:
    """Return whether two ciphertexts hold the same password, None if that does not show.

    In fields of different length an equal beginning proves nothing, a different one does.
    """
    if not other:
        return None
    if one.startswith(TAG) or other.startswith(TAG):
        return one == other if one.split(":")[:2] == other.split(":")[:2] else None
    if len(one) != len(other) and (one.startswith(other) or other.startswith(one)):
        return None
    return one == other


def field_of(stored: str | None) -> bytes | None:
    """Return a stored value as bytes, None if it is not a password field."""
    if stored is None:
        return None
    try:
        field = bytes.fromhex(stored)
    except ValueError:
        return None
    return field if len(field) in _SIZES else None
