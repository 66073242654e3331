"""`pbx-auditor fleet run` audits many PBXs, `fleet rebind` says which box an id stands for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from auditor.cli.common_options.amount import amount_of
from auditor.cli.common_options.report_options import chosen
from auditor.cli.fleet.run_progress import FleetProgress
from auditor.cli.fleet.shared_options import (
    DAY,
    INVENTORY,
    File,
    FileOption,
    checked_day,
    selections,
)
from auditor.cli.interaction.console import show, tell, tell_error
from auditor.errors import InputError, Interruption, OptionPlace
from auditor.messages.message import say, say_count
from auditor.model.vocabulary import Severity
from auditor.report.formats.terminal_style import Amount
from auditor.run.report_writer import OF_REPORT
from auditor.values.durations import seconds

if TYPE_CHECKING:
    from auditor.fleet.inventory.inventory_model import Inventory
    from auditor.fleet.runner.fleet_run import Options, Started
    from auditor.fleet.store.history import History

MIN_REACHED: Final = 95.0
_LARGEST_SLOTS: Final = 512
RunDay = Annotated[
    datetime | None,
    typer.Option(formats=DAY, callback=checked_day, help="The day that counts for what expires."),
]
FailOn = Annotated[Severity, typer.Option(help="Exit 1 for what is new of this severity or worse.")]
CountAll = Annotated[bool, typer.Option("--all", help="Count what was known before, too.")]
MinReached = Annotated[
    float, typer.Option(min=0, max=100, help="Exit 3 if fewer percent were reached.")
]
ReportFormats = Annotated[
    str, typer.Option("--format", help="Formats of each report, comma-separated.")
]
LastLine = Annotated[
    bool, typer.Option("--quiet", "-q", help="The last line alone: what the run came to.")
]
EachLine = Annotated[
    bool, typer.Option("--verbose", "-v", help="A line for each PBX as soon as it is done.")
]


def run(
    file: File = INVENTORY,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this PBX: an id, tag=NAME or tenant=ID; may be repeated.",
            autocompletion=selections,
        ),
    ] = None,
    changed: Annotated[  # noqa: FBT002
        bool, typer.Option("--changed", help="Do not judge again what is as it was.")
    ] = False,
    resume: Annotated[  # noqa: FBT002
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    slots: Annotated[
        int, typer.Option(min=1, max=_LARGEST_SLOTS, help="How many live PBXs are read at once.")
    ] = 32,
    window: Annotated[
        str | None, typer.Option(help="Begin the PBXs spread over this time, like 4h.")
    ] = None,
    today: RunDay = None,
    fail_on: FailOn = Severity.HIGH,
    count_all: CountAll = False,  # noqa: FBT002
    min_reached: MinReached = MIN_REACHED,
    formats: ReportFormats = "json",
    *,
    quiet: LastLine = False,
    verbose: EachLine = False,
) -> None:
    """Audit the PBXs of an inventory, and note in its history what changed and why.

    Each PBX has its own deadline, and nothing that becomes of one changes anything for the others.
    What is done stays, however a run ends; --resume goes on with the rest.

    Exit codes: 0 nothing new, 1 something new failed or another box answered, 2 inventory or
    usage, or papers of a PBX cannot be used, 3 too few were reached, 4 something became undecided,
    6 history or a report not written, 70 internal error, 75 another run is at work.
    """
    from auditor.fleet.inventory.inventory_reader import read_inventory  # noqa: PLC0415 -- few need it
    from auditor.fleet.runner.fleet_run import Options, start  # noqa: PLC0415 -- ditto
    from auditor.fleet.runner.history_lock import opened  # noqa: PLC0415 -- ditto
    from auditor.fleet.runner.totals import Counts  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.ready_queue import crew_of  # noqa: PLC0415 -- ditto

    amount = amount_of(quiet=quiet, verbose=verbose)
    options = Options(
        tuple(only or ()),
        carries=changed,
        resumes=resume,
        slots=slots,
        window=_seconds(window),
        today=today.date() if today else None,
        formats=chosen(formats, OF_REPORT),
        counts=Counts(fail_on, count_all, min_reached),
    )
    inventory = read_inventory(file)
    with opened(inventory.fleet) as history:
        options = options._replace(by=crew_of(inventory.fleet, history, tell_error))
        started = start(history, inventory, options)
        tell_start(started, resumes=resume)
        try:
            carry_out(history, inventory, options, started, amount)
        except Interruption:
            tell(say("what is done is kept; --resume goes on with the rest"))
            raise


def carry_out(
    history: History, inventory: Inventory, options: Options, started: Started, amount: Amount
) -> NoReturn:
    """Conduct a run, show what it came to, and end with its code. Raises Interruption."""
    from auditor.fleet.runner.fleet_run import conduct  # noqa: PLC0415 -- few commands need it
    from auditor.fleet.runner.summary import summary  # noqa: PLC0415 -- ditto

    progress = FleetProgress(amount)
    with progress.of(started):
        totals = conduct(history, inventory, options, started, progress.listeners())
    code = totals.code()
    lines = list(summary(started.number, totals, code))
    for line in lines[-1:] if amount is Amount.QUIET else lines:
        show(line)
    raise typer.Exit(code)


def rebind(
    pbx: Annotated[
        str, typer.Argument(metavar="ID", help="The id of the PBX.", show_default=False)
    ],
    file: FileOption = INVENTORY,
) -> None:
    """Say that another box stands for an id from now on, as after an exchange.

    The next audit of the PBX binds the box that answers then; its history goes on. It is noted as
    an event.

    Exit codes: 0 noted, 2 there is no such PBX, 6 not written, 75 a run is at work.
    """
    from auditor.fleet.inventory.inventory_reader import read_inventory  # noqa: PLC0415 -- this command alone
    from auditor.fleet.runner.fleet_run import rebind as noted  # noqa: PLC0415 -- ditto
    from auditor.fleet.runner.selection import check_known_pbx  # noqa: PLC0415 -- ditto

    inventory = read_inventory(file)
    check_known_pbx(inventory, pbx)
    noted(inventory.fleet, pbx)
    tell(say("{pbx}: the next box that answers is bound to it", pbx=pbx))


def _seconds(window: str | None) -> float:
    """Return the seconds of a duration. Raises InputError."""
    if window is None:
        return 0.0
    try:
        return float(seconds(int(window) if window.strip().isdecimal() else window))
    except ValueError as error:
        raise InputError(
            say("{reason}", reason=error.args[0]), where=OptionPlace("--window")
        ) from None


def tell_start(started: Started, *, resumes: bool) -> None:
    """Say what is to be known about a run before it goes on."""
    for remark in started.remarks:
        tell(say("note: {text}", text=remark))
    if started.is_resumed:
        count = len(started.left)
        left = say_count("{count} PBX is left", "{count} PBXs are left", count)
        tell(say("going on with run {run}: {left}", run=str(started.number), left=left))
    elif started.rest_of:
        count = len(started.left)
        left = say_count("{count} PBX is left", "{count} PBXs are left", count)
        tell(
            say(
                "going on with what run {rest} left, as run {run}: {left}",
                rest=str(started.rest_of),
                run=str(started.number),
                left=left,
            )
        )
    elif resumes:
        tell(say("note: there is no run to go on with, so this is a new one"))
