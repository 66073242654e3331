"""How a PBX proves who it is over TLS: system trust, a pinned fingerprint, or a CA and a MAC.

Certificates of these devices carry the MAC address as common name, so host names rarely match.
A certificate that was checked by fingerprint or by CA and MAC becomes the only one accepted, so
every later connection is held to it.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final

from auditor.errors import SiteFileError, TargetError
from auditor.model.site import Trust

_TIMEOUT_SECONDS: Final = 10.0


def tls_context(trust: Trust, host: str, port: int) -> ssl.SSLContext:
    """Return the context for one PBX.

    Raises SiteFileError if the site's trust settings cannot be used, TargetError if the PBX
    cannot be reached or shows another certificate than expected.
    """
    if trust.fingerprint:
        shown = _shown_certificate(_unchecked_context(), host, port)
        expected = trust.fingerprint.replace(":", "").lower()
        if hashlib.sha256(shown).hexdigest() != expected:
            raise TargetError(
                "the certificate is not the pinned one: it was replaced, or this is another box",
                where=f"{host}:{port}",
                advice="compare the certificate on the PBX, then update [tls] fingerprint",
            )
        return _only(shown)
    if trust.ca_file:
        return _by_authority(trust, host, port)
    return ssl.create_default_context()


def _by_authority(trust: Trust, host: str, port: int) -> ssl.SSLContext:
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
            socket.create_connection((host, port), _TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            names = _common_names(secure.getpeercert())
            shown = secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise _unreachable(host, port, error) from None
    if _hex_digits(trust.mac) not in map(_hex_digits, names):
        raise TargetError(
            "the certificate belongs to another device than [tls] mac names",
            where=f"{host}:{port}",
            advice="check the address of the PBX",
        )
    return _only(shown)


def _shown_certificate(context: ssl.SSLContext, host: str, port: int) -> bytes:
    try:
        with (
            socket.create_connection((host, port), _TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise _unreachable(host, port, error) from None


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
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _hex_digits(text: str) -> str:
    return "".join(c for c in text.lower() if c in "0123456789abcdef")


def _unreachable(host: str, port: int, error: OSError) -> TargetError:
    return TargetError(
        f"no TLS connection ({type(error).__name__})",
        where=f"{host}:{port}",
        advice="check address, port and the certificate of the PBX",
    )
