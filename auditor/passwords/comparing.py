"""Which stored passwords of one PBX are equal, with and without the key that opens them."""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from auditor.passwords.fields import (
    LengthEstimate,
    Opener,
    are_fields,
    beginning,
    field_of,
    open_beginnings,
    same_field,
)
from auditor.passwords.tags import TAG, Tagger, is_tag, same_length


class SecretComparison(NamedTuple):
    """How a password compares with all others; None where that does not show."""

    shared_with: int | None
    group: int | None
    equals_pbx: bool | None


NOT_COMPARED = SecretComparison(None, None, None)
_ALONE = SecretComparison(0, None, equals_pbx=False)


class Comparisons:
    """Compares the stored passwords of one PBX.

    `stored` holds every one of them in hex, or its tag if it was read before an interruption; then
    `tagger` turns the others into tags, so that all can be compared. Clear texts are compared by
    digests with a key that is made for this run and never written. `alone` are those that equal no
    other and nobody can open, each with the mark that all of its length have.
    """

    def __init__(
        self,
        stored: Sequence[str | None],
        admin_password: str | None,
        opener: Opener | None,
        tagger: Tagger | None,
    ) -> None:
        given = [*filter(None, stored)]
        # There are tens of thousands, so what holds for nearly all is asked of them together.
        joined = "".join(given)
        has_tags = TAG in joined and any(map(is_tag, given))
        self._tagger = tagger if has_tags else None
        self._opener = None if has_tags else opener
        self._admin_password = (admin_password or "").lower()
        self._comparable_admin = self._admin_password and self._comparable(self._admin_password)
        self._run_key = secrets.token_bytes(32)
        is_comparable = self._tagger is None and joined == joined.lower()
        distinct = Counter(given if is_comparable else map(self._comparable, given))
        are_plain = are_fields(distinct.keys())
        self._certain = are_plain or _all_show(distinct)
        self._open_beginnings = open_beginnings(distinct)
        self._counts = self._count(distinct)
        self._groups = {
            identity: number
            for number, identity in enumerate((i for i, n in self._counts.items() if n > 1), 1)
        }
        self.lengths = LengthEstimate(distinct if not has_tags else dict.fromkeys(given))
        # Fields of one size show by themselves whether they are equal, so most compare alike.
        show = are_plain and not self._open_beginnings and self._opener is None
        self.alone = self._alone(len(self._admin_password)) if show else {}

    def compare(self, stored: str) -> SecretComparison:
        """Return how a password compares; None if it has no equal but not all can be compared."""
        own = self._comparable(stored)
        if own in self.alone:
            return _ALONE
        identity = self._identity(own)
        certain = self._certain
        if self._opener is None:
            equals_pbx = same_field(own, self._comparable_admin)
            if self._open_beginnings:
                certain = certain and beginning(own) not in self._open_beginnings
        else:
            is_pbx = identity == self._identity(self._admin_password)
            equals_pbx = is_pbx and self._has_text(own)
        count = self._counts.get(identity, 0)
        shared_with = count - 1 if count > 1 or certain else None
        return SecretComparison(shared_with, self._groups.get(identity), equals_pbx)

    def compare_clear(self, clear: bytes, own: Iterable[str | None]) -> SecretComparison:
        """Return how a clear text compares; `own` holds the stored passwords that may be the same.

        Without the key, and where some are known by their tags only, that does not show.
        """
        if self._opener is None:
            return NOT_COMPARED
        identity = self._digest(clear)
        others = self._counts.get(identity, 0) - sum(
            self._identity(stored) == identity for stored in own if stored
        )
        is_pbx = identity == self._identity(self._admin_password)
        return SecretComparison(others if others or self._certain else None, None, is_pbx)

    def _comparable(self, stored: str) -> str:
        """Return a stored value in the form in which all of them are compared."""
        if self._tagger is not None:
            return self._tagger(stored)
        lower = stored.lower()
        return stored if lower == stored else lower  # one text instead of two equal ones

    def _count(self, distinct: Mapping[str, int]) -> Mapping[Any, int]:
        """Return how often each password occurs."""
        if self._opener is None:
            return distinct
        counts: Counter[Hashable] = Counter()
        for value, count in distinct.items():
            counts[self._identity(value)] += count
        return counts

    def _alone(self, size: int) -> Mapping[str, int]:
        """Return fields of a size that plainly equal no other, and what is the same by length."""
        others = {self._admin_password, "0" * size}
        found = [
            value
            for value, count in self._counts.items()
            if count == 1 and len(value) == size and value not in others
        ]
        return dict(zip(found, self.lengths.marks(found), strict=True))

    def _digest(self, clear: bytes) -> bytes:
        return hmac.digest(self._run_key, clear, sha256)

    def _identity(self, stored: str) -> Hashable:
        """Return what equal passwords have in common; without the key that is the ciphertext."""
        field = None if self._opener is None else field_of(stored)
        if field is None or self._opener is None:
            return stored
        return self._digest(self._opener.open(field))

    def _has_text(self, stored: str) -> bool:
        field = field_of(stored)
        return field is not None and self._opener is not None and bool(self._opener.open(field))


def _all_show(distinct: Iterable[str]) -> bool:
    """Return whether each value can be compared: a field, or tags of fields of one length."""
    first = ""
    for value in distinct:
        if field_of(value) is None:
            first = first or value
            if not is_tag(value) or not same_length(first, value):
                return False
    return True
