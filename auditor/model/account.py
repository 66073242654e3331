"""The account of evidence: what became of each piece of a document, and what proves it whole.

Every line, element, attribute, row and message is used, known to be irrelevant, or not understood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Final

from auditor.messages.message import Message, Text
from auditor.values.frozen import frozen

# So many places of what was not understood are named; the others are counted.
MAX_PLACES: Final = 20


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


@frozen
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


def with_answer(account: Sequence[Tally], other: Sequence[Tally], number: int) -> tuple[Tally, ...]:
    """Return one account of several answers with one more, which has a number among them.

    That number takes the place of places inside of it.
    """
    sums = {tally.unit: tally for tally in account}
    for tally in other:
        known = sums.get(tally.unit, Tally(tally.unit))
        kinds = Counter(known.irrelevant) + Counter(tally.irrelevant)
        is_named = tally.not_understood and len(known.places) < MAX_PLACES
        sums[tally.unit] = Tally(
            tally.unit,
            known.used + tally.used,
            dict(sorted(kinds.items())),
            known.not_understood + tally.not_understood,
            (*known.places, number) if is_named else known.places,
        )
    return tuple(sums[unit] for unit in Unit if unit in sums)


class ProofKind(StrEnum):
    """What proves that an area is whole, surest first (design, *Completeness*)."""

    COUNTED = "counted"
    STATED = "stated"
    STRUCTURAL = "structural"
    NONE = "none"


@frozen
class Proof:
    """What shows that nothing of an area is missing.

    `count` is the number of its objects, `source` names the documents or the site file that show
    it, `note` who stated it, or why nothing shows it.
    """

    kind: ProofKind
    count: int
    source: Text = ""
    note: Text = ""


@frozen
class Repeated:
    """A document that was asked for again: why, how often, and whether it arrived in the end."""

    document: str
    reason: Message
    count: int
    answered: bool


@frozen
class Requests:
    """How many requests a live PBX was sent, repetitions included, and all repetitions."""

    sent: int = 0
    repeated: tuple[Repeated, ...] = ()

    def __add__(self, other: Requests) -> Requests:
        """Return the account of both, by document and reason."""
        return Requests(self.sent + other.sent, (*self.repeated, *other.repeated))


NOTHING_ASKED: Final = Requests()
