"""The digest with which an App logs in (SDK, AppLogin).

    digest = hex(SHA256(app:domain:sip:guid:dn[:info]:challenge:password))

It proves who logs in, and nothing about the PBX: who the PBX is, TLS has to prove before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

# A login with `sip` would be that of a user, from 13r3 on.
_EMPTY: Final = ("", "", "", "")


def digest_of_login(
    app: str, challenge: str, password: str, *, info: str | None = None, of_user: Iterable[str] = ()
) -> str:
    """Return the digest of an App's login, in hexadecimal digits.

    `of_user` are domain, sip, guid and dn, all empty for the App itself; `info` is minimal JSON as
    it is sent, None if none is.
    """
    parts = [app, *(tuple(of_user) or _EMPTY), *([] if info is None else [info])]
    text = ":".join([*parts, challenge, password])
    return hashlib.sha256(text.encode()).hexdigest()
