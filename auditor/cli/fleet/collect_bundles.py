"""`pbx-auditor fleet collect` reads PBXs for elsewhere; `collector` says who may bring bundles."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    FileOption,
    checked_inventory,
    open_history,
    tenants,
)
from auditor.cli.interaction.console import is_watched, look, show_text, tell
from auditor.cli.interaction.progress import ProgressLine
from auditor.messages.message import Message, say, say_count
from auditor.run.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from auditor.fleet.runner.jobs import Failure
    from auditor.fleet.scale.bundle import Gathered

_MIN_READ: Final = 95.0
_LARGEST_SLOTS: Final = 512


def collect(
    file: File = INVENTORY,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle", "-o", help="The file to write.", show_default="COLLECTOR-NUMBER.zip"
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only this PBX: an id or tag=NAME; may be repeated."),
    ] = None,
    slots: Annotated[
        int, typer.Option(min=1, max=_LARGEST_SLOTS, help="How many PBXs are read at once.")
    ] = 32,
    min_read: Annotated[
        float, typer.Option(min=0, max=100, help="Exit 3 if fewer percent were read.")
    ] = _MIN_READ,
    shared_out: SharedOut = False,  # noqa: FBT002
    *,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say only what was written, and that it was sent.")
    ] = False,
) -> None:
    """Read the PBXs of an inventory with a `[collector]` table, and sign what was read.

    The bundle has snapshots without secrets, and of what was not read why. It is sent where `push`
    says, or carried by hand; `fleet import` judges it where the history is. It stays here in any
    case.

    Exit codes: 0 read, 2 inventory, key or usage, 3 too few were read, 6 not written or not sent,
    75 this collector reads already, 130 and 143 interrupted: nothing is written while it reads.
    """
    from auditor.fleet.scale.bundling import Bundling, write_next_bundle  # noqa: PLC0415 -- here alone
    from auditor.fleet.scale.collecting import (  # noqa: PLC0415 -- ditto
        CollectionListeners,
        code_of_reading,
        collect_all,
    )
    from auditor.fleet.scale.collector_setup import (  # noqa: PLC0415 -- ditto
        collected,
        collecting_of,
        signing_key,
    )
    from auditor.fleet.scale.push import Waits, push, push_destination  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.sequence import collecting, sequence_file  # noqa: PLC0415 -- ditto

    inventory = checked_inventory(file)
    table = collecting_of(inventory)
    key, destination = signing_key(table), push_destination(table)
    pbxs = collected(inventory, table, only or ())
    check_file(bundle or Path(f"{table.name}.zip"), shared=shared_out)
    bundling = Bundling(table, key, sequence_file(inventory.path, table.name), bundle)
    watcher = _Watcher(len(pbxs), quiet=quiet)
    with collecting(bundling.numbers, SYSTEM_CLOCK.now()):
        told = CollectionListeners(watcher.done, watcher.tick)
        gathered = collect_all(inventory, pbxs, slots, told)
        watcher.clear()
        place, read = write_next_bundle(gathered, bundling, SYSTEM_CLOCK.now())
    tell(say("written: {path} ({pbxs})", path=str(place), pbxs=_of(read, len(pbxs))))
    if destination is not None:
        push(place, destination, Waits(SYSTEM_CLOCK.now, time.sleep))
        tell(say("sent"))
    raise typer.Exit(code_of_reading(read, len(pbxs), min_read))


def _of(read: int, count: int) -> Message:
    return say_count(
        "{read} of {count} PBX was read", "{read} of {count} PBXs were read", count, read=read
    )


class _Watcher:
    """Shows how far reading is, and what could not be read."""

    def __init__(self, count: int, *, quiet: bool) -> None:
        self._count = count
        self._quiet = quiet
        self._line = ProgressLine() if is_watched() and not quiet else None
        self._done = 0

    def done(self, one: Gathered, failure: Failure | None, done: int) -> None:
        """Show that a PBX is done."""
        self._done = done
        if failure is not None and not self._quiet:
            self.clear()
            reason = failure.told or failure.reason
            tell(say("not read: {pbx}: {reason}", pbx=one.id, reason=reason))
        self.tick()

    def tick(self) -> None:
        """Show how many are done."""
        if self._line is not None:
            text = say("{done} of {total} read", done=str(self._done), total=str(self._count))
            self._line.write(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.clear()


Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called.", show_default=False)]


def add(
    name: Name,
    tenant: Annotated[
        str,
        typer.Option(help="Whose PBXs it reads.", show_default=False, autocompletion=tenants),
    ],
    file: FileOption = INVENTORY,
) -> None:
    """Let a collector bring bundles, and print what it needs: once, for its key is kept nowhere.

    A collector that was revoked gets another key.

    Exit codes: 0 added, 2 there is no such tenant, or the name is none, 6 the history was not
    written, or has a collector of this name, 75 a run is at work.
    """
    from auditor.fleet.runner.history_lock import opened  # noqa: PLC0415 -- this command alone
    from auditor.fleet.scale.collector_setup import tenant_of_new  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.key_paper import key_paper  # noqa: PLC0415 -- ditto
    from auditor.report.handover.signing import new_key, public_part  # noqa: PLC0415 -- ditto

    inventory = checked_inventory(file)
    known = tenant_of_new(inventory, name, tenant)
    key = new_key()
    with opened(inventory.fleet) as history:
        history.collectors().add(name, known, public_part(key), SYSTEM_CLOCK.now())
    show_text(key_paper(name, known, key))
    tell(say("added: {name}; its key is shown this once", name=name))


def revoke(name: Name, file: FileOption = INVENTORY) -> None:
    """Accept nothing of a collector any more, as when its key was lost.

    Exit codes: 0 revoked, 6 there is none of this name, or the history was not written, 75 a run
    is at work.
    """
    from auditor.fleet.runner.history_lock import opened  # noqa: PLC0415 -- this command alone

    with opened(checked_inventory(file).fleet) as history:
        history.collectors().revoke(name, SYSTEM_CLOCK.now())
    tell(say("revoked: {name}", name=name))


def listed(file: FileOption = INVENTORY) -> None:
    """List collectors: their tenants, their keys, and when each brought something last.

    Exit codes: 0 listed, 2 the inventory cannot be used, 6 there is no history.
    """
    from auditor.fleet.scale.key_paper import collector_table  # noqa: PLC0415 -- this command alone

    with open_history(checked_inventory(file).fleet) as history:
        found = history.collectors().listed()
    if found:
        show_text(collector_table(found, look()))
    else:
        tell(say("there is no collector"))
