"""The arithmetic of `AppLogin`, by which Apps log in to the PBX and the PBX to Apps.

Source: SDK doc/appwebsocket/AppWebsocket.htm; `websocket-apis.md` 2.2 has its test vectors.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Final

from auditor.pbx import crypt
from auditor.simulator.sockets.json_messages import Message, minimal, text_in

_HASHED: Final = ("app", "domain", "sip", "guid", "dn")


def login_digest(login: Message, challenge: str, password: str) -> str:
    """Return the digest of the fields of a login; `info` counts only if it is there."""
    parts = [text_in(login, name) for name in _HASHED]
    if "info" in login:
        parts.append(minimal(login["info"]))
    return _hash(*parts, challenge, password)


def is_right(login: Message, challenge: str, password: str) -> bool:
    """Return whether a login was made with the password."""
    sent = text_in(login, "digest").lower()
    return compare_digest(login_digest(login, challenge, password).encode(), sent.encode())


def session_key(challenge: str, password: str) -> str:
    """Return the key that both sides have after a login, 64 hexadecimal digits."""
    return _hash("innovaphoneAppSessionKey", challenge, password)


def encrypted_text(key: str, seed: str, text: str) -> str:
    """Return text encrypted under a session key, hexadecimal."""
    return crypt.rc4(f"{seed}:{key}".encode(), text.encode()).hex()


def _hash(*parts: str) -> str:
    return sha256(":".join(parts).encode()).hexdigest()
