"""The documents of a report: what was asked for, what became of it, what proves it whole."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the pieces of one kind in a document; `irrelevant` counts by reason.

    `places` are line or ordinal numbers of the first pieces that were not understood.
    """

    unit: str
    total: int
    used: int
    irrelevant: dict[str, int]
    not_understood: int
    places: list[int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that an area is whole: `counted`, `stated`, `structural` or `none`."""

    area: str
    kind: str
    count: int
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Source:
    """One document that was read; `sha256` of its bytes as they were read."""

    name: str
    kind: str
    size: int
    sha256: str
    note: str
    account: list[Tally] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A document that was asked for again: why, how often, and whether it arrived in the end."""

    document: str
    reason: str
    count: int
    answered: bool


@dataclass(frozen=True, slots=True)
class Requests:
    """How many requests a live PBX was sent, repetitions included, and all repetitions."""

    sent: int = 0
    repeated: list[Repeated] = field(default_factory=list)
