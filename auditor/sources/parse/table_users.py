"""Reads saved messages of the PBX's `PbxTableUsers` interface (JSON rows of the user table).

Source: SDK doc/appwebsocket/PbxTableUsers.htm. A row has only the columns that were asked for, and
the interface has no column for call filters, so what is missing is not visible rather than unset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import NOTHING, Message, say
from auditor.model.account import Irrelevant, Unit
from auditor.model.pbx_object import CONTENT
from auditor.model.vocabulary import Area
from auditor.sources.parse.known import FLAG_COLUMNS, KNOWN_PARTS
from auditor.sources.parse.ledger import AFTER_END, OBJECT_AREAS, UNCLEAR, UNREADABLE, Ledger
from auditor.sources.parse.objects import ObjectReader
from auditor.sources.parse.odd_parts import note_odd_parts
from auditor.sources.parse.reading import OpenEnd, Reading
from auditor.sources.parse.table_messages import messages_of
from auditor.sources.parse.xml import XmlError, parse_xml

API = "PbxTableUsers"
_PARTS = {
    "allows": "allow",
    "cds": "cd",
    "devices": "device",
    "forks": "fork",
    "grps": "grp",
    "t-allows": "t-allow",
}
_TABLES = _PARTS.keys() | {"emails", "wakeups"}
_CONFIG = "config"
_PSEUDO = "pseudo"
_ALWAYS_THERE = ("fax", "hide")
_NEXT = "ReplicateNextResult"
_ROWS = frozenset({_NEXT, "ReplicateAdd", "ReplicateUpdate"})
_OTHERS = frozenset({"ReplicateNext", "ReplicateStart", "ReplicateStartResult"})
# Members of a message (SDK, PbxTableUsers). What else one holds may be a row written wrongly.
_MEMBERS = frozenset({"api", "columns", "guid", "mt", "src", "usn"})
_NOT_A_ROW = say("it is neither a row nor the end of the replication")
_SAVE_AGAIN = say("save the ReplicateNextResult or ReplicateUpdate messages as they came")


def read_table_users(data: bytes, source: str, dialect: Dialect) -> Reading:
    """Return the objects of one message, a list of messages, or one message per line.

    What of it cannot be read is misread, and leaves the rest as it is. Raises SourceError if the
    text is not JSON or holds no row.
    """
    reading = Reading(source, "table-users")
    ledger = Ledger(source, _SAVE_AGAIN)
    reader = ObjectReader(reading, dialect, ledger)
    ends = _Ends()
    for number, message in enumerate(messages_of(data, source, _SAVE_AGAIN), 1):
        if _is_end(message):
            ends.end(message)
            ledger.use(Unit.MESSAGES)
        elif (row := _row(message)) is not None:
            if not ends.list(message):
                ledger.doubt(OBJECT_AREAS, UNCLEAR, number, AFTER_END)
            ledger.use(Unit.MESSAGES)
            _add(reader, row, number, (reading, ledger))
        elif _is_known(message):
            ledger.pass_over(Unit.MESSAGES, Irrelevant.OTHER_MESSAGE)
        else:
            ledger.misread(Unit.MESSAGES, number)
            ledger.doubt(OBJECT_AREAS, UNCLEAR, number, _NOT_A_ROW)
    if not ends.are_all:
        reading.open_ends.append(
            OpenEnd(
                say("the replication has no end, so rows may be missing"),
                say("save all messages, up to the ReplicateNextResult without columns"),
            )
        )
    if not reading.objects and not reading.admin_seen:
        raise SourceError(
            say("this JSON holds no {name} row", name=API), where=source, advice=_SAVE_AGAIN
        )
    note_odd_parts(reading)
    reading.gaps.extend(ledger.gaps())
    reading.account = ledger.tallies()
    return reading


class _Ends:
    """Which replications listed rows, and which of them came to their end.

    Updates come before and after that end, so they prove nothing.
    """

    def __init__(self) -> None:
        self._ended: set[str] = set()
        self._listed: set[str] = set()

    @property
    def are_all(self) -> bool:
        """Return whether rows were listed, and everything that listed some was ended."""
        return bool(self._listed) and self._listed <= self._ended

    def end(self, message: object) -> None:
        """Take notice of an end."""
        self._ended.add(_of_whom(message))

    def list(self, message: object) -> bool:
        """Take notice of a row; return whether it may be there, for it is before the end."""
        if _kind_of(message) != _NEXT:
            return True
        self._listed.add(_of_whom(message))
        return _of_whom(message) not in self._ended


def _row(message: object) -> Mapping[str, Any] | None:
    """Return the columns of a message that carries an object."""
    if not isinstance(message, dict) or message.get("api") != API:
        return None
    columns = message.get("columns")
    is_row = _kind_of(message) in _ROWS and isinstance(columns, dict) and bool(columns)
    return columns if is_row and _MEMBERS.issuperset(message) else None


def _is_end(message: object) -> bool:
    """Return whether a message says that there is no further row."""
    return (
        isinstance(message, dict)
        and message.get("api") == API
        and _kind_of(message) == _NEXT
        and message.get("columns") in (None, {})
        and _MEMBERS.issuperset(message)
    )


def _kind_of(message: object) -> str:
    kind = message.get("mt") if isinstance(message, dict) else None
    return kind if isinstance(kind, str) else ""


def _of_whom(message: object) -> str:
    """Return which of several replications a message is of: its client's mark, which all have."""
    return str(message.get("src", "")) if isinstance(message, dict) else ""


