"""Names of objects, as lists show them; the texts of objects that are known are not kept twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from auditor.messages.message import say
from auditor.model.snapshot import PbxObject

NO_OBJECT_PART: Final = say("the list has a part that is no object")
NO_NAME: Final = say("the list shows an object without a name")
# Objects that the PBX keeps for itself: a list may name them or not.
SPECIAL: Final = frozenset({"_ADMIN_", "_MASTER_", "_ACTIVE_", "_STANDBY_"})
Entry: TypeAlias = tuple[str, str, str]


def by_guid(objects: Iterable[PbxObject]) -> dict[str, PbxObject]:
    """Return objects by their guid."""
    return {one.guid: one for one in objects}


def reused(entry: Entry, known: Mapping[str, PbxObject]) -> Entry:
    """Return the entry of a list, made of the texts of an object that is already there."""
    one = known.get(entry[0])
    same = one is not None and (one.guid, one.cn, one.h323) == entry
    return (one.guid, one.cn, one.h323) if one is not None and same else entry
