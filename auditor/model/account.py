"""The account of evidence: what became of each piece of a document, and what proves it whole.

Every line, element, attribute, row and message is used, known to be irrelevant, or not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Unit(StrEnum):
    """What is counted."""

    LINES = "lines"
    OBJECT_LINES = "object lines"
    PARTS = "parts of objects"
    ATTRIBUTES = "attributes"
    MESSAGES = "messages"
    ELEMENTS = "elements"

    __hash__ = str.__hash__  # that of Enum is slower, and each piece is counted


class Irrelevant(StrEnum):
    """Why a piece of evidence that is understood decides nothing."""

    EMPTY = "empty"
    COMMENT = "comments"
    CALL_LIST = "entries of call lists"
    VARIABLE = "variables, on which no control rests"
    OTHER_MODULE = "settings of modules on which no control rests"
    MAINTENANCE = "maintenance commands, which set nothing that a control asks for"
    NAMED_ELSEWHERE = "documented names on which no control rests"
    REPEATED = "repeated word for word"
    OTHER_MESSAGE = "messages that carry no object"
    OTHER_ELEMENT = "elements that are no objects"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pieces of one kind a document has, and what became of them.

    `irrelevant` counts by reason. `places` are line numbers, or ordinal numbers of objects or
    messages, of the first pieces that were not understood.
    """

    unit: Unit
    used: int = 0
    irrelevant: Mapping[Irrelevant, int] = field(default_factory=dict)
    not_understood: int = 0
    places: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """Return the number of all pieces."""
        return self.used + sum(self.irrelevant.values()) + self.not_understood


def added(one: tuple[Tally, ...], other: tuple[Tally, ...]) -> tuple[Tally, ...]:
    """Return the account of two documents together; places are those of the first that has some."""
    units = {tally.unit: tally for tally in one}
    for tally in other:
        known = units.get(tally.unit, Tally(tally.unit))
        kinds = {*known.irrelevant, *tally.irrelevant}
        units[tally.unit] = Tally(
            tally.unit,
            known.used + tally.used,
            {k: known.irrelevant.get(k, 0) + tally.irrelevant.get(k, 0) for k in sorted(kinds)},
            known.not_understood + tally.not_understood,
            known.places or tally.places,
        )
    return tuple(units.values())


class ProofKind(StrEnum):
    """What proves that an area is whole, surest first (design, *Completeness*)."""

    COUNTED = "counted"
    STATED = "stated"
    STRUCTURAL = "structural"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that nothing of an area is missing.

    `count` is the number of its objects, `source` names the documents or the site file that show
    it, `note` who stated it, or why nothing shows it.
    """

    kind: ProofKind
    count: int
    source: str = ""
    note: str = ""
