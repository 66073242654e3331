"""What Devices tells of the devices beside a box that was read through it: products and firmware.

A device counts as one of the box's system if an object of it names its hardware id, or if there is
no other PBX in the domain that it could belong to. Other PBXs are audited themselves. Single
devices are not kept, only how many there are of each product and firmware.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from auditor.messages.message import Message, say
from auditor.model.snapshot import Gap, ListedDevices, Setting, Snapshot
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.sources.live.devices.entries import DeviceEntry

SOURCE: Final = "Devices"
_APP_PLATFORM: Final = "APP_PLATFORM"
_VERSION: Final = "app_platform_version"
# What the list of devices shows by a documented name.
LISTED_FACTS: Final = frozenset({_VERSION})


class Beside(NamedTuple):
    """The other devices of a domain, and why they may not be all."""

    devices: Sequence[DeviceEntry] = ()
    problems: Sequence[Message] = ()


def is_alone(beside: Beside) -> bool:
    """Return whether no other PBX of the domain could have what Devices tells of it."""
    return not any(one.may_be_pbx for one in beside.devices)


def gaps_of(beside: Beside) -> list[Gap]:
    """Return that devices may be missing whose firmware nobody saw then."""
    advice = say("read it again")
    return [Gap(Area.BOX, one, SOURCE, advice=advice) for one in beside.problems]


def with_devices(snapshot: Snapshot, beside: Beside) -> Snapshot:
    """Return a snapshot with the devices of its system, and the version of its App Platform."""
    named = {device.hw.lower() for one in snapshot.objects for device in one.devices}
    alone = is_alone(beside)
    own = [
        one
        for one in beside.devices
        if one.kind != _APP_PLATFORM
        and not one.is_other
        and one.is_pbx is not True
        and (alone or one.hardware_id in named)
    ]
    counts = Counter((one.product, one.version) for one in own)
    listed = tuple(ListedDevices(*key, count) for key, count in sorted(counts.items()))
    snapshot = replace(snapshot, listed_devices=listed)
    platforms = {one.version for one in beside.devices if one.kind == _APP_PLATFORM}
    if len(platforms) != 1 or not all(platforms):
        return snapshot
    setting = Setting((*platforms,), Grade.DOCUMENTED, SOURCE)
    return replace(
        snapshot,
        settings={**snapshot.settings, _VERSION: setting},
        areas={**snapshot.areas, _VERSION: Coverage.COMPLETE},
    )
