"""What Devices tells of the devices beside a box that was read through it: products and firmware.

A device belongs to the box's system if an object of it names its hardware id, or if there is no
other PBX in the domain that it could belong to. Whether any other one does is open, and it is kept
with the reason: it may be what is vulnerable. Other PBXs are audited themselves. An App Platform
belongs to the domain, so each of them counts. Single devices are not kept, only how many there are
of each product and firmware.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from auditor.messages.message import Message, say, say_count
from auditor.model.listed_devices import ListedDevices
from auditor.model.snapshot import Gap, Setting, Snapshot
from auditor.model.vocabulary import Area, Belonging, Coverage, Grade
from auditor.sources.live.devices.entries import DeviceEntry

SOURCE: Final = "Devices"
_APP_PLATFORM: Final = "APP_PLATFORM"
_VERSION: Final = "app_platform_version"
# What the list of devices shows by a documented name.
LISTED_FACTS: Final = frozenset({_VERSION})
_AGAIN: Final = say("read it again")
_IN_DEVICES: Final = say("look into Devices which of them there are, and in which domain")


class Beside(NamedTuple):
    """The other devices of a domain, and why they may not be all.

    A device without a domain is among them if it may be one of this. `of_box` are the versions that
    are listed of the box itself.
    """

    devices: Sequence[DeviceEntry] = ()
    problems: Sequence[Message] = ()
    of_box: Sequence[str] = ()


def is_alone(beside: Beside) -> bool:
    """Return whether no other PBX of the domain could have what Devices tells of it."""
    return not any(one.may_be_pbx for one in beside.devices)


def gaps_of(beside: Beside) -> list[Gap]:
    """Return that devices may be missing whose firmware nobody saw then."""
    return [Gap(Area.BOX, one, SOURCE, advice=_AGAIN) for one in beside.problems]


def with_devices(snapshot: Snapshot, beside: Beside) -> Snapshot:
    """Return a snapshot with the devices of its system, and the versions of its App Platforms."""
    named = {device.hw.lower() for one in snapshot.objects for device in one.devices}
    alone = is_alone(beside)
    every = [one for one in beside.devices if not one.is_other]
    twice = _listed_differently(every)
    counts = Counter(
        (one.product, one.version, _belonging(one, named, twice, alone=alone))
        for one in every
        if one.kind != _APP_PLATFORM and one.is_pbx is not True
    )
    listed = tuple(
        ListedDevices(product, version, count, belonging)
        for (product, version, belonging), count in sorted(counts.items())
    )
    platforms = [one for one in every if one.kind == _APP_PLATFORM]
    return _with_platforms(replace(snapshot, listed_devices=listed), platforms, twice)


def _listed_differently(devices: Iterable[DeviceEntry]) -> frozenset[str]:
    """Return hardware ids that are listed with several versions, or of several domains."""
    shown: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for one in devices:
        shown[one.one_spelling].add((one.version, one.domain))
    return frozenset(id_ for id_, several in shown.items() if len(several) > 1)


def _belonging(
    one: DeviceEntry, named: Collection[str], twice: Collection[str], *, alone: bool
) -> Belonging:
    """Return whether a device is one of the box's system, or why that is open."""
    if one.one_spelling in twice:
        return Belonging.LISTED_TWICE
    if one.hardware_id in named:
        return Belonging.CERTAIN
    if not one.domain:
        return Belonging.NO_DOMAIN
    return Belonging.CERTAIN if alone else Belonging.OTHER_PBX


def _with_platforms(
    snapshot: Snapshot, platforms: Sequence[DeviceEntry], twice: Collection[str]
) -> Snapshot:
    """Return a snapshot with the version of each App Platform, empty for one that states none.

    Those that are not certainly of the domain, or listed with several versions, are a gap.
    """
    unclear = {one.one_spelling for one in platforms if not one.domain or one.one_spelling in twice}
    sure = [one for one in platforms if one.one_spelling not in unclear]
    if unclear:
        reason = say_count(
            "{count} App Platform is listed with several versions, or without a domain",
            "{count} App Platforms are listed with several versions, or without a domain",
            len(unclear),
        )
        gap = Gap(_VERSION, reason, SOURCE, advice=_IN_DEVICES, doubtful=True)
        snapshot = replace(snapshot, gaps=(*snapshot.gaps, gap))
    if not sure:
        return snapshot
    versions = sorted({one.version for one in sure})
    setting = Setting((*versions,), Grade.DOCUMENTED, SOURCE)
    coverage = Coverage.PARTIAL if unclear else Coverage.COMPLETE
    return replace(
        snapshot,
        settings={**snapshot.settings, _VERSION: setting},
        areas={**snapshot.areas, _VERSION: coverage},
    )
