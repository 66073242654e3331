"""Who collects here: the table of the inventory, with what it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.errors import InventoryError, KeyPlace
from auditor.fleet.inventory.collector_document import CollectorTable
from auditor.fleet.inventory.credential_places import secret_place
from auditor.fleet.inventory.inventory_files import InventoryContents
from auditor.fleet.inventory.inventory_model import Collecting
from auditor.fleet.inventory.recipient_document import PLACES
from auditor.fleet.inventory.targets import absolute
from auditor.messages.message import say
from auditor.messages.suggestions import nearest
from auditor.model.site import SecretPlace

_TABLE: Final = "collector"
_SECRETS: Final = ("key", "token")


def read_collector_table(contents: InventoryContents) -> Collecting | None:
    """Return who collects here, None if nobody does; what is wrong becomes a problem."""
    table = contents.collector
    if table is None:
        return None
    problems = list(_problems(table, contents))
    contents.problems.extend(problems)
    folder = contents.source.path.parent
    return Collecting(
        table.name,
        table.tenant,
        _place(table, "key", contents),
        table.push or "",
        table.push_env or "",
        _place(table, "token", contents),
        absolute(folder, table.ca_file) if table.ca_file else None,
        absolute(folder, table.ssh_config) if table.ssh_config else None,
    )


def _problems(table: CollectorTable, contents: InventoryContents) -> Iterator[InventoryError]:
    named = contents.tenants_named
    if table.tenant not in named:
        meant = nearest(table.tenant, named)
        advice = say("did you mean {name}?", name=meant) if meant else say("add a [[tenant]] block")
        reason = say("there is no tenant of this id")
        yield contents.source.wrong((_TABLE, "tenant"), reason, advice)
    said = table.model_fields_set
    for secret in _SECRETS:
        keys = [f"{secret}_{place}" for place in PLACES if f"{secret}_{place}" in said]
        if len(keys) > 1:
            reason = say("name one place of {secret}, not several", secret=secret)
            yield contents.source.wrong((_TABLE, keys[1]), reason)
    if not any(f"key_{place}" in said for place in PLACES):
        needs = say("it needs {key}", key="key_file")
        advice = say("`pbx-auditor fleet collector add` prints it where the history is")
        yield contents.source.wrong((_TABLE, "name"), needs, advice)
    if table.push and table.push_env:
        reason = say("`push` and `push_env` exclude each other")
        yield contents.source.wrong((_TABLE, "push_env"), reason)


def _place(table: CollectorTable, secret: str, contents: InventoryContents) -> SecretPlace:
    """Return where a secret is found; paths are taken from the folder of the file."""
    folder = contents.source.path.parent
    variable, file, command, keyring = (getattr(table, f"{secret}_{one}") for one in PLACES)
    return secret_place(KeyPlace(_TABLE, secret), folder, (variable, file, command, keyring))
