"""The messages of a saved replication: a list of them, or one a line, as far as they are whole."""

from __future__ import annotations

from auditor.errors import SourceError
from auditor.files.json_reading import JsonError, parse_begun_list, parse_json
from auditor.messages.message import Message, say


def messages_of(data: bytes, source: str, advice: Message) -> list[object]:
    """Return messages in their order, and None for each that cannot be read.

    Of a list that breaks off, that is one for all that follows. Raises SourceError if none can be
    read.
    """
    try:
        content = parse_json(data, mended=True)
    except JsonError:
        found = _begun(data) or [_line(line) for line in data.splitlines() if line.strip()]
        if not any(isinstance(one, dict) and "mt" in one for one in found):
            raise SourceError(say("this is not valid JSON"), where=source, advice=advice) from None
        return found
    return content if isinstance(content, list) else [content]


def _begun(data: bytes) -> list[object]:
    try:
        return parse_begun_list(data)
    except JsonError:
        return []


def _line(line: bytes) -> object:
    try:
        return parse_json(line, mended=True)
    except JsonError:
        return None
