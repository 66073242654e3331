"""A webhook, signed as Standard Webhooks asks for (`v1`, HMAC-SHA256).

The library of that name brings five packages for these ten lines.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final

from auditor.errors import InputError
from auditor.fleet.inventory.inventory_model import Recipient
from auditor.fleet.outward.channels.channel import Letter
from auditor.fleet.outward.channels.http import check_url, post
from auditor.fleet.outward.channels.secret import host_for, secret_for
from auditor.fleet.outward.digest.digest_schema import digest_json
from auditor.messages.message import NOTHING, Message, say

_PREFIX: Final = "whsec_"
# What Standard Webhooks allows.
_SHORTEST: Final = 24
_LONGEST: Final = 64


class Webhook:
    """Sends the digest as JSON."""

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient

    def payload(self, letter: Letter) -> bytes:
        """Return the JSON of the digest."""
        return digest_json(letter.digest)

    def server(self) -> str:
        """Return the host of the URL, empty if it cannot be found."""
        return host_for(self._recipient)

    def send(self, letter: Letter, now: datetime) -> Message:
        """Send it with its signature. Raises DeliveryError and InputError."""
        url = check_url(*secret_for(self._recipient, "url"))
        key = key_of(*secret_for(self._recipient, "secret"))
        payload, timestamp = self.payload(letter), int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "pbx-auditor",
            "webhook-id": letter.key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(key, letter.key, timestamp, payload),
        }
        post(url, payload, headers, self._recipient.ca_file, now)
        return NOTHING


def key_of(secret: str, where: str) -> bytes:
    """Return the key of a secret, `whsec_` and Base64. Raises InputError, which does not quote."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise InputError(
            say("this is no secret of Standard Webhooks"),
            where=where,
            advice=say("it is whsec_ and {least} to {most} bytes in Base64", least=24, most=64),
        )
    return key


def signature(key: bytes, delivery: str, timestamp: int, payload: bytes) -> str:
    """Return the signature of a payload that is sent at a time under an id."""
    signed = b".".join((delivery.encode(), str(timestamp).encode(), payload))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
