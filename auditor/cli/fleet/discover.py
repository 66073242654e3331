"""`pbx-auditor fleet discover backups`: PBXs for an inventory, by what is saved of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.fleet.shared_options import checked_inventory
from auditor.cli.interaction.console import show_json, show_text, spoken, tell
from auditor.cli.interaction.progress import progress
from auditor.cli.interaction.prompts import begin_file, check_new
from auditor.messages.languages import translated
from auditor.messages.message import Message, say, say_count, together

if TYPE_CHECKING:
    from auditor.fleet.inventory.backups import Discovered
    from auditor.fleet.inventory.inventory_model import Inventory
    from auditor.fleet.inventory.saved_devices import DeviceKind, SavedDevice

_SCHEMA_VERSION: Final = "1.0"


class DiscoveryForm(StrEnum):
    """How what was found is written."""

    TOML = "toml"
    JSON = "json"


def backups(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder with one for each device.")
    ],
    tenant: Annotated[
        str, typer.Option(help="The id of the customer whose PBXs they are.", show_default=False)
    ],
    inventory: Annotated[
        Path | None,
        typer.Option(help="The inventory that has some of them already.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write, instead of stdout.")
    ] = None,
    form: Annotated[
        DiscoveryForm,
        typer.Option("--format", help="Blocks of an inventory, or all that was found."),
    ] = DiscoveryForm.TOML,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Propose tenants and PBXs of an inventory by what innovaphone's update server saved.

    Phones, gateways and what could not be decided are listed apart, with what each was recognised
    by. The newest generation of each device counts, and what it says itself, not how a folder is
    called. A file that is there is never overwritten.

    Exit codes: 0 all folders were looked at, 2 the folder or inventory cannot be read, or the file
    is there, 4 of some folders it is open what they hold, 5 there is no PBX, 6 not written.
    """
    from auditor.fleet.inventory.backups import discover as discovered  # noqa: PLC0415

    known = begin_discovery(inventory, out, shared=shared_out)
    with progress() as notify:
        found = discovered(folder, tenant, out, known, notify)
    tell(*_listed(found))
    text = found.text if form is DiscoveryForm.TOML else _document(found, folder)
    if form is DiscoveryForm.JSON or found.proposed:
        write_found(text, out, form)
    raise typer.Exit(found.code)


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


def _listed(found: Discovered) -> Iterator[Message]:
    """Yield a line for each device, by kinds, and what the sums are."""
    from auditor.sources.update_server import SAVED  # noqa: PLC0415

    for kind, title in titles_of_kinds().items():
        members = [one for one in found.devices if one.kind is kind]
        if members:
            yield title
            yield from map(_line, members)
    total = say_count("{count} folder", "{count} folders", len(found.devices))
    pbxs = say_count("{count} PBX", "{count} PBXs", found.proposed)
    yield say("{folders}; proposed: {pbxs}", folders=total, pbxs=pbxs)
    if any(one.changed for one in found.devices):
        yield say("note: {text}", text=SAVED)


def _line(one: SavedDevice) -> Message:
    parts = [one.told]
    if one.generation:
        parts.append(_generation(one))
    if one.known_as:
        parts.append(say("in the inventory as {id}", id=one.known_as))
    parts += [say("doubt: {reason}", reason=doubt) for doubt in one.doubts]
    parts += one.remarks
    return say("  {folder}: {told}", folder=one.folder, told=together(*parts))


def _generation(one: SavedDevice) -> Message:
    return say(
        "{name}, of {count}, changed last on {day}",
        name=one.generation,
        count=str(one.generations),
        day=str(one.changed),
    )


def _document(found: Discovered, folder: Path) -> str:
    """Return all that was found as JSON; its sentences are in the language that is spoken."""
    devices = [
        {
            "folder": one.folder,
            "kind": one.kind.value,
            "recognised_by": translated(one.told, spoken()),
            "product": one.box.product,
            "serial": one.box.serial,
            "firmware": one.box.firmware,
            "name": one.box.name,
            "generation": one.generation,
            "generations": one.generations,
            "changed": str(one.changed) if one.changed else None,
            "doubts": [translated(doubt, spoken()) for doubt in one.doubts],
            "remarks": [translated(remark, spoken()) for remark in one.remarks],
            "id": one.id or None,
            "known_as": one.known_as or None,
        }
        for one in found.devices
    ]
    said = {"schema_version": _SCHEMA_VERSION, "folder": str(folder), "devices": devices}
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"
