"""One ZIP of everything that an audit wrote, with a manifest that proves it is whole.

`MANIFEST.json` has size and SHA-256 of each file; `SIGNATURE.json` an optional Ed25519 signature
(RFC 8032) of the octets of the manifest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import ValidationError

from auditor.errors import InputError, OutputError
from auditor.files.json_reading import JsonError, parse_json
from auditor.messages.message import Message, say, together
from auditor.model.base import Document
from auditor.report.handover.archive import (
    ArchiveError,
    Member,
    TooLargeError,
    check_names,
    read_archive,
    write_archive,
)

MANIFEST: Final = "MANIFEST.json"
SIGNATURE: Final = "SIGNATURE.json"
# Whoever has one of these keys signs nothing: they fit messages that nobody signed (RFC 8032, 8).
# The y coordinates of the points whose order divides eight, and other spellings of the same.
_ORDER_EIGHT: Final = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
_PRIME: Final = 2**255 - 19
_SIGN: Final = 1 << 255
_OWN: Final = (MANIFEST, SIGNATURE)
_Model = TypeVar("_Model", bound=Document)
PASSWORD: Final = "PBX_AUDITOR_KEY_PASSWORD"  # noqa: S105 -- the name of a variable


class PackagedFile(Document):
    """One file of a package."""

    path: str
    size: int
    sha256: str


class Manifest(Document):
    """What a package holds, and which report it is about."""

    format: Literal["pbx-auditor-package"] = "pbx-auditor-package"
    version: Literal[1] = 1
    tool: str
    run: str
    target: str
    files: list[PackagedFile]


class Signature(Document):
    """The signature of a manifest; key and signature are base64 of their raw octets."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A package that is whole. `signer` is the fingerprint of the key, empty without signature."""

    manifest: Manifest
    signer: str


_NOT_OURS: Final[Mapping[type[Document], Message]] = {
    Manifest: say("its manifest is not as a package has it"),
    Signature: say("its signature is not as a package has it"),
}


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the raw public key, to be compared by people."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


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


def pack(
    files: Mapping[str, bytes], about: Mapping[str, str], key: Ed25519PrivateKey | None = None
) -> bytes:
    """Return a ZIP of files by their path; `about` has tool, run and target. Same in, same out.

    Raises InputError for files that cannot be in one package.
    """
    try:
        check_names([*_OWN, *files])
        return write_archive(_members(dict(sorted(files.items())), about, key))
    except ArchiveError as error:
        reason = say("these files cannot be packed: {reason}", reason=error.reason)
        raise InputError(
            reason, where="FOLDER", advice=say("rename them, or move them away")
        ) from None


def _members(
    files: Mapping[str, bytes], about: Mapping[str, str], key: Ed25519PrivateKey | None
) -> dict[str, bytes]:
    """Return the files with the package's own around them."""
    entries = [
        PackagedFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for path, content in files.items()
    ]
    manifest = _octets(Manifest(**about, files=entries))
    members = {MANIFEST: manifest, **files}
    if key:
        members[SIGNATURE] = _octets(
            Signature(
                public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
                signature=base64.b64encode(key.sign(manifest)).decode(),
            )
        )
    return members


def _octets(document: Document) -> bytes:
    return (json.dumps(document.model_dump(), indent=1, ensure_ascii=False) + "\n").encode()


def verify(content: bytes, where: str, key: Ed25519PublicKey | None = None) -> Verified:
    """Check that a package is whole, and signed by `key` if one is given.

    Raises InputError if it is no package, OutputError naming what is missing, added or changed.
    """
    if MANIFEST.encode() not in content:
        raise InputError(say("this is no package of pbx-auditor"), where=where)
    try:
        members = read_archive(content, _OWN)
    except TooLargeError as error:
        raise InputError(
            say("the package is too large: {reason}", reason=error.reason), where=where
        ) from None
    except ArchiveError as error:
        raise _broken(error.reason, where) from None
    own = {member.path: member.content for member in members if member.path in _OWN}
    manifest = _document(own.get(MANIFEST, b""), Manifest, where)
    signature = _document(own[SIGNATURE], Signature, where) if SIGNATURE in own else None
    problems = list(_differences(manifest, members))
    if problems:
        raise _broken(together(*problems[:5]), where)
    return Verified(manifest, _signer(signature, own[MANIFEST], key, where))


def _document(octets: bytes, model: type[_Model], where: str) -> _Model:
    """Return what one of the package's own files says, which is written in one way only."""
    try:
        document = model.model_validate(parse_json(octets))
    except (JsonError, ValidationError):
        document = None
    if document is None or _octets(document) != octets:
        raise _broken(_NOT_OURS[model], where)
    return document


def _differences(manifest: Manifest, members: Sequence[Member]) -> Iterator[Message]:
    wanted = {entry.path: (entry.size, entry.sha256) for entry in manifest.files}
    found = {one.path: (one.size, one.sha256) for one in members if one.path not in _OWN}
    missing, added = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    yield from (say("{file} is missing", file=f"{name!r:.100}") for name in sorted(missing))
    yield from (say("{file} was added", file=f"{name!r:.100}") for name in sorted(added))
    yield from (
        say("{file} was changed", file=f"{name!r:.100}")
        for name in wanted
        if found.get(name, wanted[name]) != wanted[name]
    )
    listed = [entry.path for entry in manifest.files]
    order = [one.path for one in members]
    own_end = [SIGNATURE] if SIGNATURE in order else []
    if listed != sorted(listed) or order != [MANIFEST, *listed, *own_end]:
        yield say("its files are not in order")


def _signer(
    signature: Signature | None, manifest: bytes, key: Ed25519PublicKey | None, where: str
) -> str:
    if signature is None:
        if key:
            raise _broken(say("it is not signed"), where)
        return ""
    try:
        raw, signed = _decoded(signature.public_key), _decoded(signature.signature)
        if is_weak(raw):
            raise _broken(say("its key is one that anybody can sign with"), where)
        signer = Ed25519PublicKey.from_public_bytes(raw)
        signer.verify(signed, manifest)
    except (InvalidSignature, binascii.Error, ValueError):
        raise _broken(say("its signature does not fit"), where) from None
    if key and key.public_bytes_raw() != signer.public_bytes_raw():
        raise _broken(say("it is signed by another key"), where)
    return fingerprint(signer)


def _decoded(text: str) -> bytes:
    """Return the octets of base64 in its one spelling. Raises ValueError."""
    octets = base64.b64decode(text, validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("another spelling")
    return octets


def _broken(how: Message, where: str) -> OutputError:
    return OutputError(
        say("the package cannot be trusted: {how}", how=how),
        where=where,
        advice=say("ask whoever sent it for the package as it was made"),
    )
