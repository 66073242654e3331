"""What a PBX says of a fact in part, compared with what others show of it as a whole.

A part does not decide, so where nothing else shows the fact, it is open. Where something does, that
may not hide what is in the part: an entry that the other list has not, a value that is not among
those that are left, or that there is something. Then neither is believed. What a person states is
compared where no document of the box shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from auditor.facts import UNCLEAR, known_facts
from auditor.messages.message import Message, say
from auditor.model.snapshot import Gap
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.comparable_values import comparable
from auditor.sources.snapshot.merge import TOGETHER, is_of_same_box

_MORE: Final = say("a PBX lists an entry that is not in the other list of it")
_OTHER: Final = say("what the PBX says of it does not go with what else is known of it")


def contradicted_in_part(
    readings: Sequence[Reading], attested: Mapping[str, Collection[str]], gaps: list[Gap]
) -> set[str]:
    """Return facts of which a part contradicts what others show, and add a gap for each."""
    found: set[str] = set()
    for reading in readings:
        for fact in (*reading.partly_named, *reading.possible, *reading.implied):
            for values in _shown(fact, reading, readings, attested):
                if reason := _contradiction(fact, reading, values):
                    source = reading.source
                    gaps.append(Gap(fact, reason, source, advice=TOGETHER, doubtful=True))
                    found.add(fact)
                    break
    return found


def _shown(
    fact: str,
    reading: Reading,
    readings: Sequence[Reading],
    attested: Mapping[str, Collection[str]],
) -> Iterator[Collection[str]]:
    others = [one for one in readings if is_of_same_box(one, reading) and fact in one.settings]
    for one in others:
        yield one.settings[fact].values
    if not any(fact in one.settings for one in readings) and fact in attested:
        yield attested[fact]


def _contradiction(fact: str, reading: Reading, values: Collection[str]) -> Message | None:
    """Return what of a part does not go with all values of a fact; None if everything does."""
    if UNCLEAR in values:
        return None  # it is open already
    possible = reading.possible.get(fact)
    if possible is not None and not {*values} <= possible:
        return _OTHER
    if fact in reading.implied and _is_nothing(fact, values):
        return _OTHER
    reduced = comparable(fact)
    known = {reduced(value) for value in values}
    entries = reading.partly_named.get(fact, ())
    named = {reduced(name) for entry in entries for name in entry}
    others = sum(not entry for entry in entries)
    is_within = named <= known and others <= len(known - named)
    return None if is_within else _MORE


def _is_nothing(fact: str, values: Collection[str]) -> bool:
    """Return whether all values of a fact say that there is nothing."""
    words = {"", *known_facts()[fact].nothing}
    return all(value.strip().casefold() in words for value in values)
