"""The documents of a report: what was asked for, what became of it, what proves it whole."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from auditor.values.frozen import frozen

TargetKind = Literal["address", "file", "folder", "snapshot"]
BaseName = Literal["repository", "working-directory", "folder"]


@frozen
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


@frozen
class Proof:
    """What shows that an area is whole: `counted`, `stated`, `structural` or `none`."""

    area: str
    kind: str
    count: int
    source: str
    note: str


@frozen
class Source:
    """One document that was read; `sha256` of its bytes as they were read.

    `uri` is where its file lies, see `Location`; empty if there is no such file.
    """

    name: str
    kind: str
    size: int
    sha256: str
    note: str
    account: list[Tally] = field(default_factory=list)
    uri: str = ""


@frozen
class Location:
    """Where the target lies, for programs that show a finding in a file.

    URIs are relative references, percent-encoded, to the root of the repository that the target is
    in, else to the working directory, else to the folder of the target (`base`). `uri` is the file
    for what no other file shows: the target itself, of a folder the first document that was used,
    of an address the site file.
    """

    kind: TargetKind
    base: BaseName
    uri: str


@frozen
class Repeated:
    """A document that was asked for again: why, how often, and whether it arrived in the end."""

    document: str
    reason: str
    count: int
    answered: bool


@frozen
class Requests:
    """How many requests a live PBX was sent, repetitions included, and all repetitions."""

    sent: int = 0
    repeated: list[Repeated] = field(default_factory=list)
