"""HTTP digest authentication (RFC 2617, MD5), as the box asks for it.

One nonce lasts as long as the server: existing clients use a nonce for many requests, over several
connections, and do not understand `stale=true` (wire-facts 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import md5
from hmac import compare_digest
from typing import Final

from auditor.simulator.configuration import Account

_FIELD: Final = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME: Final = "digest "


@dataclass(frozen=True, slots=True)
class DigestGate:
    """Asks for a login and checks the answer. `offer_qop` False asks as RFC 2069 did."""

    realm: str
    nonce: str
    accounts: tuple[Account, ...]
    offer_qop: bool = True

    @property
    def challenge(self) -> str:
        """Return the value of `WWW-Authenticate`."""
        qop = ', qop="auth"' if self.offer_qop else ""
        return f'Digest realm="{self.realm}", nonce="{self.nonce}", algorithm=MD5{qop}'

    def login(self, authorization: str, method: str, target: str) -> Account | None:
        """Return whose login an `Authorization` header is; None if it is nobody's."""
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        fields = _fields(authorization[len(_SCHEME) :])
        for account in self.accounts:
            if account.username == fields.get("username"):
                return account if self._matches(fields, account, method, target) else None
        return None

    def _matches(self, fields: dict[str, str], account: Account, method: str, target: str) -> bool:
        expected = (self.realm, self.nonce, target)
        if tuple(fields.get(name) for name in ("realm", "nonce", "uri")) != expected:
            return False
        if fields.get("algorithm", "MD5").upper() != "MD5":
            return False
        first = _md5([account.username, self.realm, account.password])
        last = _md5([method, target])
        middle = [self.nonce]
        if "qop" in fields:
            if fields["qop"] != "auth" or not fields.get("cnonce") or not fields.get("nc"):
                return False
            middle += [fields["nc"], fields["cnonce"], "auth"]
        answer = fields.get("response", "").lower()
        return compare_digest(_md5([first, *middle, last]).encode(), answer.encode())


def _fields(text: str) -> dict[str, str]:
    found: Iterable[tuple[str, str, str]] = _FIELD.findall(text)
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        for name, quoted, bare in found
    }


def _md5(parts: list[str]) -> str:
    return md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
