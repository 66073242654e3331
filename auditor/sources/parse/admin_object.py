"""The object `_ADMIN_`: its password and key, call filters, and settings of a dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final
from xml.etree.ElementTree import Element, tostring

from auditor.dialects import Dialect, SettingPlace
from auditor.facts import UNCLEAR, known_facts
from auditor.messages.message import say
from auditor.model.account import Irrelevant, Unit
from auditor.model.snapshot import CallFilter, Gap, Setting
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.filter_row import filter_row
from auditor.sources.parse.ledger import CONTRADICTION, UNREADABLE, Ledger
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.xml import STRAY
from auditor.values.names import is_near_miss

_FILTER: Final = "filter"
_PART: Final = say("a part of _ADMIN_ is not understood")


class AdminReader:
    """Turns `_ADMIN_` objects into what a reading says of the PBX; two of them must be equal."""

    def __init__(self, reading: Reading, dialect: Dialect, ledger: Ledger) -> None:
        self._reading = reading
        self._dialect = dialect
        self._ledger = ledger
        self._first: tuple[Mapping[str, str], list[Element]] | None = None
        self._place = 0

    def add(
        self,
        attributes: Mapping[str, str],
        children: list[Element],
        line: int,
        place: int,
        *,
        is_shown: bool,
    ) -> None:
        """Add an `_ADMIN_` object; `place` is its line, or its number if there are no lines."""
        self._place = place
        reading = self._reading
        if self._first is not None:
            is_repeated = _content(attributes, children) == _content(*self._first)
            self._add_second(is_repeated=is_repeated)
            return
        self._first = attributes, children
        reading.admin_seen = True
        reading.admin_password = attributes.get("pwdx") or attributes.get("pwd")
        reading.admin_key = attributes.get("key")
        self._ledger.use(Unit.ATTRIBUTES, len(attributes))
        self._count(children)
        if not is_shown:
            doubted = (Area.PASSWORDS, Area.CALL_FILTERS, *self.facts)
            self._ledger.doubt(doubted, UNREADABLE, self._place, say("it shows its names only"))
        for child in children:
            if child.tag == _FILTER:
                reading.filters.append(self._filter(child, line))
        for fact in self.facts:
            if self._dialect.settings[fact].place == "admin-rows":
                self._rows(fact, children, line)
            elif is_shown:
                self._attribute(fact, attributes, children, line)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Facts that a dialect finds in `_ADMIN_`."""
        places = self._dialect.settings
        return tuple(fact for fact, place in places.items() if not place.in_lines)

    def _count(self, children: Iterable[Element]) -> None:
        """Count the parts of `_ADMIN_`; one that looks like a part that is asked for is a doubt."""
        places = self._dialect.settings
        wanted = [(places[fact].element, fact) for fact in self.facts]
        wanted.append((_FILTER, Area.CALL_FILTERS.value))
        tags = {tag for tag, _ in wanted}
        for child in children:
            if child.tag in tags and (child.tag != _FILTER or child.get("name")):
                self._ledger.use(Unit.PARTS)
                continue
            meant = [
                area for tag, area in wanted if child.tag == STRAY or is_near_miss(child.tag, tag)
            ]
            if child.tag == _FILTER:
                meant.append(Area.CALL_FILTERS.value)
            self._ledger.misread(Unit.PARTS, self._place)
            self._ledger.doubt(meant, UNREADABLE, self._place, _PART)

    def _add_second(self, *, is_repeated: bool) -> None:
        """Take back what the first `_ADMIN_` object said if another one says it differently."""
        if is_repeated:
            self._ledger.pass_over(Unit.PARTS, Irrelevant.REPEATED)
            return
        reading = self._reading
        for fact in self.facts:
            reading.settings.pop(fact, None)
        reading.filters = [
            replace(one, rows=None, note=say("it occurs more than once"), doubtful=True)
            for one in reading.filters
        ]
        reading.admin_password = reading.admin_key = None
        areas = (Area.PASSWORDS, Area.CALL_FILTERS, *self.facts)
        self._ledger.misread(Unit.PARTS, self._place)
        self._ledger.doubt(
            areas, CONTRADICTION, self._place, say("another _ADMIN_ object says it differently")
        )

    def _rows(self, fact: str, children: list[Element], line: int) -> None:
        place = self._dialect.settings[fact]
        found = [child for child in children if child.tag == place.element]
        if not found:
            return
        rows = [row for node in found for row in node]
        values = tuple(_row(row, place) for row in rows)
        if any(node.attrib for node in found):
            values += (UNCLEAR,)
        if UNCLEAR in values:
            reason = say("it has a part that nobody explained")
            gap = Gap(fact, reason, self._reading.source, line, doubtful=True)
            self._reading.gaps.append(gap)
        self._reading.settings[fact] = self._stated(values, place, line, place.words)

    def _attribute(
        self, fact: str, attributes: Mapping[str, str], children: list[Element], line: int
    ) -> None:
        place = self._dialect.settings[fact]
        named = [child.attrib for child in children if child.tag == place.element]
        holders = [attributes] if place.element == "user" else named
        if any(is_near_miss(name, place.option) for holder in holders for name in holder):
            self._ledger.doubt([fact], UNREADABLE, self._place, _PART)
        stored = [holder[place.option] for holder in holders if place.option in holder]
        lacks = len(stored) < max(1, len(holders))
        if not stored and place.absent is None:
            return
        reduce = known_facts()[fact].reduce_entries
        values = [entry for text in stored for entry in reduce(text, place.split)]
        words = place.words
        if lacks and place.absent is not None:
            values.append(place.absent)
            words = place.words_if_absent
        elif lacks:
            reason = say("an element does not have it, and what that means is not documented")
            self._reading.gaps.append(Gap(fact, reason, self._reading.source, line))
        stated = self._stated(tuple(dict.fromkeys(values)), place, line, words)
        absent = lacks and place.absent is not None
        self._reading.settings[fact] = replace(stated, absent=absent)

    def _stated(
        self, values: tuple[str, ...], place: SettingPlace, line: int, words: str
    ) -> Setting:
        """Return a setting that `_ADMIN_` holds: it is read no better than the call filters."""
        source = self._reading.source
        return Setting(values, place.grade, source, line, words, read_with=Area.CALL_FILTERS)

    def _filter(self, node: Element, line: int) -> CallFilter:
        name = node.get("name", "")
        place = self._dialect.filter_rows
        source = self._reading.source
        if place is None:
            note = say("where its rows are stored is not documented, and was not learned")
            return CallFilter(name, None, Grade.DOCUMENTED, source, line, note)
        rows = [filter_row(child, place) for child in node]
        complete = [row for row in rows if row is not None]
        if len(complete) != len(rows) or node.attrib.keys() != {"name"}:
            note = say("it has a part that nobody explained")
            return CallFilter(name, None, place.grade, source, line, note, doubtful=True)
        return CallFilter(name, tuple(complete), place.grade, source, line)


def _content(attributes: Mapping[str, str], children: Iterable[Element]) -> tuple[object, ...]:
    """Return what is equal for objects that say the same in the same order."""
    return *sorted(attributes.items()), *map(tostring, children)


def _row(row: Element, place: SettingPlace) -> str:
    """Return the columns of a row; unclear if it has a part that the place does not explain."""
    is_plain = not len(row) and row.attrib.keys() <= set(place.columns)
    if row.tag != place.row or not is_plain:
        return UNCLEAR
    return "/".join(row.get(column, "") for column in place.columns)
