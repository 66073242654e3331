"""Pages that lie: the first one over and over, or ever more objects that nobody configured."""

from __future__ import annotations

from hashlib import sha256
from itertools import count
from typing import Final

from auditor.simulator.sockets.json_messages import Message

# What says where a page begins, and the list that it has, by the request.
_CURSORS: Final = {
    "GetBooleans": ("last", "booleans"),
    "GetConfigObjects": ("more", "objects"),
    "GetNodes": ("last", "nodes"),
    "SearchUsers": ("cn", "user"),
}
_ROW: Final = "ReplicateNext"


def first_page(message: Message) -> Message:
    """Return the request for the first page instead of the one that was asked for."""
    cursor, _ = _CURSORS.get(message["mt"], ("", ""))
    return {name: value for name, value in message.items() if name != cursor}


class LyingPages:
    """The pages of one socket."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._rows: dict[str, Message] = {}

    def again(self, message: Message, answer: Message) -> Message:
        """Return the first page, as if more followed, and the first row instead of any other."""
        if message["mt"] == _ROW:
            return self._rows.setdefault(str(message.get("src")), answer)
        cursor, listed = _CURSORS.get(message["mt"], ("", ""))
        items = answer.get(listed)
        return {**answer, "more": items[-1]["cn"]} if cursor == "more" and items else answer

    def go_on(self, message: Message, answer: Message) -> Message:
        """Return the answer with objects made up after the first of it, and more to come."""
        if message["mt"] == _ROW:
            return {**answer, "columns": self._made_up(answer.get("columns", {}))}
        cursor, listed = _CURSORS.get(message["mt"], ("", ""))
        items = answer.get(listed)
        if not items:
            return answer
        made = [self._made_up(items[0]) for _ in items]
        more = {"more": made[-1]["cn"]} if cursor == "more" else {}
        return {**answer, listed: made, **more}

    def _made_up(self, one: Message) -> Message:
        # "~" sorts behind every name, so that the pages grow in the right direction.
        name = f"~{next(self._numbers):09}"
        guid = sha256(name.encode()).hexdigest()[:32]
        changed = {"cn": name, "name": name, "h323": name, "guid": guid}
        kept = {key: changed.get(key, value) for key, value in one.items()}
        return kept or {"guid": guid, "h323": name, "cn": name}
