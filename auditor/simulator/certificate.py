"""A self-signed certificate without further packages: ECDSA on P-256, written as DER.

It is for the simulated PBX alone. Nothing here resists an attacker who measures time.
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

_P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_A: Final = _P - 3
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_Point = tuple[int, int]
_G: Final[_Point] = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SIZE: Final = 32
_INTEGER, _BITS, _OCTETS, _SEQUENCE, _SET = 0x02, 0x03, 0x04, 0x30, 0x31
_UTF8, _UTC_TIME, _EXPLICIT_0, _EXPLICIT_1 = 0x0C, 0x17, 0xA0, 0xA1
_LONG: Final = 0x80
# Object identifiers with tag and length: ecdsa-with-SHA256, id-ecPublicKey, prime256v1, commonName.
_ECDSA_SHA256: Final = bytes.fromhex("06082a8648ce3d040302")
_EC_KEY: Final = bytes.fromhex("06072a8648ce3d0201")
_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_COMMON_NAME: Final = bytes.fromhex("0603550403")
_YEAR: Final = timedelta(days=365)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
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


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """Return a context for a server with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.load_into(context)
    return context


def self_signed(
    name: str, *, since: datetime | None = None, until: datetime | None = None
) -> Certificate:
    """Return a new certificate with that common name, on a device its MAC address.

    It is valid from yesterday for a year unless `since` and `until` say otherwise.
    """
    now = datetime.now(UTC)
    private = 1 + secrets.randbelow(_N - 1)
    x, y = _times(private, _G)
    point = b"\0\4" + x.to_bytes(_SIZE) + y.to_bytes(_SIZE)
    attribute = _tlv(_SEQUENCE, _COMMON_NAME, _tlv(_UTF8, name.encode()))
    issuer = _tlv(_SEQUENCE, _tlv(_SET, attribute))
    validity = _tlv(_SEQUENCE, _time(since or now - _DAY), _time(until or now + _YEAR))
    algorithm = _tlv(_SEQUENCE, _ECDSA_SHA256)
    public = _tlv(_SEQUENCE, _tlv(_SEQUENCE, _EC_KEY, _P256), _tlv(_BITS, point))
    head = (_tlv(_EXPLICIT_0, _integer(2)), _integer(1 + secrets.randbits(63)), algorithm)
    signed = _tlv(_SEQUENCE, *head, issuer, validity, issuer, public)
    signature = _tlv(_BITS, b"\0", _signature(private, signed))
    key = _tlv(
        _SEQUENCE,
        _integer(1),
        _tlv(_OCTETS, private.to_bytes(_SIZE)),
        _tlv(_EXPLICIT_0, _P256),
        _tlv(_EXPLICIT_1, _tlv(_BITS, point)),
    )
    pem = ssl.DER_cert_to_PEM_cert(key).replace(" CERTIFICATE", " EC PRIVATE KEY")
    return Certificate(_tlv(_SEQUENCE, signed, algorithm, signature), pem)


def _signature(private: int, message: bytes) -> bytes:
    nonce = 1 + secrets.randbelow(_N - 1)
    r = _times(nonce, _G)[0] % _N
    digest = int.from_bytes(sha256(message).digest())
    s = pow(nonce, -1, _N) * (digest + r * private) % _N
    return _tlv(_SEQUENCE, _integer(r), _integer(s))


def _times(factor: int, point: _Point) -> _Point:
    """Return a multiple of a point by doubling and adding."""
    result: _Point | None = None
    while factor:
        if factor & 1:
            result = point if result is None else _plus(result, point)
        point = _plus(point, point)
        factor >>= 1
    if result is None:
        raise ValueError("zero times a point is no point")
    return result


def _plus(one: _Point, other: _Point) -> _Point:
    (x1, y1), (x2, y2) = one, other
    if one == other:
        slope = (3 * x1 * x1 + _A) * pow(2 * y1, -1, _P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < _LONG:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, _LONG | len(length)]) + length + content


def _integer(number: int) -> bytes:
    return _tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def _time(moment: datetime) -> bytes:
    return _tlv(_UTC_TIME, f"{moment.astimezone(UTC):%y%m%d%H%M%SZ}".encode())
