"""Ed25519 keys (RFC 8032): PEM files for people, and single lines for what programs pass on."""

from __future__ import annotations

import base64
import hashlib
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from auditor.errors import InputError
from auditor.messages.message import say

PrivateKey: TypeAlias = Ed25519PrivateKey
PASSWORD: Final = "PBX_AUDITOR_KEY_PASSWORD"  # noqa: S105 -- the name of a variable
# Whoever has one of these keys signs nothing: they fit messages that nobody signed (RFC 8032, 8).
# The y coordinates of the points whose order divides eight, and other spellings of the same.
_ORDER_EIGHT: Final = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
_PRIME: Final = 2**255 - 19
_SIGN: Final = 1 << 255


class WeakKeyError(ValueError):
    """Anybody can sign with a key."""


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the raw public key, to be compared by people."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def fingerprint_of(public: str) -> str:
    """Return the fingerprint of a key that is base64 of its raw octets."""
    return hashlib.sha256(decoded(public)).hexdigest()


def private_key(pem: bytes, where: str, password: str | None) -> Ed25519PrivateKey:
    """Return the key that signs. Raises InputError for another kind, or a wrong password."""
    try:
        key = load_pem_private_key(pem, password.encode() if password else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(
            say("this is no Ed25519 private key, or its password is missing or wrong"),
            where=where,
            advice=say(
                "openssl genpkey -algorithm ed25519 makes one; its password is {password}",
                password=PASSWORD,
            ),
        )
    return key


def public_key(pem: bytes, where: str) -> Ed25519PublicKey:
    """Return the key that must have signed. Raises InputError for anything else."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey) or is_weak(key.public_bytes_raw()):
        raise InputError(
            say("this is no Ed25519 public key"),
            where=where,
            advice=say("openssl pkey -in KEY.pem -pubout makes it from the private one"),
        )
    return key


def is_weak(key: bytes) -> bool:
    """Return whether signatures by a raw public key prove nothing, or it has another spelling."""
    y = int.from_bytes(key, "little") % _SIGN
    weak = {
        0,
        1,
        _PRIME - 1,
        *(int.from_bytes(bytes.fromhex(one), "little") for one in _ORDER_EIGHT),
    }
    return y >= _PRIME or y in weak


def new_key() -> Ed25519PrivateKey:
    """Return a key that nobody has."""
    return Ed25519PrivateKey.generate()


def key_line(key: Ed25519PrivateKey) -> str:
    """Return a private key as one line, base64 of its 32 octets."""
    return base64.b64encode(key.private_bytes_raw()).decode()


def key_of(line: str) -> Ed25519PrivateKey | None:
    """Return the private key that a line is; None if it is none."""
    try:
        return Ed25519PrivateKey.from_private_bytes(decoded(line))
    except ValueError:
        return None


def public_part(key: Ed25519PrivateKey) -> str:
    """Return the public part of a key, base64 of its 32 octets."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def signer_of(public: str, signature: str, octets: bytes) -> bytes:
    """Return the raw key that signed some octets; key and signature are base64.

    Raises WeakKeyError for a key that anybody can sign with, ValueError if the signature does not
    fit.
    """
    raw, signed = decoded(public), decoded(signature)
    if is_weak(raw):
        raise WeakKeyError
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signed, octets)
    except InvalidSignature:
        raise ValueError("it does not fit") from None
    return raw


def decoded(text: str) -> bytes:
    """Return the octets of base64 in its one spelling. Raises ValueError."""
    octets = base64.b64decode(text, validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("another spelling")
    return octets
