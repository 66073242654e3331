"""Reads X.509: the certificate that a PBX shows, reduced to what controls judge."""

from __future__ import annotations

import hashlib
import warnings
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from auditor.model.snapshot import Certificate

RSA: Final = "RSA"
ECDSA: Final = "ECDSA"
ODD_SERIAL: Final = "its serial number is zero or negative, which X.509 forbids"
_MAX_NAMES: Final = 20
_MAX_NAME: Final = 253
_UNKNOWN: Final = ("unknown", 0)


class CertificateFormatError(Exception):
    """The bytes are not a certificate that can be understood."""


def read_certificate(content: bytes) -> Certificate:
    """Return what a certificate in DER says. Raises CertificateFormatError.

    The library warns of what is odd but readable, such as a serial number of zero; that is neither
    told on the terminal nor, where warnings are errors, a reason to break off.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _read(content)


def _read(content: bytes) -> Certificate:
    try:
        parsed = x509.load_der_x509_certificate(content)
        algorithm, bits = _key(parsed)
        return Certificate(
            subject=_common_name(parsed.subject),
            issuer=_common_name(parsed.issuer),
            self_signed=_is_self_signed(parsed),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            algorithm=algorithm,
            bits=bits,
            names=_names(parsed),
            fingerprint=hashlib.sha256(content).hexdigest(),
            oddity="" if parsed.serial_number > 0 else ODD_SERIAL,
        )
    except (ValueError, TypeError, x509.InvalidVersion):
        raise CertificateFormatError("it cannot be read as X.509") from None


def _common_name(name: x509.Name) -> str:
    """Return the common name; without one, the whole name."""
    found = [str(part.value) for part in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return (found[-1] if found else name.rfc4514_string())[:_MAX_NAME]


def _is_self_signed(parsed: x509.Certificate) -> bool:
    if parsed.issuer != parsed.subject:
        return False
    try:
        parsed.verify_directly_issued_by(parsed)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _key(parsed: x509.Certificate) -> tuple[str, int]:
    try:
        key = parsed.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return _UNKNOWN
    if isinstance(key, rsa.RSAPublicKey):
        return RSA, key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return ECDSA, key.key_size
    return type(key).__name__.removesuffix("PublicKey"), 0


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    """Return the host names and addresses that the certificate is for, as far as they are read."""
    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        ValueError,
    ):
        return ()
    values = [
        *extension.value.get_values_for_type(x509.DNSName),
        *map(str, extension.value.get_values_for_type(x509.IPAddress)),
    ]
    return tuple(value[:_MAX_NAME] for value in values[:_MAX_NAMES])
