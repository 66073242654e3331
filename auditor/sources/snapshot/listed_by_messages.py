"""Objects that a PBX lists by their type over WebSocket, compared with those that were read.

One that is listed and was not read is missing, so the list of objects is not whole. Conversely
nothing follows, because how long an answer may be is not documented. Nodes are listed by a name
alone, and by which of theirs is not documented either: where none of them is one that was read,
they are not compared. A parent that two sources name differently is believed of neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from auditor.facts import BOOLEANS_ON, CONNECTED_APPS, PLATFORM_APPS, UNPLACED_APPS
from auditor.messages.message import Message, say, say_count
from auditor.model.snapshot import (
    APP_KIND,
    BUILT_IN_PLACES,
    NODE_KIND,
    PBX_KIND,
    Gap,
    PbxObject,
    Setting,
)
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.app_lists import BOOLEAN_KIND
from auditor.sources.parse.reading import ListedObject, Reading
from auditor.sources.snapshot.merge import TOGETHER
from auditor.values.names import folded

_PLACES: Final[Mapping[str, str]] = {
    NODE_KIND: "GetNodes",
    BOOLEAN_KIND: "GetBooleans",
    APP_KIND: "GetAppObjects",
}
# A PBX is a node, too.
_NODES: Final = frozenset({NODE_KIND, PBX_KIND})
_NOW: Final = say("as it is at one moment")
NOT_COMPARED: Final = say(
    "some of what it lists by type is not compared, because it is named otherwise than what was "
    "read"
)
_UNPLACED: Final = say("what is listed of it does not tell where its service is")
_UNNAMED: Final = "?"
_BY_ADDRESS: Final = say("its address is that of an App of the vendor's at a service elsewhere")


def compare_listed(readings: Iterable[Reading], objects: Sequence[PbxObject]) -> Iterator[Gap]:
    """Yield what a PBX lists and no document shows, or shows elsewhere; note that all is there."""
    told = [one for one in readings if one.listed_objects]
    if told and objects:
        known = _Known(objects)
        for reading in told:
            yield from _compare(reading, known)


def _compare(reading: Reading, known: _Known) -> Iterator[Gap]:
    listed = known.comparable(reading.listed_objects)
    missing = [one for one in (*listed, *_parents(listed)) if not known.has(one)]
    for place in dict.fromkeys(_PLACES[one.kind] for one in missing):
        names = {one.name or one.guid for one in missing if _PLACES[one.kind] == place}
        yield Gap(Area.OBJECTS, _missing(place, names), reading.source, advice=TOGETHER)
    twice = known.in_too_many(listed)
    if elsewhere := {one.name for one in listed if one.name in twice or known.is_elsewhere(one)}:
        reason = _elsewhere(elsewhere)
        yield Gap(Area.OBJECTS, reason, reading.source, advice=TOGETHER, doubtful=True)
    if len(listed) < len(reading.listed_objects):
        reading.notes.append(NOT_COMPARED)
    elif not missing:
        told = say_count(
            "the {count} object that it lists by type was read",
            "the {count} objects that it lists by type were all read",
            len(listed),
        )
        reading.notes.append(told)


def _parents(listed: Iterable[ListedObject]) -> Iterator[ListedObject]:
    """Yield the nodes that others are in: the list says of each that it is there."""
    for name in dict.fromkeys(one.node for one in listed if one.node):
        yield ListedObject(NODE_KIND, name=name)


def settings_of_lists(
    readings: Iterable[Reading], objects: Sequence[PbxObject]
) -> dict[str, Setting]:
    """Return which Booleans are on, and which Apps are connected, where a PBX said so.

    One that is listed in both states has neither; which are on is only said where each has one. An
    App that is not among those connected is not, so that is only said where each that was read has
    its state.
    """
    found: dict[str, Setting] = {}
    told = [one for one in readings if one.listed_objects or PLATFORM_APPS in one.damaged_lists]
    known = _Known(objects if told else ())
    for reading in told:
        booleans = [one for one in reading.listed_objects if one.kind == BOOLEAN_KIND]
        apps = [one for one in reading.listed_objects if one.kind == APP_KIND]
        on, off = _states(booleans)
        if booleans and all(one.is_on is not None for one in booleans):
            names = (known.name_of(one) for one in booleans if one.guid.lower() in on - off)
            found[BOOLEANS_ON] = _setting(names, reading, "GetBooleans on", _NOW)
        on, off = _states(apps)
        connected = [one for one in apps if one.guid.lower() in on]
        if apps and known.apps <= on ^ off:
            names = (known.name_of(one) for one in connected)
            found[CONNECTED_APPS] = _setting(names, reading, "GetAppObjects connected", _NOW)
        if there := [known.name_of(one) for one in connected if one.on_platform]:
            found[PLATFORM_APPS] = _setting(
                there, reading, "GetAppObjects url", _BY_ADDRESS, Grade.INFERRED
            )
        unplaced = [known.name_of(one) for one in apps if _is_unplaced(one, on)]
        if unplaced or PLATFORM_APPS in reading.damaged_lists:
            shown = unplaced or [_UNNAMED]
            found[UNPLACED_APPS] = _setting(shown, reading, "GetAppObjects url", _UNPLACED)
    return found


def _states(listed: Iterable[ListedObject]) -> tuple[set[str], set[str]]:
    """Return the guids that are listed as on, and those that are listed as off."""
    found: tuple[set[str], set[str]] = (set(), set())
    for one in listed:
        if one.is_on is not None:
            found[not one.is_on].add(one.guid.lower())
    return found


def _is_unplaced(app: ListedObject, on: Collection[str]) -> bool:
    """Return whether an App may be connected to an App Platform, and is not known to be."""
    if app.guid.lower() in on:
        return app.on_platform is None
    return app.is_on is None and app.on_platform is not False


class _Known:
    """The objects that were read, by what a list names them by."""

    def __init__(self, objects: Sequence[PbxObject]) -> None:
        self._by_guid = {one.guid.lower(): one for one in objects if one.guid}
        self._without_guid = sum(not one.guid for one in objects)
        self._places: dict[str, list[PbxObject]] = {}
        for one in objects:
            if one.kind in _NODES or not one.shows("pseudo"):
                for name in {folded(one.cn), folded(one.h323)} - {""}:
                    self._places.setdefault(name, []).append(one)
        self.apps = frozenset(one.guid.lower() for one in objects if one.kind == APP_KIND)

    def comparable(self, listed: Sequence[ListedObject]) -> Sequence[ListedObject]:
        """Return those that could be found if they were read.

        That is none of those with a guid that may be an object whose guid a document hides, as long
        as there are enough of these, and no node where none is called as one that was read, though
        some were.
        """
        others = {one.guid.lower() for one in listed if one.guid} - self._by_guid.keys()
        hidden = others if len(others) <= self._without_guid else ()
        names = {folded(one.name) for one in listed if not one.guid} - BUILT_IN_PLACES
        hides_names = bool(names and self._places) and names.isdisjoint(self._places)
        return [
            one for one in listed if not (one.guid.lower() in hidden if one.guid else hides_names)
        ]

    def has(self, listed: ListedObject) -> bool:
        """Return whether an object was read."""
        if listed.guid:
            return listed.guid.lower() in self._by_guid
        return folded(listed.name) in BUILT_IN_PLACES or bool(self._places_of(listed))

    def is_elsewhere(self, listed: ListedObject) -> bool:
        """Return whether all objects of a node's name are in another node than the list says."""
        if not listed.node or listed.guid:
            return False
        stated = {
            folded(one.attributes["node"])
            for one in self._places_of(listed)
            if one.attributes.get("node") and one.shows("node")
        }
        spellings = self._spellings(listed.node)
        return bool(stated and spellings) and stated.isdisjoint(spellings)

    def in_too_many(self, listed: Iterable[ListedObject]) -> set[str]:
        """Return the names of nodes that are listed in more nodes than there are of that name."""
        above: dict[str, set[str]] = {}
        for one in listed:
            if one.node and not one.guid:
                places = self._spellings(one.node) or {folded(one.node)}
                above.setdefault(one.name, set()).add(min(places))
        return {
            name
            for name, nodes in above.items()
            if len(nodes) > max(1, len(self._places.get(folded(name), ())))
        }

    def name_of(self, listed: ListedObject) -> str:
        """Return what people call an object."""
        one = self._by_guid.get(listed.guid.lower())
        return (one.cn or one.h323 if one is not None else "") or listed.name or listed.guid

    def _places_of(self, listed: ListedObject) -> list[PbxObject]:
        return self._places.get(folded(listed.name), [])

    def _spellings(self, name: str) -> set[str]:
        """Return the names by which others may refer to a node, none for one that is not known."""
        if folded(name) in BUILT_IN_PLACES:
            return {*BUILT_IN_PLACES}
        found = self._places.get(folded(name), [])
        return {folded(n) for one in found for n in (one.cn, one.h323)}


def _setting(
    names: Iterable[str],
    reading: Reading,
    place: str,
    note: Message,
    grade: Grade = Grade.DOCUMENTED,
) -> Setting:
    return Setting((*sorted({*names}),), grade, reading.source, place=place, note=note)


def _missing(place: str, names: Collection[str]) -> Message:
    return say_count(
        "{place} lists {count} object that was not read: {name}",
        "{place} lists {count} objects that were not read, the first is {name}",
        len(names),
        place=place,
        name=f"{min(names):.80}",
    )


def _elsewhere(names: Collection[str]) -> Message:
    return say_count(
        "{count} node is in another node than GetNodes says: {name}",
        "{count} nodes are in another node than GetNodes says, the first is {name}",
        len(names),
        name=f"{min(names):.80}",
    )
