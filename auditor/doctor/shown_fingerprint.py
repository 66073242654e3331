"""The fingerprint of the certificate that a PBX shows, to be compared and pinned by hand."""

from __future__ import annotations

import hashlib

from auditor.errors import InputError
from auditor.messages.message import Message, say
from auditor.sources.live.login import parse_address
from auditor.sources.live.trust import TlsPlace, shown_certificate


def shown_fingerprint(target: str, seconds: float) -> tuple[Message, ...]:
    """Return what to compare, and the line of the site file that pins it.

    Nothing is sent but a handshake. Raises InputError for what is no https:// address, TargetError
    if the PBX cannot be reached.
    """
    parts = parse_address(target)
    if parts.scheme != "https":
        raise InputError(
            say("only an https:// address has a certificate"),
            where="TARGET",
            advice=say("use https://"),
        )
    shown = shown_certificate(TlsPlace(parts.hostname or "", parts.port or 443, seconds))
    digits = hashlib.sha256(shown).hexdigest()
    return (
        say("{host} shows a certificate with this SHA-256 fingerprint:", host=parts.netloc),
        say("\n{fingerprint}\n", fingerprint=in_pairs(digits)),
        say(
            "Compare it with the one that the PBX itself shows, from a place you\n"
            "trust. If they are the same, pin it in the site file:"
        ),
        say("\n[tls]\n{line}", line=f'fingerprint = "{digits}"'),
    )


def in_pairs(digits: str) -> str:
    """Return the digits of a fingerprint in pairs, as programs show them to be compared."""
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
