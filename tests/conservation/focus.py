"""Where damage tells most: at what the defect changed, and at what holds a document together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from tests.conservation.evidence import Evidence
from tests.conservation.pieces import ADMIN, Piece, Text, scan

_SKELETON = ("vars check", "#", "config change PBX0", "config change UP1")


def near(document: Text, evidence: Evidence, file: str, pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces that touch what the defect changed."""
    spans = _changed(document.text, evidence.sound.get(file, b"").decode("utf-8", "replace"))
    lines = [
        line for line in document.lines() if any(line.start <= at < line.end for at, _ in spans)
    ]
    exact = [p for p in pieces if any(p.start <= end and at <= p.end for at, end in spans)]
    around = [p for p in pieces if any(li.start <= p.start < li.end for li in lines)]
    return [*exact, *exact, *around]


@lru_cache(maxsize=256)
def _changed(text: str, sound: str) -> Sequence[tuple[int, int]]:
    """Return the spans of a text whose lines are not in the sound one: what differs in them."""
    if not sound:
        return ()
    known = set(sound.splitlines())
    gone = [line for line in sound.splitlines() if line not in set(text.splitlines())]
    spans = []
    position = 0
    for line in text.splitlines(keepends=True):
        content = line.rstrip("\r\n")
        if content not in known:
            start, end = _differing(content, gone)
            spans.append((position + start, position + end))
        position += len(line)
    return tuple(spans)


def _differing(line: str, candidates: Sequence[str]) -> tuple[int, int]:
    best = (0, len(line))
    for other in candidates:
        start, end = ends(line, other)
        if end - start < best[1] - best[0]:
            best = (start, end)
    return best


def ends(one: str, other: str) -> tuple[int, int]:
    """Return where two texts begin to differ and where they are equal again, in the first one."""
    limit = min(len(one), len(other))
    start = next((i for i in range(limit) if one[i] != other[i]), limit)
    same = next((i for i in range(limit - start) if one[-1 - i] != other[-1 - i]), limit - start)
    return start, len(one) - same


def owners_of_defect(evidence: Evidence) -> frozenset[str]:
    """Return the objects that the defect changed; empty if the system has no single defect."""
    found = set()
    for file, sound in evidence.sound.items():
        if file.endswith(".json"):
            found |= _owners_in_json(evidence.files[file], sound)
            continue
        document = scan(evidence.files[file].decode("utf-8", "surrogateescape"))
        spans = _changed(document.text, sound.decode("utf-8", "replace"))
        for line in document.lines():
            if any(line.start <= at < line.end for at, _ in spans):
                found.add(line.owner)
    return frozenset(found)


def _owners_in_json(data: bytes, sound: bytes) -> set[str]:
    rows = [json.loads(text) for text in (data, sound)]
    if not isinstance(rows[0], list):
        return set()
    return {
        str(message["columns"]["h323"])
        for message in rows[0]
        if "columns" in message and message not in rows[1]
    }


def in_skeleton(document: Text, piece: Piece) -> bool:
    if piece.owner in {ADMIN, "master"} or piece.name in {"info", "xml"}:
        return True
    start = document.text.rfind("\n", 0, piece.start) + 1
    return document.text.startswith(_SKELETON, start) or piece.end >= len(document.text) - 200
