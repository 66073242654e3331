"""HTTP authentication as the box asks for it: digest (RFC 2617, RFC 7616), and basic if allowed.

One nonce lasts as long as the server: existing clients use a nonce for many requests, over several
connections, and do not understand `stale=true` (wire-facts 1).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import md5, sha256
from hmac import compare_digest
from typing import Final

from auditor.simulator.behaviour import Behaviour
from auditor.simulator.simulated_pbx import Account

_FIELD: Final = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')

Candidates = Callable[[str], Iterable[Account]]


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What a client sent to log in, and for which request."""

    authorization: str = field(repr=False)
    method: str
    target: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Asks for a login and checks the answer."""

    realm: str
    nonce: str
    behaviour: Behaviour

    @property
    def challenges(self) -> list[str]:
        """Return the values of `WWW-Authenticate`, a header each: digest first (wire-facts 1)."""
        digests = [self._challenge(algorithm) for algorithm in self.behaviour.digest]
        return [*digests, f'Basic realm="{self.realm}"'] if self.behaviour.basic else digests

    def account(self, login: LoginAttempt, candidates: Candidates) -> Account | None:
        """Return whose login it is; None if it is nobody's."""
        scheme, _, rest = login.authorization.partition(" ")
        if scheme.lower() == "digest":
            fields = _fields(rest)
            found = candidates(fields.get("username", ""))
            return next((one for one in found if self._matches(fields, one, login)), None)
        if scheme.lower() == "basic" and self.behaviour.basic:
            name, _, password = _basic(rest).partition(b":")
            found = candidates(name.decode(errors="replace"))
            return next((o for o in found if compare_digest(o.password.encode(), password)), None)
        return None

    def _challenge(self, algorithm: str) -> str:
        qop = ', qop="auth"' if self.behaviour.offer_qop else ""
        name = f", algorithm={algorithm}" if self.behaviour.name_algorithm else ""
        return f'Digest realm="{self.realm}", nonce="{self.nonce}"{name}{qop}'

    def _matches(self, fields: Mapping[str, str], account: Account, login: LoginAttempt) -> bool:
        expected = (self.realm, self.nonce, login.target)
        if tuple(fields.get(name) for name in ("realm", "nonce", "uri")) != expected:
            return False
        algorithm = fields.get("algorithm", "MD5").upper()
        if algorithm not in self.behaviour.digest:
            return False
        middle = [self.nonce]
        if "qop" in fields:
            if fields["qop"] != "auth" or not fields.get("cnonce") or not fields.get("nc"):
                return False
            middle += [fields["nc"], fields["cnonce"], "auth"]
        first = _hash(algorithm, account.username, self.realm, account.password)
        last = _hash(algorithm, login.method, login.target)
        answer = fields.get("response", "").lower()
        return compare_digest(_hash(algorithm, first, *middle, last).encode(), answer.encode())


def _fields(text: str) -> dict[str, str]:
    found: Iterable[tuple[str, str, str]] = _FIELD.findall(text)
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        for name, quoted, bare in found
    }


def _basic(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _hash(algorithm: str, *parts: str) -> str:
    text = ":".join(parts).encode()
    if algorithm == "MD5":
        return md5(text, usedforsecurity=False).hexdigest()
    return sha256(text).hexdigest()
