"""What a failed connection means, by the numbers and words of OpenSSL and of the system.

Each trouble has a sentence of its own; what is not listed is told in OpenSSL's own words, which are
not of the PBX.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

import httpx

from auditor.errors import CertificateError, HungUpError, NotHttpError, TargetError, TlsError
from auditor.messages.message import Message, say
from auditor.model.site import Trust
from auditor.sources.live.refusals import CLOSED, NO_HTTP, causes, hung_up

Words = tuple[Message, Message]


class Expected(Enum):
    """Who has to vouch for a certificate."""

    ANYBODY = "anybody"
    SYSTEM = "system"
    AUTHORITY = "authority"
    PINNED = "pinned"


_NEW_ONE: Final = say("give the PBX a new certificate")
_PIN: Final = say(
    "compare `pbx-auditor doctor --show-fingerprint` with the PBX, then pin it in [tls]"
)
_WRONG_HOST: Final = (
    say("the certificate of the PBX is for another name than this address"),
    say("use the name in the certificate, or pin it: `pbx-auditor doctor --show-fingerprint`"),
)
_SHORT_KEY: Final = (
    say("the key of the certificate that the PBX shows is too short to prove anything"),
    say("give the PBX a new certificate, with RSA of at least 2048 bits or ECDSA"),
)
_CHANGED: Final = (
    say("the certificate of the PBX changed: it was replaced, or this is another box"),
    say("compare the certificate on the PBX, then update [tls] in the site file"),
)
_NO_CHAIN: Final = (
    (
        say(
            "nothing leads from the certificate of the PBX to a trusted authority: the PBX does "
            "not send the certificate in between, or nobody here knows the authority"
        )
    ),
    say("let the PBX send its whole chain, or pin it: `pbx-auditor doctor --show-fingerprint`"),
)
_NO_CHAIN_TO_FILE: Final = (
    (
        say(
            "nothing leads from the certificate of the PBX to one of [tls] ca_file: the one in "
            "between is missing, or another authority signed it"
        )
    ),
    say("add the certificate in between to [tls] ca_file, or let the PBX send it"),
)
_DAMAGED_DATES: Final = (say("the days of validity in the certificate cannot be read"), _NEW_ONE)
_NO_AUTHORITY: Final = (
    say("one of the certificates that vouch for the PBX is none of an authority"),
    say("have the certificate signed by an authority that may do so"),
)
# Numbers of OpenSSL (X509_V_ERR_…).
_CERTIFICATE_PROBLEMS: Final[Mapping[int, Words]] = {
    6: (say("the key in one of the certificates cannot be read"), _NEW_ONE),
    7: (
        say("the signature of the certificate is wrong, so it was changed or is damaged"),
        _NEW_ONE,
    ),
    9: (
        say("the certificate of the PBX is not valid yet"),
        say("compare the clocks of the PBX and here"),
    ),
    10: (say("the certificate of the PBX has expired"), say("renew it on the PBX")),
    13: _DAMAGED_DATES,
    14: _DAMAGED_DATES,
    23: (say("the certificate of the PBX was revoked"), _NEW_ONE),
    24: _NO_AUTHORITY,
    25: _NO_AUTHORITY,
    26: (
        say("the certificate of the PBX is not made for a server"),
        say("give the PBX a certificate for the authentication of servers"),
    ),
    34: (
        say("the certificate of the PBX demands something that nobody here knows"),
        say("give the PBX a certificate without critical extensions of its own"),
    ),
    62: _WRONG_HOST,
    64: _WRONG_HOST,
    66: _SHORT_KEY,
    67: _SHORT_KEY,
    68: (
        say("the certificate is signed with a method that proves nothing any more, such as SHA-1"),
        say("give the PBX a certificate that is signed with SHA-256"),
    ),
    79: _NO_AUTHORITY,
}
# Who signed: what that means depends on whom one asked to vouch.
_ITSELF: Final = frozenset({18, 19})
_NOBODY: Final = frozenset({2, 20, 21})
_BY_ITSELF: Final[Mapping[Expected, Words]] = {
    Expected.AUTHORITY: (
        say("the certificate of the PBX is not signed by one of [tls] ca_file"),
        say("compare the certificate on the PBX with the authority in [tls] ca_file"),
    ),
    Expected.PINNED: _CHANGED,
}
_BY_NOBODY: Final[Mapping[Expected, Words]] = {
    Expected.AUTHORITY: _NO_CHAIN_TO_FILE,
    Expected.PINNED: _CHANGED,
}
_UNTRUSTED: Final = (
    say("nobody whom this computer trusts has signed the certificate of the PBX"),
    _PIN,
)
_OLD: Final = (
    say("the TLS handshake failed: the PBX speaks outdated versions only"),
    say("let the PBX speak TLS 1.2 or later"),
)
_NO_CIPHER: Final = (
    say(
        "the TLS handshake failed: the PBX and this computer know no method of encryption in common"
    ),
    say("allow the methods of TLS 1.2 or later on the PBX"),
)
_NO_NAME: Final = (
    say(
        "the TLS handshake failed: the PBX does not answer to the name that it was asked for (SNI)"
    ),
    say("give the name by which the PBX knows itself, instead of its IP address or another name"),
)
_OURS: Final = (
    say("the TLS handshake failed: the PBX wants a certificate of whoever connects"),
    say("let the PBX take logins without one on this port"),
)
_NO_TLS: Final = (
    say("the TLS handshake failed: what answers does not speak TLS"),
    say("check the port; where the PBX speaks TLS is set on it under Services/HTTP"),
)
# Parts of OpenSSL's words for what broke a handshake.
_HANDSHAKE_PROBLEMS: Final[tuple[tuple[str, Words], ...]] = (
    ("UNRECOGNIZED_NAME", _NO_NAME),
    ("CERTIFICATE_REQUIRED", _OURS),
    ("ALERT_BAD_CERTIFICATE", _OURS),
    ("ALERT_NO_CERTIFICATE", _OURS),
    ("PROTOCOL_VERSION", _OLD),
    ("UNSUPPORTED_PROTOCOL", _OLD),
    ("VERSION_TOO_LOW", _OLD),
    ("UNSAFE_LEGACY_RENEGOTIATION", _OLD),
    ("HANDSHAKE_FAILURE", _NO_CIPHER),
    ("NO_SHARED_CIPHER", _NO_CIPHER),
    ("INSUFFICIENT_SECURITY", _NO_CIPHER),
    ("KEY_TOO_SMALL", _SHORT_KEY),
    ("MD_TOO_WEAK", _CERTIFICATE_PROBLEMS[68]),
    ("WRONG_SIGNATURE_TYPE", _CERTIFICATE_PROBLEMS[68]),
    ("WRONG_VERSION_NUMBER", _NO_TLS),
    ("HTTP_REQUEST", _NO_TLS),
    ("PACKET_LENGTH_TOO_LONG", _NO_TLS),
    ("RECORD_LAYER_FAILURE", _NO_TLS),
    ("UNEXPECTED_MESSAGE", _NO_TLS),
)
# Words of OpenSSL for a certificate that it cannot take apart.
_NOT_X509: Final = ("ASN1", "WRONG_TAG", "PADDING", "X509_LIB", "NOT_ENOUGH_DATA", "TOO_LONG")
_CONNECTION_PROBLEMS: Final = (
    (socket.gaierror, say("there is no host of this name"), say("check the address")),
    (
        ConnectionRefusedError,
        say("the host refuses the connection"),
        say("check the port, and whether the PBX is up"),
    ),
    (
        (TimeoutError, httpx.TimeoutException),
        say("the PBX does not answer in time"),
        say(
            "check the network and its filters, or allow more time with --timeout, which `audit` "
            "and `doctor` have"
        ),
    ),
)
_NO_ROUTE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH})
_PROXY: Final = say("check the port, whether the PBX is up, and what stands before it")


def expected_by(trust: Trust) -> Expected:
    """Return who vouches for a certificate once that of a PBX is known to be the right one."""
    return Expected.PINNED if trust.fingerprint or trust.ca_file else Expected.SYSTEM


def unreadable(where: str) -> CertificateError:
    """Return the error about a certificate that nobody can take apart."""
    return CertificateError(
        say("the certificate that the PBX shows cannot be read as X.509"),
        where=where,
        advice=_NEW_ONE,
    )


def explain_failure(error: BaseException, expected: Expected, where: str) -> TargetError:
    """Return what a failed connection means for the person who has to do something about it."""
    found = list(causes(error))
    for cause in found:
        if isinstance(cause, ssl.SSLCertVerificationError):
            message, advice = _of_certificate(cause, expected)
            return CertificateError(message, where=where, advice=advice)
    if hung_up(error):
        return HungUpError(CLOSED, where=where, advice=_PROXY)
    for cause in found:
        if isinstance(cause, ssl.SSLError):
            return _of_handshake(cause, where)
    return _of_connection(found, where)


def _of_connection(found: Sequence[BaseException], where: str) -> TargetError:
    """Return what a connection means that failed before or after TLS."""
    for kind, message, advice in _CONNECTION_PROBLEMS:
        if any(isinstance(cause, kind) for cause in found):
            return TargetError(message, where=where, advice=advice)
    if any(isinstance(cause, httpx.RemoteProtocolError) for cause in found):
        return NotHttpError(NO_HTTP, where=where, advice=say("check the port"))
    routed = any(isinstance(one, OSError) and one.errno in _NO_ROUTE for one in found)
    message = say("there is no route to the host") if routed else say("the PBX cannot be reached")
    advice = say("check the address, the network and whether the PBX is up")
    return TargetError(message, where=where, advice=advice)


def _of_certificate(error: ssl.SSLCertVerificationError, expected: Expected) -> Words:
    code = error.verify_code
    if code in _ITSELF:
        return _BY_ITSELF.get(expected, _UNTRUSTED)
    if code in _NOBODY:
        return _BY_NOBODY.get(expected, _NO_CHAIN)
    if code in _CERTIFICATE_PROBLEMS:
        return _CERTIFICATE_PROBLEMS[code]
    message = say(
        "the certificate of the PBX cannot be trusted ({words})",
        words=_own_words(error.verify_message),
    )
    return message, _PIN


def _of_handshake(error: ssl.SSLError, where: str) -> TlsError:
    reason = error.reason or ""
    for part, (message, advice) in _HANDSHAKE_PROBLEMS:
        if part in reason:
            return TlsError(message, where=where, advice=advice)
    if any(part in reason for part in _NOT_X509):
        return unreadable(where)
    known = _own_words(reason.replace("_", " ").lower())
    return TlsError(
        say(
            "the TLS handshake failed ({words})",
            words=known or "for a reason that OpenSSL does not name",
        ),
        where=where,
        advice=say("check the port, and the TLS settings of the PBX"),
    )


def _own_words(text: str) -> str:
    """Return what OpenSSL says as far as it is plain words."""
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in " -"))[:80].strip()
