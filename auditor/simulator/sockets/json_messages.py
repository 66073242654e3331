"""JSON messages of the sockets: their text, and the fields that they are answered with."""

from __future__ import annotations

import json
from typing import Any

from auditor.files.json_reading import JsonError, parse_json

Message = dict[str, Any]


def read_message(text: str) -> Message | None:
    """Return a message, its keys in the order that they came in; None if it is none."""
    try:
        found = parse_json(text)
    except JsonError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("mt"), str) else None


def minimal(value: object) -> str:
    """Return JSON without spaces, slashes and umlauts as they are: the form that is hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def text_in(message: Message, name: str) -> str:
    """Return a field that is text, empty where it is missing or anything else."""
    found = message.get(name)
    return found if isinstance(found, str) else ""


def limit_in(message: Message, name: str, most: int) -> int:
    """Return a limit of 1 to `most`; `most` where it is missing or no such number."""
    found = message.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        return most
    return found if 1 <= found <= most else most


def answer_to(message: Message, fields: Message, mt: str = "") -> Message:
    """Return the answer to a request: its api and source, `…Result` unless `mt` says otherwise."""
    envelope: Message = {name: message[name] for name in ("api", "src") if name in message}
    return {**envelope, "mt": mt or f"{message['mt']}Result", **fields}
