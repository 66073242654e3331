"""Who is who in hot desking: base, temporary and hot-desk users, named or derived.

Source of the default names: innovaphone wiki, Howto13r3:Step-by-Step Hot Desking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from auditor.model.site import HotDesk
from auditor.model.snapshot import USER_KINDS, PbxObject

BASE_NAME: Final = "hot-desk-base"
BASE_LONG_NAME: Final = "hot desk base"
TEMPORARY_NAME: Final = "temp"
_MAC_ADDRESS: Final = re.compile(r"[0-9A-Fa-f]{12}")


def temporary_names(hot_desk: HotDesk) -> frozenset[str]:
    """Return the names of temporary users, folded for comparison; the tutorial's always counts."""
    return frozenset({TEMPORARY_NAME, *(n.casefold() for n in hot_desk.temporary_users or ())})


def base_names(hot_desk: HotDesk, scripted: Iterable[str]) -> frozenset[str]:
    """Return the h323 names of base users: the stated ones, else the default and scripted ones."""
    if hot_desk.base_users is not None:
        return frozenset(name.casefold() for name in hot_desk.base_users)
    temporary = temporary_names(hot_desk)
    derived = {BASE_NAME, *(name.casefold() for name in scripted)}
    return frozenset(derived - temporary)


def is_base_user(candidate: PbxObject, names: frozenset[str], hot_desk: HotDesk) -> bool:
    """Return whether an object is a base user."""
    named = candidate.h323.casefold() in names or (
        hot_desk.base_users is None and candidate.cn.casefold() == BASE_LONG_NAME
    )
    return named and candidate.kind in USER_KINDS


def is_mac_address(hardware_id: str) -> bool:
    """Return whether a hardware id is a device's own: twelve hex digits."""
    return _MAC_ADDRESS.fullmatch(hardware_id) is not None


def looks_like_hot_desk_user(candidate: PbxObject) -> bool:
    """Return whether an ordinary user has a hardware id that is not a device's own."""
    if candidate.kind not in USER_KINDS:
        return False
    return any(not is_mac_address(device.hw) for device in candidate.devices)
