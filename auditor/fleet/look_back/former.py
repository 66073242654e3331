"""PBXs that the history knows and the inventory has no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from auditor.fleet.inventory.inventory_model import Inventory, InventoryTarget, Pbx, TargetKind
from auditor.fleet.inventory.inventory_reader import DEADLINE, MAX_AGE, PROFILE
from auditor.fleet.inventory.known_ids import known_id
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.change_queries import known_pbxs


def former_of(pbxs: Iterable[Pbx], known: Mapping[str, str]) -> Iterator[Pbx]:
    """Yield those of `known`, tenants by the ids of PBXs, that are none of an inventory's."""
    there = {one.id for one in pbxs}
    for name, tenant in known.items():
        if name not in there:
            yield _former(name, tenant)


def pbx_of(inventory: Inventory, history: History, text: str) -> Pbx:
    """Return a PBX of the inventory, or one that left it and has a history. Raises InputError."""
    with history.reading() as connection:
        left = former_of(inventory.pbxs, known_pbxs(connection))
    known = {pbx.id: pbx for pbx in (*inventory.pbxs, *left)}
    return known[known_id(text, known, "PBX")]


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
