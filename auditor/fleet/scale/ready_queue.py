"""Whether runs hand jobs out, and the queue that they go through; what it needs may be missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import AuditorError, HistoryError, InputError
from auditor.fleet.inventory.inventory_model import Fleet
from auditor.fleet.runner.history_place import history_place_of
from auditor.fleet.store.connection import history_urls
from auditor.fleet.store.connection.engines import conninfo_of
from auditor.messages.message import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.fleet.runner.fleet_run import AuditsAll
    from auditor.fleet.store.history import History


def check_hands_out(fleet: Fleet, inventory: Path) -> None:
    """Raise InputError for an inventory whose runs audit all by themselves."""
    if not fleet.is_queued:
        raise InputError(
            say("runs of this inventory hand nothing out"),
            where=str(inventory),
            advice=say('say `engine = "queue"` in [fleet]'),
        )


def queue_of(fleet: Fleet) -> str:
    """Return how the queue is reached. Raises InputError."""
    return conninfo_of(history_urls.place_of(history_place_of(fleet)))


def made_queue(fleet: Fleet) -> str:
    """Return how the queue is reached. Raises HistoryError if nobody made it yet."""
    from auditor.fleet.scale.queue import is_made  # noqa: PLC0415 -- not everybody has it

    conninfo = queue_of(fleet)
    if not is_made(conninfo):
        raise HistoryError(
            say("there is no queue of this version yet"),
            advice=say("start a run, or `pbx-auditor fleet migrate`, with the login of the owner"),
        )
    return conninfo


def make_queue(fleet: Fleet) -> None:
    """Make the queue beside the history, unless it is there. Raises HistoryError."""
    try:
        from auditor.fleet.scale.queue import is_made, make  # noqa: PLC0415 -- not everybody has it
    except ImportError:
        raise HistoryError(
            say("what queues jobs is not installed"),
            advice=say("pip install 'pbx-auditor[cluster]'"),
        ) from None
    conninfo = queue_of(fleet)
    if not is_made(conninfo):
        make(conninfo)


def crew_of(
    fleet: Fleet, history: History, tell_error: Callable[[AuditorError], None]
) -> AuditsAll | None:
    """Return who audits for a run; None if its own process does. Raises HistoryError."""
    if not fleet.is_queued:
        return None
    make_queue(fleet)
    from auditor.fleet.scale.coordinator import Coordinator  # noqa: PLC0415 -- not everybody has it

    return Coordinator(history, queue_of(fleet), tell_error)
