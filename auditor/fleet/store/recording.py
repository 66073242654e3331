"""Records one audit: wholly or not at all, and exactly once."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, select, update

from auditor.errors import HistoryError
from auditor.fleet.compression import Packed
from auditor.fleet.history_model import AuditedPbx, AuditEnding, AuditRecord
from auditor.fleet.store.content_store import expiries_content, keep_all
from auditor.fleet.store.known_pbx import paper_column
from auditor.fleet.store.spans import Recorded, UnfitChangeError, apply
from auditor.fleet.store.tables import AUDIT, PBX, PLANNED
from auditor.messages.message import Message, say
from auditor.values.serials import is_serial_end

_SEPARATORS: Final = re.compile(r"[\W_]+")
# Made once: they are asked for each PBX in each run.
_DONE: Final = delete(PLANNED).where(
    PLANNED.c.run == bindparam("run"), PLANNED.c.pbx == bindparam("pbx")
)
_NEWEST: Final = select(func.max(AUDIT.c.run)).where(
    AUDIT.c.pbx == bindparam("pbx"), AUDIT.c.ending == AuditEnding.AUDITED
)
_PBX: Final = select(PBX, _NEWEST.scalar_subquery().label("newest")).where(
    PBX.c.id == bindparam("pbx")
)
_ATTEMPT: Final = insert(AUDIT)
_OTHER: Final = PBX.alias()
_BIND: Final = (
    update(PBX)
    .where(
        PBX.c.id == bindparam("pbx"),
        ~exists().where(_OTHER.c.serial == bindparam("bound"), _OTHER.c.id != bindparam("pbx")),
    )
    .values(serial=bindparam("bound"), rebound=0)
)


def plain_serial(serial: str) -> str:
    """Return a serial as it is compared: without case and separators."""
    return _SEPARATORS.sub("", serial).lower()


def record(connection: Connection, run: int, audit: AuditRecord) -> None:
    """Write one audit of a run. Raises HistoryError, after which nothing may be kept.

    The same audit a second time changes nothing, so that who did not hear of the end of the first
    time may try again.
    """
    if connection.execute(_DONE, {"run": run, "pbx": audit.pbx}).rowcount != 1:
        _check_same(connection, run, audit)
        return
    values = attempt(run, audit)
    audited = audit.audited
    if audited is None:
        connection.execute(_ATTEMPT, values)
        return
    row = connection.execute(_PBX, {"pbx": audit.pbx}).one()
    _check(run, audit, row)
    connection.execute(_ATTEMPT, values | _kept(connection, audited))
    _bind(connection, row, audited.serial)
    try:
        recorded = Recorded(run, audit.pbx, row.newest is None)
        apply(connection, recorded, audited.judgement, audited.changes)
    except UnfitChangeError as error:
        raise _unfit(audit.pbx, error.what) from None


def attempt(run: int, audit: AuditRecord) -> dict[str, object]:
    """Return what is kept of each audit. Raises HistoryError if its ending says something else."""
    if (audit.ending is AuditEnding.AUDITED) is (audit.audited is None):
        raise _wrong(audit.pbx, say("its ending does not fit what is to be recorded"))
    return {
        "run": run,
        "pbx": audit.pbx,
        "started": audit.started,
        "ended": audit.ended,
        "day": audit.day,
        "ending": audit.ending.value,
        "reason": audit.reason,
        "remarks": audit.remarks,
    }


def _kept(connection: Connection, audited: AuditedPbx) -> dict[str, object]:
    used: dict[str, bytes | Packed] = {
        "snapshot": audited.snapshot,
        "expiries": expiries_content(audited.expiries),
        **{paper_column(one.kind): one.content for one in audited.papers},
    }
    numbers = keep_all(connection, list(used.values()))
    return {
        "code": int(audited.judgement.code),
        "score": audited.judgement.score,
        "serial": audited.serial,
        "objects": audited.objects,
        "content": audited.content,
        "tool": audited.versions.tool,
        "rules": audited.versions.rules,
        "vulnerabilities": audited.versions.vulnerabilities,
        "profile": audited.versions.profile,
        "fail_on": audited.fail_on.value if audited.fail_on is not None else None,
        "generation": audited.generation,
        **dict(zip(used, numbers, strict=True)),
    }


def _check(run: int, audit: AuditRecord, row: Row[Any]) -> None:
    """Check that an audit may be recorded. Raises HistoryError."""
    if row.tenant != audit.tenant:
        raise HistoryError(
            say("{pbx}: the history has it under another tenant", pbx=audit.pbx),
            advice=say(
                "give the PBX a new id, so that nothing of one customer is shown to another"
            ),
        )
    if row.newest is not None and row.newest >= run:
        raise _wrong(audit.pbx, say("a later run is recorded already"))
    kinds = [paper.kind for paper in audit.audited.papers] if audit.audited else []
    if len(set(kinds)) != len(kinds):
        raise _wrong(audit.pbx, say("there are two papers of a kind"))


def _bind(connection: Connection, row: Row[Any], serial: str) -> None:
    """Bind the serial that is seen first to a PBX. Raises HistoryError if another one has it."""
    pbx, bound = row.id, row.serial
    plain = plain_serial(serial)
    if plain and bound is None:
        bound = plain
    elif plain and not _are_alike(plain, bound):
        raise _wrong(pbx, say("another box is bound to its id"))
    elif len(plain) > len(bound or ""):
        bound = plain
    is_new = row.rebound or bound != row.serial
    if is_new and connection.execute(_BIND, {"pbx": pbx, "bound": bound}).rowcount != 1:
        raise _wrong(pbx, say("its box belongs to another id"))


def _are_alike(serial: str, other: str) -> bool:
    """Return whether two serials are of one box; some evidence shows the end of them alone."""
    short, long = sorted((serial, other), key=len)
    return short == long or (is_serial_end(short) and long.endswith(short))


def _check_same(connection: Connection, run: int, audit: AuditRecord) -> None:
    """Check that an audit that was not expected is the one that is kept. Raises HistoryError."""
    columns = AUDIT.c.started, AUDIT.c.ended, AUDIT.c.day, AUDIT.c.ending
    found = select(*columns).where(AUDIT.c.run == run, AUDIT.c.pbx == audit.pbx)
    kept = connection.execute(found).first()
    if kept is None:
        raise _wrong(audit.pbx, say("it is not planned in run {run}", run=run))
    if tuple(kept) != (audit.started, audit.ended, audit.day, audit.ending):
        raise _wrong(audit.pbx, say("run {run} has another audit of it", run=run))


def _unfit(pbx: str, what: str) -> HistoryError:
    return _wrong(pbx, say("a change of {what} does not begin where the history stands", what=what))


def _wrong(pbx: str, reason: Message) -> HistoryError:
    return HistoryError(say("{pbx} cannot be recorded: {reason}", pbx=pbx, reason=reason))
