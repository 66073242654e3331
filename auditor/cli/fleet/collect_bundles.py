"""`pbx-auditor fleet collect` reads PBXs for elsewhere; `collector` says who may bring bundles."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from auditor import __version__
from auditor.cli.console import is_watched, look, show_text, tell
from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    FileOption,
    begin,
    known_id,
    open_history,
    tenants,
)
from auditor.cli.out_folder import SharedOut, check_file
from auditor.cli.progress import ProgressLine
from auditor.errors import InputError, OptionPlace
from auditor.files.writing import write_file
from auditor.messages.message import Message, say, say_count
from auditor.run.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auditor.fleet.inventory.inventory_model import Collecting, Inventory, Pbx
    from auditor.fleet.runner.jobs import Failure
    from auditor.fleet.scale.bundle import Gathered
    from auditor.report.handover.signing import PrivateKey

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
    from auditor.fleet.scale.collecting import code_of  # noqa: PLC0415 -- here alone
    from auditor.fleet.scale.push import Waits, destination_of, push  # noqa: PLC0415 -- here alone
    from auditor.fleet.scale.sequence import collecting, sequence_file  # noqa: PLC0415 -- ditto

    inventory = begin(file)
    table = _collecting(inventory)
    key, destination = _key(table), destination_of(table)
    pbxs = _pbxs(inventory, table, only or ())
    check_file(bundle or Path(f"{table.name}.zip"), shared=shared_out)
    numbers = sequence_file(inventory.path, table.name)
    with collecting(numbers, SYSTEM_CLOCK.now()):
        place, read = _collect(
            inventory, pbxs, _Bundling(table, key, numbers, bundle), slots, quiet=quiet
        )
    tell(say("written: {path} ({pbxs})", path=str(place), pbxs=_of(read, len(pbxs))))
    if destination is not None:
        push(place, destination, Waits(SYSTEM_CLOCK.now, time.sleep))
        tell(say("sent"))
    raise typer.Exit(code_of(read, len(pbxs), min_read))


class _Bundling(NamedTuple):
    """Who signs a bundle, where its number is kept, and where it goes if somebody says."""

    table: Collecting
    key: PrivateKey
    numbers: Path
    place: Path | None


def _collect(
    inventory: Inventory, pbxs: tuple[Pbx, ...], bundling: _Bundling, slots: int, *, quiet: bool
) -> tuple[Path, int]:
    """Read PBXs into a bundle; return its file, and how many were read."""
    from auditor.fleet.scale.bundle import BundleOrigin, write_bundle  # noqa: PLC0415 -- this command alone
    from auditor.fleet.scale.collecting import CollectionListeners, collect_all  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.sequence import next_sequence  # noqa: PLC0415 -- ditto

    watcher = _Watcher(len(pbxs), quiet=quiet)
    gathered = collect_all(inventory, pbxs, slots, CollectionListeners(watcher.done, watcher.tick))
    watcher.clear()
    table, now = bundling.table, SYSTEM_CLOCK.now()
    sequence = next_sequence(bundling.numbers, now)
    made = BundleOrigin(f"pbx-auditor {__version__}", table.name, table.tenant, sequence, now)
    place = bundling.place or Path(f"{table.name}-{sequence}.zip")
    write_file(place, write_bundle(made, gathered, bundling.key))
    return place, sum(bool(one.snapshot) for one in gathered)


def _of(read: int, count: int) -> Message:
    return say_count(
        "{read} of {count} PBX was read", "{read} of {count} PBXs were read", count, read=read
    )


def _collecting(inventory: Inventory) -> Collecting:
    if inventory.collecting is None:
        raise InputError(
            say("the inventory has no [collector] table"),
            where=str(inventory.path),
            advice=say("`pbx-auditor fleet collector add` prints it where the history is"),
        )
    return inventory.collecting


def _key(collecting: Collecting) -> PrivateKey:
    from auditor.report.handover.signing import key_of  # noqa: PLC0415 -- these commands alone
    from auditor.site.secrets import secret_at  # noqa: PLC0415 -- ditto

    found = key_of(secret_at(collecting.key))
    if found is None:
        raise InputError(
            say("this is no key of a collector"),
            where=collecting.key.name,
            advice=say("`pbx-auditor fleet collector add` makes one where the history is"),
        )
    return found


def _pbxs(inventory: Inventory, collecting: Collecting, only: Sequence[str]) -> tuple[Pbx, ...]:
    from auditor.fleet.runner.selection import selected  # noqa: PLC0415 -- this command alone

    found = [one for one in selected(inventory, only) if one.tenant == collecting.tenant]
    if not found:
        raise InputError(
            say("no PBX of the tenant of this collector is meant"), where=str(inventory.path)
        )
    return tuple(found)


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
    from auditor.fleet.inventory.allowed_values import check_id  # noqa: PLC0415 -- this command alone
    from auditor.fleet.runner.history_lock import opened  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.key_paper import key_paper  # noqa: PLC0415 -- ditto
    from auditor.report.handover.signing import new_key, public_part  # noqa: PLC0415 -- ditto

    inventory = begin(file)
    known = known_id(tenant, [one.id for one in inventory.tenants], OptionPlace("--tenant"))
    try:
        check_id(name)
    except ValueError as error:
        raise InputError(say("{reason}", reason=error.args[0]), where="NAME") from None
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

    with opened(begin(file).fleet) as history:
        history.collectors().revoke(name, SYSTEM_CLOCK.now())
    tell(say("revoked: {name}", name=name))


def listed(file: FileOption = INVENTORY) -> None:
    """List collectors: their tenants, their keys, and when each brought something last.

    Exit codes: 0 listed, 2 the inventory cannot be used, 6 there is no history.
    """
    from auditor.fleet.scale.key_paper import render  # noqa: PLC0415 -- this command alone

    with open_history(begin(file).fleet) as history:
        found = history.collectors().listed()
    if found:
        show_text(render(found, look()))
    else:
        tell(say("there is no collector"))
