"""What the commands of `fleet discover` have in common: options, and where what is found goes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.common_options.out_folder import check_file
from auditor.cli.fleet.shared_options import checked_inventory
from auditor.cli.interaction.console import show_json, show_text, tell
from auditor.cli.interaction.prompts import begin_file, check_new
from auditor.messages.message import Message, say

if TYPE_CHECKING:
    from auditor.fleet.inventory.inventory_model import Inventory
    from auditor.fleet.inventory.saved_devices import DeviceKind


class DiscoveryForm(StrEnum):
    """How what was found is written."""

    TOML = "toml"
    JSON = "json"


KnownInventory = Annotated[
    Path | None,
    typer.Option(
        "--inventory", help="The inventory that has some of them already.", show_default=False
    ),
]
FoundOut = Annotated[
    Path | None, typer.Option("--out", "-o", help="The file to write, instead of stdout.")
]
FoundForm = Annotated[
    DiscoveryForm,
    typer.Option("--format", help="Blocks of an inventory, or all that was found."),
]


def begin_discovery(inventory: Path | None, out: Path | None, *, shared: bool) -> Inventory | None:
    """Return the inventory that blocks are added to, if there is one.

    Raises InventoryError, OutputError, and InputError for a file that is there.
    """
    if out is not None:
        check_file(out, shared=shared)
        check_new(out)
    return checked_inventory(inventory, may_be_empty=True) if inventory is not None else None


def write_found(text: str, out: Path | None, form: DiscoveryForm) -> None:
    """Write what was found into a new file, or to stdout. Raises OutputError."""
    if out is not None:
        begin_file(out, text)
        tell(say("written: {path}", path=str(out)))
    elif form is DiscoveryForm.JSON:
        show_json(text)
    else:
        show_text(text)


def titles_of_kinds() -> Mapping[DeviceKind, Message]:
    """Return under which titles devices are listed, in their order."""
    from auditor.fleet.inventory.saved_devices import DeviceKind  # noqa: PLC0415 -- late as others

    return {
        DeviceKind.PBX: say("PBXs:"),
        DeviceKind.GATEWAY: say("gateways:"),
        DeviceKind.PHONE: say("phones:"),
        DeviceKind.DEVICE: say("other devices:"),
        DeviceKind.NO_DEVICE: say("folders of other things:"),
        DeviceKind.UNDECIDED: say("open, and perhaps a PBX:"),
    }
