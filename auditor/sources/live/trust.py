"""How a PBX proves who it is over TLS: system trust, a pinned fingerprint, or a CA and a MAC.

Certificates of these devices carry the MAC address as common name, so host names rarely match.
A certificate that was checked by fingerprint or by CA and MAC becomes the only one accepted, so
every later connection is held to it.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from auditor.errors import CertificateError, KeyPlace, SiteFileError
from auditor.messages.message import say
from auditor.model.site import Trust
from auditor.sources.live.tls_errors import Expected, explain_failure, unreadable
from auditor.sources.live.watchdog import shut_after
from auditor.values.frozen import frozen


@frozen
class TlsPlace:
    """Where TLS is spoken, and how many seconds to wait for it."""

    host: str
    port: int
    timeout: float

    def __str__(self) -> str:
        """Return host and port."""
        return f"{self.host}:{self.port}"


def tls_context(trust: Trust, place: TlsPlace) -> ssl.SSLContext:
    """Return the context for one PBX.

    Raises SiteFileError if the site's trust settings cannot be used, TargetError if the PBX
    cannot be reached or shows another certificate than expected.
    """
    if trust.fingerprint:
        shown = shown_certificate(place)
        expected = trust.fingerprint.replace(":", "").lower()
        if hashlib.sha256(shown).hexdigest() != expected:
            raise CertificateError(
                say(
                    "the certificate is not the pinned one: it was replaced, or this is another box"
                ),
                where=str(place),
                advice=say("compare the certificate on the PBX, then update [tls] fingerprint"),
            )
        return _only(shown, place)
    if trust.ca_file:
        return _by_authority(trust, place)
    return ssl.create_default_context()


def _by_authority(trust: Trust, place: TlsPlace) -> ssl.SSLContext:
    if not trust.mac:
        raise SiteFileError(
            say("a CA file alone would accept every device of the vendor"),
            where=KeyPlace("tls", "ca_file"),
            advice=say("add [tls] mac with the MAC address of this PBX"),
        )
    try:
        context = ssl.create_default_context(cafile=trust.ca_file)
    except (OSError, ssl.SSLError):
        raise SiteFileError(
            say("the CA file cannot be read"), where=KeyPlace("tls", "ca_file")
        ) from None
    context.check_hostname = False
    # What devices get lacks what the strict reading asks for; Python 3.13 made that the default.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        with secured(place, context) as secure:
            names = _common_names(secure.getpeercert())
            shown = secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise explain_failure(error, Expected.AUTHORITY, str(place)) from None
    if _hex_digits(trust.mac) not in map(_hex_digits, names):
        raise CertificateError(
            say("the certificate belongs to another device than [tls] mac names"),
            where=str(place),
            advice=say("check the address of the PBX"),
        )
    return _only(shown, place)


def shown_certificate(place: TlsPlace) -> bytes:
    """Return the certificate that a PBX shows, in DER, whoever signed it; nothing else is sent.

    Raises TargetError if the PBX cannot be reached.
    """
    context = _unchecked_context()
    try:
        with secured(place, context) as secure:
            return secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise explain_failure(error, Expected.ANYBODY, str(place)) from None


@contextmanager
def secured(place: TlsPlace, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    """Give a connection after its handshake; what is done with it counts for its time as well.

    Raises OSError, as TimeoutError if the time ran out however slowly bytes arrive.
    """
    end = time.monotonic() + place.timeout
    with (
        socket.create_connection((place.host, place.port), max(0.01, place.timeout)) as plain,
        shut_after(plain, end - time.monotonic()) as over,
    ):
        secure = None
        try:
            secure = context.wrap_socket(plain, server_hostname=place.host)
        except (OSError, ValueError):
            if not over.is_set():
                raise
        if secure is None:  # said here, so that it does not come of how the handshake ended
            raise TimeoutError
        with secure:
            yield secure


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


def _only(certificate: bytes, place: TlsPlace) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(certificate))
    except ssl.SSLError:  # OpenSSL is not as tolerant with one that it shall trust
        raise unreadable(str(place)) from None
    context.check_hostname = False
    # Certificates that devices make for themselves lack what the strict reading asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _hex_digits(text: str) -> str:
    return "".join(c for c in text.lower() if c in "0123456789abcdef")
