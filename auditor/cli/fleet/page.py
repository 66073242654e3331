"""`pbx-auditor fleet page`: how every PBX stands, for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.common_options.out_folder import SharedOut, check_folder
from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    SpokenIn,
    TenantOption,
    TodayOption,
    check_tenant,
    checked_inventory,
    is_begun,
    open_history,
)
from auditor.cli.interaction.console import spoken, suggest, tell, tell_error
from auditor.errors import ExitCode, OutputError
from auditor.fleet.outward import PAGE, Reports
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.gate import strongest

if TYPE_CHECKING:
    from auditor.fleet.look_back.calendar import Calendar
    from auditor.fleet.outward.page.page_writer import HistoryRead, WantedPages
    from auditor.fleet.store.history import History

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", help="Folder for the pages.", show_default="the folder for reports"
    ),
]


def page(
    file: File = INVENTORY,
    out: Out = None,
    tenant: TenantOption = None,
    reports: Annotated[
        Reports, typer.Option(help="Of which PBXs to make the report again, with its history.")
    ] = Reports.NONE,
    language: SpokenIn = None,
    today: TodayOption = None,
    quiet: Annotated[  # noqa: FBT002
        bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")
    ] = False,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Write a page about all PBXs, index.html, and one for each tenant, TENANT/index.html.

    Each is one file for a browser, without a server: who needs somebody today, what changed, every
    PBX and every control. A tenant's page has nothing of another. With --tenant it is that one
    alone. Nothing is read from a PBX.

    With --reports the pages lead to reports with the history of their PBX, which are made again
    from what the history kept: TENANT/PBX/report.html. Of each that takes about a second.

    Exit codes: 0 written, 2 the inventory cannot be used, 6 the history cannot be read, or a page
    or report not written.
    """
    from auditor.fleet.look_back.calendar import calendar_of  # noqa: PLC0415 -- few need them
    from auditor.fleet.outward.page import page_writer  # noqa: PLC0415 -- this command alone

    fleet = checked_inventory(file)
    if language is not None:
        suggest(language)
    of_operator = spoken()  # whatever the one tenant speaks that is asked for
    only, day = check_tenant(fleet, tenant), today.date() if today else None
    folder = out if out is not None else fleet.fleet.reports
    wanted = page_writer.WantedPages(folder, only, language, of_operator)
    check_folder(folder, [PAGE] if only is None else [], shared=shared_out)
    now = SYSTEM_CLOCK.now()
    codes: list[ExitCode] = []
    if is_begun(fleet.fleet):
        with open_history(fleet.fleet) as history:
            calendar = calendar_of(now, day, history.last_run())
            found = page_writer.read(history, fleet, calendar)
            if reports is not Reports.NONE:
                codes += _make_again(history, found, calendar, wanted, reports, quiet=quiet)
    else:
        calendar = calendar_of(now, day, None)
        found = page_writer.read(None, fleet, calendar)
    for path, error in page_writer.write_pages(found, calendar, wanted):
        codes += _tell(path, error, quiet=quiet)
    raise typer.Exit(strongest(codes))


def _make_again(
    history: History,
    found: HistoryRead,
    calendar: Calendar,
    wanted: WantedPages,
    which: Reports,
    *,
    quiet: bool,
) -> list[ExitCode]:
    """Make reports again, and return the codes of failures."""
    from auditor.fleet.look_back.reporting import not_as_then  # noqa: PLC0415 -- as others
    from auditor.fleet.outward.page.reports_again import write_reports_again  # noqa: PLC0415 -- ditto

    codes: list[ExitCode] = []
    for one in write_reports_again(history, found, calendar, wanted, which):
        codes += _tell(one.path, one.error, quiet=quiet)
        if one.changed and not quiet:
            tell(not_as_then(one.changed))
    return codes


def _tell(path: Path, error: OutputError | None, *, quiet: bool) -> list[ExitCode]:
    """Say that a file is there, or why not, and return the code of that."""
    if error is not None:
        tell_error(error)
        return [error.exit_code]
    if not quiet:
        tell(say("written: {path}", path=str(path)))
    return []
