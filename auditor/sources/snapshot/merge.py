"""Merges what several documents say of one system; where they contradict, nobody is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from auditor.messages.message import say, say_count
from auditor.model.snapshot import (
    TEMPLATE_KIND,
    Box,
    CallFilter,
    Gap,
    PbxObject,
    Setting,
    hex_digits,
)
from auditor.model.vocabulary import Area
from auditor.sources.parse.object_differences import differing_parts, pseudo_of
from auditor.sources.parse.objects import is_other_password, without_parts
from auditor.sources.parse.reading import ObjectNames, Reading
from auditor.sources.snapshot.comparable_values import closest, say_the_same
from auditor.sources.snapshot.listed_values import LIST, ListedValues

_BY_MESSAGES: Final = frozenset({"app-socket", "table-users"})
_OFF: Final = frozenset({"", "false"})
_NO_MARKS: Final[frozenset[str]] = frozenset()
_NO_PARTS: Final[frozenset[str]] = frozenset()
# Documents of what a PBX said over WebSocket.
_SAID: Final = "app-socket"
TOGETHER: Final = say("audit files that were saved at the same time")


def merge_objects(
    readings: Iterable[Reading], gaps: list[Gap]
) -> tuple[list[PbxObject], list[str | None]]:
    """Return all objects once; an object that is shown twice, and differently, is a gap."""
    holding = [reading for reading in readings if reading.objects]
    if len(holding) == 1 and not _has_twins(holding[0].objects):
        return holding[0].objects, holding[0].secrets
    merged = _Merged()
    for reading in holding:
        gaps.extend(merged.add(reading))
    return merged.objects, merged.stored


def _has_twins(objects: Sequence[PbxObject]) -> bool:
    """Return whether a guid, which only one object of a document has, occurs twice."""
    guids = [*filter(None, map(attrgetter("guid"), objects))]
    joined = "".join(guids)
    lower = guids if joined == joined.lower() else map(str.lower, guids)
    return len(set(lower)) < len(guids)


class _Merged:
    """The objects of all documents so far, with the stored password of each."""

    def __init__(self) -> None:
        self.objects: list[PbxObject] = []
        self.stored: list[str | None] = []
        self._known: dict[tuple[str, str], int] = {}
        self._marks_off: dict[int, frozenset[str]] = {}

    def add(self, reading: Reading) -> Iterable[Gap]:
        """Add the objects of one document; yield a gap if some contradict what is known."""
        shows_passwords = reading.kind == "configuration" or any(reading.secrets)
        listed = ListedValues(self.objects) if reading.kind == LIST else None
        conflicts: list[PbxObject] = []
        fresh: dict[tuple[str, str], int] = {}
        own: dict[str, int] = {}
        pairs = zip(reading.objects, reading.secrets, strict=True)
        for at, (candidate, secret) in enumerate(pairs):
            off = reading.marks_off.get(at, _NO_MARKS)
            keys = _identities(candidate)
            twin = own.get(candidate.guid.lower())
            if twin is None:
                twin = next((self._known[key] for key in keys if key in self._known), None)
            if twin is None:
                if candidate.guid:
                    own[candidate.guid.lower()] = len(self.objects)
                fresh.update(dict.fromkeys(keys, len(self.objects)))
                self._keep(candidate, secret, off)
                continue
            differing = _differing(self.objects[twin], candidate, reading, listed)
            differing |= self._on_and_off(twin, candidate, off)
            known = self.stored[twin]
            if shows_passwords and candidate.shows("pwd") and is_other_password(known, secret):
                differing.add("pwd")
            conflicts += [candidate] if differing else []
            if unclear := differing | reading.odd_parts.get(at, _NO_PARTS):
                self.objects[twin] = without_parts(self.objects[twin], unclear)
        self._known.update(fresh)
        if conflicts:
            yield shown_otherwise(conflicts, reading.source)

    def _keep(self, candidate: PbxObject, secret: str | None, off: frozenset[str]) -> None:
        if off:
            self._marks_off[len(self.objects)] = off
        self.objects.append(candidate)
        self.stored.append(secret)

    def _on_and_off(self, twin: int, candidate: PbxObject, off: frozenset[str]) -> set[str]:
        """Return check marks that one source says are off, and another that they are on."""
        off |= self._marks_off.get(twin, _NO_MARKS)
        if off:
            self._marks_off[twin] = off
        shown = (self.objects[twin].attributes, candidate.attributes)
        return {name for name in off for one in shown if one.get(name, "") not in _OFF}


def _identities(candidate: PbxObject) -> list[tuple[str, str]]:
    """Return what an object may be recognised by in another document, surest first."""
    identities = {"guid": candidate.guid.lower(), "cn": candidate.cn, "h323": candidate.h323}
    return [(name, value) for name, value in identities.items() if value]


def _differing(
    first: PbxObject, other: PbxObject, reading: Reading, listed: ListedValues | None
) -> set[str]:
    """Return in what an object of another document contradicts what is known of it."""
    if listed is not None:
        return listed.contradicted(first, other)
    return differing_parts(first, other) - _vague(first, other, reading)


def _vague(first: PbxObject, other: PbxObject, reading: Reading) -> set[str]:
    """Return in what an answer over WebSocket may differ from another document, and agree with it.

    A check mark that is off may be set nowhere: a replication sends some for every object, and when
    `GetObject` does is not documented. Nor is whether a template holds in either what it inherits
    from, which is unexplained in the other document: what is said of it is compared by itself.
    """
    if reading.kind not in _BY_MESSAGES:
        return set()
    vague = {
        name
        for name, value in other.attributes.items()
        if first.attributes.get(name, "") in _OFF and value in _OFF
    }
    if _devices_of(first) == _devices_of(other):
        vague.add("devices")
    if first.kind == TEMPLATE_KIND:
        vague.add("config")
    own, theirs = (pseudo_of(one._replace(unexplained=())) for one in (first, other))
    known = {*other.unexplained} <= {*first.unexplained}
    if first.kind == TEMPLATE_KIND and own == theirs and known:
        vague.add("pseudo")
    return vague


def _devices_of(candidate: PbxObject) -> list[tuple[str, str, dict[str, str]]]:
    """Return the hardware ids of an object with the flags that are on."""
    return [
        (one.hw, one.text, {name: value for name, value in one.flags.items() if value not in _OFF})
        for one in candidate.devices
    ]


def shown_otherwise(conflicts: Sequence[PbxObject], source: str) -> Gap:
    """Return that a source shows objects differently than another one."""
    return Gap(
        Area.OBJECTS,
        say_count(
            "{count} object is shown differently elsewhere: {name}",
            "{count} objects are shown differently elsewhere, the first is {name}",
            count=len(conflicts),
            name=conflicts[0].label,
        ),
        source,
        advice=TOGETHER,
        doubtful=True,
    )


def compare_names(listed: Iterable[ObjectNames], objects: list[PbxObject]) -> Iterable[Gap]:
    """Yield that a list of the same objects calls some of them otherwise; their names are open."""
    listed = [*listed]
    places = {one.guid.lower(): at for at, one in enumerate(objects) if one.guid} if listed else {}
    for names in listed:
        conflicts: list[PbxObject] = []
        for guid, cn, h323 in names.entries:
            at = places.get(guid.lower())
            if at is None:
                continue
            one = objects[at]
            said = {"cn": (one.cn, cn), "h323": (one.h323, h323)}
            odd = {name for name, (own, other) in said.items() if other and own != other}
            if odd := {name for name in odd if one.shows(name)}:
                conflicts.append(one)
                objects[at] = without_parts(one, odd)
        if conflicts:
            yield shown_otherwise(conflicts, names.source)


def merge_filters(readings: Iterable[Reading]) -> Iterable[CallFilter]:
    """Return each filter once; one that occurs twice or differs between documents has no rows."""
    merged: dict[str, CallFilter] = {}
    for reading in readings:
        for candidate in reading.filters:
            known = merged.get(candidate.name)
            if known is None:
                merged[candidate.name] = candidate
            elif known.rows != candidate.rows or known.source == candidate.source:
                note = say("it occurs more than once")
                merged[candidate.name] = replace(known, rows=None, note=note, doubtful=True)
    return merged.values()


def merge_settings(
    shown: Iterable[tuple[Box | None, Mapping[str, Setting]]],
    gaps: list[Gap],
    of_objects: Collection[str] = (),
) -> dict[str, Setting]:
    """Return each setting with the values of all boxes.

    If two documents of one box say different things, that is a gap: nobody is believed, and of that
    box the setting has no value. The same holds of `of_objects`, facts that stand in an object: it
    is the system's, whoever shows it.
    """
    stated: dict[tuple[str, str], Setting] = {}
    contradicted: set[tuple[str, str]] = set()
    for number, (owner, settings) in enumerate(shown):
        box = owner.short_serial if owner is not None else ""
        for fact, setting in settings.items():
            whose = (fact, "the system" if fact in of_objects else box or f"document {number}")
            known = stated.setdefault(whose, setting)
            if not say_the_same(fact, known.values, setting.values):
                reason = say("two documents of one box say different things about it")
                gap = Gap(fact, reason, setting.source, setting.line, TOGETHER, doubtful=True)
                gaps.append(gap)
                contradicted.add(whose)
            elif known is not setting:
                values = closest(fact, known.values, setting.values)
                stated[whose] = replace(known, values=values)
    merged: dict[str, Setting] = {}
    for key, setting in stated.items():
        if key in contradicted:
            continue
        fact, _ = key
        known_elsewhere = merged.get(fact)
        if known_elsewhere is None:
            merged[fact] = setting
        else:
            values = tuple(dict.fromkeys([*known_elsewhere.values, *setting.values]))
            merged[fact] = replace(known_elsewhere, values=values)
    return merged


def merge_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Return each box once, with what its documents say of it put together.

    Boxes without a serial number are one only if they are of the same type and firmware.
    """
    merged: dict[str, Box] = {}
    for box in boxes:
        key = box.short_serial or f"{box.product} {box.firmware}"
        known = merged.get(key, Box())
        merged[key] = Box(
            known.name or box.name,
            known.product or box.product,
            known.firmware or box.firmware,
            max(known.serial, box.serial, key=len),
        )
    return tuple(merged.values())


