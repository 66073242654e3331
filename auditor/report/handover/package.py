"""One ZIP of everything that an audit wrote, with a manifest that proves it is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from auditor.errors import InputError, OutputError
from auditor.messages.message import Message, say
from auditor.report.handover.archive import ArchiveError, TooLargeError
from auditor.report.handover.sealing import (
    NoManifestError,
    SealedFile,
    SealedManifest,
    manifest_entries,
    sealed,
    unsealed,
)
from auditor.report.handover.signing import fingerprint
from auditor.values.frozen import frozen


class Manifest(SealedManifest):
    """What a package holds, and which report it is about."""

    format: Literal["pbx-auditor-package"] = "pbx-auditor-package"
    version: Literal[1] = 1
    tool: str
    run: str
    target: str
    files: list[SealedFile]

    def listed(self) -> Sequence[SealedFile]:
        """Return the files, in the order of their paths."""
        return self.files


@frozen
class VerifiedPackage:
    """A package that is whole. `signer` is the fingerprint of the key, empty without signature."""

    manifest: Manifest
    signer: str


def pack_files(
    files: Mapping[str, bytes], about: Mapping[str, str], key: Ed25519PrivateKey | None = None
) -> bytes:
    """Return a ZIP of files by their path; `about` has tool, run and target. Same in, same out.

    Raises InputError for files that cannot be in one package.
    """
    try:
        return sealed(files, Manifest(**about, files=manifest_entries(files)), key)
    except ArchiveError as error:
        reason = say("these files cannot be packed: {reason}", reason=error.reason)
        raise InputError(
            reason, where="FOLDER", advice=say("rename them, or move them away")
        ) from None


def verify(content: bytes, where: str, key: Ed25519PublicKey | None = None) -> VerifiedPackage:
    """Check that a package is whole, and signed by `key` if one is given.

    Raises InputError if it is no package, OutputError naming what is missing, added or changed.
    """
    try:
        found = unsealed(content, Manifest)
    except NoManifestError:
        raise InputError(say("this is no package of pbx-auditor"), where=where) from None
    except TooLargeError as error:
        raise InputError(
            say("the package is too large: {reason}", reason=error.reason), where=where
        ) from None
    except ArchiveError as error:
        raise _broken(error.reason, where) from None
    if key and not found.signer:
        raise _broken(say("it is not signed"), where)
    if key and key.public_bytes_raw() != found.signer:
        raise _broken(say("it is signed by another key"), where)
    signer = Ed25519PublicKey.from_public_bytes(found.signer) if found.signer else None
    return VerifiedPackage(found.manifest, fingerprint(signer) if signer else "")


def _broken(how: Message, where: str) -> OutputError:
    return OutputError(
        say("the package cannot be trusted: {how}", how=how),
        where=where,
        advice=say("ask whoever sent it for the package as it was made"),
    )
