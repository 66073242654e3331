"""From a number to a mutation: which evidence, which piece, which damage; always the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from tests.conservation import fileops, jsonops
from tests.conservation.contradictions import CONTRADICTIONS, Contradiction
from tests.conservation.evidence import Evidence, evidence_of
from tests.conservation.focus import ends, in_skeleton, near, owners_of_defect
from tests.conservation.judging import VIEWS
from tests.conservation.lineops import FIELDS, LINES, OPTIONS, WORDS
from tests.conservation.operators import COMMON, Operator
from tests.conservation.pieces import Piece, Text, scan
from tests.conservation.systems import names_of_systems, system_of
from tests.conservation.xmlops import ATTRIBUTES, ELEMENTS

# So many mutations of a system share evidence and view; the first of them are in every run.
BATCH = 8
SAMPLE = 2
_TEXT_OPERATORS = (*COMMON, *LINES, *FIELDS, *OPTIONS, *WORDS, *ELEMENTS, *ATTRIBUTES)
_FORMS = ("configuration", "export", "configuration", "messages", "both", "scripts", "snapshot")
_SETTING_FORMS = ("configuration", "both", "configuration", "scripts", "configuration", "snapshot")
_SHOWN = 160
_TWICE = 0.1
_ANY_TEXT = {("device", "hw"), ("allow", "name"), ("user", "h323")}


@dataclass(frozen=True)
class Mutation:
    """Evidence with one damage. `removed` is the piece that was taken away whole, if one was."""

    number: int
    evidence: Evidence
    view: str
    operator: str
    file: str
    piece: str
    before: str
    after: str
    files: Mapping[str, bytes]
    removed: Piece | None = None

    @property
    def is_shorter(self) -> bool:
        """Return whether a piece is gone, so that the evidence has one piece less."""
        return self.operator.startswith(("delete", "comment out"))


def mutation(name: str, number: int) -> Mutation | None:
    """Return the mutation of a system with a number; None if nothing comes of twenty tries."""
    system = system_of(name)
    settings_only = system.sound is not None and (
        (system.pbx.objects, system.pbx.admin) == (system.sound.objects, system.sound.admin)
    )
    forms = _SETTING_FORMS if settings_only else _FORMS
    turn = number // BATCH + names_of_systems().index(name)
    evidence = evidence_of(name, forms[turn % len(forms)])
    view = VIEWS[0] if turn % 3 else VIEWS[1 + turn // 3 % 3]
    chance = Random(f"{name} {number}")  # noqa: S311 -- the same damage each time
    tries = (_mutate(number, evidence, view, chance) for _ in range(20))
    return next((made for made in tries if made is not None), None)


def _mutate(number: int, evidence: Evidence, view: str, chance: Random) -> Mutation | None:
    file = chance.choice(sorted(evidence.files))
    kind = chance.random()
    if kind < 0.1:
        return _of_files(number, evidence, view, file, chance)
    text = evidence.files[file].decode("utf-8", "surrogateescape")
    if file.endswith(".json") and kind < 0.9:
        return _of_json(number, evidence, view, file, chance)
    if kind < 0.25 and evidence.sound.get(file, b"") not in {b"", evidence.files[file]}:
        return _contradicted(number, evidence, view, file, chance)
    document = scan(text)
    operator = chance.choice(_kinds(document))
    piece = _choose(document, evidence, file, operator, chance)
    if piece is None:
        return None
    after = operator.change(chance, document, piece)
    if after is None or after == text:
        return None
    name = operator.name
    if not operator.whole and chance.random() < _TWICE:
        also, after = _once_more(after, chance)
        name += also
    return Mutation(
        number,
        evidence,
        view,
        name,
        file,
        f"{piece.kind} {piece.name} of {piece.owner or '-'}",
        *_difference(text, after),
        {**evidence.files, file: after.encode("utf-8", "surrogateescape")},
        piece if operator.whole or _restates(piece, operator) else None,
    )


def _once_more(text: str, chance: Random) -> tuple[str, str]:
    """Return the name of a second damage anywhere, and the text with it."""
    document = scan(text)
    operator = chance.choice(_kinds(document))
    piece = chance.choice([piece for piece in document.pieces if piece.kind == operator.kind])
    after = None if operator.whole else operator.change(chance, document, piece)
    return ("", text) if after is None else (f" and {operator.name}", after)


def _restates(piece: Piece, operator: Operator) -> bool:
    """Return whether the damaged piece is a statement: a hardware id can be every text."""
    if piece.kind == "option":
        return operator.name == "no value"
    if piece.kind == "word":
        return operator in COMMON
    misread = operator.name in {"empty", "blank", "not UTF-8", "replacement character"}
    return (piece.inside, piece.name) in _ANY_TEXT and operator in ATTRIBUTES and not misread


@lru_cache(maxsize=64)
def _kinds(document: Text) -> Sequence[Operator]:
    """Return the operators for which the document has pieces, each kind about as often."""
    present = {piece.kind for piece in document.pieces}
    return [operator for operator in _TEXT_OPERATORS if operator.kind in present]


def _choose(
    document: Text, evidence: Evidence, file: str, operator: Operator, chance: Random
) -> Piece | None:
    """Return a piece: where the defect is, in the skeleton of the document, or anywhere."""
    where = chance.random()
    pieces = [piece for piece in document.pieces if piece.kind == operator.kind]
    if where < 0.55:
        pieces = near(document, evidence, file, pieces) or pieces
    elif where < 0.8:
        pieces = [piece for piece in pieces if in_skeleton(document, piece)] or pieces
    return chance.choice(pieces) if pieces else None


def _of_files(
    number: int, evidence: Evidence, view: str, file: str, chance: Random
) -> Mutation | None:
    operator = chance.choice(fileops.OPERATORS)
    try:
        files = operator.change(chance, evidence, file)
    except UnicodeDecodeError:
        return None
    if not files or files == evidence.files:
        return None
    removed = Piece("file", file, 0, 0) if operator.whole else None
    shown = ", ".join(sorted(files)), f"file {file}"
    return Mutation(
        number, evidence, view, operator.name, file, shown[1], "", shown[0], files, removed
    )


def _of_json(
    number: int, evidence: Evidence, view: str, file: str, chance: Random
) -> Mutation | None:
    data = json.loads(evidence.files[file])
    places = jsonops.places(data)
    owners = owners_of_defect(evidence)
    if chance.random() < 0.6:
        places = [place for place in places if place.owner in owners] or places
    elif chance.random() < 0.5:
        places = [place for place in places if len(place.path) <= 2] or places
    place = chance.choice(places)
    operator = chance.choice(jsonops.OPERATORS)
    after = operator.change(chance, data, place)
    if after is None:
        return None
    text = json.dumps(after, indent=1) + "\n"
    before = json.dumps(data, indent=1) + "\n"
    removed = Piece(place.kind, place.name, 0, 0, place.owner, place.inside)
    states = jsonops.states_another_truth(operator, place)
    return Mutation(
        number,
        evidence,
        view,
        operator.name,
        file,
        f"{place.kind} {'.'.join(map(str, place.path))} of {place.owner or '-'}",
        *_difference(before, text),
        {**evidence.files, file: text.encode("utf-8", "surrogateescape")},
        removed if states else None,
    )


def _contradicted(
    number: int, evidence: Evidence, view: str, file: str, chance: Random
) -> Mutation | None:
    text = evidence.files[file].decode("utf-8", "surrogateescape")
    contradiction: Contradiction = chance.choice(CONTRADICTIONS)
    after = contradiction.change(chance, text, evidence.sound[file].decode())
    if after is None or after == text:
        return None
    return Mutation(
        number,
        evidence,
        view,
        contradiction.name,
        file,
        "lines of the defect",
        *_difference(text, after),
        {**evidence.files, file: after.encode("utf-8", "surrogateescape")},
    )


def _difference(before: str, after: str) -> tuple[str, str]:
    """Return the part of two texts in which they differ, with a little around it."""
    start, end = ends(before, after)
    tail = len(before) - end
    at = max(0, start - 40)
    return (
        before[at : min(end + 40, at + _SHOWN)],
        after[at : min(len(after) - tail + 40, at + _SHOWN)],
    )
