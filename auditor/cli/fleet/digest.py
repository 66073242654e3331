"""`pbx-auditor fleet digest`: one message to each recipient about what a run changed."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.common_options.amount import Quiet
from auditor.cli.fleet.shared_options import (
    INVENTORY,
    File,
    SpokenIn,
    TodayOption,
    check_tenant,
    checked_inventory,
    open_history,
    tenants,
)
from auditor.cli.interaction.console import show_octets, tell
from auditor.errors import ExitCode, InputError, OptionPlace
from auditor.fleet.inventory.known_ids import known_id
from auditor.messages.languages import Language
from auditor.messages.message import Message, say, say_count
from auditor.run.clock import SYSTEM_CLOCK
from auditor.values.durations import seconds

if TYPE_CHECKING:
    from auditor.fleet.inventory.inventory_model import Inventory, Recipient
    from auditor.fleet.outward.delivery.dispatch import Mailroom
    from auditor.fleet.outward.delivery.sending import TryOutcome
    from auditor.fleet.store.history_records import Delivery

_PATIENCE: Final = "5m"


def digest(
    file: File = INVENTORY,
    recipient: Annotated[
        list[str] | None, typer.Option("--recipient", help="Only to this one; may be repeated.")
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", help="Only to recipients of this tenant.", autocompletion=tenants),
    ] = None,
    language: SpokenIn = None,
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Show what would be sent, and send and note nothing.")
    ] = False,
    enable: Annotated[
        list[str] | None,
        typer.Option("--enable", help="Send to this one again, whose address was gone."),
    ] = None,
    wait: Annotated[
        str, typer.Option("--wait", metavar="DURATION", help="How long to go on trying what fails.")
    ] = _PATIENCE,
    today: TodayOption = None,
    *,
    quiet: Quiet = False,
) -> None:
    """Tell every recipient of the inventory what changed since it was last told.

    Each gets one message a run, also if nothing changed. What cannot be sent now waits in the
    history, and goes with the next start. Started twice, it sends nothing twice.

    Exit codes: 0 sent, or all was told before, 2 the inventory cannot be used or names no
    recipient, 6 something was not sent, or not to all, or there is no history, 75 a run is at work,
    or another process sends.
    """
    from auditor.fleet.look_back.calendar import calendar_of  # noqa: PLC0415 -- this command alone
    from auditor.fleet.outward.delivery.dispatch import Mailroom, SendingWorld  # noqa: PLC0415 -- ditto
    from auditor.fleet.outward.delivery.planning import DigestPlanner  # noqa: PLC0415 -- ditto

    patience = _patience(wait)
    fleet = _in_language(checked_inventory(file), language)
    chosen = _chosen(fleet, recipient, check_tenant(fleet, tenant))
    known = [one.id for one in chosen]
    enabled = [known_id(one, known, OptionPlace("--enable")) for one in enable or ()]
    with open_history(fleet.fleet) as history:
        day = today.date() if today else None
        calendar = calendar_of(SYSTEM_CLOCK.now(), day, history.last_run())
        room = Mailroom(history, fleet, chosen, DigestPlanner(history, fleet, calendar), enabled)
        if dry_run:
            _preview(room)
            return
        told = _silent if quiet else tell
        watch = SendingWorld(
            SYSTEM_CLOCK.now, time.sleep, lambda one: _tell(one, quiet=quiet), told
        )
        left = room.send(watch, patience)
    if left:
        _tell_left(left)
        raise typer.Exit(ExitCode.OUTPUT)


def _patience(wait: str) -> timedelta:
    """Return how long to go on; nothing of it is as good. Raises InputError."""
    if wait.strip() == "0":
        return timedelta()
    try:
        return timedelta(seconds=seconds(int(wait) if wait.strip().isdecimal() else wait))
    except ValueError as error:
        raise InputError(
            say("{reason}", reason=error.args[0]), where=OptionPlace("--wait")
        ) from None


def _in_language(fleet: Inventory, language: Language | None) -> Inventory:
    if language is None:
        return fleet
    return fleet._replace(
        recipients=tuple(one._replace(language=language) for one in fleet.recipients)
    )


def _chosen(fleet: Inventory, names: list[str] | None, tenant: str | None) -> list[Recipient]:
    """Return the recipients that are meant. Raises InputError if there is none."""
    known = [one.id for one in fleet.recipients]
    wanted = {known_id(one, known, OptionPlace("--recipient")) for one in names or ()}
    found = [
        one
        for one in fleet.recipients
        if (not wanted or one.id in wanted) and (tenant is None or tenant in one.tenants)
    ]
    if not found:
        raise InputError(
            say("the inventory names no recipient")
            if not known
            else say("no recipient of the inventory is meant"),
            where=str(fleet.path),
            advice=say("add a [[recipient]] block; `pbx-auditor help fleet` lists its keys"),
        )
    return found


def _preview(room: Mailroom) -> None:
    for recipient, channel, letter, why in room.previews(SYSTEM_CLOCK.now()):
        if letter is None:
            tell(say("{recipient}: {text}", recipient=recipient.id, text=why))
            continue
        tell(
            say(
                "to {recipient} by {channel}:",
                recipient=recipient.id,
                channel=recipient.channel.value,
            )
        )
        show_octets(channel.payload(letter))


def _silent(*_: Message) -> None:
    """Tell nothing."""


def _tell(outcome: TryOutcome, *, quiet: bool) -> None:
    if outcome.is_sent:
        text = say("{recipient}: sent", recipient=outcome.recipient)
        if outcome.reason:
            tell(say("{text}, but {reason}", text=text, reason=outcome.reason))
        elif not quiet:
            tell(text)
        return
    text = say(
        "{recipient}: not sent: {reason}", recipient=outcome.recipient, reason=outcome.reason
    )
    if outcome.next_try is not None:
        moment = outcome.next_try.strftime("%H:%M:%S")
        text = say("{text}; next try at {time} UTC", text=text, time=moment)
    tell(text)


def _tell_left(left: tuple[Delivery, ...]) -> None:
    names = ", ".join(one.recipient for one in left)
    tell(
        say_count(
            "{count} digest was not sent: {names}; the next start tells what it would have",
            "{count} digests were not sent: {names}; the next start tells what they would have",
            len(left),
            names=names,
        )
    )
