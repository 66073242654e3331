"""Saved snapshots: what `collect` writes and a later audit reads, validated on the way in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from auditor.errors import SourceError
from auditor.model.snapshot import SNAPSHOT_SCHEMA_VERSION, PbxObject, Snapshot

SNAPSHOT_MARK: Final = b'"pbx-auditor-snapshot"'
_KEY: Final = "pbx-auditor-snapshot"
_AT_ONCE: Final = 500
# What is added to the name of a snapshot for the journal of its collection.
SUFFIX: Final = ".partial"
MAX_SNAPSHOT_BYTES: Final = 1 << 30


def dump_snapshot(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield a snapshot as JSON, piece by piece; equal snapshots give equal bytes.

    A large system has tens of thousands of objects, so they are never written as one text.
    """
    rest = _adapter().dump_python(replace(snapshot, objects=()), mode="json")
    del rest["objects"]
    head = _json(rest)[:-1]
    yield f'{{"{_KEY}":{head},"objects":['.encode()
    objects = TypeAdapter(list[PbxObject])
    for at in range(0, len(snapshot.objects), _AT_ONCE):
        some = objects.dump_python(list(snapshot.objects[at : at + _AT_ONCE]), mode="json")
        text = _json([list(entry) for entry in some])[1:-1]
        yield f"{',' if at else ''}{text}".encode()
    yield b"]}}\n"


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def load_snapshot(path: Path) -> Snapshot:
    """Return a saved snapshot.

    Raises SourceError if the file is damaged or of another schema version.
    """
    try:
        if path.stat().st_size > MAX_SNAPSHOT_BYTES:
            raise SourceError(
                f"the snapshot is larger than {MAX_SNAPSHOT_BYTES >> 20} MiB",
                where=str(path),
                advice="no real system comes to that; collect it again",
            )
        content = json.loads(path.read_bytes())[_KEY]
        version = content["schema_version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path) from None
    if version != SNAPSHOT_SCHEMA_VERSION:
        raise SourceError(
            f"its schema is {version!r:.20}, this program reads {SNAPSHOT_SCHEMA_VERSION}",
            where=str(path),
            advice="collect it again with this version of pbx-auditor",
        )
    try:
        return _adapter().validate_python(content)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _damaged(path, f" at {place}") from None


def _adapter() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


def _damaged(path: Path, place: str = "") -> SourceError:
    return SourceError(
        f"the snapshot is damaged{place}", where=str(path), advice="collect it again"
    )
