"""`pbx-auditor fleet`: many PBXs; begin, check and fill their inventory, and audit them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from auditor.cli import (
    fleet_again,
    fleet_collect,
    fleet_keeping,
    fleet_look_back,
    fleet_metrics,
    fleet_units,
)
from auditor.cli.console import show, tell
from auditor.cli.fleet_digest import digest
from auditor.cli.fleet_discover import discover
from auditor.cli.fleet_import import import_any, refuse
from auditor.cli.fleet_options import INVENTORY, File
from auditor.cli.fleet_page import page
from auditor.cli.fleet_run import rebind, run
from auditor.cli.fleet_worker import worker
from auditor.cli.out_folder import SharedOut, check_file
from auditor.cli.questions import begin_file, check_new
from auditor.errors import InputError
from auditor.messages.languages import Language
from auditor.messages.message import NOTHING, say, say_count
from auditor.run.session import SYSTEM_CLOCK

HELP: Final = "Audit many PBXs every night: their inventory, their runs, their history."

Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write.")]


def init(
    out: Out = INVENTORY,
    name: Annotated[str | None, typer.Option(help="What reports call the fleet.")] = None,
    language: Annotated[
        Language, typer.Option(help="Language of the comments, and that a reader sees first.")
    ] = "en",
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write a commented inventory with one customer and one PBX, to be changed.

    A file that is there is never overwritten.

    Exit codes: 0 written, 2 it is there already, or an answer is wrong, 6 not written.
    """
    from auditor.fleet.inventory import new_inventory as new  # noqa: PLC0415 -- this command alone

    check_file(out, shared=shared_out)
    check_new(out)
    why = new.why_no_name(name) if name is not None else NOTHING
    if why:
        raise InputError(why, where="--name", advice=say("give another name"))
    answers = {new.NAME: name} if name else {}
    begin_file(out, new.inventory_text({**answers, new.LANGUAGE: language}, language))
    tell(say("written: {path}", path=str(out)))
    tell(say("change [[tenant]] and [[pbx]] in it, then run `pbx-auditor fleet check`"))


def check(
    file: File = INVENTORY,
) -> None:
    """Find every mistake that can be found without asking a PBX, each with its line.

    Site files, waivers, own rules, dialects and profiles are read as a run would; no secret is.
    What may be otherwise tonight is a warning.

    Exit codes: 0 it can be used, 2 something is wrong.
    """
    from auditor.fleet.inventory.checking import check_inventory  # noqa: PLC0415 -- ditto

    found = check_inventory(file, SYSTEM_CLOCK.now().date())
    for remark in found.remarks:
        tell(say("warning: {where}: {text}", where=remark.where, text=remark.text))
    if found.errors:
        refuse(found.errors)
    count = len(found.inventory.tenants)
    tenants = say_count("{count} tenant", "{count} tenants", count)
    pbxs = say_count("{count} PBX", "{count} PBXs", len(found.inventory.pbxs))
    show(say("{file}: can be used: {pbxs}, {tenants}", file=str(file), pbxs=pbxs, tenants=tenants))


GROUPS: Final = {"collector": fleet_collect.HELP}
GROUP: Final[dict[str, Callable[..., None]]] = {
    "init": init,
    "check": check,
    "discover": discover,
    "import": import_any,
    "collect": fleet_collect.collect,
    **fleet_collect.COLLECTOR,
    "run": run,
    "worker": worker,
    "rebind": rebind,
    "status": fleet_look_back.status,
    "drift": fleet_look_back.drift,
    "history": fleet_look_back.history,
    "report": fleet_again.report,
    "ask": fleet_again.ask,
    "outliers": fleet_again.outliers,
    "metrics": fleet_metrics.metrics,
    "units": fleet_units.units,
    "page": page,
    "digest": digest,
    "migrate": fleet_keeping.migrate,
    "prune": fleet_keeping.prune,
    "forget": fleet_keeping.forget,
}
