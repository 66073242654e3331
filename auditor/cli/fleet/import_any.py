"""`pbx-auditor fleet import`: a table of PBXs into an inventory, or a bundle into the history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from auditor.cli.common_options.amount import amount_of
from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.common_options.report_options import chosen
from auditor.cli.fleet.run_fleet import (
    MIN_REACHED,
    CountAll,
    EachLine,
    FailOn,
    LastLine,
    MinReached,
    ReportFormats,
    RunDay,
    carry_out,
    tell_start,
)
from auditor.cli.fleet.shared_options import INVENTORY, FileOption, checked_inventory
from auditor.cli.interaction.console import show_text, tell, tell_error
from auditor.cli.interaction.prompts import begin_file, check_new
from auditor.errors import AuditorError, ExitCode, InputError, Interruption, OptionPlace
from auditor.files.kinds import ZIP, begins_with
from auditor.messages.message import say, say_count
from auditor.model.vocabulary import Severity
from auditor.run.report_writer import OF_REPORT


def import_any(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE|BUNDLE",
            help="A table (CSV) with a header, or a bundle of a collector.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Of a table: the file to write, instead of stdout."),
    ] = None,
    shared_out: SharedOut = False,  # noqa: FBT002
    inventory: FileOption = INVENTORY,
    today: RunDay = None,
    fail_on: FailOn = Severity.HIGH,
    count_all: CountAll = False,  # noqa: FBT002
    min_reached: MinReached = MIN_REACHED,
    formats: ReportFormats = "json",
    *,
    quiet: LastLine = False,
    verbose: EachLine = False,
) -> None:
    """Make tenants and PBXs of a table, or judge and record what a collector read.

    A table has a row for each PBX. Columns are named in the first row: tenant, name or id, target,
    and any of site, waivers, profile, language, serial, tags, deadline, max_age. Nothing is written
    if any row is wrong, and a file that is there is never overwritten.

    A bundle is a run over the PBXs that its collector reads. It is refused, and nothing recorded,
    unless its collector signed it, may bring this tenant, was not revoked, and never brought a
    newer one. Options other than --out are for bundles, and as for `fleet run`.

    Exit codes: of a table 0 written, 2 it is wrong or the file is there, 6 not written; of a
    bundle those of `fleet run`, 2 if it is refused.
    """
    if not begins_with(source, ZIP):
        _import_table(source, out, shared_out=shared_out)
        return
    if out is not None:
        raise InputError(say("a bundle goes into the history"), where=OptionPlace("--out"))
    from auditor.fleet.runner.fleet_run import Options  # noqa: PLC0415 -- of bundles alone
    from auditor.fleet.runner.history_lock import opened  # noqa: PLC0415 -- ditto
    from auditor.fleet.runner.totals import Counts  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.bundle import read_bundle  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.bundle_import import Incoming, begin_import  # noqa: PLC0415 -- ditto

    amount = amount_of(quiet=quiet, verbose=verbose)
    options = Options(
        today=today.date() if today else None,
        formats=chosen(formats, OF_REPORT),
        counts=Counts(fail_on, count_all, min_reached),
    )
    fleet = checked_inventory(inventory)
    incoming = Incoming(read_bundle(source), str(source))
    with opened(fleet.fleet) as history:
        started = begin_import(history, fleet, incoming, options)
        tell_start(started, resumes=False)
        try:
            carry_out(history, fleet, options, started, amount)
        except Interruption:
            tell(say("what is done is kept; import the same bundle again to go on with the rest"))
            raise


def _import_table(table: Path, out: Path | None, *, shared_out: bool) -> None:
    from auditor.fleet.inventory.table_import import import_table  # noqa: PLC0415 -- of tables alone

    if out is not None:
        check_file(out, shared=shared_out)
        check_new(out)
    found = import_table(table, out)
    if found.unused:
        tell(say("note: columns that are not used: {names}", names=", ".join(found.unused)))
    if found.problems:
        refuse(found.problems)
    if out is None:
        show_text(found.text)
        return
    begin_file(out, found.text)
    pbxs = say_count("{count} PBX", "{count} PBXs", found.pbxs)
    tell(say("written: {path} ({pbxs})", path=str(out), pbxs=pbxs))


def refuse(errors: Iterable[AuditorError]) -> NoReturn:
    """Tell every error, and end with what they amount to."""
    told = list(errors)
    for error in told:
        tell_error(error)
    tell(say_count("{count} error", "{count} errors", len(told)))
    raise typer.Exit(ExitCode.USAGE)
