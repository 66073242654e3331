"""Secrets to evidence: the only module that scores passwords, and the only importer of zxcvbn.

zxcvbn raises on the empty string and above 72 characters, and its result holds the clear
password, so both ends are handled here and only numbers and pattern names leave.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from auditor import pbxcrypt
from auditor.model.snapshot import NO_PASSWORD, PasswordEvidence
from auditor.model.vocabulary import PasswordState
from auditor.passwordfields import TAG, Tagger, field_of, same_field

MAX_SCORED_CHARACTERS = 72
LENGTH_BANDS = (1, 8, 10, 12, 15, 20, 24)
_MAX_INPUTS = 400
_MIN_OWN_CHARACTERS = 6
_CAPPED_SCORE = 2
_ESTIMATE_SAMPLE = 400
_MIN_ESTIMATE_SAMPLE = 5
_PLACEHOLDER = re.compile(r"^<.*>$")
_CONSTANT_WORDS = (
    *("innovaphone", "myapps", "mypbx", "hotdesk", "hot", "desk", "base", "temp", "telefon"),
    *("phone", "pbx", "ip", "voip", "ipapps", "iplinux", "ldap-guest", "admin", "standard"),
    *("passwort", "password", "start", "willkommen"),
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SET = PasswordEvidence(PasswordState.SET)
_ALL_ZERO = PasswordEvidence(PasswordState.ALL_ZERO)
_UNREADABLE = PasswordEvidence(
    PasswordState.UNREADABLE, reason="the stored value is not a password field"
)


def classify(stored: str | None) -> PasswordEvidence:
    """Return what the stored form of a password shows by itself."""
    if not stored:
        return NO_PASSWORD
    if not stored.strip("0"):
        return _ALL_ZERO
    return _SET


class PasswordBook:
    """Judges stored passwords of one PBX, with or without its PBX password.

    `stored` holds every stored password of the system in hex, or its tag if it was read before an
    interruption; then `tagger` turns the others into tags, so that all can be compared. Comparisons
    of clear text use a key that is made for this run and never written.
    """

    def __init__(
        self,
        stored: Sequence[str | None],
        admin_password: str | None,
        admin_key: str | None,
        pbx_password: str | None,
        tagger: Tagger | None = None,
    ) -> None:
        has_tags = any(value and value.startswith(TAG) for value in stored)
        self._tagger = tagger if has_tags else None
        self._stored = Counter(self._comparable(value) for value in stored if value)
        self._admin_password = (admin_password or "").lower()
        self._key = _verified_key(pbx_password, admin_password, admin_key)
        self.rejected = pbx_password is not None and self._key is None
        self._run_key = secrets.token_bytes(32)
        self._clear_digests: Counter[bytes] | None = None
        self._modes: list[tuple[int, int]] | None = None
        self._sample_size = 0

    @property
    def decrypts(self) -> bool:
        """Return whether the PBX password was supplied and verified against `_ADMIN_`."""
        return self._key is not None

    def judge(self, stored: str | None, words: Iterable[str]) -> PasswordEvidence:
        """Return evidence about one stored password; `words` are context that weakens it."""
        evidence = classify(stored)
        if stored is None or evidence.state is not PasswordState.SET:
            return evidence
        field = field_of(stored)
        if field is None:
            return _UNREADABLE
        if self._key is None:
            return self._without_key(stored, field)
        clear = pbxcrypt.decrypt(self._key, field)
        digest = self._digest(clear)
        return self._judge_clear(
            clear,
            words,
            shared_with=self._shared(stored, digest),
            equals_pbx=bool(clear) and digest == self._pbx_digest(),
        )

    def _shared(self, stored: str, digest: bytes) -> int | None:
        """Return how many others have the password: by clear text, or by tags if there are some."""
        if self._tagger is None:
            return self._others(self._digests()[digest])
        own = self._comparable(stored)
        comparable = all(same_field(own, other) is not None for other in self._stored)
        return self._others(self._stored[own], comparable=comparable)

    def _comparable(self, stored: str) -> str:
        """Return a stored value in the form in which all of them are compared."""
        return stored.lower() if self._tagger is None else self._tagger(stored)

    def judge_scripted(
        self, clear: str | None, words: Iterable[str], own: Iterable[str | None] = ()
    ) -> PasswordEvidence:
        """Return evidence about a clear-text password from an expert script.

        `own` holds the stored passwords of the user it registers, which may be the same.
        """
        if not clear:
            return NO_PASSWORD if clear is None else PasswordEvidence(PasswordState.EMPTY)
        if not clear.strip("*"):
            return PasswordEvidence(
                PasswordState.UNREADABLE, reason="the script shows asterisks instead of it"
            )
        if self._key is None:
            return self._judge_clear(clear.encode(), words, shared_with=None, equals_pbx=None)
        digest = self._digest(clear.encode())
        if self._tagger is not None:  # a clear text cannot be compared with tags
            equal = digest == self._pbx_digest()
            return self._judge_clear(clear.encode(), words, shared_with=None, equals_pbx=equal)
        others = self._digests()[digest] - sum(self._opened(stored) == digest for stored in own)
        return self._judge_clear(
            clear.encode(),
            words,
            shared_with=self._others(others + 1),
            equals_pbx=digest == self._pbx_digest(),
        )

    def _without_key(self, stored: str, field: bytes) -> PasswordEvidence:
        own = self._comparable(stored)
        comparable = all(same_field(own, other) is not None for other in self._stored)
        length = self._estimated_length(field)
        lower, upper = _band(length) if length else (None, None)
        return PasswordEvidence(
            PasswordState.SET,
            length_from=lower,
            length_to=upper,
            estimated=length is not None,
            shared_with=self._others(self._stored[own], comparable=comparable),
            equals_pbx_password=same_field(stored.lower(), self._admin_password),
        )

    def _judge_clear(
        self,
        clear: bytes,
        words: Iterable[str],
        *,
        shared_with: int | None,
        equals_pbx: bool | None,
    ) -> PasswordEvidence:
        try:
            text = clear.decode()
        except UnicodeDecodeError:
            return PasswordEvidence(
                PasswordState.UNREADABLE, reason="the decrypted value is not text"
            )
        if not text or _PLACEHOLDER.match(text):
            state = PasswordState.PLACEHOLDER if text else PasswordState.EMPTY
            return PasswordEvidence(state, shared_with=shared_with)
        score, guesses, patterns = _score(text, _inputs(words))
        lower, upper = _band(len(clear))
        return PasswordEvidence(
            PasswordState.SET,
            score=score,
            guesses_log10=guesses,
            length_from=lower,
            length_to=upper,
            patterns=patterns,
            shared_with=shared_with,
            equals_pbx_password=equals_pbx,
        )

    def _others(self, count: int, *, comparable: bool = True) -> int | None:
        """Return how many others are equal; None if there is none but not all can be compared."""
        certain = comparable and all(
            value.startswith(TAG) or field_of(value) is not None for value in self._stored
        )
        return count - 1 if count > 1 or certain else None

    def _digest(self, clear: bytes) -> bytes:
        return hmac.digest(self._run_key, clear, sha256)

    def _digests(self) -> Counter[bytes]:
        if self._clear_digests is None:
            self._clear_digests = Counter()
            for stored, count in self._stored.items():
                self._clear_digests[self._opened(stored)] += count
        return self._clear_digests

    def _opened(self, stored: str | None) -> bytes:
        """Return the digest of a stored password, nothing if it cannot be opened."""
        field = field_of(stored)
        if field is None or self._key is None:
            return b""
        return self._digest(pbxcrypt.decrypt(self._key, field))

    def _pbx_digest(self) -> bytes:
        return self._opened(self._admin_password)

    def _estimated_length(self, field: bytes) -> int | None:
        """Return the length that the zero padding gives away, None if too few values show it.

        Every object has the same keystream, so the most common byte of a late column is padding;
        a password ends at the last column where it differs from that.
        """
        if self._modes is None:
            sample = [f for f in map(field_of, list(self._stored)[:_ESTIMATE_SAMPLE]) if f]
            columns = zip(*(f for f in sample if len(f) == len(field)), strict=True)
            self._modes = [Counter(column).most_common(1)[0] for column in columns]
            self._sample_size = len(sample)
        if self._sample_size < _MIN_ESTIMATE_SAMPLE or len(self._modes) != len(field):
            return None
        for length in range(len(field), 0, -1):
            byte, count = self._modes[length - 1]
            if count * 2 <= self._sample_size:
                return None
            if field[length - 1] != byte:
                return length
        return None


def _verified_key(
    pbx_password: str | None, admin_password: str | None, admin_key: str | None
) -> bytes | None:
    """Return the key of all user passwords if the PBX password proves right, else None.

    `_ADMIN_.pwd` is the PBX password encrypted with that very key.
    """
    field, key_field = field_of(admin_password), field_of(admin_key)
    if pbx_password is None or field is None or key_field is None:
        return None
    key = pbxcrypt.pbx_key(pbx_password, key_field)
    expected = pbxcrypt.pad(pbx_password, len(field))
    return key if hmac.compare_digest(pbxcrypt.rc4(key, field), expected) else None


def _band(length: int) -> tuple[int, int]:
    lower = max(bound for bound in LENGTH_BANDS if bound <= length)
    higher = [bound for bound in LENGTH_BANDS if bound > length]
    return lower, (higher[0] - 1 if higher else 999)


def _score(text: str, inputs: list[str]) -> tuple[int, float, tuple[str, ...]]:
    """Return the zxcvbn score 0 to 4, the rounded log10 of guesses, and the pattern names."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- only when there is a clear text

    result = zxcvbn(text[:MAX_SCORED_CHARACTERS], user_inputs=inputs)
    patterns = tuple(sorted({str(match["pattern"]) for match in result["sequence"]}))
    score = int(result["score"])
    guesses = round(float(result["guesses_log10"]), 1)
    if _made_of_context(text, inputs):
        score = min(score, _CAPPED_SCORE)
    return score, guesses, patterns


