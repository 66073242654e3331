"""`pbx-auditor fleet metrics`: numbers about a fleet for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    TenantOption,
    TodayOption,
    check_tenant,
    checked_inventory,
    is_begun,
    open_history,
)
from auditor.cli.interaction.console import show_text, tell
from auditor.files.writing import write_file
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from auditor.fleet.inventory.inventory_model import Inventory
    from auditor.fleet.outward.metrics import Stood

_STDOUT: Final = Path("-")
# Whoever collects it is another user, and nothing in it is secret.
_FOR_ALL: Final = 0o644


def metrics(
    file: File = INVENTORY,
    textfile: Annotated[
        Path,
        typer.Option(help="The file to write for a textfile collector; - for stdout."),
    ] = _STDOUT,
    tenant: TenantOption = None,
    today: TodayOption = None,
) -> None:
    """Write metrics of the fleet for Prometheus, as node_exporter and windows_exporter read them.

    When it ran and how, PBXs by state, findings by tenant and severity. The file appears as a
    whole, or the one before stays. `deploy/` has alert rules for it.

    Exit codes: 0 written, 2 the inventory cannot be used, 6 the history cannot be read, or the file
    not be written.
    """
    from auditor.fleet.look_back.calendar import calendar_of  # noqa: PLC0415 -- few need them
    from auditor.fleet.look_back.fleet_status import status_of  # noqa: PLC0415
    from auditor.fleet.outward.metrics import metrics_of  # noqa: PLC0415

    fleet = checked_inventory(file)
    only, day = check_tenant(fleet, tenant), today.date() if today else None
    stood = _stood(fleet)
    calendar = calendar_of(SYSTEM_CLOCK.now(), day, stood.last)
    seen = status_of(fleet, stood.overview, stood.last, calendar, only)
    text = metrics_of(fleet, seen.document, stood, only)
    if textfile == _STDOUT:
        show_text(text)
        return
    write_file(textfile, text.encode(), _FOR_ALL)
    tell(say("written: {path}", path=str(textfile)))


def _stood(fleet: Inventory) -> Stood:
    """Return what the history says, nothing before the first run."""
    from auditor.fleet.inventory.inventory_reader import reads_here  # noqa: PLC0415
    from auditor.fleet.outward.metrics import Stood  # noqa: PLC0415 -- few commands need them
    from auditor.fleet.store.queries.current_state import overview  # noqa: PLC0415
    from auditor.fleet.store.queries.metric_queries import (  # noqa: PLC0415
        ended_runs,
        last_deliveries,
        open_findings,
    )
    from auditor.fleet.store.runs import last_run  # noqa: PLC0415

    if not is_begun(fleet.fleet):
        return Stood()
    with open_history(fleet.fleet) as history, history.reading() as connection:
        return Stood(
            last_run(connection),
            ended_runs(connection, reads_here=reads_here(fleet)),
            overview(connection),
            open_findings(connection),
            last_deliveries(connection),
        )
