"""Saved snapshots: what `collect` writes and a later audit reads, validated on the way in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from auditor.errors import SourceError
from auditor.model.snapshot import SNAPSHOT_SCHEMA_VERSION, Snapshot

SNAPSHOT_MARK: Final = b'"pbx-auditor-snapshot"'
_KEY: Final = "pbx-auditor-snapshot"


def dump_snapshot(snapshot: Snapshot) -> bytes:
    """Return a snapshot as JSON; equal snapshots give equal bytes."""
    content = _adapter().dump_python(snapshot, mode="json")
    content["objects"] = [list(entry) for entry in content["objects"]]
    return json.dumps({_KEY: content}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def load_snapshot(path: Path) -> Snapshot:
    """Return a saved snapshot.

    Raises SourceError if the file is damaged or of another schema version.
    """
    try:
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
