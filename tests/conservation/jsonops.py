"""Damage to JSON: to messages, their columns, the entries of a list and the members of those."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A value inside a document. `kind` says what it is, `owner` the object it belongs to."""

    kind: str
    name: str
    path: Path
    owner: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class JsonOperator:
    """Damage to a place: the changed document, or None."""

    name: str
    change: Callable[[Random, Any, Place], Any]
    whole: bool = False


def places(data: Any) -> list[Place]:
    """Return all places of a document: messages of a replication, or parts of a snapshot."""
    return list(_places(data, (), "", ""))


def _places(value: Any, path: Path, owner: str, inside: str) -> Iterator[Place]:
    if isinstance(value, dict):
        owner = _owner(value) or owner
        for name, inner in value.items():
            kind = "column" if path[-1:] == ("columns",) else "member"
            yield Place(kind, name, (*path, name), owner, inside)
            yield from _places(inner, (*path, name), owner, name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            kind = "entry" if path else "message"
            whose = owner or _owner(inner)
            yield Place(kind, inside or kind, (*path, number), whose, inside)
            yield from _places(inner, (*path, number), whose, inside)


def _owner(value: Any) -> str:
    """Return the object of a message; empty for any other value."""
    columns = value.get("columns") if isinstance(value, dict) else None
    return str(columns.get("h323", "")) if isinstance(columns, dict) else ""


def states_another_truth(operator: JsonOperator, place: Place) -> bool:
    """Return whether what is left is well-formed, and says that the piece is not there or other.

    A column that is not there was not asked for, so only an empty one says that there is nothing.
    """
    if place.kind != "column":
        return operator.whole
    other_name = place.name == "h323" and operator.name in _OTHER_TEXTS
    return operator.name == "empty text" or other_name


def _home(data: Any, place: Place) -> Any:
    for step in place.path[:-1]:
        data = data[step]
    return data


def _edit(change: Callable[[Any, str | int], None]) -> Callable[[Random, Any, Place], Any]:
    """Return an operator on a copy of the document; it is given the holder and the key."""

    def apply(_: Random, data: Any, place: Place) -> Any:
        changed = copy.deepcopy(data)
        change(_home(changed, place), place.path[-1])
        return None if changed == data else changed

    return apply


def _set(value: Any) -> Callable[[Random, Any, Place], Any]:
    def change(home: Any, key: Any) -> None:
        home[key] = value

    return _edit(change)


def _by(make: Callable[[Any], Any]) -> Callable[[Random, Any, Place], Any]:
    def change(home: Any, key: Any) -> None:
        home[key] = make(home[key])

    return _edit(change)


def _delete(home: Any, key: Any) -> None:
    del home[key]


def _duplicate(home: Any, key: Any) -> None:
    if isinstance(home, list):
        home.insert(key, copy.deepcopy(home[key]))


def _to_end(home: Any, key: Any) -> None:
    if isinstance(home, list):
        home.append(home.pop(key))


def _swap(home: Any, key: Any) -> None:
    if isinstance(home, list) and key + 1 < len(home):
        home[key], home[key + 1] = home[key + 1], home[key]


def _renamed(rename: Callable[[str], str]) -> Callable[[Random, Any, Place], Any]:
    def change(home: Any, key: Any) -> None:
        if isinstance(home, dict):
            kept = [(rename(name) if name == key else name, value) for name, value in home.items()]
            home.clear()
            home.update(kept)

    return _edit(change)


def _cut_list(home: Any, key: Any) -> None:
    if isinstance(home, list):
        del home[key:]


def _text(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else value


_OTHER_TEXTS = frozenset(
    {"maybe", "TRUE", "yes", "very long", "upper value", "one letter more", "one letter less"}
)
OPERATORS = (
    JsonOperator("delete", _edit(_delete), whole=True),
    JsonOperator("duplicate", _edit(_duplicate)),
    JsonOperator("move to the end", _edit(_to_end)),
    JsonOperator("swap with the next", _edit(_swap)),
    JsonOperator("drop it and all after it", _edit(_cut_list)),
    JsonOperator("null", _set(None)),
    JsonOperator("0", _set(0)),
    JsonOperator("1", _set(1)),
    JsonOperator("1.5", _set(1.5)),
    JsonOperator("empty text", _set("")),
    JsonOperator("blank", _set(" ")),
    JsonOperator("maybe", _set("maybe")),
    JsonOperator("TRUE", _set("TRUE")),
    JsonOperator("yes", _set("yes")),
    JsonOperator("empty list", _set([])),
    JsonOperator("empty object", _set({})),
    JsonOperator("list of null", _set([None])),
    JsonOperator("list of an empty object", _set([{}])),
    JsonOperator("very long", _set("z" * 9000)),
    JsonOperator("lone surrogate", _set("\ud800")),
    JsonOperator("as text", _by(_text)),
    JsonOperator("in a list", _by(lambda value: [value])),
    JsonOperator("in an object", _by(lambda value: {"value": value})),
    JsonOperator("list as object", _by(lambda v: dict(enumerate(v)) if isinstance(v, list) else v)),
    JsonOperator("object as list", _by(lambda v: list(v.items()) if isinstance(v, dict) else v)),
    JsonOperator("upper value", _by(lambda v: v.upper() if isinstance(v, str) else v)),
    JsonOperator("one letter more", _by(lambda v: f"{v}x" if isinstance(v, str) else v)),
    JsonOperator("one letter less", _by(lambda v: v[:-1] if isinstance(v, str) else v)),
    JsonOperator("upper name", _renamed(str.upper)),
    JsonOperator("rename by a letter", _renamed(lambda name: f"{name[:1]}x{name[1:]}")),
    JsonOperator("prefix of the name", _renamed(lambda name: name[:-1])),
    JsonOperator("suffix to the name", _renamed(lambda name: f"{name}s")),
    JsonOperator("other known name", _renamed(lambda _: "text"), whole=True),
)
