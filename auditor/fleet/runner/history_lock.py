"""The history of a fleet, held by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from auditor.fleet.inventory.inventory_model import Fleet
from auditor.fleet.runner.history_place import history_place_of
from auditor.fleet.store.connection.locks import RUN, Hold, Work, locked_file, this_process
from auditor.fleet.store.history import History
from auditor.run.clock import SYSTEM_CLOCK, Clock


@contextmanager
def opened(fleet: Fleet, clock: Clock = SYSTEM_CLOCK) -> Iterator[History]:
    """Hold the lock of a fleet and its history. Raises BusyError, OutputError and InputError."""
    with held(fleet, clock) as hold, History.open(history_place_of(fleet)) as history:
        history.check_with(hold.renew)
        yield history


def held(
    fleet: Fleet, clock: Clock = SYSTEM_CLOCK, work: Work = RUN
) -> AbstractContextManager[Hold]:
    """Hold a lock of a fleet, that of its run if no other is meant.

    What holds it is to be asked to renew it before each step: a lock ends with the server of a
    database, or with a file that somebody removes. Raises BusyError, OutputError and InputError.
    """
    place, owner = history_place_of(fleet), this_process(clock.now())
    if isinstance(place, Path):
        return locked_file(place, owner, work)
    from auditor.fleet.store.connection.database_lock import locked_database  # noqa: PLC0415 -- for few

    return locked_database(place, owner, work)
