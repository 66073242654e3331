"""What the commands that look back at a fleet have in common: inventory, history, time, formats."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.interaction.console import suggest
from auditor.errors import AuditorError, OptionPlace
from auditor.fleet.inventory.known_ids import known_id
from auditor.messages.languages import Language
from auditor.values.audit_days import check_day

if TYPE_CHECKING:
    from auditor.fleet.inventory.inventory_model import Fleet, Inventory
    from auditor.fleet.store.history import History

INVENTORY: Final = Path("fleet.toml")
# How typer is told of a day.
DAY: Final = ["%Y-%m-%d"]


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def checked_day(option: typer.CallbackParam, given: datetime | None) -> datetime | None:
    """Return a day that an option gives. Raises InputError for one that nothing can be about."""
    if given is not None:
        check_day(given.date(), OptionPlace(option.opts[0]))
    return given


def tenants(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what a shell offers for a tenant: ids and names of the inventory that is typed."""
    inventory = _typed(ctx)
    known = inventory.tenants if inventory else ()
    return _beginning(((one.id, one.name) for one in known), incomplete)


def selections(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what a shell offers for some PBXs: their ids, and `tenant=ID`."""
    inventory = _typed(ctx)
    if inventory is None:
        return []
    all_of = [(f"tenant={one.id}", one.name) for one in inventory.tenants]
    return _beginning([*((one.id, "") for one in inventory.pbxs), *all_of], incomplete)


def _typed(ctx: typer.Context) -> Inventory | None:
    """Return the inventory that a command line names so far; None if it cannot be used."""
    place = ctx.params.get("file")
    arguments = {one.name for one in ctx.command.params if one.param_type_name == "argument"}
    if "file" in arguments and ctx.args:  # before an option that has no value yet
        place = ctx.args[0]
    with suppress(AuditorError, OSError):
        return checked_inventory(Path(place or INVENTORY), may_be_empty=True)
    return None


def _beginning(offers: Iterable[tuple[str, str]], incomplete: str) -> list[tuple[str, str]]:
    folded = incomplete.casefold()
    return sorted(offer for offer in offers if offer[0].casefold().startswith(folded))


File = Annotated[Path, typer.Argument(metavar="[FILE]", help="The inventory (TOML).")]
# Where something else is named first.
FileOption = Annotated[Path, typer.Option("--inventory", help="The inventory (TOML).")]
TenantOption = Annotated[
    str | None,
    typer.Option("--tenant", help="Only PBXs of this tenant.", autocompletion=tenants),
]
FormOption = Annotated[Form, typer.Option("--format", help="For people, programs, spreadsheets.")]
SpokenIn = Annotated[Language | None, typer.Option(help="Language of what is said.")]
TodayOption = Annotated[
    datetime | None,
    typer.Option(
        "--today",
        formats=DAY,
        callback=checked_day,
        help="The day to count from, as `fleet run` was told.",
    ),
]
AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        formats=DAY,
        callback=checked_day,
        help="The day (YYYY-MM-DD) to look at; else the last one.",
    ),
]


def checked_inventory(file: Path, *, may_be_empty: bool = False) -> Inventory:
    """Return the inventory. Raises InventoryError, also if it names no PBX and has to."""
    from auditor.fleet.inventory.inventory_reader import read_inventory  # noqa: PLC0415 -- late as others

    return read_inventory(file, may_be_empty=may_be_empty)


def is_begun(fleet: Fleet) -> bool:
    """Return whether there may be a history: of a file, whether it is there."""
    return fleet.history is None or fleet.history.exists()


def open_history(fleet: Fleet, tenant: str | None = None) -> History:
    """Open the history of a fleet, which is never made here. Raises HistoryError, InputError.

    With a tenant, nothing of another one can be read from it.
    """
    from auditor.fleet.runner.history_place import history_place_of  # noqa: PLC0415 -- few commands need it
    from auditor.fleet.store.history import History  # noqa: PLC0415 -- ditto

    return History.open(history_place_of(fleet), migrate=False, tenant=tenant)


def check_tenant(inventory: Inventory, tenant: str | None) -> str | None:
    """Return the id of a tenant as the inventory has it. Raises InputError.

    Its language is spoken from now on.
    """
    known = [one.id for one in inventory.tenants]
    only = None if tenant is None else known_id(tenant, known, OptionPlace("--tenant"))
    speak_for(inventory, only)
    return only


def speak_for(inventory: Inventory, tenant: str | None) -> None:
    """Speak the language of a tenant, or without one the language that all of them have."""
    languages = {one.language for one in inventory.tenants if tenant in {None, one.id}}
    language = languages.pop() if len(languages) == 1 else None
    if language is not None:
        suggest(language)
