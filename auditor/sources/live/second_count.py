"""A second count of the objects: another list of the same PBX, which names them independently.

It proves nothing by itself; whether it agrees is judged when the snapshot is assembled, and so is
what it says of objects otherwise than they are known. A list that is refused is no gap. One that is
damaged, or breaks off, counts nothing, and what came of it is compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.dialects import Dialect
from auditor.errors import LoginError, SourceError
from auditor.messages.message import Message, say, template
from auditor.model.snapshot import SourceRecord
from auditor.sources.live.find_users import find_users
from auditor.sources.live.http_connection import Connection, RefusedError
from auditor.sources.live.object_pages import LIST, OBJECTS
from auditor.sources.live.soap_envelope import SOAP_PATH
from auditor.sources.parse.object_list import ComparedList, ListComparison
from auditor.sources.parse.reading import ObjectNames, Reading
from auditor.sources.snapshot.listed_values import LIST as LISTED
from auditor.sources.snapshot.listed_values import ListedValues

if TYPE_CHECKING:
    from hashlib import _Hash

_BY_LIST: Final = template("the object list: {reason}")
_BY_SOAP: Final = template("SOAP: {reason}")


class Recount(NamedTuple):
    """Other counts of the objects of a reading, and what they say otherwise of some of them."""

    names: tuple[ObjectNames, ...] = ()
    excerpts: tuple[Reading, ...] = ()


def count_again(connection: Connection, reading: Reading, dialect: Dialect) -> Recount:
    """Return another count of the objects of a reading, none if there is none to be had.

    Those of the configuration are counted by the object list; those of the list, and those of the
    configuration where the list cannot be read, by SOAP. Why one did not count is noted.
    """
    names: list[ObjectNames] = []
    excerpts: list[Reading] = []
    if reading.source != OBJECTS:
        connection.tell(say("object list"))
        listed, problem = _listed(connection, reading, dialect)
        if listed is not None:
            names.append(listed.names)
            excerpts.append(listed.excerpt)
        if problem is None:
            return Recount(tuple(names), tuple(excerpts))
        reading.notes.append(_not_counted(say(_BY_LIST, reason=problem)))
    connection.tell(say("names over SOAP"))
    try:
        found = find_users(connection, reading.objects)
    except (RefusedError, LoginError) as error:
        reading.notes.append(_not_counted(say(_BY_SOAP, reason=_reason_of(error))))
        return Recount(tuple(names), tuple(excerpts))
    if found.problem:
        reading.notes.append(_not_counted(say(_BY_SOAP, reason=found.problem)))
    if found.entries or not found.problem:
        names.append(ObjectNames(SOAP_PATH, found.entries, is_part=bool(found.problem)))
    excerpts.append(Reading(SOAP_PATH, LISTED, found.otherwise, [None] * len(found.otherwise)))
    excerpts[-1].is_excerpt = True
    return Recount(tuple(names), tuple(excerpts))


def _listed(
    connection: Connection, reading: Reading, dialect: Dialect
) -> tuple[ComparedList | None, Message | None]:
    """Return what the object list says, as far as it came, and why that is not all of it."""
    digest, sizes = hashlib.sha256(), [0]
    known = ListedValues(reading.objects)
    comparison = ListComparison(OBJECTS, reading, dialect, known.contradicted)

    def compare(blocks: Iterator[bytes]) -> None:
        nonlocal comparison, digest, sizes
        digest, sizes = hashlib.sha256(), []
        comparison = ListComparison(OBJECTS, reading, dialect, known.contradicted)
        comparison.read(_watched(blocks, digest, sizes))

    try:
        connection.page_stream(LIST, compare)
    except (RefusedError, SourceError, LoginError) as error:
        begun = comparison.found(is_part=True)
        return (begun if begun.names.entries else None), _reason_of(error)
    connection.records.append(SourceRecord(LIST, "object-list", sum(sizes), digest.hexdigest()))
    return comparison.found(), None


def _watched(blocks: Iterator[bytes], digest: _Hash, sizes: list[int]) -> Iterator[bytes]:
    for block in blocks:
        digest.update(block)
        sizes.append(len(block))
        yield block


def _not_counted(reason: Message) -> Message:
    return say("not counted a second time: {reason}", reason=reason)


def _reason_of(error: RefusedError | SourceError | LoginError) -> Message:
    return error.reason if isinstance(error, RefusedError) else error.message
