"""How a PBX proves who it is over TLS: system trust, a pinned fingerprint, or a CA and a MAC.

Certificates of these devices carry the MAC address as common name, so host names rarely match.
A certificate that was checked by fingerprint or by CA and MAC becomes the only one accepted, so
every later connection is held to it.
"""

from __future__ import annotations

import errno
import hashlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from auditor.errors import CertificateError, HungUpError, SiteFileError, TargetError, TlsError
from auditor.model.site import Trust
from auditor.sources.refused import CLOSED, NO_HTTP, causes, hung_up
from auditor.sources.watchdog import shut_after

_WRONG_HOST: Final = (
    "the certificate of the PBX is for another name than this address",
    "use the name in the certificate, or pin it: `pbx-auditor doctor --show-fingerprint`",
)
_SHORT_KEY: Final = (
    "the key of the certificate that the PBX shows is too short to prove anything",
    "give the PBX a new certificate, with RSA of at least 2048 bits or ECDSA",
)
# Numbers of OpenSSL (X509_V_ERR_…).
_CERTIFICATE_PROBLEMS: Final = {
    9: ("the certificate of the PBX is not valid yet", "compare the clocks of the PBX and here"),
    10: (
        "the certificate of the PBX has expired",
        "renew it on the PBX",
    ),
    62: _WRONG_HOST,
    66: _SHORT_KEY,
    67: _SHORT_KEY,
    64: _WRONG_HOST,
}
_CONNECTION_PROBLEMS: Final = (
    (
        ssl.SSLError,
        "the TLS handshake failed: the PBX does not speak TLS here, or only outdated versions",
        "check the port, and the TLS settings of the PBX",
    ),
    (socket.gaierror, "there is no host of this name", "check the address"),
    (
        ConnectionRefusedError,
        "the host refuses the connection",
        "check the port, and whether the PBX is up",
    ),
    (
        TimeoutError,
        "the PBX does not answer in time",
        "check the network and its filters, or allow more time with --timeout",
    ),
)
_NO_ROUTE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH})
_PROXY: Final = "check the port, whether the PBX is up, and what stands before it"


@dataclass(frozen=True, slots=True)
class Place:
    """Where TLS is spoken, and how many seconds to wait for it."""

    host: str
    port: int
    timeout: float

    def __str__(self) -> str:
        """Return host and port."""
        return f"{self.host}:{self.port}"


def tls_context(trust: Trust, place: Place) -> ssl.SSLContext:
    """Return the context for one PBX.

    Raises SiteFileError if the site's trust settings cannot be used, TargetError if the PBX
    cannot be reached or shows another certificate than expected.
    """
    if trust.fingerprint:
        shown = shown_certificate(place)
        expected = trust.fingerprint.replace(":", "").lower()
        if hashlib.sha256(shown).hexdigest() != expected:
            raise CertificateError(
                "the certificate is not the pinned one: it was replaced, or this is another box",
                where=str(place),
                advice="compare the certificate on the PBX, then update [tls] fingerprint",
            )
        return _only(shown)
    if trust.ca_file:
        return _by_authority(trust, place)
    return ssl.create_default_context()


def _by_authority(trust: Trust, place: Place) -> ssl.SSLContext:
    if not trust.mac:
        raise SiteFileError(
            "a CA file alone would accept every device of the vendor",
            where="[tls] ca_file",
            advice="add [tls] mac with the MAC address of this PBX",
        )
    try:
        context = ssl.create_default_context(cafile=trust.ca_file)
    except (OSError, ssl.SSLError):
        raise SiteFileError("the CA file cannot be read", where="[tls] ca_file") from None
    context.check_hostname = False
    try:
        with (
            socket.create_connection((place.host, place.port), place.timeout) as plain,
            shut_after(plain, place.timeout),
            context.wrap_socket(plain, server_hostname=place.host) as secure,
        ):
            names = _common_names(secure.getpeercert())
            shown = secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise explain_failure(error, Trust(), str(place)) from None
    if _hex_digits(trust.mac) not in map(_hex_digits, names):
        raise CertificateError(
            "the certificate belongs to another device than [tls] mac names",
            where=str(place),
            advice="check the address of the PBX",
        )
    return _only(shown)


def shown_certificate(place: Place) -> bytes:
    """Return the certificate that a PBX shows, in DER, whoever signed it; nothing else is sent.

    Raises TargetError if the PBX cannot be reached.
    """
    context = _unchecked_context()
    try:
        with (
            socket.create_connection((place.host, place.port), place.timeout) as plain,
            shut_after(plain, place.timeout),
            context.wrap_socket(plain, server_hostname=place.host) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise explain_failure(error, Trust(), str(place)) from None


def _common_names(certificate: Mapping[str, Any] | None) -> list[str]:
    """Return the common names of a certificate in the form of `SSLSocket.getpeercert`."""
    subject = (certificate or {}).get("subject", ())
    return [str(value) for part in subject for key, value in part if key == "commonName"]


def _unchecked_context() -> ssl.SSLContext:
    """Return a context that only looks at the certificate; nothing is sent through it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _only(certificate: bytes) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(certificate))
    context.check_hostname = False
    # Certificates that devices make for themselves lack what the strict reading asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _hex_digits(text: str) -> str:
    return "".join(c for c in text.lower() if c in "0123456789abcdef")


def explain_failure(error: BaseException, trust: Trust, where: str) -> TargetError:
    """Return what a failed connection means for the person who has to do something about it."""
    found = list(causes(error))
    for cause in found:
        if isinstance(cause, ssl.SSLCertVerificationError):
            message, advice = _CERTIFICATE_PROBLEMS.get(cause.verify_code, _distrusted(trust))
            return CertificateError(message, where=where, advice=advice)
    if hung_up(error):
        return HungUpError(CLOSED, where=where, advice=_PROXY)
    for kind, message, advice in _CONNECTION_PROBLEMS:
        if any(isinstance(cause, kind) for cause in found):
            failed = TlsError if kind is ssl.SSLError else TargetError
            return failed(message, where=where, advice=advice)
    if any(isinstance(cause, httpx.RemoteProtocolError) for cause in found):
        return TargetError(NO_HTTP, where=where, advice="check the port")
    routed = any(isinstance(c, OSError) and c.errno in _NO_ROUTE for c in found)
    message = "there is no route to the host" if routed else "the PBX cannot be reached"
    return TargetError(
        message, where=where, advice="check the address, the network and whether the PBX is up"
    )


def _distrusted(trust: Trust) -> tuple[str, str]:
    if trust.fingerprint or trust.ca_file:
        return (
            "the certificate of the PBX changed: it was replaced, or this is another box",
            "compare the certificate on the PBX, then update [tls] in the site file",
        )
    return (
        "nobody whom this computer trusts has signed the certificate of the PBX",
        "compare `pbx-auditor doctor --show-fingerprint` with the PBX, then pin it in [tls]",
    )