def _is_known(message: object) -> bool:
    """Return whether a message is known to carry no object: a request, or its confirmation.

    What columns these name, they describe; a column with a value is that of an object.
    """
    if not isinstance(message, dict) or message.get("api") != API:
        return False
    columns = message.get("columns", {})
    describes = isinstance(columns, dict) and all(isinstance(one, dict) for one in columns.values())
    return describes and _kind_of(message) in _OTHERS


def _add(
    reader: ObjectReader, row: Mapping[str, Any], number: int, into: tuple[Reading, Ledger]
) -> None:
    """Add the object of one row; what is not as documented is not shown."""
    reading, ledger = into
    pseudo, problem = _pseudo_of(row)
    odd = {k for k, v in row.items() if not _is_understood(k, v)}
    odd |= {_PSEUDO} if problem else set()
    open_flags = _open_flags(row)
    left_out = odd | open_flags | _TABLES | {_PSEUDO}
    user = Element("user", {k: _text(v) for k, v in row.items() if k not in left_out})
    user.extend(
        Element(tag, {k: _text(v) for k, v in item.items()})
        for part, tag in _PARTS.items()
        if part in row and part not in odd
        for item in row[part]
    )
    user.extend(pseudo)
    shown = KNOWN_PARTS.intersection(row) - odd - open_flags
    if _PSEUDO in shown:
        shown |= {CONTENT}  # the column is the whole element
    if problem:
        reason = say("object {name}: {reason}", name=f"{_label(user):.80}", reason=problem)
        ledger.doubt((Area.OBJECTS,), UNREADABLE, number, reason)
    if strange := odd & KNOWN_PARTS:
        ledger.misread(Unit.ATTRIBUTES, number, len(strange))
    if _CONFIG in odd:
        reading.disputed_templates.add(user.get("cn", ""))
    count = len(reading.objects)
    reader.add({}, [user], 0, shown)
    if len(reading.objects) > count:
        if open_flags:
            reading.marks_off[count] = frozenset(open_flags)
        if said := {k for k in strange if row[k] is not None}:
            reading.odd_parts[count] = frozenset(said | ({CONTENT} if _PSEUDO in said else set()))


def _pseudo_of(row: Mapping[str, Any]) -> tuple[list[Element], Message]:
    """Return the pseudo element of a row, if it has one, and why it cannot be read."""
    text = row.get(_PSEUDO)
    if not text or not isinstance(text, str):
        return [], NOTHING
    try:
        return [parse_xml(text, keep_strays=True)], NOTHING
    except XmlError as error:
        return [], say("a pseudo column: {reason}", reason=error.reason)


def _label(user: Element) -> str:
    return user.get("cn") or user.get("h323") or user.get("guid") or ""


def _open_flags(row: Mapping[str, Any]) -> set[str]:
    """Return the check marks of which a row does not say whether the object has them.

    Some are always there (seen by vendor's applications), so `false` may also mean that it is not
    set; whether templates count in the columns is not documented. Without a template it is false.
    That it is on by itself is out of the question either way.
    """
    if row.get(_CONFIG) == "":
        return set()
    return {column for column in _ALWAYS_THERE if row.get(column) is False}


def _is_understood(column: str, value: object) -> bool:
    """Return whether a column has the type that it is documented with."""
    if column in _TABLES:
        return isinstance(value, list) and all(map(_is_flat, value))
    if column in FLAG_COLUMNS:
        return isinstance(value, bool | str)
    return isinstance(value, str)


def _is_flat(item: object) -> bool:
    """Return whether an entry of a table holds nothing but texts, check marks and numbers."""
    return isinstance(item, dict) and all(isinstance(v, str | bool | int) for v in item.values())


def _text(value: str | bool | int) -> str:  # noqa: FBT001 -- a JSON value, not a switch
    return str(value).lower() if isinstance(value, bool) else str(value)
