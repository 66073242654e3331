"""What a collector needs before it reads: its table, its key, and PBXs of its tenant."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.errors import InputError, OptionPlace
from auditor.fleet.inventory.allowed_values import check_id
from auditor.fleet.inventory.inventory_model import Collecting, Inventory, Pbx
from auditor.fleet.inventory.known_ids import known_id
from auditor.fleet.runner.selection import selected
from auditor.messages.message import say
from auditor.report.handover.signing import PrivateKey, key_of
from auditor.site.secrets import secret_at


def collecting_of(inventory: Inventory) -> Collecting:
    """Return the `[collector]` table. Raises InputError if the inventory has none."""
    if inventory.collecting is None:
        raise InputError(
            say("the inventory has no [collector] table"),
            where=str(inventory.path),
            advice=say("`pbx-auditor fleet collector add` prints it where the history is"),
        )
    return inventory.collecting


def signing_key(collecting: Collecting) -> PrivateKey:
    """Return the key that bundles are signed with. Raises InputError for what is none."""
    found = key_of(secret_at(collecting.key))
    if found is None:
        raise InputError(
            say("this is no key of a collector"),
            where=collecting.key.name,
            advice=say("`pbx-auditor fleet collector add` makes one where the history is"),
        )
    return found


def collected(inventory: Inventory, collecting: Collecting, only: Sequence[str]) -> tuple[Pbx, ...]:
    """Return the PBXs that are meant, of the tenant of the collector. Raises InputError."""
    found = [one for one in selected(inventory, only) if one.tenant == collecting.tenant]
    if not found:
        raise InputError(
            say("no PBX of the tenant of this collector is meant"), where=str(inventory.path)
        )
    return tuple(found)


def tenant_of_new(inventory: Inventory, name: str, tenant: str) -> str:
    """Return whose PBXs a new collector reads. Raises InputError if it cannot be called so."""
    known = known_id(tenant, [one.id for one in inventory.tenants], OptionPlace("--tenant"))
    try:
        check_id(name)
    except ValueError as error:
        raise InputError(say("{reason}", reason=error.args[0]), where="NAME") from None
    return known
