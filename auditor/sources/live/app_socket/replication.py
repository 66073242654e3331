"""The table of objects, row by row: what the right *TableUsers* alone shows.

`PbxTableUsers` (SDK) sends one row for each question. One connection replicates a few types of
objects, because more than twenty at once made a PBX restart in a loop; after the last row the PBX
would go on with news, so the connection is closed. A row that got lost cannot be asked for again:
then the types of that connection are read anew, once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from auditor.errors import TargetError
from auditor.messages.message import NOTHING, Message
from auditor.sources.live.app_socket.allowed_messages import COLUMNS, MOST_TYPES, TABLE_API, TYPES
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.object_pages import reason_without_place
from auditor.sources.live.pages_seen import REPEATS, PagesSeen
from auditor.sources.live.refusals import RefusedError

MOST_ROWS: Final = 200_000
_TRIES: Final = 2


class Replicated(NamedTuple):
    """The messages of a replication, as they could have been saved.

    `problem` says why there may be more, or why there are none; it is empty if they are all.
    """

    messages: Sequence[Mapping[str, Any]]
    problem: Message = NOTHING

    def to_bytes(self) -> bytes:
        """Return them as the text that a saved replication has."""
        return json.dumps(self.messages, ensure_ascii=False).encode()


def replicate(session: LoginSession, tell: Callable[[int], None]) -> Replicated:
    """Return the rows of all types; `tell` is told how many there are.

    Where those of some types break off, the others are read all the same, if anything came.
    """
    rows: list[Mapping[str, Any]] = []
    problem = NOTHING
    for number, types in enumerate(_some(TYPES)):
        found = _read_types(session, types, number, partial(_tell_all, tell, len(rows)))
        rows += found.messages
        problem = problem or found.problem
        is_gone = session.over or session.seconds_left <= 0
        if found.problem and (is_gone or found.problem == REPEATS or not found.messages):
            break
    session.renew()
    return Replicated(rows, problem)


def _tell_all(tell: Callable[[int], None], before: int, count: int) -> None:
    tell(before + count)


def _read_types(
    session: LoginSession, types: list[str], number: int, tell: Callable[[int], None]
) -> Replicated:
    """Return the rows of some types, read a second time if an answer of the first got lost."""
    found = Replicated([])
    for attempt in range(_TRIES):
        session.renew()
        tried = _read_once(session, types, f"r{number * _TRIES + attempt}", tell)
        if not tried.problem:
            return _with_others(tried, found)
        is_larger = not attempt or len(tried.messages) > len(found.messages)
        found = _with_others(tried, found) if is_larger else _with_others(found, tried)
        if session.over or session.seconds_left <= 0:
            break
    return found


def _with_others(one: Replicated, other: Replicated) -> Replicated:
    """Return the rows of one reading, and those of another that it has not, or has otherwise.

    Nothing says which of two rows of an object counts, so whoever reads them sees both.
    """
    known = {(_guid(row), _content(row)) for row in one.messages}
    more = [row for row in other.messages if (_guid(row), _content(row)) not in known]
    envelope = {**one.messages[0], "columns": {}} if one.messages else {}
    rows = [{**row, **envelope, "columns": row["columns"]} for row in more if row["columns"]]
    return one._replace(messages=[*rows, *one.messages])


def _guid(row: Mapping[str, Any]) -> str:
    """Return what tells rows apart: the guid of the object, and of a damaged row all of it."""
    columns = row["columns"]
    guid = columns.get("guid") if isinstance(columns, dict) else None
    return guid.lower() if isinstance(guid, str) and guid else _content(row)


def _content(row: Mapping[str, Any]) -> str:
    return json.dumps(row["columns"], sort_keys=True)


def _read_once(
    session: LoginSession, types: list[str], mark: str, tell: Callable[[int], None]
) -> Replicated:
    found: dict[str, Mapping[str, Any]] = {}
    twice: list[Mapping[str, Any]] = []
    seen, damaged = PagesSeen(MOST_ROWS), 0
    try:
        for row in _rows(session, types, mark):
            guid = _guid(row)
            if found.get(guid, row)["columns"] != row["columns"]:
                twice.append(row)
            if row["columns"]:
                damaged += guid == _content(row)
                seen.add([guid if guid != _content(row) else damaged])
            found[guid] = row
            tell(len(found))
    except (RefusedError, TargetError) as error:
        return Replicated([*found.values(), *twice], reason_without_place(error))
    return Replicated([*found.values()])


def _some(types: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(types), MOST_TYPES):
        yield list(types[at : at + MOST_TYPES])


def _rows(session: LoginSession, types: list[str], mark: str) -> Iterator[Mapping[str, Any]]:
    """Yield the answers of one replication, the one that ends it included."""
    asked = {
        "add": False,
        "del": False,
        "columns": {name: {} for name in COLUMNS},
        "pseudo": types,
    }
    session.ask(TABLE_API, "ReplicateStart", asked, mark)
    while True:
        answer = session.follow(TABLE_API, "ReplicateNext", mark=mark)
        columns = answer.get("columns")
        if not columns or (isinstance(columns, dict) and not any(columns.values())):
            # No row is the end. One that says something, and not of which object, is damaged.
            yield {**{k: v for k, v in answer.items() if k != "columns"}, "columns": {}}
            return
        yield answer
