"""What the folder of a device holds that an update server made, by what is saved in it.

What a device is, the content of its newest generation says: a PBX has objects, a phone has lines of
its own module, a gateway routes. What a file is called, and how old it is, proves none of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from auditor.dialects import Dialect
from auditor.messages.message import NOTHING, Message, say, say_count
from auditor.model.snapshot import Box
from auditor.sources.evidence_file import EvidenceFile
from auditor.sources.parse.reading import Reading
from auditor.sources.update_server import (
    DeviceFolder,
    contradiction,
    hardware_id_of,
    read_generation,
)

_CONFIGURATION: Final = "configuration"
_PBX, _PHONE, _RELAY = "PBX0", "PHONE", "RELAY0"
_NO_BOX: Final = say("it does not say of which box it is")
_NOTHING_SAVED: Final = say("nothing is saved in it")
_NO_CONFIGURATION: Final = say("it is no configuration of a device")


class DeviceKind(StrEnum):
    """What a folder turned out to be; `undecided` could be a PBX."""

    PBX = "pbx"
    PHONE = "phone"
    GATEWAY = "gateway"
    DEVICE = "device"
    UNDECIDED = "undecided"
    NO_DEVICE = "no-device"


@dataclass(frozen=True, slots=True)
class SavedDevice:
    """A folder, and what the newest configuration in it shows.

    `told` says by what it was recognised, or why it was not. `doubts` are what people have to look
    into, `remarks` what they may want to know. `id` is that of its block, empty if there is none;
    `known_as` that of a PBX which the inventory has already. `changed` is the day of the file: the
    last day on which something changed, not that of the last backup.
    """

    path: Path
    folder: str
    kind: DeviceKind
    told: Message
    box: Box = field(default_factory=Box)
    generation: str = ""
    generations: int = 0
    changed: date | None = None
    doubts: tuple[Message, ...] = ()
    remarks: tuple[Message, ...] = ()
    id: str = ""
    known_as: str = ""
    admin: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether somebody has to look into it."""
        return self.kind is DeviceKind.UNDECIDED or bool(self.doubts)


def device_of(folder: DeviceFolder, dialect: Dialect) -> SavedDevice:
    """Return what is in a folder. One document is read at a time, and nothing of it is kept."""
    device = SavedDevice(folder.path, folder.shown, DeviceKind.UNDECIDED, folder.problem)
    if folder.problem:
        is_same = folder.path.is_symlink() and not folder.is_named
        return replace(device, kind=DeviceKind.NO_DEVICE) if is_same else device
    if not folder.generations:
        kind = DeviceKind.UNDECIDED if folder.is_named else DeviceKind.NO_DEVICE
        return replace(device, kind=kind, told=_NOTHING_SAVED)
    device = replace(device, generations=len(folder.generations))
    damaged: Message = NOTHING
    for path in folder.generations:
        one = read_generation(path, dialect)
        reason = _why_unusable(one)
        if not reason:
            return _recognised(device, one, damaged)
        damaged = damaged or say(
            "its newest generation, {name}: {reason}", name=one.name, reason=reason
        )
    return replace(device, told=damaged)


def _why_unusable(one: EvidenceFile) -> Message:
    if one.open_question or one.problem is not None:
        return one.open_question or (one.problem.message if one.problem else NOTHING)
    if one.reading is None or one.reading.kind != _CONFIGURATION:
        return _NO_CONFIGURATION
    return NOTHING if one.box.short_serial or one.reading.objects else _NO_BOX


def _recognised(device: SavedDevice, one: EvidenceFile, damaged: Message) -> SavedDevice:
    """Return a device by what a generation says; `damaged` is why it is not the newest one."""
    if one.reading is None:
        return device
    kind, told = _kind_of(one.reading)
    doubts = [damaged, contradiction(hardware_id_of(one.path), one.box)]
    if kind is DeviceKind.PBX:
        doubts += [_NO_BOX] * (not one.box.short_serial)
        doubts += [end.reason for end in (*one.reading.open_ends, *one.reading.open_settings)]
    return replace(
        device,
        kind=kind,
        told=told,
        box=one.box,
        generation=one.name,
        changed=datetime.fromtimestamp(one.modified, UTC).date(),
        doubts=tuple(dict.fromkeys(doubt for doubt in doubts if doubt)),
        admin=one.reading.admin_guid.casefold(),
    )


def _kind_of(reading: Reading) -> tuple[DeviceKind, Message]:
    """Return what a device is, and by what it was recognised."""
    count = len(reading.objects)
    if count or reading.admin_seen:
        return DeviceKind.PBX, say_count(
            "{count} object of a PBX", "{count} objects of a PBX", count
        )
    if _PBX in reading.modules:
        told = say("settings of a PBX ({module}), and no object of one", module=_PBX)
        return DeviceKind.UNDECIDED, told
    if _PHONE in reading.modules:
        return DeviceKind.PHONE, say("settings of a phone ({module})", module=_PHONE)
    reasons = [one.reason for one in reading.open_settings]
    reasons += [one.reason for one in reading.gaps]
    if reasons:
        return DeviceKind.UNDECIDED, say(
            "no object of a PBX; but only a part was saved: {reason}", reason=reasons[0]
        )
    if _RELAY in reading.modules:
        told = say("routes ({module}), and no object of a PBX", module=_RELAY)
        return DeviceKind.GATEWAY, told
    return DeviceKind.DEVICE, say("neither objects of a PBX, nor settings of a phone, nor routes")
