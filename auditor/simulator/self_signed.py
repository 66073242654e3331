"""Self-signed certificates for the simulated PBX, good ones and bad ones."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from auditor.simulator.behaviour import CertificateKind

_YEAR: Final = timedelta(days=365)
_DAY: Final = timedelta(days=1)
_SHORT_BITS: Final = 1024
_EXPONENT: Final = 65537
# Lets a server show a key that is too short, and speak outdated versions.
_WHATEVER: Final = "ALL:@SECLEVEL=0"


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate and its key, in PEM; `der` is what a fingerprint is taken of."""

    der: bytes
    key: str = field(repr=False)

    @property
    def pem(self) -> str:
        """Return the certificate as PEM."""
        return ssl.DER_cert_to_PEM_cert(self.der)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 fingerprint, 64 hexadecimal digits."""
        return sha256(self.der).hexdigest()

    def load_into(self, context: ssl.SSLContext) -> None:
        """Use it in a context; the files that Python needs for that exist only meanwhile."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "device.pem"
            path.touch(mode=0o600)
            path.write_text(self.key + self.pem, encoding="ascii")
            context.load_cert_chain(path)


def server_context(certificate: ServerCertificate, *, outdated: bool = False) -> ssl.SSLContext:
    """Return a context for a server with that certificate; `outdated` allows TLS 1.0 and 1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(_WHATEVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if outdated:
        with warnings.catch_warnings():  # Python warns of what is simulated here
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    certificate.load_into(context)
    return context


def device_certificate(name: str, kind: CertificateKind) -> ServerCertificate:
    """Return the certificate of a simulated device: a good one, or one of the bad kinds."""
    now = datetime.now(UTC)
    match kind:
        case "expired":
            return self_signed(name, since=now - _YEAR, until=now - _DAY)
        case "short-key":
            return self_signed(name, rsa_bits=_SHORT_BITS)
        case "valid":
            return self_signed(name)


def self_signed(
    name: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    rsa_bits: int = 0,
) -> ServerCertificate:
    """Return a new certificate with that common name, on a device its MAC address.

    It is valid from yesterday for a year unless `since` and `until` say otherwise. Its key is of
    ECDSA on P-256, or of RSA if a size is given.
    """
    now = datetime.now(UTC)
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if rsa_bits:
        key = rsa.generate_private_key(_EXPONENT, rsa_bits)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(names)
        .issuer_name(names)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since or now - _DAY)
        .not_valid_after(until or now + _YEAR)
    )
    signed = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return ServerCertificate(signed.public_bytes(serialization.Encoding.DER), pem.decode("ascii"))
