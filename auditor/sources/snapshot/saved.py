"""Saved snapshots: what `collect` writes and a later audit reads, validated on the way in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from auditor.errors import SourceError
from auditor.files.inputs import MAX_SNAPSHOT_BYTES, read_bytes
from auditor.files.json_reading import parse_json
from auditor.files.os_reasons import why
from auditor.messages.message import Message, say
from auditor.model.snapshot import SNAPSHOT_SCHEMA_VERSION, PbxObject, Snapshot
from auditor.sources.snapshot.old_schemas import VERSIONS, unproven, with_messages

_DAMAGED: Final = say("the snapshot is damaged")
SNAPSHOT_MARK: Final = b'"pbx-auditor-snapshot"'
SNAPSHOT_KEY: Final = "pbx-auditor-snapshot"
_AT_ONCE: Final = 500
_SEAL: Final = ',"sha256":"'
# Snapshots of these versions have no digest at their end.
_UNSEALED: Final = ("1.0",)
_COLLECT_AGAIN: Final = say("collect it again with this version of pbx-auditor")
# What is added to the name of a snapshot for the journal of its collection.
SUFFIX: Final = ".partial"


def head_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return what a snapshot says beside its objects, as JSON holds it."""
    head: dict[str, Any] = _adapter().dump_python(replace(snapshot, objects=()), mode="json")
    del head["objects"]
    return head


def dump_snapshot(snapshot: Snapshot, head: Mapping[str, Any] | None = None) -> Iterator[bytes]:
    """Yield a snapshot as JSON, piece by piece; equal snapshots give equal bytes.

    At its end stands the SHA-256 of everything before, so that a part of it, or one that was
    changed, is never taken for the whole. `head` is that of the snapshot, if it was made already.
    """
    digest = hashlib.sha256()
    for piece in _content(snapshot, head or head_of(snapshot)):
        digest.update(piece)
        yield piece
    yield f'{_SEAL}{digest.hexdigest()}"}}\n'.encode()


def _content(snapshot: Snapshot, said: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield everything but the seal.

    A large system has tens of thousands of objects, so they are never written as one text.
    """
    head = _json(said)[:-1]
    yield f'{{"{SNAPSHOT_KEY}":{head},"objects":['.encode()
    objects = _list_adapter()
    for at in range(0, len(snapshot.objects), _AT_ONCE):
        some = objects.dump_json(list(snapshot.objects[at : at + _AT_ONCE]))
        yield b"," * bool(at) + some[1:-1]
    yield b"]}"


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def load_snapshot(path: Path) -> Snapshot:
    """Return a saved snapshot.

    Raises SourceError if the file is damaged or of another schema version.
    """
    try:
        data = read_bytes(path, MAX_SNAPSHOT_BYTES)
    except OSError as error:
        raise SourceError(
            say("the snapshot cannot be read ({why})", why=why(error)),
            where=str(path),
            advice=say("no real system comes to more than 1 GiB; collect it again"),
        ) from None
    return parse_snapshot(data, path)


def parse_snapshot(data: bytes, path: Path) -> Snapshot:
    """Return the snapshot that bytes are; `path` names it in errors.

    Raises SourceError if it is damaged or of another schema version.
    """
    try:
        content = parse_json(data)[SNAPSHOT_KEY]
        version = content["schema_version"]
    except (ValueError, KeyError, TypeError):
        raise _damaged(path) from None
    if version not in (SNAPSHOT_SCHEMA_VERSION, *VERSIONS):
        raise SourceError(
            say(
                "its schema is {version}, this program reads {known}",
                version=f"{version!r:.20}",
                known=SNAPSHOT_SCHEMA_VERSION,
            ),
            where=str(path),
            advice=_COLLECT_AGAIN,
        )
    if version not in _UNSEALED and not _is_sealed(data):
        raise _damaged(path, say("the snapshot is damaged: it is not the one that was collected"))
    try:
        if version == SNAPSHOT_SCHEMA_VERSION:
            return _adapter().validate_python(content)
        return unproven(_adapter().validate_python(with_messages(content)), version)
    except (AttributeError, IndexError, KeyError, TypeError):  # an old one that is none
        raise _damaged(path) from None
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _damaged(path, say("the snapshot is damaged at {place}", place=place)) from None


def _is_sealed(data: bytes) -> bool:
    """Return whether a snapshot ends with the digest of everything before."""
    content, mark, seal = data.rpartition(_SEAL.encode())
    digest = hashlib.sha256(content).hexdigest()
    return bool(mark) and seal.strip() == f'{digest}"}}'.encode()


@cache
def _adapter() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


@cache
def _list_adapter() -> TypeAdapter[list[PbxObject]]:
    return TypeAdapter(list[PbxObject])


def _damaged(path: Path, problem: Message = _DAMAGED) -> SourceError:
    return SourceError(problem, where=str(path), advice=say("collect it again"))
