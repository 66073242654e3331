"""`pbx-auditor fleet status`, `drift` and `history`: how PBXs stand, what changed, since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    FileOption,
    Form,
    FormOption,
    TenantOption,
    TodayOption,
    check_tenant,
    checked_inventory,
    is_begun,
    open_history,
    speak_for,
)
from auditor.cli.interaction.console import look, show, show_json, show_text, spoken, tell
from auditor.errors import InputError
from auditor.fleet.inventory.known_ids import known_id
from auditor.messages.message import say, say_count
from auditor.run.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from auditor.fleet.inventory.inventory_model import Fleet, Inventory
    from auditor.fleet.store.history_records import Delivery, RecordedRun
    from auditor.fleet.store.queries.result_rows import Overview

VERIFY: Final = "verify"


def status(
    file: File = INVENTORY,
    tenant: TenantOption = None,
    form: FormOption = Form.TABLE,
    today: TodayOption = None,
) -> None:
    """Show how every PBX stands: one line each, the worst first.

    It is how the last run left it; nothing is read from a PBX. What is older than its `max_age` is
    out of date, and nothing that was not read is ever shown as compliant.

    Exit codes: 0 shown, 2 the inventory cannot be used, 6 the history cannot be read.
    """
    from auditor.fleet.look_back import status_table  # noqa: PLC0415 -- few commands need them
    from auditor.fleet.look_back.calendar import calendar_of  # noqa: PLC0415
    from auditor.fleet.look_back.deliveries import undelivered  # noqa: PLC0415
    from auditor.fleet.look_back.fleet_status import status_of, with_undelivered  # noqa: PLC0415
    from auditor.fleet.look_back.json_answers import in_language, json_of  # noqa: PLC0415

    fleet = checked_inventory(file)
    only, day = check_tenant(fleet, tenant), today.date() if today else None
    last, known, sent = _stand(fleet.fleet)
    calendar = calendar_of(SYSTEM_CLOCK.now(), day, last)
    seen = status_of(fleet, known, last, calendar, only)
    seen = with_undelivered(seen, undelivered(sent, fleet.recipients, only))
    match form:
        case Form.JSON:
            show_json(json_of(seen.document, spoken()))
        case Form.CSV:
            show_text(status_table.render_csv(in_language(seen.document, spoken())))
        case Form.TABLE:
            show_text(status_table.render(seen, look()))


def drift(
    file: File = INVENTORY,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|RUN", help="The first day, or number of a run; else the last run."
        ),
    ] = None,
    tenant: TenantOption = None,
    form: FormOption = Form.TABLE,
) -> None:
    """Show what changed in the last run, or in all since a day or a run, each with its cause.

    The cause is what differs: the PBX, the rules, site file and waivers, what could be read, or
    the time alone.

    Exit codes: 0 shown, 2 the inventory cannot be used, or there is no such run, 6 the history
    cannot be read, or there was no run yet.
    """
    from auditor.fleet.look_back import drift_answer as drifting  # noqa: PLC0415 -- few need them
    from auditor.fleet.look_back.json_answers import in_language, json_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.look_back.span import span_since  # noqa: PLC0415 -- ditto
    from auditor.fleet.store.queries.change_queries import changes_since  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(file)
    only = check_tenant(fleet, tenant)
    with open_history(fleet.fleet, only) as opened:
        span = span_since(opened, since)
        if span.warning:
            tell(span.warning)
        with opened.reading() as connection:
            changes = tuple(changes_since(connection, span.first))
        found = drifting.drift_of(fleet.fleet.name, span.first, changes, only)
    match form:
        case Form.JSON:
            show_json(json_of(found, spoken()))
        case Form.CSV:
            show_text(drifting.render_csv(in_language(found, spoken()).changes))
        case Form.TABLE:
            show_text(drifting.render(found, look()))


def history(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[PBX|verify]", help="Its id, or `verify`: check the events."),
    ] = None,
    control: Annotated[
        str | None, typer.Argument(metavar="[CONTROL]", help="One control, such as HD-01.")
    ] = None,
    pbx: Annotated[
        str | None, typer.Option("--pbx", help="The id of a PBX, also of one called verify.")
    ] = None,
    form: FormOption = Form.TABLE,
    inventory: FileOption = INVENTORY,
) -> None:
    """Show since when a PBX is as it is: every change with its cause.

    `fleet history verify` checks that no event was changed or taken away since it was written.

    Exit codes: 0 shown, 2 there is no such PBX or control, 6 the history cannot be read, or an
    event is not as it was written.
    """
    fleet = checked_inventory(inventory)
    if pbx is None and control is None and name == VERIFY:
        _verify(fleet, form)
        return
    if pbx is not None and control is None:
        name, control = pbx, name
    if name is None:
        raise InputError(say("no PBX is named"), where="PBX", advice=say("name one, or verify"))
    _show_history(fleet, name, control, form)


def _show_history(fleet: Inventory, name: str, control: str | None, form: Form) -> None:
    from auditor.fleet.look_back import control_query  # noqa: PLC0415 -- few need them
    from auditor.fleet.look_back import drift_answer as drifting  # noqa: PLC0415 -- ditto
    from auditor.fleet.look_back import pbx_history as histories  # noqa: PLC0415 -- ditto
    from auditor.fleet.look_back.json_answers import in_language, json_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.store.queries import change_queries  # noqa: PLC0415 -- ditto

    with open_history(fleet.fleet) as opened, opened.reading() as connection:
        tenants = {one.id: one.tenant for one in fleet.pbxs} | change_queries.known_pbxs(connection)
        pbx = known_id(name, tenants, "PBX")
        speak_for(fleet, tenants[pbx])
        changes = list(change_queries.changes_of(connection, pbx))
        if control is not None and control not in {one.control for one in changes}:
            query = control_query.ControlQuery(control, SYSTEM_CLOCK.now().date())
            control_query.check_control(opened, fleet, query)
        audits = change_queries.audits_of(connection, pbx)
        found = histories.history_of(pbx, tenants[pbx], changes, audits, control)
    match form:
        case Form.JSON:
            show_json(json_of(found, spoken()))
        case Form.CSV:
            show_text(drifting.render_csv(in_language(found, spoken()).changes))
        case Form.TABLE:
            show_text(histories.render(found, look(), control=control))


def _verify(fleet: Inventory, form: Form) -> None:
    """Check the chain of events. Raises HistoryError if it is broken."""
    from auditor.fleet.look_back import answer_schema as v1  # noqa: PLC0415 -- few commands need it
    from auditor.fleet.look_back import event_chain  # noqa: PLC0415 -- ditto
    from auditor.fleet.look_back.json_answers import json_of  # noqa: PLC0415 -- ditto

    with open_history(fleet.fleet) as opened:
        chain, where = opened.verify(), opened.where
    if form is Form.TABLE and chain.broken is None:
        told = say_count("{count} event, as written", "{count} events, as written", chain.events)
        show(told)
        show(say("the last one: {digest}", digest=chain.last))
    elif form is not Form.TABLE:
        show_json(json_of(v1.Verified(chain.events, chain.broken, chain.last)))
    if any(pbx.id.casefold() == VERIFY for pbx in fleet.pbxs):
        tell(say("note: the PBX of this name is shown by `fleet history --pbx verify`"))
    event_chain.check_whole(chain, where)


def _stand(fleet: Fleet) -> tuple[RecordedRun | None, tuple[Overview, ...], Mapping[str, Delivery]]:
    """Return the last run, how every PBX stands, and the last digests; nothing before a run."""
    from auditor.fleet.store.queries.current_state import overview  # noqa: PLC0415 -- few commands need it
    from auditor.fleet.store.runs import last_run  # noqa: PLC0415

    if not is_begun(fleet):
        return None, (), {}
    with open_history(fleet) as history:
        with history.reading() as connection:
            last, known = last_run(connection), overview(connection)
        return last, known, history.outbox().newest()
