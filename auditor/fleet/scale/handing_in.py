"""What a worker hands in: the result of one PBX as a document, and back.

It is JSON and no pickle: who can write a row must not be able to have the operator run code.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ConfigDict, TypeAdapter, ValidationError

from auditor.errors import HistoryError
from auditor.fleet.model import Audited, AuditRecord, Change, Standing
from auditor.fleet.runner.jobs import Result
from auditor.messages.message import NOTHING, Message, say
from auditor.sources.snapshot.saved import MAX_SNAPSHOT_BYTES

# As high as documents of the history are.
_LEVEL: Final = 4
# Base64 of a snapshot, and the rest.
_LONGEST: Final = MAX_SNAPSHOT_BYTES * 2


class _Handed(NamedTuple):
    """A result without its folder, which is another one on another machine."""

    record: AuditRecord
    has_report: bool
    unwritten: Message = NOTHING
    told: Message = NOTHING


_ADAPTER: Final = TypeAdapter(
    _Handed, config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
)


def dumped(result: Result) -> bytes:
    """Return a result as it is handed in."""
    handed = _Handed(result.record, result.folder is not None, result.unwritten, result.told)
    return zlib.compress(_ADAPTER.dump_json(handed), _LEVEL)


def loaded(content: bytes, folder: Path, where: str) -> Result:
    """Return what was handed in; `folder` is where its report is, if it has one.

    Raises HistoryError for what no worker of this version wrote.
    """
    try:
        text = zlib.decompressobj().decompress(content, _LONGEST)
        handed = _ADAPTER.validate_json(text)
    except (zlib.error, ValidationError, KeyError):
        raise HistoryError(
            say("what a worker handed in cannot be read"),
            where=where,
            advice=say("see that all workers have the version of this program"),
        ) from None
    record = handed.record._replace(audited=_with_standings(handed.record.audited))
    return Result(record, folder if handed.has_report else None, handed.unwritten, handed.told)


def _with_standings(audited: Audited | None) -> Audited | None:
    """Return an audit whose changes of findings have standings: as text they could be statuses."""
    if audited is None:
        return None
    return audited._replace(changes=tuple(map(_with_standing, audited.changes)))


def _with_standing(change: Change) -> Change:
    if not change.key:
        return change
    before = Standing(change.before) if change.before is not None else None
    return change._replace(before=before, after=Standing(change.after))
