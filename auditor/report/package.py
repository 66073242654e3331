"""One ZIP of everything that an audit wrote, with a manifest that proves it is whole.

`MANIFEST.json` has size and SHA-256 of each file; `SIGNATURE.json` an optional Ed25519 signature
(RFC 8032) of the octets of the manifest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import ValidationError

from auditor.errors import InputError, OutputError
from auditor.model.base import Document

MANIFEST: Final = "MANIFEST.json"
SIGNATURE: Final = "SIGNATURE.json"
# A package that claims more is refused before anything of it is unpacked.
MOST_FILES: Final = 10_000
MOST_OCTETS: Final = 1_000_000_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PRIVATE: Final = 0o600 << 16
PASSWORD: Final = "PBX_AUDITOR_KEY_PASSWORD"  # noqa: S105 -- the name of a variable


class Entry(Document):
    """One file of a package."""

    path: str
    size: int
    sha256: str


class Manifest(Document):
    """What a package holds, and which report it is about."""

    format: str = "pbx-auditor-package"
    version: int = 1
    tool: str
    run: str
    target: str
    files: list[Entry]


class Signature(Document):
    """The signature of a manifest; key and signature are base64 of their raw octets."""

    algorithm: str = "Ed25519"
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A package that is whole. `signer` is the fingerprint of the key, empty without signature."""

    manifest: Manifest
    signer: str


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
            "this is no Ed25519 private key, or its password is missing or wrong",
            where=where,
            advice=f"openssl genpkey -algorithm ed25519 makes one; its password is {PASSWORD}",
        )
    return key


def public_key(pem: bytes, where: str) -> Ed25519PublicKey:
    """Return the key that must have signed. Raises InputError for anything else."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(
            "this is no Ed25519 public key",
            where=where,
            advice="openssl pkey -in KEY.pem -pubout makes it from the private one",
        )
    return key


def pack(
    files: Mapping[str, bytes], about: Mapping[str, str], key: Ed25519PrivateKey | None = None
) -> bytes:
    """Return a ZIP of files by their path; `about` has tool, run and target. Same in, same out."""
    entries = [
        Entry(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for path, content in sorted(files.items())
    ]
    manifest = _octets(Manifest(**about, files=entries))
    members = {MANIFEST: manifest, **dict(sorted(files.items()))}
    if key:
        members[SIGNATURE] = _octets(
            Signature(
                public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
                signature=base64.b64encode(key.sign(manifest)).decode(),
            )
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members.items():
            info = zipfile.ZipInfo(path, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = _PRIVATE
            archive.writestr(info, content)
    return buffer.getvalue()


def _octets(document: Document) -> bytes:
    return (json.dumps(document.model_dump(), indent=1, ensure_ascii=False) + "\n").encode()


def verify(content: bytes, where: str, key: Ed25519PublicKey | None = None) -> Verified:
    """Check that a package is whole, and signed by `key` if one is given.

    Raises InputError if it is no package, OutputError naming what is missing, added or changed.
    """
    members = _members(content, where)
    try:
        raw = members.pop(MANIFEST)
        manifest = Manifest.model_validate_json(raw)
        signed = SIGNATURE in members
        signature = Signature.model_validate_json(members.pop(SIGNATURE)) if signed else None
    except (KeyError, ValidationError):
        raise InputError("this is no package of pbx-auditor", where=where) from None
    problems = list(_differences(manifest, members))
    if problems:
        raise _broken("; ".join(problems[:5]), where)
    return Verified(manifest, _signer(signature, raw, key, where))


def _members(content: bytes, where: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            names = [info.filename for info in listed]
            too_large = sum(info.file_size for info in listed) > MOST_OCTETS
            if len(listed) > MOST_FILES or too_large:
                raise InputError("the package is too large", where=where)
            if len(set(names)) != len(names) or not all(map(_is_plain, names)):
                raise _broken("it has a name twice, or one that leads elsewhere", where)
            return {info.filename: archive.read(info) for info in listed}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError):
        raise _broken("it is damaged, or no ZIP file", where) from None


def _is_plain(name: str) -> bool:
    """Return whether a name stays inside the folder that somebody unpacks the package in."""
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts and not set(name) & {"\\", ":"}


def _differences(manifest: Manifest, members: Mapping[str, bytes]) -> list[str]:
    wanted = {entry.path: entry for entry in manifest.files}
    missing = [f"{name!r:.100} is missing" for name in sorted(wanted.keys() - members.keys())]
    added = [f"{name!r:.100} was added" for name in sorted(members.keys() - wanted.keys())]
    changed = [
        f"{name!r:.100} was changed"
        for name, entry in wanted.items()
        if name in members and hashlib.sha256(members[name]).hexdigest() != entry.sha256
    ]
    return [*missing, *added, *changed]


def _signer(
    signature: Signature | None, manifest: bytes, key: Ed25519PublicKey | None, where: str
) -> str:
    if signature is None:
        if key:
            raise _broken("it is not signed", where)
        return ""
    try:
        signer = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature.public_key))
        signer.verify(base64.b64decode(signature.signature), manifest)
    except (InvalidSignature, binascii.Error, ValueError):
        raise _broken("its signature does not fit", where) from None
    if key and key.public_bytes_raw() != signer.public_bytes_raw():
        raise _broken("it is signed by another key", where)
    return fingerprint(signer)


def _broken(how: str, where: str) -> OutputError:
    return OutputError(
        f"the package cannot be trusted: {how}",
        where=where,
        advice="ask whoever sent it for the package as it was made",
    )
