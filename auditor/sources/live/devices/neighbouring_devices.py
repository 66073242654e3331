"""What Devices tells of the devices beside a box that was read through it: products and firmware.

A device belongs to the box's system if an object of it names its hardware id, or if there is no
other PBX in the domain that it could belong to. Whether any other one does is open, and it is kept
with the reason: it may be what is vulnerable. An App Platform belongs to the domain, so each of
them counts; what may be one, by a type that nobody knows, leaves open whether there is one. Single
devices are not kept, only how many there are of each product and firmware.

Other PBXs are judged where they are audited themselves, and what is not of innovaphone has no
firmware to judge; how many that are is said, for nothing here knows whether anybody audits them.
That holds for what each entry of it says so, and of which it can be: a phone that is said to have
an active PBX is a phone or a PBX, and which of both is open.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from auditor.messages.message import Message, say, say_count, together
from auditor.model.listed_devices import ListedDevices
from auditor.model.snapshot import Gap, Setting, Snapshot, hex_digits
from auditor.model.vocabulary import Area, Belonging, Coverage, Grade
from auditor.sources.live.devices.entries import APP_PLATFORM, DeviceEntry

SOURCE: Final = "Devices"
_VERSION: Final = "app_platform_version"
# What the list of devices shows by a documented name.
LISTED_FACTS: Final = frozenset({_VERSION})
_BOX_INFO: Final = "box-info"
_AGAIN: Final = say("read it again")
_IN_DEVICES: Final = say("look into Devices which of them there are, and in which domain")
_WHOSE: Final = say("Devices names no domain of the box, so which devices are beside it is open")


class Beside(NamedTuple):
    """The other devices of a domain, and why they may not be all.

    A device without a domain is among them: it may be one of this. `of_box` are the versions that
    are listed of the box itself; `is_open` says that it names no domain, so that other devices may
    be beside it.
    """

    devices: Sequence[DeviceEntry] = ()
    problems: Sequence[Message] = ()
    of_box: Sequence[str] = ()
    is_open: bool = False


def is_alone(beside: Beside) -> bool:
    """Return whether no other PBX of the domain could have what Devices tells of it."""
    return not beside.is_open and not any(one.may_be_pbx for one in beside.devices)


def gaps_of(beside: Beside) -> list[Gap]:
    """Return that devices may be missing whose firmware nobody saw then."""
    found = [Gap(Area.BOX, one, SOURCE, advice=_AGAIN) for one in beside.problems]
    if beside.is_open:
        found.append(Gap(Area.BOX, _WHOSE, SOURCE, advice=_IN_DEVICES))
        found.append(Gap(_VERSION, _WHOSE, SOURCE, advice=_IN_DEVICES, doubtful=True))
    return found


def with_devices(snapshot: Snapshot, beside: Beside) -> Snapshot:
    """Return a snapshot with the devices of its system, and the versions of its App Platforms.

    How many there are that nothing is said of here is noted.
    """
    named = {device.hw.lower() for one in snapshot.objects for device in one.devices}
    alone = is_alone(beside)
    twice = _listed_differently(beside.devices)
    left = _left_to_others(beside.devices)
    mixed = left & {one.one_spelling for one in beside.devices if not _is_of_others(one)}
    counts = Counter(
        (
            one.product,
            one.version,
            _belonging(one, named, twice | mixed, alone=alone),
            one.is_of_known_type,
        )
        for one in beside.devices
        if one.hardware_id and one.kind != APP_PLATFORM and one.one_spelling not in left - mixed
    )
    listed = tuple(
        ListedDevices(product, version, count, belonging, is_of_known_type)
        for (product, version, belonging, is_of_known_type), count in sorted(counts.items())
    )
    noted = _with_note(replace(snapshot, listed_devices=listed), _not_judged(snapshot, beside))
    return _with_platforms(noted, [one for one in beside.devices if one.may_be_platform], twice)


def _not_judged(snapshot: Snapshot, beside: Beside) -> Iterator[Message]:
    """Yield how many devices nothing is said of, each with the reason."""
    read = {hex_digits(one.serial) for one in snapshot.boxes}
    pbxs = {
        one.one_spelling for one in beside.devices if one.is_pbx and not one.contradicts_itself
    } - read
    others = {
        one.one_spelling
        for one in beside.devices
        if one.is_other and not one.is_pbx and one.kind != APP_PLATFORM
    }
    if pbxs:
        yield say_count(
            "Devices lists {count} other PBX of the domain, which is not judged here, nor is its "
            "firmware: only an audit of its own does that, and whether there is one is not known "
            "here",
            "Devices lists {count} other PBXs of the domain, which are not judged here, nor is "
            "their firmware: only audits of their own do that, and whether there are any is not "
            "known here",
            len(pbxs),
        )
    if others:
        yield say_count(
            "Devices lists {count} device that is not of innovaphone, so its firmware is not "
            "judged",
            "Devices lists {count} devices that are not of innovaphone, so their firmware is not "
            "judged",
            len(others),
        )


def _with_note(snapshot: Snapshot, notes: Iterable[Message]) -> Snapshot:
    """Return a snapshot with notes at the document that says which box it is."""
    told = together(*notes)
    at = next((n for n, one in enumerate(snapshot.sources) if one.kind == _BOX_INFO), 0)
    if not told or not snapshot.sources:
        return snapshot
    sources = [*snapshot.sources]
    sources[at] = replace(sources[at], note=together(sources[at].note, told))
    return replace(snapshot, sources=tuple(sources))


def _is_of_others(one: DeviceEntry) -> bool:
    """Return whether by an entry nothing is said here of a device: it is a PBX, or not theirs."""
    return bool(one.is_pbx or one.is_other) and not one.contradicts_itself


def _left_to_others(devices: Iterable[DeviceEntry]) -> frozenset[str]:
    """Return hardware ids of which an entry says that nothing is said of them here."""
    return frozenset(one.one_spelling for one in devices if _is_of_others(one))


def _listed_differently(devices: Iterable[DeviceEntry]) -> frozenset[str]:
    """Return hardware ids that are listed with several versions, or of several domains."""
    shown: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for one in devices:
        shown[one.one_spelling].add((one.version, one.domain))
    return frozenset(id_ for id_, several in shown.items() if len(several) > 1 or not id_)


def _belonging(
    one: DeviceEntry, named: Collection[str], twice: Collection[str], *, alone: bool
) -> Belonging:
    """Return whether a device is one of the box's system, or why that is open."""
    if one.one_spelling in twice:
        return Belonging.LISTED_TWICE
    if "other" in one.unread:
        return Belonging.UNKNOWN_MAKER
    if one.hardware_id in named:
        return Belonging.CERTAIN
    if one.contradicts_itself:
        return Belonging.CONTRADICTORY
    if not one.domain:
        return Belonging.NO_DOMAIN
    return Belonging.CERTAIN if alone else Belonging.OTHER_PBX