def _made_of_context(text: str, inputs: list[str]) -> bool:
    """Return whether little remains without context words and the digits around them.

    zxcvbn rates two or three joined context words as strong.
    """
    whole = rest = text.lower()
    for word in sorted(inputs, key=len, reverse=True):
        if len(word) > 2:  # noqa: PLR2004 -- shorter words occur in random text
            rest = rest.replace(word, "")
    if rest == whole:
        return False
    return len(re.sub(r"^[\W\d_]+|[\W\d_]+$", "", rest)) < _MIN_OWN_CHARACTERS


def _inputs(words: Iterable[str]) -> list[str]:
    """Return context words as people use them: parts, umlauts spelled out, reversed, joined."""
    parts: dict[str, None] = {}
    for word in (*words, *_CONSTANT_WORDS):
        lowered = word.lower()
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", word).lower()
        for part in (lowered, *re.split(r"[^0-9a-zäöüß]+", spaced)):
            if len(part) > 1:
                parts[part] = None
                parts[part.translate(_UMLAUTS)] = None
    singles = list(parts)[: _MAX_INPUTS // 4]
    joined = [
        first + separator + second
        for first in singles[:8]
        for second in singles[:8]
        if first != second
        for separator in ("", "-", ".", "_", " ")
    ]
    reverses = [part[::-1] for part in singles]
    return list(dict.fromkeys([*singles, *reverses, *joined]))[:_MAX_INPUTS]
