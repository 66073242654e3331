"""The objects that the right *TableUsers* shows, as a document beside the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from auditor.dialects import Dialect
from auditor.errors import SourceError, TargetError
from auditor.messages.message import Message, say, say_count
from auditor.model.vocabulary import Area
from auditor.sources.live.app_socket.allowed_messages import TABLE_API, Socket
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.replication import MOST_ROWS, Replicated, replicate
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.table_users import read_table_users

_TABLE: Final = f"{Socket.APPS.value} {TABLE_API}"


def read_table(
    session: LoginSession,
    dialect: Dialect,
    tell: Callable[[int], None],
    note: Callable[[Message], None],
    *,
    parts_count: bool,
) -> Reading | None:
    """Return the objects of the table, None if it shows none; that it is a part is noted.

    Such a part counts as the objects there are only where nothing else shows any (`parts_count`),
    and elsewhere for what contradicts it.
    """
    try:
        found = replicate(session, tell)
    except TargetError as error:
        note(error.message)
        return None
    if found.problem:
        note(_left_at(found))
        is_endless = len(found.messages) >= MOST_ROWS and not parts_count
        if is_endless or not found.messages:
            return None
    try:
        table = read_table_users(found.to_bytes(), _TABLE, dialect)
    except SourceError as error:
        note(error.message)
        return None
    table.is_part = bool(found.problem) and not parts_count
    return table


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
