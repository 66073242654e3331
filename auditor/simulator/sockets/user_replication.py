"""`PbxTableUsers`: the objects row by row, as an App replicates them.

Whether templates count in the columns is not documented; the rows here are what an object has of
its own. `allows`, `forks` and `t-allows` have the form that `PbxAdminApi` lists; `wakeups` and
`emails` are always empty. Nothing is reported behind the last row, because nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from auditor.simulator.element import Element
from auditor.simulator.responses import find
from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.sockets.json_messages import Message, text_in
from auditor.simulator.sockets.json_objects import flag_or_text, pseudo_as_xml, row_elements
from auditor.simulator.sockets.object_fields import ROW_COLUMNS, TABLES
from auditor.simulator.sockets.requests import Answer, AppRequest, RestartError, refused_write
from auditor.simulator.sockets.trains import is_since

_MAX_KINDS: Final = 20
_ALWAYS: Final = ("hide", "fax")
_USERS: Final = frozenset({""})
_EMPTY: Final = frozenset({"emails", "wakeups"})
_TABLES: Final = {**TABLES, "grps": "grp"}
_FLAT: Final = frozenset({"type", "bool", "bool-not"})


class TableUsers:
    """The replications of one socket, each known by its source."""

    def __init__(self) -> None:
        self._running: dict[str, Iterator[Message]] = {}
        self.answers: Mapping[str, Answer] = {
            "ReplicateStart": self._start,
            "ReplicateNext": self._next,
            "ReplicateAdd": refused_write,
            "ReplicateUpdate": refused_write,
            "ReplicateDel": refused_write,
        }

    def _start(self, request: AppRequest) -> list[Message]:
        """Begin a replication. Raises RestartError for more types than a real PBX survives."""
        message, pbx = request.message, request.pbx
        asked = message.get("columns")
        columns = [name for name in asked if name in ROW_COLUMNS] if isinstance(asked, dict) else []
        kinds = _kinds(pbx, message)
        if len(kinds) > _MAX_KINDS:
            raise RestartError
        rows = (_row(pbx, one, columns) for one in pbx.objects if one.kind in kinds)
        self._running[text_in(message, "src")] = rows
        return request.answer(columns={name: {} for name in columns})

    def _next(self, request: AppRequest) -> list[Message]:
        """Answer the next row, without `columns` behind the last."""
        rows = self._running.get(text_in(request.message, "src"))
        if rows is None:
            return []
        row = next(rows, None)
        return request.answer() if row is None else request.answer(columns=row)


def _kinds(pbx: SimulatedPbx, message: Message) -> frozenset[str]:
    """Return the kinds that are asked for; 13r1 knows none but users."""
    asked = message.get("pseudo")
    if not isinstance(asked, list) or not is_since(pbx, "13r2"):
        return _USERS
    return frozenset(kind for kind in asked if isinstance(kind, str))


def _row(pbx: SimulatedPbx, one: SimulatedObject, columns: list[str]) -> Message:
    cells = ((name, _cell(pbx, one, name)) for name in columns)
    return {name: value for name, value in cells if value is not None}


def _cell(pbx: SimulatedPbx, one: SimulatedObject, name: str) -> object:
    """Return what a row has in a column; None if nothing is sent."""
    special = _SPECIAL.get(name)
    if special is not None:
        return special(pbx, one)
    if name in _TABLES:
        return [_table_row(row) for row in row_elements(one, _TABLES[name])]
    if name in _EMPTY:
        return []
    if name in _ALWAYS:
        return one.attributes.get(name) == "true"
    text = one.names.get(name, one.attributes.get(name))
    return None if text is None else flag_or_text(text)


def _guid(_pbx: SimulatedPbx, one: SimulatedObject) -> object:
    return one.guid


def _pseudo(_pbx: SimulatedPbx, one: SimulatedObject) -> object:
    return None if one.pseudo is None else pseudo_as_xml(one.pseudo)


def _password(_pbx: SimulatedPbx, one: SimulatedObject) -> object:
    return None if one.password is None else one.password.hex()


def _inherited_allows(pbx: SimulatedPbx, one: SimulatedObject) -> object:
    """Return who may see the user because of its template."""
    template = find(pbx, "cn", one.attributes.get("config", ""))
    return [] if template is None else [_table_row(row) for row in row_elements(template, "allow")]


_SPECIAL: Final[Mapping[str, Callable[[SimulatedPbx, SimulatedObject], object]]] = {
    "guid": _guid,
    "pseudo": _pseudo,
    "pwd": _password,
    "t-allows": _inherited_allows,
}


def _table_row(row: Element) -> Message:
    """Return a row of a table: flags only if they are true, a diversion flat."""
    if row.tag == "cd":
        return _diversion(row)
    cells = {name: flag_or_text(text) for name, text in row.attributes.items()}
    return {name: value for name, value in cells.items() if value is not False}


def _diversion(row: Element) -> Message:
    own = {name: text for name, text in row.attributes.items() if name in _FLAT}
    ends = next((child.attributes for child in row.children if child.tag == "ep"), {})
    sources = "".join(child.to_text() for child in row.children if child.tag == "src")
    flat = {name: ends[name] for name in ("e164", "h323") if name in ends}
    cells = {name: flag_or_text(text) for name, text in own.items()}
    return {**cells, **flat, **({"src": sources} if sources else {})}
