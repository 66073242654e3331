"""The objects that the right *TableUsers* shows, as a document beside the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import Message, say, say_count
from auditor.model.vocabulary import Area
from auditor.sources.live.app_socket.allowed_messages import TABLE_API, Socket
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.refusal_advice import READ_AGAIN
from auditor.sources.live.app_socket.replication import MOST_ROWS, Replicated, replicate
from auditor.sources.parse.reading import OpenEnd, Reading
from auditor.sources.parse.table_users import read_table_users

_TABLE: Final = f"{Socket.APPS.value} {TABLE_API}"


def read_table(
    session: LoginSession,
    dialect: Dialect,
    tell: Callable[[int], None],
    note: Callable[[Message], None],
    known: Reading | None,
) -> Reading | None:
    """Return the objects of the table, None if it shows none; that it is a part is noted.

    Such a part counts as the objects there are only where nothing else shows any, so that none are
    `known`, and elsewhere for what contradicts it.
    """
    found = replicate(session, tell)
    if found.problem:
        note(_left_at(found))
    rows = found.messages
    if known is not None and len(rows) >= MOST_ROWS:
        rows = _of_known(rows, known)  # ever new objects are none
    if not rows:
        return None
    try:
        table = read_table_users(found._replace(messages=rows).to_bytes(), _TABLE, dialect)
    except SourceError as error:
        note(error.message)
        return None
    table.is_part = bool(found.problem) and known is not None
    if found.problem and not table.open_ends:
        table.open_ends.append(OpenEnd(found.problem, READ_AGAIN))
    return table


def _of_known(rows: Iterable[Mapping[str, Any]], known: Reading) -> list[Mapping[str, Any]]:
    guids = {one.guid.lower() for one in known.objects if one.guid}
    columns = ((row, row["columns"]) for row in rows if isinstance(row["columns"], dict))
    return [row for row, shown in columns if str(shown.get("guid", "")).lower() in guids]


def stand_in(table: Reading, refused: Iterable[Reading]) -> None:
    """Let a whole table stand for pages and SOAP that showed no object: a note says why.

    What those would show beside objects stays missing. A part of the table stands for nothing.
    """
    if table.open_ends or not table.objects:
        return
    for reading in refused:
        lost = [one for one in reading.gaps if one.area == Area.OBJECTS]
        if lost and reading.kind == "object-show" and not (reading.objects or reading.further):
            table.notes += [say("read because of {reason}", reason=gap.reason) for gap in lost]
            reading.gaps = [one for one in reading.gaps if one not in lost]


def _left_at(found: Replicated) -> Message:
    """Return why a replication ended early, and how far it came."""
    count = len(found.messages)
    if not count:
        return found.problem
    return say_count(
        "{reason}; {count} row was read until then",
        "{reason}; {count} rows were read until then",
        reason=found.problem,
        count=count,
    )
