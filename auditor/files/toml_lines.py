"""The line of a TOML file that a key stands at, for errors that people have to mend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from auditor.files.toml_reading import TomlError, parse_toml

# What nearly all lines are; whatever else TOML allows is left to its parser, which is slow.
_PLAIN: Final = re.compile(r"([A-Za-z0-9_-]+)[ \t]*=")
_PLAIN_TABLE: Final = re.compile(r"\[{1,2}([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\]{1,2}")
# What may begin or end a value of several lines; a text in one line is passed over whole.
_PIECE: Final = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\#[^\n]*|[\[\]{}]')
_OPENING: Final = "[{"
_CLOSING: Final = "]}"


class Lines:
    """Where the keys of a TOML text stand; tables of an array are counted from 0."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _places(self) -> dict[tuple[str, ...], int]:
        """Return the line of each key, found when the first is asked for: few texts are wrong."""
        places: dict[tuple[str, ...], int] = {}
        counts: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, head in _statements(self._text):
            if head.startswith("["):
                table = _numbered(_keys_of(head), counts, begins=head.startswith("[["))
                path = table
            else:
                path = (*table, *_keys_of_assignment(head))
            for depth in range(len(path), 0, -1):
                places.setdefault(path[:depth], number)
        return places

    def of(self, keys: tuple[str, ...]) -> int:
        """Return the number of the line that leads furthest towards the keys."""
        for depth in range(len(keys), 0, -1):
            found = self._places.get(keys[:depth])
            if found is not None:
                return found
        return 1


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """Return the number of the line that leads furthest towards the keys."""
    return Lines(text).of(keys)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line that each table or assignment begins in, with its number."""
    depth, quotes = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        head = line.strip()
        if not depth and not quotes and head and not head.startswith("#"):
            yield number, head
            if head.startswith("["):
                continue
        depth, quotes = _state_after(line, depth, quotes)


def _state_after(line: str, depth: int, quotes: str) -> tuple[int, str]:
    """Return how many brackets, and which quotes of a long text, are open after a line."""
    at = 0
    while True:
        if quotes:
            end = line.find(quotes, at)
            if end < 0:
                return depth, quotes
            at, quotes = end + len(quotes), ""
        found = _PIECE.search(line, at)
        if found is None:
            return depth, ""
        piece, at = found[0], found.end()
        if piece in {'"""', "'''"}:
            quotes = piece
        elif piece in _OPENING:
            depth += 1
        elif piece in _CLOSING:
            depth = max(0, depth - 1)


def _numbered(
    keys: tuple[str, ...], counts: dict[tuple[str, ...], int], *, begins: bool
) -> tuple[str, ...]:
    """Return the keys of a table with the number of each array's table that it is in."""
    path: tuple[str, ...] = ()
    for index, key in enumerate(keys):
        path = (*path, key)
        if begins and index == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, str(counts[path]))
    return path


def _keys_of_assignment(head: str) -> tuple[str, ...]:
    plain = _PLAIN.match(head)
    return (plain[1],) if plain else _keys_of(f"{head.partition('=')[0]} = 0")


def _keys_of(line: str) -> tuple[str, ...]:
    """Return the keys that one line of TOML, a table header or an assignment, names."""
    plain = _PLAIN_TABLE.fullmatch(line)
    if plain:
        return tuple(plain[1].split("."))
    content: Any
    try:
        content = parse_toml(line)
    except TomlError:
        return ()
    keys: list[str] = []
    while True:
        if isinstance(content, list) and len(content) == 1:  # a table of an array
            (content,) = content
        if not isinstance(content, dict) or len(content) != 1:
            return tuple(keys)
        ((key, content),) = content.items()
        keys.append(key)
