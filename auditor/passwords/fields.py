"""The stored form of passwords: what it shows by itself, with and without the PBX password."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from auditor.model.snapshot import NO_PASSWORD, PasswordEvidence
from auditor.model.vocabulary import PasswordState
from auditor.passwords.tags import is_tag, same_length
from auditor.pbx import crypt

LENGTH_BANDS: Final = (1, 8, 10, 12, 15, 20, 24)
OPEN_END: Final = 999
_SHORT, _LONG = 16, 24
_FIELD_SIZES: Final = (_SHORT, _LONG)
_HEX_OF_SHORT: Final = 2 * _SHORT
_ESTIMATE_SAMPLE: Final = 400
_MIN_ESTIMATE_SAMPLE: Final = 5
# So many fields are compared with what most have at once.
_AT_ONCE: Final = 1024
_SET: Final = PasswordEvidence(PasswordState.SET)
_ALL_ZERO: Final = PasswordEvidence(PasswordState.ALL_ZERO)


def classify(stored: str | None) -> PasswordEvidence:
    """Return what the stored form of a password shows by itself."""
    if not stored:
        return NO_PASSWORD
    if not stored.strip("0"):
        return _ALL_ZERO
    return _SET


def field_of(stored: str | None) -> bytes | None:
    """Return a stored value as bytes, None if it is not a password field."""
    if stored is None:
        return None
    try:
        field = bytes.fromhex(stored)
    except ValueError:
        return None
    return field if len(field) in _FIELD_SIZES else None


def are_fields(stored: Collection[str]) -> bool:
    """Return whether all values are password fields, written in nothing but their digits.

    There are tens of thousands, so they are asked together.
    """
    digits = "".join(stored)
    try:
        is_hex = 2 * len(bytes.fromhex(digits)) == len(digits)  # blanks would not count
    except ValueError:
        return False
    return is_hex and {2 * size for size in _FIELD_SIZES}.issuperset(map(len, stored))


def band(length: int) -> tuple[int, int]:
    """Return the ends of the band that a length falls into."""
    lower = max(bound for bound in LENGTH_BANDS if bound <= length)
    higher = [bound for bound in LENGTH_BANDS if bound > length]
    return lower, (higher[0] - 1 if higher else OPEN_END)


class AdminFields(NamedTuple):
    """What `_ADMIN_` stores, in hex: the PBX password, and the key that it protects."""

    password: str | None = None
    key: str | None = None


def verified_key(pbx_password: str | None, admin: AdminFields) -> bytes | None:
    """Return the key of all user passwords if the PBX password proves right, else None.

    `_ADMIN_.pwd` is the PBX password encrypted with that very key.
    """
    field, key_field = field_of(admin.password), field_of(admin.key)
    if pbx_password is None or field is None or key_field is None:
        return None
    key = crypt.pbx_key(pbx_password, key_field)
    expected = crypt.pad(pbx_password, len(field))
    return key if hmac.compare_digest(crypt.rc4(key, field), expected) else None


class Opener:
    """Decrypts fields: every one has the same keystream, so that is made only once."""

    def __init__(self, key: bytes) -> None:
        self._stream = crypt.rc4(key, bytes(_LONG))

    def open(self, field: bytes) -> bytes:
        """Return the clear text of a field, without its zero padding."""
        size = len(field)
        mixed = int.from_bytes(field) ^ int.from_bytes(self._stream[:size])
        return mixed.to_bytes(size).rstrip(b"\0")


def same_field(one: str, other: str) -> bool | None:
    """Return whether two ciphertexts, or two tags, hold the same password; None if that is open.

    In fields of different length an equal beginning proves nothing, a different one does.
    """
    if not other:
        return None
    if is_tag(one) or is_tag(other):
        return one == other if same_length(one, other) else None
    if len(one) != len(other) and (one.startswith(other) or other.startswith(one)):
        return None
    return one == other


def open_beginnings(stored: Collection[str]) -> frozenset[str]:
    """Return what fields of both sizes begin with: whether those are equal does not show."""
    sizes = set(map(len, stored))
    if _HEX_OF_SHORT not in sizes or max(sizes) == _HEX_OF_SHORT:
        return frozenset()
    short = {value for value in stored if len(value) == _HEX_OF_SHORT}
    return frozenset(
        value[:_HEX_OF_SHORT]
        for value in stored
        if len(value) > _HEX_OF_SHORT and value[:_HEX_OF_SHORT] in short
    )


def beginning(stored: str) -> str:
    """Return the part of a field that one of either size has."""
    return stored[:_HEX_OF_SHORT]


class LengthEstimate:
    """Estimates lengths from what the zero padding gives away.

    Every object has the same keystream, so the most common byte of a late column is padding; a
    password ends at the last column where it differs from that.
    """

    def __init__(self, stored: Iterable[str]) -> None:
        sample = [f for f in map(field_of, islice(stored, _ESTIMATE_SAMPLE)) if f]
        self._size = len(sample)
        self._padding = {
            size: self._padding_of([field for field in sample if len(field) == size])
            for size in _FIELD_SIZES
        }

    def _padding_of(self, sample: Collection[bytes]) -> tuple[int, int] | None:
        """Return the most common bytes of fields as a number, and the last that is none of most.

        Nothing shows before that one, so there the number has zeros.
        """
        columns = list(zip(*sample, strict=True))
        if self._size < _MIN_ESTIMATE_SAMPLE or not columns:
            return None
        modes = bytearray(len(columns))
        for place in range(len(columns), 0, -1):
            ((byte, count),) = Counter(columns[place - 1]).most_common(1)
            if count * 2 <= self._size:
                return int.from_bytes(modes), place
            modes[place - 1] = byte
        return int.from_bytes(modes), 0

    def marks(self, stored: Sequence[str]) -> Iterator[int]:
        """Yield a number for each of some fields of one size, the same for those of one length.

        It is the place behind their last byte that is not as in most.
        """
        size = len(stored[0]) // 2 if stored else 0
        modes, _ = (stored and self._padding[size]) or (0, 0)
        for at in range(0, len(stored), _AT_ONCE):
            fields = bytes.fromhex("".join(stored[at : at + _AT_ONCE]))
            usual = modes.to_bytes(size) * (len(fields) // size)
            mixed = int.from_bytes(fields) ^ int.from_bytes(usual)
            different = mixed.to_bytes(len(fields))
            for start in range(0, len(fields), size):
                yield len(different[start : start + size].rstrip(b"\0"))

    def length(self, field: bytes) -> int | None:
        """Return the length of the password in a field, None if too few values show it."""
        padding = self._padding[len(field)]
        if padding is None:
            return None
        modes, last_open = padding
        different = int.from_bytes(field) ^ modes
        alike_at_end = (different & -different).bit_length() - 1
        length = len(field) - alike_at_end // 8 if different else 0
        return length if length > last_open else None
