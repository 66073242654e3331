"""Which documents of a folder are of one system: two systems in one report would mix customers.

A box is told by the serial number in the header of its configuration. Boxes are one system if the
site file lists them, or if the PBX objects (`loc`) of one of them name the others: by a hardware id
that is the serial number, or by the name that the box gives itself (`CMD0 /name`). The vendor
documents that the *Name* of a PBX object is that of the PBX, but not where the configuration keeps
the latter; so a name is believed only if each box has a PBX object of its own, and if what objects
it shows are those of the system.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from auditor.errors import SourceError
from auditor.messages.message import say
from auditor.model.site import BoxPlace, Site
from auditor.model.snapshot import PBX_KIND, Box, PbxObject, hex_digits
from auditor.sources.evidence_file import EvidenceFile
from auditor.sources.snapshot.merge import is_another_box
from auditor.values.serials import serial_end

_HARDWARE: Final = r"(?i)(?:[a-z0-9]+-)?((?:[0-9a-f]{2}[-:.]?){2,5}[0-9a-f]{2})"
# Names that every PBX has an object of.
_EVERYWHERE: Final = frozenset({"_admin_", "_master_", "_active_", "_standby_"})
_ADVICE: Final = say(
    "give each system a folder of its own; boxes of one system are stated in the site file, "
    "[[boxes]] with their serial"
)


class _Member(NamedTuple):
    """A box of the folder: its only document."""

    document: EvidenceFile
    box: Box
    objects: Sequence[PbxObject]


def in_one_system(documents: Sequence[EvidenceFile], site: Site, where: str) -> list[EvidenceFile]:
    """Return the documents in an order that does not depend on their names, the main box first.

    Raises SourceError if they are of more than one system.
    """
    read = sorted((one for one in documents if one.reading is not None), key=_rank)
    boxes = list(_boxes(read))
    main = _main(boxes, read, site, where)
    _check_objects(read, [one.document for one in boxes], where)
    for one in boxes:
        if one is not main and not one.objects and one.document.reading is not None:
            one.document.reading.further = True
    first = main.document if main else None
    return sorted(read, key=lambda one: one is not first)


def _rank(one: EvidenceFile) -> tuple[bool, str, str]:
    serial = one.box.short_serial
    return not serial, serial, one.record.kind


def _objects(one: EvidenceFile) -> Sequence[PbxObject]:
    return one.reading.objects if one.reading is not None else ()


def _boxes(documents: Iterable[EvidenceFile]) -> Iterator[_Member]:
    """Yield the boxes that documents identify: by a serial, else by a type that no other has."""
    known: list[Box] = []
    for one in documents:
        box = one.box
        if not (box.short_serial or box.product):
            continue
        if all(is_another_box(box, other) for other in known):
            known.append(box)
            yield _Member(one, box, _objects(one))


def _main(
    boxes: Sequence[_Member], documents: Sequence[EvidenceFile], site: Site, where: str
) -> _Member | None:
    """Return the box that the others belong to, if there is any. Raises SourceError."""
    stated = _stated(boxes, site)
    strangers = [one for one in boxes if all(one is not other for other in stated)]
    if len(strangers) <= 1:
        return next(iter(strangers), None) or next((b for b in boxes if b.objects), None)
    for holder in documents:
        if _names_them(holder, strangers):
            return next((one for one in strangers if one.document is holder), strangers[0])
    first, second, *_ = map(_shown, strangers)
    raise SourceError(
        say("the folder holds more than one system: {one} and {other}", one=first, other=second),
        where=where,
        advice=_ADVICE,
    )


def _stated(boxes: Sequence[_Member], site: Site) -> list[_Member]:
    """Return the boxes that the site file lists; an entry that fits two of them means neither."""
    stated = []
    for place in site.boxes:
        fitting = [one for one in boxes if _is_at(one.box, place)]
        stated += fitting if len(fitting) == 1 else []
    return stated


def _is_at(box: Box, place: BoxPlace) -> bool:
    if place.serial:
        return bool(box.serial) and not is_another_box(box, Box(serial=place.serial))
    return box.name.casefold() == place.name.casefold()


def _names_them(holder: EvidenceFile, boxes: Sequence[_Member]) -> bool:
    """Return whether the PBX objects of a document name every other one of the boxes."""
    places = [one for one in _objects(holder) if one.kind == PBX_KIND]
    if len(places) < len(boxes):
        return False
    found: list[PbxObject] = []
    for box in boxes:
        place = _place_of(box, places)
        if box.document is holder:
            found += [place] if place is not None else []
        elif place is None or (box.objects and not in_common(box.objects, _objects(holder))):
            return False
        else:
            found.append(place)
    return all(one is not other for at, one in enumerate(found) for other in found[:at])


def _place_of(box: _Member, places: Iterable[PbxObject]) -> PbxObject | None:
    """Return the only PBX object that names a box: by its hardware id, else by its name."""
    tail, name = box.box.short_serial, box.box.name.casefold()
    named = []
    for place in places:
        tails = _hardware(place)
        if tail and tail in tails:
            return place
        is_master = place.attributes.get("loc", "").casefold() in {place.h323.casefold(), "."}
        if tails or not name or (is_master and not box.objects):
            continue
        if name in {place.h323.casefold(), place.cn.casefold()}:
            named.append(place)
    return named[0] if len(named) == 1 else None


def _hardware(place: PbxObject) -> set[str]:
    """Return the ends of the hardware ids of an object that are those of a device."""
    matches = [re.fullmatch(_HARDWARE, device.hw) for device in place.devices]
    return {serial_end(hex_digits(match[1])) for match in matches if match is not None}


def _check_objects(
    documents: Sequence[EvidenceFile], boxes: Sequence[EvidenceFile], where: str
) -> None:
    """Raise SourceError if some objects have nothing to do with those of the other documents."""
    holding = [one for one in documents if _objects(one)]
    belonging = [one for one in holding if any(one is box for box in boxes)] or holding[:1]
    left = [one for one in holding if all(one is not other for other in belonging)]
    while left:
        related = [
            one
            for one in left
            if any(in_common(_objects(one), _objects(other)) for other in belonging)
        ]
        if not related:
            first, second = _shown_document(belonging[0]), _shown_document(left[0])
            raise SourceError(
                say(
                    "the folder holds more than one system: no object (by guid or name) of {one} "
                    "is one of {other}",
                    one=first,
                    other=second,
                ),
                where=where,
                advice=_ADVICE,
            )
        belonging += related
        left = [one for one in left if all(one is not other for other in related)]


def in_common(some: Sequence[PbxObject], others: Sequence[PbxObject]) -> bool:
    """Return whether two documents show objects of one system.

    One guid in both is enough. Names prove less, for every installation has a `Voicemail`: half of
    the shorter list must be in the other one, and none of those under another guid.
    """
    first, second = sorted((_own(some), _own(others)), key=len)
    if not first:
        return True
    known = {key: one.guid.casefold() for one in second for key in _keys(one)}
    shared = sum(
        any(key in known and _may_be(one, known[key]) for key in _keys(one)) for one in first
    )
    same = {one.guid.casefold() for one in first if one.guid} & set(known.values())
    return bool(same) or 2 * shared >= len(first)


def _own(objects: Iterable[PbxObject]) -> list[PbxObject]:
    return [one for one in objects if one.cn.casefold() not in _EVERYWHERE]


def _keys(one: PbxObject) -> list[tuple[str, str]]:
    names = {"cn": one.cn.casefold(), "h323": one.h323.casefold()}
    keys = [(name, value) for name, value in names.items() if value]
    return keys or [("guid", one.guid.casefold())]


def _may_be(one: PbxObject, guid: str) -> bool:
    return not one.guid or not guid or one.guid.casefold() == guid


def _shown(member: _Member) -> str:
    return f"{member.box.serial or member.box.product} ({member.document.name})"


def _shown_document(one: EvidenceFile) -> str:
    return f"{one.box.serial} ({one.name})" if one.box.serial else one.name
