"""Finds the pieces of a text document: lines, words, fields, options, elements, attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ADMIN: Final = "_ADMIN_"
_TAG: Final = re.compile(r'<(/?)([A-Za-z][\w.-]*)((?:\s+[\w.:-]+="[^"]*")*)\s*(/?)>')
_ATTRIBUTE: Final = re.compile(r'\s+([\w.:-]+)="([^"]*)"')
_FIELD: Final = re.compile(r"\(([A-Za-z][A-Za-z0-9-]*)=")
_OPTION: Final = re.compile(r" /(\S+)((?: [^/\s]\S*)*)")
_ITEM: Final = "mod cmd FLASHDIR0 add-item 101 "


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of a document. `owner` is the object it belongs to, `inside` the element around it."""

    kind: str
    name: str
    start: int
    end: int
    owner: str = ""
    inside: str = ""


@dataclass(frozen=True)
class Text:
    """A document as text, with its pieces in the order in which they start."""

    text: str
    pieces: tuple[Piece, ...]

    def of(self, piece: Piece) -> str:
        """Return what a piece reads."""
        return self.text[piece.start : piece.end]

    def put(self, piece: Piece, text: str) -> str:
        """Return the document with another text in the place of a piece."""
        return self.text[: piece.start] + text + self.text[piece.end :]

    def lines(self) -> list[Piece]:
        """Return the lines."""
        return [one for one in self.pieces if one.kind == "line"]

    def within(self, piece: Piece, kind: str) -> list[Piece]:
        """Return the pieces of one kind inside another piece."""
        return [
            one
            for one in self.pieces
            if one.kind == kind and piece.start <= one.start and one.end <= piece.end
        ]


@lru_cache(maxsize=64)
def scan(text: str) -> Text:
    """Return a document with its pieces. Bytes that are no UTF-8 stand as lone surrogates."""
    pieces: list[Piece] = []
    position = 0
    for line in text.splitlines(keepends=True) if "\x0b" not in text else [text]:
        pieces.extend(_line(line, position))
        position += len(line)
    if text.lstrip().startswith("<"):
        pieces = [one for one in pieces if one.kind == "line"]
        pieces = [*_owned(pieces, text), *_elements(text, 0, "")]
    return Text(text, tuple(sorted(pieces, key=lambda one: (one.start, -one.end))))


def _line(line: str, at: int) -> Iterator[Piece]:
    content = line.rstrip("\r\n")
    fields = list(_fields(content)) if content.startswith(_ITEM) else []
    names = {name: content[begin:end] for name, begin, end in fields}
    owner = ADMIN if names.get("(cn=") else ""
    owner = _value(names, "cn") if _value(names, "cn") == ADMIN else _value(names, "h323")
    yield Piece("line", _kind_of(content), at, at + len(line), owner)
    for name, begin, end in fields:
        yield Piece("field", name, at + begin, at + end, owner)
        if name == "pbx":
            start = begin + len("(pbx=")
            yield from _elements(content[start : end - 1], at + start, owner)
    if not fields and content.startswith(("config ", "vars ")):
        for word in re.finditer(r"\S+", content):
            yield Piece("word", word.group(), at + word.start(), at + word.end())
        for option in _OPTION.finditer(content):
            yield Piece("option", option.group(1), at + option.start(), at + option.end())


def _kind_of(content: str) -> str:
    if content.startswith(_ITEM):
        return "object"
    words = content.split()
    return " ".join(words[:3] if words[:1] == ["config"] else words[:2])[:40]


def _value(fields: dict[str, str], name: str) -> str:
    return fields.get(name, "").removeprefix(f"({name}=").removesuffix(")")


def _fields(content: str) -> Iterator[tuple[str, int, int]]:
    starts = [
        match
        for match in _FIELD.finditer(content)
        if content[match.start() - 1] in {")", " "} and match.start() >= len(_ITEM)
    ]
    plain = [m for m in starts if content[m.start() - 1] == ")" or m.start() == len(_ITEM)]
    for match, after in zip(plain, [*plain[1:], None], strict=True):
        yield match.group(1), match.start(), len(content) if after is None else after.start()


def _elements(text: str, offset: int, owner: str) -> Iterator[Piece]:
    """Yield elements and attributes; below a root without owner each `<user>` owns its own."""
    stack: list[tuple[str, int, str]] = []
    for tag in _TAG.finditer(text):
        closing, name, attributes, empty = tag.groups()
        if closing:
            while stack:
                known, start, whose = stack.pop()
                inside = stack[-1][0] if stack else ""
                yield Piece("element", known, offset + start, offset + tag.end(), whose, inside)
                if known == name:
                    break
            continue
        whose = stack[-1][2] if stack else owner
        if name == "user" and not whose:
            found = dict(_ATTRIBUTE.findall(attributes))
            whose = ADMIN if found.get("cn") == ADMIN else found.get("h323", "")
        begin = offset + tag.start(3)
        for attribute in _ATTRIBUTE.finditer(attributes):
            span = begin + attribute.start(), begin + attribute.end()
            yield Piece("attribute", attribute.group(1), *span, whose, name)
        if empty:
            inside = stack[-1][0] if stack else ""
            yield Piece("element", name, offset + tag.start(), offset + tag.end(), whose, inside)
        else:
            stack.append((name, tag.start(), whose))


def _owned(lines: list[Piece], text: str) -> Iterator[Piece]:
    """Yield the lines of an export with the object that each of them holds."""
    for line in lines:
        users = [p for p in _elements(text[line.start : line.end], 0, "") if p.name == "user"]
        kind = "object" if users else "xml"
        yield Piece("line", kind, line.start, line.end, users[0].owner if users else "")
