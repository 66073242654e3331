"""`pbx-auditor fleet discover backups`: PBXs for an inventory, by what is saved of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.common_options.out_folder import SharedOut
from auditor.cli.fleet.discovery_options import (
    DiscoveryForm,
    FoundForm,
    FoundOut,
    KnownInventory,
    begin_discovery,
    titles_of_kinds,
    write_found,
)
from auditor.cli.interaction.console import spoken, tell
from auditor.cli.interaction.progress import progress
from auditor.messages.languages import translated
from auditor.messages.message import Message, say, say_count, together

if TYPE_CHECKING:
    from auditor.fleet.inventory.discovered import Discovery
    from auditor.fleet.inventory.saved_devices import SavedDevice

_SCHEMA_VERSION: Final = "1.0"


def backups(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder with one for each device.")
    ],
    tenant: Annotated[
        str, typer.Option(help="The id of the customer whose PBXs they are.", show_default=False)
    ],
    inventory: KnownInventory = None,
    out: FoundOut = None,
    form: FoundForm = DiscoveryForm.TOML,
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


def _listed(found: Discovery[SavedDevice]) -> Iterator[Message]:
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


def _document(found: Discovery[SavedDevice], folder: Path) -> str:
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
