"""`pbx-auditor fleet init` and `check`: begin an inventory, and find its mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.fleet.import_any import refuse
from auditor.cli.fleet.shared_options import INVENTORY, File
from auditor.cli.interaction.console import show, tell
from auditor.cli.interaction.prompts import begin_file, check_new
from auditor.errors import InputError, OptionPlace
from auditor.messages.languages import Language
from auditor.messages.message import NOTHING, say, say_count
from auditor.run.clock import SYSTEM_CLOCK

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
        raise InputError(why, where=OptionPlace("--name"), advice=say("give another name"))
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
