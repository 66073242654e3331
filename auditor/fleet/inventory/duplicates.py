"""What may be in an inventory once only: an id, a target, a serial."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeVar

from auditor.errors import InputError, InventoryError
from auditor.fleet.inventory.inventory_document import PbxBlock, TenantBlock
from auditor.fleet.inventory.inventory_files import InventoryBlock
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.inventory.recipient_document import RecipientBlock
from auditor.fleet.inventory.targets import identity_of
from auditor.messages.message import say
from auditor.values.serials import is_serial_end, serial_end

_SEPARATORS: Final = re.compile(r"[-:.]")
_Named = TypeVar("_Named", TenantBlock, PbxBlock, RecipientBlock)


def same_ids(
    blocks: Iterable[InventoryBlock[_Named]], problems: list[InputError]
) -> dict[str, InventoryBlock[_Named]]:
    """Return blocks by their ids, the first of each; case does not tell folders apart."""
    seen: dict[str, InventoryBlock[_Named]] = {}
    for block in blocks:
        other = seen.setdefault(block.value.id.casefold(), block)
        if other is not block:
            reason = say("the id is taken by {place}", place=other.where("id"))
            problems.append(block.wrong("id", reason, say("give each an id of its own")))
    return {block.value.id: block for block in seen.values()}


def each(
    blocks: Iterable[InventoryBlock[PbxBlock]], problems: list[InputError]
) -> Iterator[InventoryBlock[PbxBlock]]:
    """Yield blocks; one whose id is taken has its place instead of it, which is no id."""
    blocks = list(blocks)
    first = same_ids(blocks, problems)
    for block in blocks:
        if first.get(block.value.id) is block:
            yield block
        else:
            value = block.value.model_copy(update={"id": block.where()})
            yield replace(block, value=value)


def same_boxes(pbxs: Iterable[tuple[InventoryBlock[PbxBlock], Pbx]]) -> Iterator[InventoryError]:
    """Yield PBXs that are the same one under two ids, by their targets or their serials."""
    by_target: dict[str, InventoryBlock[PbxBlock]] = {}
    by_serial: dict[str, list[tuple[str, InventoryBlock[PbxBlock]]]] = {}
    for block, pbx in pbxs:
        target = identity_of(pbx.target)
        other = by_target.setdefault(target, block) if target else block
        if other is not block:
            yield _same(block, "target", other)
        serial = bare_serial(pbx.serial)
        if serial:
            alike = by_serial.setdefault(serial_end(serial), [])
            first = next((one for known, one in alike if _is_one(known, serial)), None)
            alike.append((serial, block))
            if first is not None:
                yield _same(block, "serial", first)


def bare_serial(serial: str) -> str:
    """Return a serial as it is compared: without case and separators."""
    return _SEPARATORS.sub("", serial).casefold()


def _is_one(serial: str, other: str) -> bool:
    """Return whether two serials with the same end are one; a short one may be either."""
    return serial == other or is_serial_end(serial) or is_serial_end(other)


def _same(
    block: InventoryBlock[PbxBlock], key: str, other: InventoryBlock[PbxBlock]
) -> InventoryError:
    reason = say("the PBX {id} has the same, {place}", id=other.value.id, place=other.where(key))
    return block.wrong(key, reason, say("keep one of the two: a PBX has one history"))
