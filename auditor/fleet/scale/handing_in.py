"""What a worker hands in: the result of one PBX as a document, and back.

It is JSON and no pickle: who can write a row must not be able to have the operator run code.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Final, NamedTuple

from pydantic import ConfigDict, TypeAdapter

from auditor.errors import HistoryError
from auditor.fleet.compression import is_whole
from auditor.fleet.history_model import AuditedPbx, AuditRecord, RecordedChange, Standing
from auditor.fleet.runner.jobs import AuditResult, Job
from auditor.fleet.runner.reports import run_folder
from auditor.messages.message import NOTHING, Message, say

# As high as documents of the history are.
_LEVEL: Final = 4
# Base64 of a compressed snapshot, and the rest: more would be packed to fill the memory.
_LONGEST: Final = 1 << 28
_NO_REPORT: Final = say("a worker wrote the report, and it is not here: all share `reports`")


class _Handed(NamedTuple):
    """A result of a run without its folder, which is another one on another machine."""

    run: int
    record: AuditRecord
    has_report: bool
    unwritten: Message = NOTHING
    told: Message = NOTHING


_ADAPTER: Final = TypeAdapter(
    _Handed, config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
)


def dumped(result: AuditResult, run: int) -> bytes:
    """Return a result as it is handed in for a run."""
    handed = _Handed(run, result.record, result.folder is not None, result.unwritten, result.told)
    return zlib.compress(_ADAPTER.dump_json(handed), _LEVEL)


def load_result(content: bytes, job: Job, where: str) -> AuditResult:
    """Return what was handed in for a job.

    Raises HistoryError for what no worker of this version wrote: what is about another PBX, or a
    document that is not what its digest says, by which it would be taken for one of another tenant.
    """
    try:
        text = zlib.decompressobj().decompress(content, _LONGEST)
        handed = _ADAPTER.validate_json(text)
        record = handed.record
        _check_is_of(job, handed)
        audited = _with_standings(record.audited)
    except (zlib.error, ValueError, KeyError, OverflowError):  # ValidationError is a ValueError
        raise HistoryError(
            say("what a worker handed in cannot be read"),
            where=where,
            advice=say("see that all workers have the version of this program"),
        ) from None
    folder = run_folder(job.asked.reports, job.pbx, job.asked.run) if handed.has_report else None
    told, unwritten = handed.told, handed.unwritten
    if folder is not None and not folder.is_dir():
        folder, unwritten = None, say("{where}: {message}", where=str(folder), message=_NO_REPORT)
    return AuditResult(record._replace(audited=audited), folder, unwritten, told)


def _check_is_of(job: Job, handed: _Handed) -> None:
    """Raise ValueError unless a record is about a job, and each document what its digest says."""
    record = handed.record
    about = (handed.run, record.pbx, record.tenant)
    if about != (job.asked.run, job.pbx.id, job.pbx.tenant):
        raise ValueError(record.pbx)
    if None in (record.started.tzinfo, record.ended.tzinfo) or record.started > record.ended:
        raise ValueError(record.pbx)
    audited = record.audited
    if audited is None:
        return
    if not is_whole(audited.snapshot):
        raise ValueError(audited.snapshot.digest)
    for paper in audited.papers:
        if hashlib.sha256(paper.content).hexdigest() != paper.digest:
            raise ValueError(paper.digest)


def _with_standings(audited: AuditedPbx | None) -> AuditedPbx | None:
    """Return an audit whose changes of findings have standings: as text they could be statuses."""
    if audited is None:
        return None
    return audited._replace(changes=tuple(map(_with_standing, audited.changes)))


def _with_standing(change: RecordedChange) -> RecordedChange:
    if not change.key:
        return change
    before = Standing(change.before) if change.before is not None else None
    return change._replace(before=before, after=Standing(change.after))
