"""Looks at TLS itself: what is agreed on, which certificate is shown, which old versions still go.

Each look is a handshake of its own, after which nothing is sent.
"""

from __future__ import annotations

import math
import ssl
import time
import warnings
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from auditor.errors import TargetError
from auditor.model.site import Trust
from auditor.model.snapshot import Certificate, TlsEndpoint
from auditor.model.vocabulary import Identity, TlsAnswer
from auditor.sources.live.tls_errors import Expected, explain_failure
from auditor.sources.live.trust import TlsPlace, secured, tls_context
from auditor.sources.parse.certificate import CertificateFormatError, read_certificate

_TIMEOUT_SECONDS: Final = 10.0
_ALL_SECONDS: Final = 4 * _TIMEOUT_SECONDS
_HTTPS_PORT: Final = 443
_OUTDATED: Final = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}
# What OpenSSL calls the alert by which a server says that it does not speak the version.
_REFUSALS: Final = frozenset({"TLSV1_ALERT_PROTOCOL_VERSION"})
# What OpenSSL says if it cannot make the offer itself.
_OWN_LIMITS: Final = frozenset({"NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE"})
_EVERY_CIPHER: Final = "ALL:@SECLEVEL=0"
_EXPECTED: Final = {
    Identity.FINGERPRINT: Expected.PINNED,
    Identity.AUTHORITY: Expected.PINNED,
    Identity.SYSTEM: Expected.SYSTEM,
    Identity.UNPROVEN: Expected.ANYBODY,
}


def look_at_tls(url: str, trust: Trust, seconds: float = _ALL_SECONDS) -> TlsEndpoint:
    """Return what an address shows to somebody who checks its certificate, within that time.

    Raises TargetError if it cannot be reached or its certificate is not to be trusted.
    """
    end = time.monotonic() + seconds
    place = _place(url)
    context = tls_context(trust, _within(place, end))
    if trust.fingerprint:
        return _look((place, end), context, Identity.FINGERPRINT)
    identity = Identity.AUTHORITY if trust.ca_file else Identity.SYSTEM
    return _look((place, end), context, identity)


def look_anyway(url: str, trust: Trust, seconds: float = _ALL_SECONDS) -> TlsEndpoint | None:
    """Return what an address shows although it is not trusted; None if it could be another box.

    A certificate that is not the pinned one is not looked at.
    """
    end = time.monotonic() + seconds
    try:
        return look_at_tls(url, trust, seconds)
    except TargetError:
        place = _place(url)
    try:
        endpoint = _look((place, end), _any_version(), Identity.UNPROVEN)
    except TargetError:
        return None
    if not trust.fingerprint:
        return None if trust.ca_file else endpoint
    shown = endpoint.certificate.fingerprint if endpoint.certificate else ""
    if shown != trust.fingerprint.replace(":", "").lower():
        return None
    return TlsEndpoint(
        endpoint.address,
        endpoint.protocol,
        endpoint.cipher,
        Identity.FINGERPRINT,
        endpoint.certificate,
        endpoint.outdated,
    )


def _place(url: str) -> TlsPlace:
    parts = urlsplit(url)
    return TlsPlace(parts.hostname or "", parts.port or _HTTPS_PORT, _TIMEOUT_SECONDS)


def _within(place: TlsPlace, end: float) -> TlsPlace:
    """Return a place with no more time than is left. Raises TargetError if none is."""
    left = end - time.monotonic()
    if left <= 0:
        raise explain_failure(TimeoutError(), Expected.ANYBODY, str(place))
    return replace(place, timeout=min(place.timeout, left))


def _look(
    where: tuple[TlsPlace, float], context: ssl.SSLContext, identity: Identity
) -> TlsEndpoint:
    """Return what a place shows until a point in time."""
    place, end = where
    address = str(place)
    try:
        with secured(_within(place, end), context) as secure:
            shown = secure.getpeercert(binary_form=True) or b""
            agreed = secure.cipher()
            protocol = secure.version() or ""
    except OSError as error:
        raise explain_failure(error, _EXPECTED[identity], address) from None
    outdated = {name: _try(place, version, end) for name, version in _OUTDATED.items()}
    cipher = agreed[0] if agreed else ""
    return TlsEndpoint(address, protocol, cipher, identity, _read(shown), outdated)


def _read(shown: bytes) -> Certificate | None:
    try:
        return read_certificate(shown)
    except CertificateFormatError:
        return None


def _try(place: TlsPlace, version: ssl.TLSVersion, end: float = math.inf) -> TlsAnswer:
    """Return what comes of offering one outdated version alone."""
    try:
        context = _only_version(version)
    except (ssl.SSLError, ValueError):
        return TlsAnswer.NOT_OFFERED
    try:
        with secured(_within(place, end), context):
            return TlsAnswer.ACCEPTED
    except ssl.SSLError as error:
        if error.reason in _REFUSALS:
            return TlsAnswer.REFUSED
        return TlsAnswer.NOT_OFFERED if error.reason in _OWN_LIMITS else TlsAnswer.UNCLEAR
    except (OSError, TargetError):  # it hangs up or is silent: that says nothing of the version
        return TlsAnswer.UNCLEAR


def _only_version(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = _any_version()
    with warnings.catch_warnings():  # Python warns of what is to be found out here
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version
        context.maximum_version = version
    return context


def _any_version() -> ssl.SSLContext:
    """Return a context that only looks, and agrees to whatever this computer can speak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(_EVERY_CIPHER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context
