"""Makes blocks of an inventory from the folder in which an update server saves configurations."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from auditor.dialects import load_dialect
from auditor.errors import InputError, OptionPlace, SourceError
from auditor.files.toml_writing import Value
from auditor.fleet.drift.identity import is_same_box
from auditor.fleet.inventory.blocks import free_id, path_for, text_of_blocks, why_not
from auditor.fleet.inventory.discovered import Discovery
from auditor.fleet.inventory.inventory_document import PbxBlock, TenantBlock
from auditor.fleet.inventory.inventory_files import problems_of
from auditor.fleet.inventory.inventory_model import Inventory
from auditor.fleet.inventory.saved_devices import (
    DeviceKind,
    SavedDevice,
    device_of,
)
from auditor.fleet.inventory.targets import WrongTargetError, identity_of, target_of
from auditor.messages.message import NOTHING, Message, say
from auditor.sources.options import Activity, Notify, Progress
from auditor.sources.update_server import contradiction, device_folders, hardware_id_of

_DIALECT: Final = "documented"
_LONGEST_NAME: Final = 200


def discover(
    root: Path, tenant: str, out: Path | None, known: Inventory | None, notify: Notify
) -> Discovery[SavedDevice]:
    """Return what an update server saved in a folder, and blocks for its PBXs.

    `out` is the file that will have the blocks, `known` the inventory to which they are added.
    Raises SourceError if the folder cannot be read, InputError for a tenant that can be none.
    """
    for problem in problems_of({"id": tenant}, TenantBlock):
        raise InputError(
            problem.reason, where=OptionPlace("--tenant"), advice=say("give another id")
        )
    folders = device_folders(root)
    dialect = load_dialect(_DIALECT)
    devices = []
    for done, folder in enumerate(folders, 1):
        notify(Progress(folder.shown, done, len(folders), Activity.READING))
        devices.append(device_of(folder, dialect))
    if not any(one.generations for one in devices) and _is_of_one_device(root):
        raise SourceError(
            say("this is the folder of one device"),
            where=str(root),
            advice=say("give the folder above it, or audit this one by itself"),
        )
    found = list(_with_ids(_told_apart(devices), root, out, known))
    return Discovery(tuple(found), _text(found, tenant, out, known))


def _is_of_one_device(root: Path) -> bool:
    """Return whether a folder holds files of a device itself."""
    try:
        return any(hardware_id_of(one) for one in root.iterdir())
    except OSError:
        return False


def _told_apart(devices: Iterable[SavedDevice]) -> list[SavedDevice]:
    """Return devices; of PBXs that are one box, all but one as undecided.

    That one is in a folder with its own name, else in the first.
    """
    listed = list(devices)
    owners: dict[str, SavedDevice] = {}
    pbxs = [one for one in listed if one.kind is DeviceKind.PBX and one.box.short_serial]
    for one in sorted(pbxs, key=lambda one: (_is_misnamed(one), one.folder)):
        owners.setdefault(one.box.short_serial, one)
    systems: dict[str, SavedDevice] = {}
    found = []
    for one in listed:
        owner = owners.get(one.box.short_serial)
        if one.kind is DeviceKind.PBX and owner is not None and owner is not one:
            told = say("its box is that of {folder}: a PBX has one history", folder=owner.folder)
            found.append(replace(one, kind=DeviceKind.UNDECIDED, told=told))
            continue
        first = systems.setdefault(one.admin, one) if one.admin else one
        if first is not one:
            remark = say("it has the same _ADMIN_ object as {folder}", folder=first.folder)
            found.append(replace(one, remarks=(remark,)))
            continue
        found.append(one)
    return found


def _is_misnamed(one: SavedDevice) -> bool:
    return bool(contradiction(one.path.name.casefold(), one.box))


def _with_ids(
    devices: Iterable[SavedDevice], root: Path, out: Path | None, known: Inventory | None
) -> Iterator[SavedDevice]:
    """Yield devices; each PBX with the id of its block or of the inventory, or with why not."""
    taken = {one.id.casefold() for one in known.pbxs} if known is not None else set()
    for one in devices:
        if one.kind is not DeviceKind.PBX:
            yield one
            continue
        known_as = _known_as(one, known)
        if known_as:
            yield replace(one, known_as=known_as)
            continue
        box = one.box
        name = free_id(f"{box.product}-{box.serial}" if box.short_serial else one.folder, taken)
        block = _block(replace(one, id=name), "tenant", out)
        reason = why_not(block, PbxBlock)
        reason = reason or _why_no_target(str(block["target"]), out or root / "x")
        if reason:
            told = say("no block can be made of it: {reason}", reason=reason)
            yield replace(one, kind=DeviceKind.UNDECIDED, told=told)
        else:
            taken.add(name.casefold())
            yield replace(one, id=name)


def _why_no_target(text: str, beside: Path) -> Message:
    try:
        text.encode()
        target_of(text, beside.parent)
    except UnicodeEncodeError:
        return say("its name is not UTF-8")
    except WrongTargetError as error:
        return error.reason
    return NOTHING


def _known_as(one: SavedDevice, known: Inventory | None) -> str:
    """Return the id that the inventory has for a PBX, by its folder or its serial."""
    place = os.path.realpath(one.path)
    for pbx in known.pbxs if known is not None else ():
        serial = pbx.serial
        if identity_of(pbx.target) == place or (serial and is_same_box(serial, one.box.serial)):
            return pbx.id
    return ""


def _block(one: SavedDevice, tenant: str, out: Path | None) -> dict[str, Value]:
    block: dict[str, Value] = {"id": one.id, "tenant": tenant}
    name = one.box.name.strip()
    if name and name.isprintable() and len(name) <= _LONGEST_NAME:
        block["name"] = name
    block["target"] = path_for(one.path, out)
    if one.box.short_serial:
        block["serial"] = one.box.serial
    return block


def _text(
    devices: Iterable[SavedDevice], tenant: str, out: Path | None, known: Inventory | None
) -> str:
    """Return the blocks of the PBXs that have an id; without any, nothing."""
    blocks = [_block(one, tenant, out) for one in devices if one.id]
    is_known = known is not None and tenant.casefold() in {t.id.casefold() for t in known.tenants}
    is_new = bool(blocks) and not is_known
    return text_of_blocks([{"id": tenant, "name": tenant}] if is_new else [], blocks)
