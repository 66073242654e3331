"""The arithmetic of a login at the socket of myApps.

Source: SDK doc/appwebsocket/myApps.htm; the sealed session is that of go-myapps and websocketphp8.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Final, NamedTuple

from auditor.pbx import crypt
from auditor.simulator.sockets.json_messages import Message, minimal, text_in

_NAME: Final = "innovaphoneAppClient"


class SocketLogin(NamedTuple):
    """What both sides know of a login: `kind` is user or session."""

    kind: str
    domain: str
    username: str
    password: str
    nonce: str
    challenge: str

    def response(self) -> str:
        """Return by what a client proves that it knows the password."""
        return _hash(*self)

    def is_right(self, message: Message) -> bool:
        """Return whether a message proves that its sender knows the password."""
        sent = text_in(message, "response").lower()
        return compare_digest(self.response().encode(), sent.encode())

    def proof(self, info: Message) -> str:
        """Return by what the PBX proves that it knows the password, over what it tells."""
        return _hash("loginresult", *self[1:], minimal(info))

    def sealed(self, name: str, text: str) -> str:
        """Return a part of a session encrypted for the client, `name` being `usr` or `pwd`."""
        key = f"{_NAME}:{name}:{self.nonce}:{self.password}"
        return crypt.rc4(key.encode(), text.encode()).hex()


def _hash(*parts: str) -> str:
    return sha256(":".join((_NAME, *parts)).encode()).hexdigest()
