"""Proves that the list of objects and the settings are whole, or says why nothing does.

Design, section 10, *Completeness*: two sources of one run that agree about names and guids; a
person's statement whose number is right; else the ends that a format has by itself, with everything
there that objects refer to. Nothing else proves anything: pages, over SOAP or of the user
interface, show that each object is whole, and never that it was the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

from auditor.messages.message import NOTHING, Message, say, template
from auditor.model.account import Proof, ProofKind
from auditor.model.site import Site
from auditor.model.snapshot import (
    BUILT_IN_PLACES,
    NODE_KIND,
    PBX_KIND,
    TEMPLATE_KIND,
    CallFilter,
    Gap,
    PbxObject,
)
from auditor.model.vocabulary import Area
from auditor.sources.parse.object_names import SPECIAL
from auditor.sources.parse.reading import ObjectNames, OpenEnd, Reading

# Documents whose format says where it ends: the configuration by what it opens and closes with, the
# export by its root, the replication by its last message. How many objects the list page names of
# a large PBX is not documented, and `FindUser` ends with a page that holds nothing.
_WITH_AN_END: Final = frozenset({"configuration", "object-export", "table-users"})
_NAMED: Final = 3
# The place of a person's statement, as evidence names it.
STATED: Final = say("site file {key}", key="[target] objects")
_READ_AGAIN: Final = say("read everything again at one time")
_COUNT_AGAIN: Final = say("count again, or read everything again")
_COUNT: Final = say("state [target] objects in the site file, or give a second source (pbx.xml)")
_EACH_BOX: Final = say("save /cfg.txt of each of them, or allow them in the site file, [[boxes]]")
_COUNT_LIVE: Final = say(
    "state [target] objects in the site file, or let the account read two of /cfg.txt, object list "
    "and SOAP"
)

_NOT_THERE: Final[Mapping[str, str]] = {
    TEMPLATE_KIND: template("template {name}, to which objects refer, is not there"),
    NODE_KIND: template("node {name}, to which objects refer, is not there"),
    PBX_KIND: template("PBX {name}, to which objects refer, is not there"),
}


class Completeness:
    """What proves the objects of one system to be whole."""

    def __init__(
        self,
        readings: Sequence[Reading],
        objects: Sequence[PbxObject],
        filters: Collection[CallFilter],
        listed: Sequence[ObjectNames],
        site: Site,
    ) -> None:
        self._readings = [one for one in readings if one.objects and not one.is_excerpt]
        self._objects = objects
        self._filters = filters
        self._listed = [one for one in listed if not one.is_part]
        self._parts = [one for one in listed if one.is_part]
        self._site = site

    def of_objects(self) -> tuple[Proof, list[Gap]]:
        """Return what proves the list of objects, and a gap for each thing against it."""
        count = len(self._objects)
        claiming = list(self._claiming())
        sources = [*(one.source for one in claiming), *(one.source for one in self._listed)]
        gaps = [*self._disagreements(claiming), *self._left_out(claiming)]
        gaps += [*self._miscounted(), *self._named_otherwise()]
        stated = self._site.target.objects
        if gaps:
            return Proof(ProofKind.NONE, count, note=gaps[0].reason), gaps
        if len(set(map(_way_of, claiming))) + len(self._listed) > 1:
            return Proof(ProofKind.COUNTED, count, ", ".join(dict.fromkeys(sources))), []
        if stated is not None:
            return Proof(ProofKind.STATED, count, STATED, stated.words), []
        return self._structural(count)

    def _claiming(self) -> Iterator[Reading]:
        """Yield the documents that hold the PBX itself, so that they are no parts of a list."""
        for reading in self._readings:
            if reading.is_part:
                continue
            is_list = reading.kind == "object-list"
            if is_list or any(one.kind == PBX_KIND for one in reading.objects):
                yield reading

    def _miscounted(self) -> Iterator[Gap]:
        """Yield that a person counted another number; an object shown twice does not fill it."""
        stated = self._site.target.objects
        if stated is None:
            return
        count = len(self._objects)
        if stated.value != count:
            reason = say(
                "the site file states {stated} objects, the evidence has {count}",
                stated=stated.value,
                count=count,
            )
            yield _against(Area.OBJECTS, reason, _COUNT_AGAIN)
        for name, number in Counter(o.cn for o in self._objects if o.cn).items():
            if number > 1:
                reason = say(
                    "{count} objects are named {name}, so their number proves nothing",
                    count=number,
                    name=f"{name:.80}",
                )
                yield _against(Area.OBJECTS, reason, _READ_AGAIN)

    def _left_out(self, claiming: Sequence[Reading]) -> Iterator[Gap]:
        """Yield that a part shows objects which are missing from what claims to hold all."""
        for part in self._readings if claiming else ():
            if part not in claiming:
                yield from self._disagreement(_names_of(claiming[0]), _names_of(part), both=False)
        for names in self._parts if claiming else ():
            yield from self._disagreement(_names_of(claiming[0]), names, both=False)

    def _named_otherwise(self) -> Iterator[Gap]:
        """Yield that a list names one object twice, and otherwise."""
        for listed in (*self._listed, *self._parts):
            entries = {(guid.lower(), cn, h323) for guid, cn, h323 in listed.entries if guid}
            guids = Counter(guid for guid, _, _ in entries)
            if twice := [guid for guid, count in guids.items() if count > 1]:
                names = min(cn or h323 for guid, cn, h323 in entries if guid in twice)
                reason = say(
                    "{source} names an object twice, and differently: {name}",
                    source=listed.source,
                    name=f"{names:.80}",
                )
                yield Gap(Area.OBJECTS, reason, listed.source, advice=_READ_AGAIN, doubtful=True)

    def _disagreements(self, claiming: Sequence[Reading]) -> Iterator[Gap]:
        if len(claiming) + len(self._listed) > 1:
            names = [*map(_names_of, claiming), *self._listed]
            for other in names[1:]:
                yield from self._disagreement(names[0], other)

    @staticmethod
    def _disagreement(one: ObjectNames, other: ObjectNames, *, both: bool = True) -> Iterator[Gap]:
        """Yield that the other list names an object that one does not; or, for both, conversely."""
        missing = [*(_missing(one, other) if both else ()), *_missing(other, one)]
        if missing:
            shown = ", ".join(f"{name:.40}" for name in missing[:_NAMED])
            reason = say(
                "{one} and {other} name different objects: {count}, for example {names}",
                one=one.source,
                other=other.source,
                count=len(missing),
                names=shown,
            )
            yield _against(Area.OBJECTS, reason, _READ_AGAIN, other.source)

    def _structural(self, count: int) -> tuple[Proof, list[Gap]]:
        """Return the proof that a single source gives by itself: none needs more than one."""
        open_ends = [list(_open_ends(one)) for one in self._readings]
        best = min(open_ends, key=len, default=[])
        missing = list(self._missing_references()) if self._readings and not best else []
        found = [*best, *missing]
        if not self._readings or found:
            source = self._readings[0].source if self._readings else ""
            gaps = [_against(Area.OBJECTS, one.reason, one.advice, source) for one in found]
            return Proof(ProofKind.NONE, count, note=found[0].reason if found else NOTHING), gaps
        whole = self._readings[open_ends.index(best)]
        return Proof(ProofKind.STRUCTURAL, count, whole.source), []

    def _missing_references(self) -> Iterator[OpenEnd]:
        """Yield what objects refer to and no object is."""
        for kind, name in self._references():
            yield OpenEnd(say(_NOT_THERE[kind], name=f"{name:.80}"), _COUNT)
        known = {one.name for one in self._filters}
        used = self._used("filter") | self._used("cd-filter")
        if any(one.admin_seen for one in self._readings):
            for name in sorted(used - known - {""}):
                yield OpenEnd(
                    say("filter {name}, to which objects refer, is not there", name=f"{name:.80}"),
                    _COUNT,
                )

    def _used(self, attribute: str) -> set[str]:
        """Return the values of an attribute, the empty one of objects that have none included."""
        return {one.attributes.get(attribute, "") for one in self._objects}

    def _references(self) -> Iterator[tuple[str, str]]:
        templates = {o.cn for o in self._objects if o.kind == TEMPLATE_KIND}
        assigned = set(map(attrgetter("templates"), self._objects))  # to many, the same
        wanted = {name for names in assigned for name in names}
        yield from ((TEMPLATE_KIND, name) for name in sorted(wanted - templates))
        places = {
            kind: {
                name.casefold() for o in self._objects if o.kind == kind for name in (o.cn, o.h323)
            }
            for kind in (PBX_KIND, NODE_KIND)
        }
        places[NODE_KIND] |= places[PBX_KIND]  # a PBX is a node, too
        for kind, attribute in ((NODE_KIND, "node"), (PBX_KIND, "loc")):
            yield from (
                (kind, name)
                for name in sorted(self._used(attribute) - BUILT_IN_PLACES)
                if name.casefold() not in places[kind]
            )


def of_settings(
    readings: Iterable[Reading], objects: Iterable[PbxObject]
) -> tuple[Proof, list[Gap]]:
    """Return what proves the settings of the boxes to be whole, and a gap for each doubt.

    Each PBX of a system has settings of its own, so those of every one have to be there.
    """
    boxes = [one for one in readings if one.states_settings]
    gaps = []
    places = {one.cn or one.h323 for one in objects if one.kind == PBX_KIND}
    if boxes and len(places) > len(boxes):
        names = ", ".join(f"{name:.40}" for name in sorted(places)[:_NAMED])
        reason = say(
            "the system has {count} PBXs ({names}); settings were read of {number}",
            count=len(places),
            names=names,
            number=len(boxes),
        )
        gaps.append(_against(Area.SETTINGS, reason, _EACH_BOX, boxes[0].source))
    for reading in boxes:
        found = list(reading.open_settings)
        if reading.undelimited:
            found.append(_undelimited())
        gaps += [_against(Area.SETTINGS, one.reason, one.advice, reading.source) for one in found]
    count = len(boxes)
    if not boxes or gaps:
        return Proof(ProofKind.NONE, count, note=gaps[0].reason if gaps else NOTHING), gaps
    return Proof(ProofKind.STRUCTURAL, count, ", ".join(one.source for one in boxes)), []


def _against(area: Area, reason: Message, advice: Message, source: str = "") -> Gap:
    """Return what keeps an area from being proven whole, though all of it may have been read."""
    return Gap(area, reason, source, advice=advice, unproven=True)


def _way_of(reading: Reading) -> tuple[str, str]:
    """Return in which way a document came to name objects; a second one of it counts nothing."""
    return reading.kind, reading.box.short_serial if reading.box is not None else ""


def _open_ends(reading: Reading) -> Iterator[OpenEnd]:
    """Yield what keeps a document from showing by itself that no object is missing."""
    if reading.kind not in _WITH_AN_END:
        yield OpenEnd(say("nothing shows that the pages of its objects were all"), _COUNT_LIVE)
    yield from reading.open_ends
    if reading.undelimited:
        yield _undelimited()
    if not any(one.kind == PBX_KIND for one in reading.objects):
        yield OpenEnd(
            say("the object of the PBX itself is not there, so others may be missing"), _COUNT
        )


def _undelimited() -> OpenEnd:
    reason = say("its end is only that the connection was closed, so it may have been longer")
    return OpenEnd(reason, _READ_AGAIN)


def _names_of(reading: Reading) -> ObjectNames:
    return ObjectNames(reading.source, tuple((o.guid, o.cn, o.h323) for o in reading.objects))


def _missing(one: ObjectNames, other: ObjectNames) -> list[str]:
    """Return the objects of one list that the other one does not name.

    Objects are compared by guid where both lists show one, else by name.
    """
    guids = {guid for guid, _, _ in other.entries if guid}
    names = {cn for _, cn, _ in other.entries}
    odd = [
        entry
        for entry in one.entries
        if entry[1] not in SPECIAL
        and not (entry[0] in guids if entry[0] and guids else entry[1] in names)
    ]
    # Nearly all guids are written alike, so only where some are not is their case let be.
    folded = {guid.lower() for guid in guids} if odd else set()
    return [cn or h323 or guid for guid, cn, h323 in odd if guid.lower() not in folded]
