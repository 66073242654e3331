"""What a row of a list of allowed messages is: a message, its fields, and what each may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Socket(StrEnum):
    """The two sockets of a PBX, by the path of each; that of Devices is where its address leads."""

    APPS = "/PBX0/APPS/websocket"
    CLIENTS = "/PBX0/APPCLIENT/websocket"
    DEVICES = ""


class Exactly(NamedTuple):
    """A field that holds one value."""

    value: str | bool

    def rebuilt(self, given: object) -> object:
        """Return the value. Raises ValueError for any other one."""
        if type(given) is not type(self.value) or given != self.value:
            raise ValueError
        return self.value


class Matching(NamedTuple):
    """A text that a pattern describes as a whole, with characters that can be printed."""

    pattern: str

    def rebuilt(self, given: object) -> object:
        """Return the text. Raises ValueError if it is none, or another one."""
        if not isinstance(given, str) or not given.isprintable() or "*" in given:
            raise ValueError
        if not re.fullmatch(self.pattern, given):
            raise ValueError
        return given


class UpTo(NamedTuple):
    """A whole number from one to a limit."""

    most: int

    def rebuilt(self, given: object) -> object:
        """Return the number. Raises ValueError if it is none, or too large."""
        if type(given) is not int or not 0 < given <= self.most:
            raise ValueError
        return given


class SomeOf(NamedTuple):
    """A list of different words, each of which is listed here, in the order of this list."""

    words: tuple[str, ...]
    most: int

    def rebuilt(self, given: object) -> object:
        """Return the list. Raises ValueError for another word, one twice, none or too many."""
        if not isinstance(given, list) or not 0 < len(given) <= self.most:
            raise ValueError
        found = [word for word in self.words if word in given]
        if len(found) < len(given):
            raise ValueError
        return found


class Columns(NamedTuple):
    """Columns of a replication, by name; nothing is said of any, so none can be announced."""

    names: tuple[str, ...]

    def rebuilt(self, given: object) -> object:
        """Return the columns. Raises ValueError for another one, or for anything said of one."""
        if not isinstance(given, dict) or not given or not {*given} <= {*self.names}:
            raise ValueError
        if any(said != {} for said in given.values()):
            raise ValueError
        return {name: {} for name in self.names if name in given}


Field: TypeAlias = Exactly | Matching | UpTo | SomeOf | Columns


class AllowedMessage(NamedTuple):
    """One row: a message, the fields that it must and may have, and what it is sent for.

    Of the fields `either`, a message has exactly one. `api` is empty where a message names none.
    """

    socket: Socket
    api: str
    mt: str
    reason: str
    fields: Mapping[str, Field] = {}
    optional: Mapping[str, Field] = {}
    either: Mapping[str, Field] = {}

    def rebuilt(self, given: Mapping[str, object]) -> dict[str, object]:
        """Return the message as this row writes it. Raises ValueError if it allows none such."""
        known = {**self.fields, **self.either, **self.optional}
        envelope = {"api": self.api} if self.api else {}
        envelope["mt"] = self.mt
        if {name: given.get(name) for name in envelope} != envelope:
            raise ValueError
        said = given.keys() - envelope.keys()
        if not self.fields.keys() <= said <= known.keys():
            raise ValueError
        if self.either and len(self.either.keys() & said) != 1:
            raise ValueError
        return envelope | {n: known[n].rebuilt(given[n]) for n in known if n in said}
