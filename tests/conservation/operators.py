"""What can happen to a piece: each operator returns the damaged document, or None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.conservation.pieces import Piece, Text

Change = Callable[[Random, Text, Piece], str | None]


@dataclass(frozen=True, slots=True)
class Operator:
    """A kind of damage to the pieces of one kind.

    `whole` says that it takes a well-formed piece away, so that the document states another truth.
    """

    name: str
    kind: str
    change: Change
    whole: bool = False


def to(kind: str, name: str, text: Callable[[str], str], *, whole: bool = False) -> Operator:
    """Return an operator that makes another text of a piece; None if that is the same."""

    def change(_: Random, document: Text, piece: Piece) -> str | None:
        before = document.of(piece)
        after = text(before)
        return None if after == before else document.put(piece, after)

    return Operator(name, kind, change, whole)


def swap(_: Random, document: Text, piece: Piece) -> str | None:
    """Exchange a piece with the next one of its kind that has the same surroundings."""
    following = _next(document, piece)
    if following is None:
        return None
    between = document.text[piece.end : following.start]
    text = document.of(following) + between + document.of(piece)
    return document.text[: piece.start] + text + document.text[following.end :]


def merge(_: Random, document: Text, piece: Piece) -> str | None:
    """Join a line with the next one."""
    following = _next(document, piece)
    if following is None:
        return None
    return document.put(piece, document.of(piece).rstrip("\r\n"))


def move_to_end(_: Random, document: Text, piece: Piece) -> str | None:
    """Put a piece behind the last one of its kind with the same surroundings."""
    last = _siblings(document, piece)[-1]
    if last == piece:
        return None
    moved = document.text[piece.end : last.end] + document.of(piece)
    return document.text[: piece.start] + moved + document.text[last.end :]


def move_to_start(_: Random, document: Text, piece: Piece) -> str | None:
    """Put a piece before the first one of its kind with the same surroundings."""
    first = _siblings(document, piece)[0]
    if first == piece:
        return None
    moved = document.of(piece) + document.text[first.start : piece.start]
    return document.text[: first.start] + moved + document.text[piece.end :]


def _siblings(document: Text, piece: Piece) -> list[Piece]:
    """Return the pieces of the same kind beside a piece, in the same element or line."""
    around = [
        one
        for one in document.pieces
        if one.kind in {"element", "line"}
        and one != piece
        and one.start <= piece.start
        and piece.end <= one.end
    ]
    home = min(around, key=lambda one: one.end - one.start, default=None)
    if home is None:
        return [one for one in document.pieces if one.kind == piece.kind]
    found: list[Piece] = []
    for one in document.within(home, piece.kind):
        outer = found and one.end <= found[-1].end
        if one != home and one.inside == piece.inside and not outer:
            found.append(one)
    return found or [piece]


def _next(document: Text, piece: Piece) -> Piece | None:
    return next((one for one in _siblings(document, piece) if one.start >= piece.end), None)


COMMON = tuple(
    operator
    for kind in ("line", "field", "element", "attribute", "option", "word")
    for operator in (
        to(kind, "delete", lambda _: "", whole=True),
        to(kind, "duplicate", lambda text: text + text),
        Operator("swap with the next", kind, swap),
        Operator("move to the end", kind, move_to_end),
        Operator("move to the start", kind, move_to_start),
    )
)
