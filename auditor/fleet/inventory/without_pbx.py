"""Domains without a PBX: which certainly have none, and in which one may have been missed."""

from __future__ import annotations

from typing import NamedTuple

from auditor.fleet.inventory.found_devices import FoundFleet
from auditor.fleet.inventory.saved_devices import DeviceKind


class WithoutPbx(NamedTuple):
    """Names of domains of which no PBX was seen; of `unclear` ones that is no proof."""

    certain: list[str]
    unclear: list[str]


def without_pbx(found: FoundFleet) -> WithoutPbx:
    """Return the domains in which no device is taken for a PBX.

    There certainly is none where the lists are whole and nothing of the domain is open. An open
    device may be of each domain of its name and of each that lists it, of any if its own is none of
    those that are listed.
    """
    used = {one.device.domain for one in found.devices if one.kind is DeviceKind.PBX}
    seen = [one.domain for one in found.tenants if one.domain.number not in used]
    undecided = [one for one in found.devices if one.kind is DeviceKind.UNDECIDED]
    boxes = {one.device.one_spelling for one in undecided}
    names = {one.domain.casefold() for one in found.devices if one.device.one_spelling in boxes}
    everywhere = bool(found.listing_problems) or "" in names
    told = WithoutPbx([], [])
    for one in seen:
        is_open = everywhere or one.name.casefold() in names
        (told.unclear if is_open else told.certain).append(one.name)
    return told
