"""Files and a manifest in one ZIP: what packages of reports and bundles of snapshots share.

`MANIFEST.json` has size and SHA-256 of each file; `SIGNATURE.json` an optional Ed25519 signature
(RFC 8032) of the octets of the manifest.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from pydantic import ValidationError

from auditor.files.json_reading import JsonError, parse_json
from auditor.messages.message import Message, say, together
from auditor.model.base import Document
from auditor.report.handover.archive import (
    ArchiveError,
    Member,
    check_names,
    read_archive,
    write_archive,
)
from auditor.report.handover.signing import PrivateKey, WeakKeyError, public_part, signer_of

MANIFEST: Final = "MANIFEST.json"
SIGNATURE: Final = "SIGNATURE.json"
_OWN: Final = (MANIFEST, SIGNATURE)
# So many of the files that are not as they should be are named.
_NAMED: Final = 5


class SealedFile(Document):
    """One file of an archive."""

    path: str
    size: int
    sha256: str


class SealedManifest(Document):
    """A manifest: what it is about, and the files, which are the last that it says."""

    def listed(self) -> Sequence[SealedFile]:
        """Return the files, in the order of their paths."""
        raise NotImplementedError


class Signature(Document):
    """The signature of a manifest; key and signature are base64 of their raw octets."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    signature: str


_Manifest = TypeVar("_Manifest", bound=SealedManifest)
_Model = TypeVar("_Model", bound=Document)


class Unsealed(NamedTuple, Generic[_Manifest]):
    """An archive that is whole. `signer` is the raw public key, empty if nobody signed it."""

    manifest: _Manifest
    signer: bytes


class NoManifestError(ArchiveError):
    """There is no manifest anywhere in what was given."""


def manifest_entries(files: Mapping[str, bytes]) -> list[SealedFile]:
    """Return what a manifest lists of some files."""
    return [
        SealedFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for path, content in sorted(files.items())
    ]


def sealed(
    files: Mapping[str, bytes], manifest: SealedManifest, key: PrivateKey | None = None
) -> bytes:
    """Return files with their manifest as one ZIP. Same in, same out. Raises ArchiveError."""
    check_names([*_OWN, *files])
    octets = octets_of(manifest)
    members = {MANIFEST: octets, **dict(sorted(files.items()))}
    if key:
        signature = base64.b64encode(key.sign(octets)).decode()
        members[SIGNATURE] = octets_of(Signature(public_key=public_part(key), signature=signature))
    return write_archive(members)


def octets_of(document: Document) -> bytes:
    """Return the one way to write a manifest or a signature."""
    content = document.model_dump(mode="json")
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def unsealed(content: bytes, model: type[_Manifest]) -> Unsealed[_Manifest]:
    """Return the manifest of an archive that is whole, and who signed it.

    Raises NoManifestError, TooLargeError, and ArchiveError naming what is missing, added or
    changed.
    """
    if MANIFEST.encode() not in content:
        raise NoManifestError(say("it has no manifest"))
    members = read_archive(content, _OWN)
    own = {member.path: member.content for member in members if member.path in _OWN}
    not_ours = say("its manifest is not as a package has it")
    manifest = _document(own.get(MANIFEST, b""), model, not_ours)
    problems = list(_differences(manifest, members))
    if problems:
        raise ArchiveError(together(*problems[:_NAMED]))
    return Unsealed(manifest, _signer(own))


def _document(octets: bytes, model: type[_Model], not_ours: Message) -> _Model:
    """Return what one of the archive's own files says, which is written in one way only."""
    try:
        document = model.model_validate(parse_json(octets))
    except (JsonError, ValidationError):
        document = None
    if document is None or octets_of(document) != octets:
        raise ArchiveError(not_ours)
    return document


def _differences(manifest: SealedManifest, members: Sequence[Member]) -> Iterator[Message]:
    wanted = {entry.path: (entry.size, entry.sha256) for entry in manifest.listed()}
    found = {one.path: (one.size, one.sha256) for one in members if one.path not in _OWN}
    missing, added = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    yield from (say("{file} is missing", file=f"{name!r:.100}") for name in sorted(missing))
    yield from (say("{file} was added", file=f"{name!r:.100}") for name in sorted(added))
    yield from (
        say("{file} was changed", file=f"{name!r:.100}")
        for name in wanted
        if found.get(name, wanted[name]) != wanted[name]
    )
    listed = [entry.path for entry in manifest.listed()]
    order = [one.path for one in members]
    own_end = [SIGNATURE] if SIGNATURE in order else []
    if listed != sorted(listed) or order != [MANIFEST, *listed, *own_end]:
        yield say("its files are not in order")


def _signer(own: Mapping[str, bytes]) -> bytes:
    """Return the raw key that signed the manifest, empty if nobody did. Raises ArchiveError."""
    if SIGNATURE not in own:
        return b""
    not_ours = say("its signature is not as a package has it")
    signature = _document(own[SIGNATURE], Signature, not_ours)
    try:
        return signer_of(signature.public_key, signature.signature, own[MANIFEST])
    except WeakKeyError:
        raise ArchiveError(say("its key is one that anybody can sign with")) from None
    except ValueError:
        raise ArchiveError(say("its signature does not fit")) from None
