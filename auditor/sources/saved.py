"""Saved snapshots: what `collect` writes and a later audit reads, validated on the way in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from auditor.errors import SourceError
from auditor.inputs import read_bytes
from auditor.jsonread import parse_json
from auditor.model.snapshot import SNAPSHOT_SCHEMA_VERSION, Gap, PbxObject, Snapshot
from auditor.model.vocabulary import Coverage

SNAPSHOT_MARK: Final = b'"pbx-auditor-snapshot"'
_KEY: Final = "pbx-auditor-snapshot"
_AT_ONCE: Final = 500
_SEAL: Final = ',"sha256":"'
# Snapshots of this version say nothing about what proves them whole.
_WITHOUT_PROOFS: Final = "1.0"
_NO_PROOF: Final = "the snapshot is of a version that did not prove what it read to be whole"
_COLLECT_AGAIN: Final = "collect it again with this version of pbx-auditor"
# What is added to the name of a snapshot for the journal of its collection.
SUFFIX: Final = ".partial"
MAX_SNAPSHOT_BYTES: Final = 1 << 30


def dump_snapshot(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield a snapshot as JSON, piece by piece; equal snapshots give equal bytes.

    At its end stands the SHA-256 of everything before, so that a part of it, or one that was
    changed, is never taken for the whole.
    """
    digest = hashlib.sha256()
    for piece in _content(snapshot):
        digest.update(piece)
        yield piece
    yield f'{_SEAL}{digest.hexdigest()}"}}\n'.encode()


def _content(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield everything but the seal.

    A large system has tens of thousands of objects, so they are never written as one text.
    """
    rest = _adapter().dump_python(replace(snapshot, objects=()), mode="json")
    del rest["objects"]
    head = _json(rest)[:-1]
    yield f'{{"{_KEY}":{head},"objects":['.encode()
    objects = _list_adapter()
    for at in range(0, len(snapshot.objects), _AT_ONCE):
        some = objects.dump_python(list(snapshot.objects[at : at + _AT_ONCE]), mode="json")
        text = _json([list(entry) for entry in some])[1:-1]
        yield f"{',' if at else ''}{text}".encode()
    yield b"]}"


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def load_snapshot(path: Path) -> Snapshot:
    """Return a saved snapshot.

    Raises SourceError if the file is damaged or of another schema version.
    """
    try:
        data = read_bytes(path, MAX_SNAPSHOT_BYTES)
        content = parse_json(data)[_KEY]
        version = content["schema_version"]
    except OSError as error:
        raise SourceError(
            f"the snapshot cannot be read ({error.strerror})",
            where=str(path),
            advice="no real system comes to more than 1 GiB; collect it again",
        ) from None
    except (ValueError, KeyError, TypeError):
        raise _damaged(path) from None
    if version not in (SNAPSHOT_SCHEMA_VERSION, _WITHOUT_PROOFS):
        raise SourceError(
            f"its schema is {version!r:.20}, this program reads {SNAPSHOT_SCHEMA_VERSION}",
            where=str(path),
            advice=_COLLECT_AGAIN,
        )
    if version == SNAPSHOT_SCHEMA_VERSION and not _is_sealed(data):
        raise _damaged(path, ": it is not the one that was collected")
    try:
        snapshot = _adapter().validate_python(content)
        return snapshot if version == SNAPSHOT_SCHEMA_VERSION else _unproven(snapshot)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _damaged(path, f" at {place}") from None


def _is_sealed(data: bytes) -> bool:
    """Return whether a snapshot ends with the digest of everything before."""
    content, mark, seal = data.rpartition(_SEAL.encode())
    digest = hashlib.sha256(content).hexdigest()
    return bool(mark) and seal.strip() == f'{digest}"}}'.encode()


def _unproven(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of an earlier version, which did not prove that anything is whole."""
    areas = {
        area: Coverage.PARTIAL if coverage is Coverage.COMPLETE else coverage
        for area, coverage in snapshot.areas.items()
    }
    gaps = [Gap(area, _NO_PROOF, advice=_COLLECT_AGAIN) for area in areas]
    return replace(snapshot, areas=areas, gaps=(*snapshot.gaps, *gaps))


@cache
def _adapter() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


@cache
def _list_adapter() -> TypeAdapter[list[PbxObject]]:
    return TypeAdapter(list[PbxObject])


def _damaged(path: Path, place: str = "") -> SourceError:
    return SourceError(
        f"the snapshot is damaged{place}", where=str(path), advice="collect it again"
    )
