"""Reads saved messages of the PBX's `PbxTableUsers` interface (JSON rows of the user table).

Source: SDK doc/appwebsocket/PbxTableUsers.htm. A row has only the columns that were asked for, and
the interface has no column for call filters, so what is missing is not visible rather than unset.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.model.snapshot import Gap
from auditor.model.vocabulary import Area
from auditor.sources.parse.objects import KNOWN_PARTS, ObjectReader
from auditor.sources.parse.reading import Reading
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
_SAVE_AGAIN = "save the ReplicateNextResult or ReplicateUpdate messages as they came"


def read_table_users(data: bytes, source: str, dialect: Dialect) -> Reading:
    """Return the objects of one message, a list of messages, or one message per line.

    Raises SourceError if the text is not JSON or holds no row.
    """
    reading = Reading(source, "table-users")
    reader = ObjectReader(reading, dialect)
    messages = [m for m in _messages(data, source) if isinstance(m, dict) and m.get("api") == API]
    for row in _rows(messages):
        _add(reader, row, source)
    if not any(_is_end(message) for message in messages):
        reading.incomplete = Gap(
            Area.OBJECTS,
            "the replication has no end, so rows may be missing",
            source,
            advice="save all messages, up to the ReplicateNextResult without columns",
        )
    if not reading.objects and not reading.admin_seen:
        raise SourceError(f"this JSON holds no {API} row", where=source, advice=_SAVE_AGAIN)
    return reading


def _rows(messages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for message in messages:
        columns = message.get("columns")
        if isinstance(columns, dict) and str(message.get("mt", "")).startswith("Replicate"):
            yield columns


def _is_end(message: Mapping[str, Any]) -> bool:
    """Return whether a message says that there is no further row."""
    return message.get("mt") == "ReplicateNextResult" and not message.get("columns")


def _messages(data: bytes, source: str) -> list[object]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        try:
            return [json.loads(line) for line in data.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise SourceError("this is not valid JSON", where=source, advice=_SAVE_AGAIN) from None
    return content if isinstance(content, list) else [content]


def _add(reader: ObjectReader, row: Mapping[str, Any], source: str) -> None:
    attributes = {k: _text(v) for k, v in row.items() if isinstance(v, str | bool | int)}
    user = Element("user", attributes)
    user.extend(
        Element(tag, {k: _text(v) for k, v in item.items() if isinstance(v, str | bool | int)})
        for part, tag in _PARTS.items()
        for item in _items(row, part)
    )
    pseudo = row.get("pseudo")
    if isinstance(pseudo, str) and pseudo:
        try:
            user.append(parse_xml(pseudo))
        except XmlError as error:
            raise SourceError(f"a pseudo column: {error}", where=source) from None
    reader.add({}, [user], 0, KNOWN_PARTS.intersection(_understood(row)))


def _understood(row: Mapping[str, Any]) -> list[str]:
    """Return the columns whose value has the type it is documented with."""
    return [
        name
        for name, value in row.items()
        if isinstance(value, list if name in _PARTS else str | bool | int)
    ]


def _items(row: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    items = row.get(part)
    return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []


def _text(value: str | bool | int) -> str:  # noqa: FBT001 -- a JSON value, not a switch
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode()  # JSON can hold lone surrogates
