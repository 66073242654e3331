"""A bundle: what a collector read of its PBXs, free of secrets, signed and numbered.

It has the form of a package (see `report.handover.sealing`), and a manifest of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from auditor.errors import InputError
from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import cannot_read
from auditor.fleet.inventory.allowed_values import Id
from auditor.messages.message import NOTHING, Message, content_of, loaded, say
from auditor.model.base import Document
from auditor.report.handover.archive import MOST_OCTETS, ArchiveError
from auditor.report.handover.archive import file_in_archive as file_of
from auditor.report.handover.sealing import (
    SealedFile,
    SealedManifest,
    manifest_entries,
    sealed,
    unsealed,
)
from auditor.report.handover.signing import PrivateKey
from auditor.report.text import visible

_FOLDER: Final = "snapshots"
_LONGEST_REASON: Final = 1000
_LARGEST: Final = (1 << 63) - 1
_WHAT: Final = say("the bundle")


class BundledPbx(Document):
    """One PBX: when its reading began and ended, and either its snapshot or why there is none.

    `reason` is a message by its template and parameters, empty if there is a snapshot.
    """

    id: Id
    began: AwareDatetime
    ended: AwareDatetime
    snapshot: str = ""
    reason: object = ""

    def why(self) -> Message:
        """Return why there is no snapshot, on one line in which nothing acts. Raises ValueError.

        What another program wrote is told in other languages only where it is as ours are.
        """
        reason = loaded(self.reason)
        if reason.isprintable() and len(json.dumps(self.reason)) <= _LONGEST_REASON:
            return reason
        return say("{reason}", reason=visible(reason, _LONGEST_REASON))


class BundleManifest(SealedManifest):
    """What a bundle holds, who made it for which tenant, and its place in their order."""

    format: Literal["pbx-auditor-bundle"] = "pbx-auditor-bundle"
    version: Literal[1] = 1
    tool: str
    collector: Id
    tenant: str
    sequence: Annotated[int, Field(ge=1, le=_LARGEST, strict=True)]
    made: AwareDatetime
    pbxs: list[BundledPbx]
    files: list[SealedFile]

    def listed(self) -> Sequence[SealedFile]:
        """Return the files, in the order of their paths."""
        return self.files


class BundleOrigin(NamedTuple):
    """Who makes a bundle of what, and which one of theirs it is."""

    tool: str
    collector: str
    tenant: str
    sequence: int
    made: datetime


class Gathered(NamedTuple):
    """What came of reading one PBX: the bytes of its snapshot, or why there is none."""

    id: str
    began: datetime
    ended: datetime
    snapshot: bytes = b""
    reason: Message = NOTHING


class Bundle(NamedTuple):
    """A bundle that is whole. `signer` is the raw key that signed it, empty if nobody did."""

    manifest: BundleManifest
    signer: bytes
    content: bytes

    def snapshot(self, pbx: BundledPbx) -> bytes:
        """Return the bytes of a snapshot."""
        return file_of(self.content, pbx.snapshot)


def write_bundle(made: BundleOrigin, gathered: Sequence[Gathered], key: PrivateKey) -> bytes:
    """Return a signed bundle. Raises InputError if it would be too large."""
    files = {f"{_FOLDER}/{one.id}.json": one.snapshot for one in gathered if one.snapshot}
    pbxs = [_bundled(one) for one in sorted(gathered)]
    manifest = BundleManifest(**made._asdict(), pbxs=pbxs, files=manifest_entries(files))
    try:
        return sealed(files, manifest, key)
    except ArchiveError as error:
        raise InputError(
            say("this cannot be bundled: {reason}", reason=error.reason),
            where=made.collector,
            advice=say("collect fewer PBXs at a time, with --only"),
        ) from None


def _bundled(one: Gathered) -> BundledPbx:
    if one.snapshot:
        path = f"{_FOLDER}/{one.id}.json"
        return BundledPbx(id=one.id, began=one.began, ended=one.ended, snapshot=path)
    return BundledPbx(id=one.id, began=one.began, ended=one.ended, reason=content_of(one.reason))


def read_bundle(path: Path) -> Bundle:
    """Return a bundle that is whole; nobody has looked at its signer yet. Raises InputError."""
    try:
        content = read_bytes(path, MOST_OCTETS)
    except OSError as error:
        raise cannot_read(_WHAT, path, error, "BUNDLE", InputError) from None
    try:
        found = unsealed(content, BundleManifest)
    except ArchiveError as error:
        raise refused_bundle(error.reason, str(path)) from None
    manifest = found.manifest
    paths = [one.snapshot for one in manifest.pbxs if one.snapshot]
    ids = [one.id.casefold() for one in manifest.pbxs]
    if len(set(ids)) < len(ids) or sorted(paths) != [one.path for one in manifest.files]:
        raise refused_bundle(say("its PBXs and its files do not fit together"), str(path))
    if not all(map(_is_plain, manifest.pbxs)):
        raise refused_bundle(say("what it says of a PBX contradicts itself"), str(path))
    return Bundle(manifest, found.signer, content)


def _is_plain(one: BundledPbx) -> bool:
    """Return whether there is either a snapshot or a reason for having none."""
    try:
        reason = one.why() if one.reason else ""
    except ValueError:
        return False
    return bool(one.snapshot) is not bool(reason) and one.began <= one.ended


def refused_bundle(how: Message, where: str) -> InputError:
    """Return that nothing of a bundle is taken, and why."""
    return InputError(
        say("the bundle is refused: {how}", how=how),
        where=where,
        advice=say("nothing was recorded; have the collector make another one"),
    )
