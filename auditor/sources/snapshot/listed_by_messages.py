"""Objects that a PBX lists by their type over WebSocket, compared with those that were read.

One that is listed and was not read is missing, so the list of objects is not whole. Conversely
nothing follows, because how long an answer may be is not documented. A parent that two sources
name differently is believed of neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from auditor.facts import BOOLEANS_ON, CONNECTED_APPS, PLATFORM_APPS
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

_PLACES: Final[Mapping[str, str]] = {
    NODE_KIND: "GetNodes",
    PBX_KIND: "GetNodes",
    BOOLEAN_KIND: "GetBooleans",
    APP_KIND: "GetAppObjects",
}
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    NODE_KIND: frozenset({NODE_KIND, PBX_KIND}),
    PBX_KIND: frozenset({PBX_KIND}),
}
_NOW: Final = say("as it is at one moment")
_BY_ADDRESS: Final = say("its address is that of an App of the vendor's at a service elsewhere")


def compare_listed(readings: Iterable[Reading], objects: Sequence[PbxObject]) -> Iterator[Gap]:
    """Yield what a PBX lists and no document shows, or shows elsewhere; note that all is there."""
    told = [one for one in readings if one.listed_objects]
    if told and objects:
        known = _Known(objects)
        for reading in told:
            yield from _compare(reading, known)


def _compare(reading: Reading, known: _Known) -> Iterator[Gap]:
    listed = reading.listed_objects
    missing = [one for one in listed if not known.has(one)]
    for place in dict.fromkeys(_PLACES[one.kind] for one in missing):
        names = [one.name or one.guid for one in missing if _PLACES[one.kind] == place]
        yield Gap(Area.OBJECTS, _missing(place, names), reading.source, advice=TOGETHER)
    if elsewhere := [one.name for one in listed if known.is_elsewhere(one)]:
        reason = _elsewhere(elsewhere)
        yield Gap(Area.OBJECTS, reason, reading.source, advice=TOGETHER, doubtful=True)
    if not missing:
        told = say_count(
            "the {count} object that it lists by type was read",
            "the {count} objects that it lists by type were all read",
            len(listed),
        )
        reading.notes.append(told)


def settings_of_lists(
    readings: Iterable[Reading], objects: Sequence[PbxObject]
) -> dict[str, Setting]:
    """Return which Booleans are on, and which Apps are connected, where a PBX said so."""
    found: dict[str, Setting] = {}
    told = [one for one in readings if one.listed_objects]
    known = _Known(objects if told else ())
    for reading in told:
        booleans = [one for one in reading.listed_objects if one.kind == BOOLEAN_KIND]
        apps = [one for one in reading.listed_objects if one.kind == APP_KIND]
        if booleans:
            names = (known.name_of(one) for one in booleans if one.is_on)
            found[BOOLEANS_ON] = _setting(names, reading, "GetBooleans on", _NOW)
        if not apps:
            continue
        connected = [one for one in apps if one.is_on]
        place = "GetAppObjects connected"
        found[CONNECTED_APPS] = _setting(map(known.name_of, connected), reading, place, _NOW)
        if there := [known.name_of(one) for one in connected if one.on_platform]:
            found[PLATFORM_APPS] = _setting(
                there, reading, "GetAppObjects url", _BY_ADDRESS, Grade.INFERRED
            )
    return found


class _Known:
    """The objects that were read, by what a list names them by."""

    def __init__(self, objects: Sequence[PbxObject]) -> None:
        self._by_guid = {one.guid.lower(): one for one in objects if one.guid}
        self._hides_guids = any(not one.guid for one in objects)
        self._places: dict[str, list[PbxObject]] = {}
        for one in objects:
            if one.kind in _KINDS[NODE_KIND] or not one.shows("pseudo"):
                for name in {one.cn.casefold(), one.h323.casefold()} - {""}:
                    self._places.setdefault(name, []).append(one)

    def has(self, listed: ListedObject) -> bool:
        """Return whether an object was read, or may have been: a document may hide which it is."""
        if listed.guid:
            return self._hides_guids or listed.guid.lower() in self._by_guid
        if listed.name.casefold() in BUILT_IN_PLACES:
            return True
        return bool(self._places_of(listed))

    def is_elsewhere(self, listed: ListedObject) -> bool:
        """Return whether all objects of a node's name are in another node than the list says."""
        if not listed.node or listed.guid:
            return False
        stated = {
            one.attributes["node"].casefold()
            for one in self._places_of(listed)
            if one.attributes.get("node") and one.shows("node")
        }
        return bool(stated) and not stated & self._spellings(listed.node)

    def name_of(self, listed: ListedObject) -> str:
        """Return what people call an object."""
        one = self._by_guid.get(listed.guid.lower())
        return (one.cn or one.h323 if one is not None else "") or listed.name or listed.guid

    def _places_of(self, listed: ListedObject) -> list[PbxObject]:
        found = self._places.get(listed.name.casefold(), [])
        kinds = _KINDS[listed.kind]
        return [one for one in found if one.kind in kinds or not one.shows("pseudo")]

    def _spellings(self, name: str) -> set[str]:
        """Return both names of a node, by either of which others may refer to it."""
        found = self._places.get(name.casefold(), [])
        return {name.casefold(), *(n.casefold() for one in found for n in (one.cn, one.h323))}


def _setting(
    names: Iterable[str],
    reading: Reading,
    place: str,
    note: Message,
    grade: Grade = Grade.DOCUMENTED,
) -> Setting:
    return Setting((*sorted({*names}),), grade, reading.source, place=place, note=note)


def _missing(place: str, names: Sequence[str]) -> Message:
    return say_count(
        "{place} lists {count} object that was not read: {name}",
        "{place} lists {count} objects that were not read, the first is {name}",
        len(names),
        place=place,
        name=f"{min(names):.80}",
    )


def _elsewhere(names: Sequence[str]) -> Message:
    return say_count(
        "{count} node is in another node than GetNodes says: {name}",
        "{count} nodes are in another node than GetNodes says, the first is {name}",
        len(names),
        name=f"{min(names):.80}",
    )