def _doubt_of(one: DeviceEntry, twice: Collection[str]) -> str:
    """Return why it is open whether an App Platform of the domain has a version, or empty."""
    if not one.is_of_known_type:
        return "type"
    if one.is_other or "other" in one.unread:
        return "maker"
    return "place" if not one.domain or one.one_spelling in twice else ""


def _with_platforms(
    snapshot: Snapshot, platforms: Sequence[DeviceEntry], twice: Collection[str]
) -> Snapshot:
    """Return a snapshot with the version of each App Platform, empty for one that states none.

    What is not certainly one, of the domain and of one version, is a gap.
    """
    doubts: defaultdict[str, list[DeviceEntry]] = defaultdict(list)
    for one in platforms:
        doubts[_doubt_of(one, twice)].append(one)
    sure = doubts.pop("", [])
    gaps = [
        Gap(_VERSION, reason, SOURCE, advice=_IN_DEVICES, doubtful=True)
        for reason in _unclear({doubt: _different(found) for doubt, found in doubts.items()})
    ]
    snapshot = replace(snapshot, gaps=(*snapshot.gaps, *gaps))
    if not sure:
        return snapshot
    versions = sorted({one.version for one in sure})
    setting = Setting((*versions,), Grade.DOCUMENTED, SOURCE)
    coverage = Coverage.PARTIAL if snapshot.gaps_in(_VERSION) else Coverage.COMPLETE
    return replace(
        snapshot,
        settings={**snapshot.settings, _VERSION: setting},
        areas={**snapshot.areas, _VERSION: coverage},
    )


def _different(devices: Iterable[DeviceEntry]) -> int:
    """Return how many devices these are; of those without a hardware id each is one."""
    found = [one.one_spelling for one in devices]
    return len({*found} - {""}) + found.count("")


def _unclear(counts: dict[str, int]) -> Iterator[Message]:
    """Yield why it is open which App Platforms there are, and of what version."""
    if count := counts.get("place", 0):
        yield say_count(
            "{count} App Platform is listed with several versions, or without a domain",
            "{count} App Platforms are listed with several versions, or without a domain",
            count,
        )
    if count := counts.get("type", 0):
        yield say_count(
            "{count} device is listed with a type that no document explains, and may be an App "
            "Platform",
            "{count} devices are listed with a type that no document explains, and may be App "
            "Platforms",
            count,
        )
    if count := counts.get("maker", 0):
        yield say_count(
            "{count} App Platform is listed as one that is, or may be, not of innovaphone",
            "{count} App Platforms are listed as such that are, or may be, not of innovaphone",
            count,
        )
