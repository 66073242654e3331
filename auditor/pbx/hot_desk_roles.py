"""Who is who in hot desking: base, temporary and hot-desk users, named or derived.

Source of the default names: innovaphone wiki, Howto13r3:Step-by-Step Hot Desking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import tee
from operator import attrgetter, or_
from typing import Final

from auditor.model.site import HotDesk
from auditor.model.snapshot import USER_KINDS, PbxObject
from auditor.values.names import folded

BASE_NAME: Final = "hot-desk-base"
BASE_LONG_NAME: Final = "hot desk base"
TEMPORARY_NAME: Final = "temp"
_SHORT: Final = attrgetter("h323")
_LONG: Final = attrgetter("cn")
_MAC_ADDRESS: Final = re.compile(r"[0-9A-Fa-f]{12}")


def temporary_names(hot_desk: HotDesk) -> frozenset[str]:
    """Return the names of temporary users, folded for comparison; the tutorial's always counts."""
    return frozenset({TEMPORARY_NAME, *map(folded, hot_desk.temporary_users or ())})


def base_names(hot_desk: HotDesk, scripted: Iterable[str]) -> frozenset[str]:
    """Return the h323 names of base users: the stated ones, else the default and scripted ones."""
    if hot_desk.base_users is not None:
        return frozenset(map(folded, hot_desk.base_users))
    derived = {BASE_NAME, *map(folded, scripted)}
    return frozenset(derived - temporary_names(hot_desk))


def bear(objects: Iterable[PbxObject], names: AbstractSet[str]) -> Iterator[bool]:
    """Yield of each object whether its short or its long name is one of some folded names.

    There are tens of thousands, so nothing is called for each that is written in Python.
    """
    short, long = tee(objects)
    return map(or_, _are_in(names, map(_SHORT, short)), _are_in(names, map(_LONG, long)))


def _are_in(names: AbstractSet[str], said: Iterable[str]) -> Iterator[bool]:
    return map(names.__contains__, map(str.casefold, map(str.strip, said)))


def is_base_user(candidate: PbxObject, names: frozenset[str], hot_desk: HotDesk) -> bool:
    """Return whether an object is a base user."""
    named = folded(candidate.h323) in names or (
        hot_desk.base_users is None and folded(candidate.cn) == BASE_LONG_NAME
    )
    return named and candidate.kind in USER_KINDS


def looks_like_base_user(candidate: PbxObject, hot_desk: HotDesk) -> bool:
    """Return whether an object has the default name of a base user, and the list lacks it."""
    names = {folded(candidate.h323), folded(candidate.cn)}
    if names.isdisjoint({BASE_NAME, BASE_LONG_NAME}) or candidate.kind not in USER_KINDS:
        return False
    return names.isdisjoint(map(folded, hot_desk.base_users or ()))


def unnamed_registrations(hot_desk: HotDesk, scripted: Iterable[str]) -> list[str]:
    """Return where scripts register phones by the default name of a base user, not in the list."""
    stated = set(map(folded, hot_desk.base_users or ()))
    return [name for name in scripted if folded(name) == BASE_NAME and BASE_NAME not in stated]


def is_mac_address(hardware_id: str) -> bool:
    """Return whether a hardware id is a device's own: twelve hex digits."""
    return _MAC_ADDRESS.fullmatch(hardware_id) is not None


def has_own_name_as_hardware_id(candidate: PbxObject) -> bool:
    """Return whether an ordinary user has a hardware id that equals the user's name."""
    name = folded(candidate.h323)
    named = any(folded(device.hw) == name for device in candidate.devices)
    return candidate.kind in USER_KINDS and name != "" and named


def has_other_id(candidate: PbxObject) -> bool:
    """Return whether an object has a hardware id that is not a device's own."""
    is_own = _MAC_ADDRESS.fullmatch
    for device in candidate.devices:  # noqa: SIM110 -- asked of tens of thousands
        if not is_own(device.hw):
            return True
    return False
