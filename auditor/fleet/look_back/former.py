"""PBXs that the history knows and the inventory has no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from auditor.fleet.inventory.inventory_model import InventoryTarget, Pbx, TargetKind
from auditor.fleet.inventory.inventory_reader import DEADLINE, MAX_AGE, PROFILE


def former_of(pbxs: Iterable[Pbx], known: Mapping[str, str]) -> Iterator[Pbx]:
    """Yield those of `known`, tenants by the ids of PBXs, that are none of an inventory's."""
    there = {one.id for one in pbxs}
    for name, tenant in known.items():
        if name not in there:
            yield _former(name, tenant)


def _former(name: str, tenant: str) -> Pbx:
    """Return a PBX of which only the history knows anything; nothing can be read by it."""
    return Pbx(
        id=name,
        name=name,
        tenant=tenant,
        target=InventoryTarget(TargetKind.PATH, name),
        profile=PROFILE,
        site=None,
        waivers=None,
        rules=(),
        language=None,
        deadline=DEADLINE,
        max_age=MAX_AGE,
        credentials=None,
        owns_credentials=False,
        tags=(),
        serial="",
    )
