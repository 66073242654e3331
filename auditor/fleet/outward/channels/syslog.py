"""Syslog: one message of RFC 5424 over TLS, framed by its length as RFC 5425 asks for.

A server answers nothing: sent is what the connection took to its end. The key stands in the
message, so that whoever keeps it can tell a second one from the first.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from auditor.fleet.inventory.inventory_model import Recipient
from auditor.fleet.inventory.recipient_document import host_and_port
from auditor.fleet.outward.channels.channel import DeliveryError, Letter
from auditor.fleet.outward.channels.fitting import longest
from auditor.fleet.outward.channels.verified_tls import (
    NO_SERVER,
    NO_TLS,
    NOT_REACHED,
    NOT_TRUSTED,
    TOO_LATE,
    context_of,
    is_refused,
)
from auditor.fleet.outward.digest.written import Written, and_more
from auditor.messages.message import NOTHING, Message

PORT: Final = 6514
SECONDS: Final = 20.0
# What RFC 5425 says that every server should take.
LIMIT: Final = 8192
_CLOSING: Final = 3.0
_TALKS: Final = "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"
_LOG_AUDIT: Final = 13
_WARNING: Final = 4
_NOTICE: Final = 5
_INFO: Final = 6
_NONE: Final = "-"
_BOM: Final = "\ufeff"


class Syslog:
    """Sends the digest as one message."""

    def __init__(self, recipient: Recipient) -> None:
        self._recipient = recipient

    def payload(self, letter: Letter) -> bytes:
        """Return the message, with as many lines as fit."""

        def made(told: Written) -> bytes:
            return _message(letter, told)

        return longest(letter.told, made, LIMIT)

    def server(self) -> str:
        """Return the server of the inventory."""
        return self._recipient.server

    def send(self, letter: Letter, now: datetime) -> Message:  # noqa: ARG002 -- it says when made
        """Send it, and wait until the connection is closed. Raises DeliveryError, InputError."""
        payload = self.payload(letter)
        host, port = host_and_port(self._recipient.server, PORT)
        context = context_of(self._recipient.ca_file)
        try:
            with (
                socket.create_connection((host, port), SECONDS) as plain,
                context.wrap_socket(plain, server_hostname=host) as secure,
            ):
                secure.sendall(b"%d %s" % (len(payload), payload))
                _close(secure)
        except TimeoutError:
            raise DeliveryError(TOO_LATE, is_silent=True) from None
        except ssl.SSLError as error:
            refused = is_refused(error)
            reason = NOT_TRUSTED if refused else NO_TLS
            raise DeliveryError(reason, is_final=refused) from None
        except UnicodeError:
            raise DeliveryError(NO_SERVER, is_final=True) from None
        except OSError:
            raise DeliveryError(NOT_REACHED, is_silent=True) from None
        return NOTHING


def _close(secure: ssl.SSLSocket) -> None:
    """Close the connection in order. Raises OSError if the server refuses what it was sent.

    One that closes without a word, keeps the connection, or talks, has taken it.
    """
    secure.settimeout(_CLOSING)
    with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError, TimeoutError):
        try:
            secure.unwrap()
        except ssl.SSLError as error:
            if error.reason != _TALKS:
                raise


def _message(letter: Letter, told: Written) -> bytes:
    digest = letter.digest
    level = _INFO
    if digest.failed.total or digest.conflicts or digest.not_read:
        level = _WARNING
    elif digest.changed:
        level = _NOTICE
    made = digest.made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host = _printable(socket.gethostname(), 255)
    name = _printable(digest.recipient, 32)
    head = f"<{_LOG_AUDIT * 8 + level}>1 {made} {host} pbx-auditor {_NONE} {name} {_NONE}"
    return f"{head} {_BOM}{_text(letter.key, told)}".encode()


def _text(key: str, told: Written) -> str:
    parts = [f"{told.subject} (key={key})", *told.lead]
    for section in told.sections:
        lines = [one.text for one in section.lines]
        if section.more:
            lines.append(and_more(section.more, told.language))
        parts.append(f"{section.heading}: " + "; ".join(lines))
    return " | ".join(parts)


def _printable(text: str, most: int) -> str:
    """Return a name as a header of syslog may hold it."""
    kept = "".join(one for one in text if "!" <= one <= "~")
    return kept[:most] or _NONE
