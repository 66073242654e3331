"""`pbx-auditor fleet page`: how every PBX stands, for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.console import spoken, suggest, tell, tell_error
from auditor.cli.fleet_options import (
    INVENTORY,
    File,
    SpokenIn,
    TenantOption,
    TodayOption,
    begin,
    check_tenant,
    is_begun,
    open_history,
)
from auditor.cli.out_folder import SharedOut, check_folder
from auditor.errors import ExitCode
from auditor.messages.message import say
from auditor.run.session import SYSTEM_CLOCK

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

    Exit codes: 0 written, 2 the inventory cannot be used, 6 the history cannot be read, or a page
    not written.
    """
    from auditor.fleet.look_back.calendar import calendar_of  # noqa: PLC0415 -- few need them
    from auditor.fleet.outward import PAGE  # noqa: PLC0415 -- ditto
    from auditor.fleet.outward.page import writing  # noqa: PLC0415 -- this command alone

    fleet = begin(file)
    only, day = check_tenant(fleet, tenant), today.date() if today else None
    folder = out if out is not None else fleet.fleet.reports
    if language is not None:
        suggest(language)
    wanted = writing.Wanted(folder, only, language, spoken())
    check_folder(folder, [PAGE] if only is None else [], shared=shared_out)
    now = SYSTEM_CLOCK.now()
    if is_begun(fleet.fleet):
        with open_history(fleet.fleet) as history:
            calendar = calendar_of(now, day, history.last_run())
            found = writing.read(history, fleet, calendar)
    else:
        calendar = calendar_of(now, day, None)
        found = writing.read(None, fleet, calendar)
    is_whole = True
    for path, error in writing.write_pages(found, calendar, wanted):
        if error is not None:
            is_whole = False
            tell_error(error)
        elif not quiet:
            tell(say("written: {path}", path=str(path)))
    if not is_whole:
        raise typer.Exit(ExitCode.OUTPUT)