def is_another_box(one: Box, other: Box) -> bool:
    """Return whether two documents are of different boxes, as far as both say which."""
    if one.product and other.product and one.product.casefold() != other.product.casefold():
        return True
    first, second = hex_digits(one.serial), hex_digits(other.serial)
    if len(first) == len(second):
        return first != second
    return bool(first and second) and one.short_serial != other.short_serial


def silent_boxes(readings: Sequence[Reading], of_objects: Collection[str]) -> list[Gap]:
    """Return a gap for each PBX that does not show a setting which another one shows.

    `of_objects` are facts that stand in an object: a further PBX has those of the master.
    """
    boxes = [
        reading
        for reading in readings
        if reading.kind == "configuration" and (reading.objects or reading.has_pbx_lines)
    ]
    told = [one for one in readings if one.kind == _SAID]
    shown = {fact for reading in (*boxes, *told) for fact in reading.settings}
    return [
        Gap(fact, say("this box does not show it, but another one does"), reading.source)
        for reading in boxes
        for fact in sorted(shown - shown_of_box(reading, told))
        if not (reading.further and fact in of_objects)
    ]


def shown_of_box(reading: Reading, others: Iterable[Reading]) -> set[str]:
    """Return the facts that a document and others of the same box show."""
    same = (one for one in others if is_of_same_box(one, reading))
    return {fact for one in (reading, *same) for fact in one.settings}


def is_of_same_box(one: Reading, other: Reading) -> bool:
    """Return whether two documents are of one box; what does not say is of the audited one."""
    if one.further != other.further:
        return False
    ends = {box.short_serial if (box := each.box) is not None else "" for each in (one, other)}
    return (len(ends) == 1 and ends != {""}) or (not one.further and "" in ends)
