"""Gives back the space of what was removed, so that it cannot be read there any more either."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine, text

from auditor.errors import HistoryError
from auditor.fleet.store.tables import METADATA
from auditor.messages.message import say

_STILL_READ: Final = say(
    "what was removed is still in the files: another process reads the history"
)


def compact(engine: Engine, where: str, *, wholly: bool) -> None:
    """Give back space; `wholly` also where others have to wait for it meanwhile.

    Raises HistoryError if others do not let go of what was removed.
    """
    if engine.dialect.name == "sqlite":
        _compact_file(engine, where)
        return
    options = " (FULL)" if wholly else ""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(text(f"VACUUM{options} {table.name}"))


def _compact_file(engine: Engine, where: str) -> None:
    """Write a file anew if it has empty pages, and empty what lies beside it.

    In a page that is not empty SQLite overwrites what is removed: `secure_delete`.
    """
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA freelist_count")
        if cursor.fetchall()[0][0]:
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy = cursor.fetchall()[0][0]
        cursor.close()
    finally:
        raw.close()
    if is_busy:
        raise HistoryError(
            _STILL_READ, where=where, advice=say("end it, then start pbx-auditor fleet prune")
        )
