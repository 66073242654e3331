"""What a run hands out to workers, and what they hand in: each PBX of a run exactly once.

Who asked for what is in the database, so that a job names a run and a PBX and nothing else. What is
handed in stays until the operator has recorded it; handed in twice, it is kept once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    true,
)

from auditor.fleet.store.tables import ERRAND, HANDED_IN, PLANNED

# So many results are fetched at once; where there are fewer, these were all.
AT_ONCE: Final = 10
# Of what is handed in, compressed.
_LARGEST: Final = 1 << 26
# As large as what a large PBX comes to: where that has no place, workers cannot go on.
_ROOM: Final = 1 << 20
# What was begun before a run was taken up again, with another inventory or other options, is not
# what it wants now.
_OF_NOW: Final = and_(
    *(ERRAND.c[name] == bindparam(name) for name in ("tool", "inventory", "asked"))
)
_WANTED: Final = (
    exists().where(PLANNED.c.run == bindparam("run"), PLANNED.c.pbx == bindparam("pbx"))
    & exists().where(ERRAND.c.run == bindparam("run"))
    & ~exists().where(HANDED_IN.c.run == bindparam("run"), HANDED_IN.c.pbx == bindparam("pbx"))
)
# Asked for each PBX in each run, so made once.
_NOW: Final = select(ERRAND, func.now().label("moment"))
_ERRAND: Final = _NOW.where(ERRAND.c.run == bindparam("run"), _WANTED)
_GIVEN: Final = ("run", "at", "pbx", "worker", "content")
_HAND_IN: Final = (
    insert(HANDED_IN)
    .from_select(
        _GIVEN,
        select(*(bindparam(name, type_=HANDED_IN.c[name].type) for name in _GIVEN)).where(
            _WANTED, exists().where(ERRAND.c.run == bindparam("run"), _OF_NOW)
        ),
    )
    .returning(HANDED_IN.c.pbx)
)
_Transaction = Callable[[], AbstractContextManager[Connection]]


class Errand(NamedTuple):
    """What a run asks of its workers: `asked` is a document, `inventory` the digest of its own.

    `tool` is the version that the operator is of; only one of the same does it.
    """

    run: int
    tool: str
    inventory: str
    asked: str


class Commission(NamedTuple):
    """An errand that a PBX is still to be audited for, and what the database has for a clock."""

    errand: Errand
    now: datetime


class HandedIn(NamedTuple):
    """What a worker made of a PBX."""

    pbx: str
    worker: str
    content: bytes


class Errands:
    """The errands of a history. Every method raises HistoryError."""

    def __init__(self, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def give(self, errand: Errand) -> None:
        """Say what a run asks for; those of earlier runs, and what was handed in, go away.

        So does what was handed in for this one if it asks for something else now, as a run does
        that is taken up again with another inventory.
        """
        with self._writing() as connection:
            before = connection.execute(select(ERRAND).where(ERRAND.c.run == errand.run)).first()
            is_same = before is not None and errand == tuple(before)
            of_others = HANDED_IN.c.run != errand.run
            connection.execute(delete(HANDED_IN).where(of_others if is_same else true()))
            connection.execute(delete(ERRAND))
            connection.execute(insert(ERRAND).values(errand._asdict()))

    def now(self) -> Commission | None:
        """Return what is asked for now, of whichever PBX; None if nothing is."""
        with self._reading() as connection:
            return _commission(connection.execute(_NOW).first())

    def hand_in(self, errand: Errand, handed: HandedIn, now: datetime) -> bool:
        """Keep what was made of a PBX; False if nobody waits for it, or another worker was first.

        A worker that was thought dead, and another that did its job meanwhile, both come here.
        `errand` is what it was made for.
        """
        values = {"at": now, **errand._asdict(), **handed._asdict()}
        with self._writing() as connection:
            return connection.scalar(_HAND_IN, values) is not None

    def check_room(self, run: int, pbx: str, now: datetime) -> None:
        """Raise HistoryError if what a PBX comes to could not be handed in; nothing is kept of it.

        A worker that could not would not be able to say so.
        """
        with self._writing() as connection:
            found = _commission(connection.execute(_NOW.where(ERRAND.c.run == run)).first())
            if found is None:
                return
            content = secrets.token_bytes(_ROOM)  # which no compression makes smaller
            tried = {"at": now, **found.errand._asdict(), **HandedIn(pbx, "", content)._asdict()}
            if connection.scalar(_HAND_IN, tried) is not None:
                of_pbx = (HANDED_IN.c.run == run) & (HANDED_IN.c.pbx == pbx)
                connection.execute(delete(HANDED_IN).where(of_pbx))

    def handed_in(self, run: int) -> Sequence[HandedIn]:
        """Return what was handed in and not yet recorded, in the order of the ids; not all at once.

        Many may have waited for an operator that comes back, each with a snapshot. What is too
        large to be one comes empty.
        """
        content = case((func.length(HANDED_IN.c.content) <= _LARGEST, HANDED_IN.c.content))
        found = select(HANDED_IN.c.pbx, HANDED_IN.c.worker, func.coalesce(content, b""))
        of_run = found.where(HANDED_IN.c.run == run).order_by(HANDED_IN.c.pbx).limit(AT_ONCE)
        with self._reading() as connection:
            return [HandedIn(*row) for row in connection.execute(of_run)]

    def waiting(self, run: int) -> frozenset[str]:
        """Return the PBXs of which something was handed in that is not yet recorded."""
        with self._reading() as connection:
            found = connection.scalars(select(HANDED_IN.c.pbx).where(HANDED_IN.c.run == run))
            return frozenset(found)

    def put_away(self, run: int, pbxs: Collection[str]) -> None:
        """Remove what was handed in, after it was recorded."""
        of_pbxs = (HANDED_IN.c.run == run) & HANDED_IN.c.pbx.in_(pbxs)
        with self._writing() as connection:
            connection.execute(delete(HANDED_IN).where(of_pbxs))

    def close(self, run: int) -> None:
        """Let nothing more be handed in for a run."""
        with self._writing() as connection:
            connection.execute(delete(HANDED_IN).where(HANDED_IN.c.run == run))
            connection.execute(delete(ERRAND).where(ERRAND.c.run == run))


def commission(connection: Connection, run: int, pbx: str) -> Commission | None:
    """Return the errand that a PBX is still to be audited for; None if nobody waits for that."""
    return _commission(connection.execute(_ERRAND, {"run": run, "pbx": pbx}).first())


def _commission(row: Row[tuple[Any, ...]] | None) -> Commission | None:
    if row is None:
        return None
    return Commission(Errand(row.run, row.tool, row.inventory, row.asked), row.moment)
