"""`pbx-auditor fleet migrate`, `prune` and `forget`: how a history is kept, and what of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    FileOption,
    Form,
    FormOption,
    TodayOption,
    checked_inventory,
    open_history,
    tenants,
)
from auditor.cli.interaction.console import look, show, show_json, show_text, spoken, tell
from auditor.cli.interaction.prompts import answer_line, begin_file, check_new, is_terminal
from auditor.errors import InputError, OptionPlace
from auditor.fleet.inventory.known_ids import known_id
from auditor.messages.message import say
from auditor.run.clock import SYSTEM_CLOCK


def migrate(
    file: File = INVENTORY,
) -> None:
    """Make the history, or bring it up to date with this version of pbx-auditor, and do no more.

    A run does that too, if its login owns the history. In PostgreSQL it need not: then this is
    started with the login of the owner, before the first run and after each update.

    Exit codes: 0 up to date, 2 the inventory cannot be used, 6 the history cannot be written,
    75 a run is at work.
    """
    from auditor.fleet.runner.history_lock import opened  # noqa: PLC0415 -- this command alone
    from auditor.fleet.scale.ready_queue import make_queue  # noqa: PLC0415 -- ditto
    from auditor.fleet.store.schema_version import versions  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(file).fleet
    with opened(fleet) as history:
        if fleet.is_queued:
            make_queue(fleet)
        version = versions()[-1]
        show(say("{where}: version {version} of the schema", where=history.where, version=version))
        if history.remark:
            tell(say("warning: {text}", text=history.remark))


def prune(
    file: File = INVENTORY,
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    today: TodayOption = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Remove audits and snapshots that `[retention]` of the inventory does not ask for any more.

    What changed, when and why stays, and so do events, and of each PBX its last audit.

    Exit codes: 0 done, 2 the inventory cannot be used, 6 the history cannot be written,
    75 a run is at work.
    """
    from auditor.fleet.look_back import keeping  # noqa: PLC0415 -- this command alone
    from auditor.fleet.look_back.json_answers import in_language, json_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.runner.history_lock import held  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(file)
    retention = fleet.fleet.retention
    day = today.date() if today else SYSTEM_CLOCK.now().date()
    with held(fleet.fleet), open_history(fleet.fleet) as history:
        removed = history.prune(retention, day, dry_run=dry_run)
    document = keeping.pruned_of(removed, retention, day, dry_run=dry_run)
    match form:
        case Form.JSON:
            show_json(json_of(document, spoken()))
        case Form.CSV:
            show_text(keeping.render_csv(in_language(document, spoken())))
        case Form.TABLE:
            show_text(keeping.render(document, look()))


def forget(
    tenant: Annotated[
        str,
        typer.Argument(
            metavar="TENANT", help="Its id.", show_default=False, autocompletion=tenants
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The receipt to write.", show_default="forgotten-DAY.json"
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002
    inventory: FileOption = INVENTORY,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Remove a customer wholly: its history, snapshots and reports. It cannot be taken back.

    On a terminal its id is to be typed once more. The receipt has numbers, and nothing of the
    customer. The chain of events stays whole.

    Exit codes: 0 removed, 2 there is no such tenant, or nobody confirmed it, 6 not removed wholly,
    or no receipt written, 75 a run is at work.
    """
    from auditor.fleet.look_back import keeping  # noqa: PLC0415 -- this command alone
    from auditor.fleet.look_back.json_answers import json_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.outward.page.forgetting import remove_reports_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.runner.history_lock import held  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(inventory)
    now = SYSTEM_CLOCK.now()
    receipt = out or _receipt(now.date())
    check_file(receipt, shared=shared_out)
    check_new(receipt)
    with held(fleet.fleet), open_history(fleet.fleet) as history:
        known = {*history.tenants().values(), *(one.id for one in fleet.tenants)}
        name = known_id(tenant, known, "TENANT")
        _confirm(name, yes=yes)
        removed = history.forget(name, now)
        chain = history.verify()
    files = remove_reports_of(fleet.fleet.reports, name)
    begin_file(receipt, json_of(keeping.receipt_of(removed, chain, files, now)) + "\n")
    tell(say("written: {path}", path=str(receipt)))
    if name in {one.id for one in fleet.tenants}:
        tell(
            say(
                "warning: the inventory still has tenant {name}: take it out, or the next run "
                "begins its history anew",
                name=name,
            )
        )


def _receipt(day: date) -> Path:
    return Path(f"forgotten-{day.isoformat()}.json")


def _confirm(tenant: str, *, yes: bool) -> None:
    """Ask for the id once more. Raises InputError unless somebody confirms."""
    if yes:
        return
    if not is_terminal():
        raise InputError(
            say("nobody confirmed it"),
            where=OptionPlace("--yes"),
            advice=say("give --yes, or use a terminal"),
        )
    tell(say("everything about tenant {name} will be removed for good", name=tenant))
    tell(say("type its id to go on:"))
    if answer_line().strip() != tenant:
        raise InputError(say("nothing was removed: this is not its id"), where=tenant)
