"""Keeps the account of one document while it is parsed, and the gaps that follow from it."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable
from operator import itemgetter
from typing import Final

from auditor.messages.message import Counted, Message, say, say_count
from auditor.model.account import MAX_PLACES, Irrelevant, Tally, Unit
from auditor.model.snapshot import Gap
from auditor.model.vocabulary import Area

# Where an object that cannot be read could have belonged to.
OBJECT_AREAS: Final = (Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS)
# Where a command that nobody knows could have belonged to.
ALL_AREAS: Final = (*OBJECT_AREAS, Area.SETTINGS)
# What is wrong with objects, for people; `reason` is what is wrong with the first one.
UNREADABLE: Final = Counted(
    "{count} object cannot be read, at line {line}: {reason}",
    "{count} objects cannot be read; the first, at line {line}: {reason}",
)
CONTRADICTION: Final = Counted(
    "{count} object contradicts itself, at line {line}: {reason}",
    "{count} objects contradict themselves; the first, at line {line}: {reason}",
)
# What is wrong with entries of lists, at the number of an answer.
UNREADABLE_ENTRY: Final = Counted(
    "{count} entry of a list cannot be read, in answer {line}: {reason}",
    "{count} entries of lists cannot be read; the first, in answer {line}: {reason}",
)
# What is wrong with messages of a table.
UNCLEAR: Final = Counted(
    "{count} message is not understood, at line {line}: {reason}",
    "{count} messages are not understood; the first, at line {line}: {reason}",
)
AFTER_END: Final = say("it is a row after the end of the replication")
# Why the last line of a file without line end may not count.
CUT: Final = say("the file ends in it, so it may have been longer")
_PLACE: Final = itemgetter(0)


class Ledger:
    """Counts the pieces of one document. `advice` is what to do about what is not understood.

    Places come in any order, since lines of objects are read together, behind those around them.
    """

    def __init__(self, source: str, advice: Message) -> None:
        self._source = source
        self._advice = advice
        self._used: Counter[Unit] = Counter()
        self._irrelevant: Counter[tuple[Unit, Irrelevant]] = Counter()
        self._places: dict[Unit, list[int]] = {}
        self._misread: Counter[Unit] = Counter()
        self._gaps: dict[tuple[str, Counted], list[tuple[int, Message]]] = {}

    def use(self, unit: Unit, count: int = 1) -> None:
        """Count pieces that were used."""
        self._used[unit] += count

    def pass_over(self, unit: Unit, kind: Irrelevant, count: int = 1) -> None:
        """Count pieces that are known to be irrelevant."""
        self._irrelevant[unit, kind] += count

    def add(self, account: Iterable[Tally], times: int) -> None:
        """Count what was counted elsewhere so many times; it has nothing that was misread."""
        for tally in account:
            self.use(tally.unit, tally.used * times)
            for kind, count in tally.irrelevant.items():
                self.pass_over(tally.unit, kind, count * times)

    def misread(self, unit: Unit, place: int, count: int = 1) -> None:
        """Count pieces that were not understood, at a line or ordinal number."""
        self._misread[unit] += count
        places = self._places.setdefault(unit, [])
        if place not in places:
            insort(places, place)
            del places[MAX_PLACES:]

    def doubt(self, areas: Iterable[str], what: Counted, place: int, reason: Message) -> None:
        """Note that areas or facts are read in part, because of one place; never quote it."""
        for area in areas:
            self._gaps.setdefault((area, what), []).append((place, reason))

    def tallies(self) -> tuple[Tally, ...]:
        """Return the account, by unit."""
        all_of_them = (
            Tally(
                unit,
                self._used[unit],
                {kind: n for (of, kind), n in sorted(self._irrelevant.items()) if of is unit},
                self._misread[unit],
                tuple(self._places.get(unit, ())),
            )
            for unit in Unit
        )
        return tuple(tally for tally in all_of_them if tally.total)

    def gaps(self) -> list[Gap]:
        """Return one gap for each area and each sort of doubt, with the first place of it."""
        firsts = ((of, min(found, key=_PLACE), len(found)) for of, found in self._gaps.items())
        return [
            Gap(
                area,
                say_count(*what, count, line=place, reason=reason),
                self._source,
                place,
                self._advice,
                doubtful=True,
            )
            for (area, what), (place, reason), count in firsts
        ]
