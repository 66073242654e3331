"""What a morning is made of, read from the history once for all tenants."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.fleet.look_back.calendar import Calendar
from auditor.fleet.outward.morning import FRESH, Facts
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.change_queries import first_run_of_night, first_run_since
from auditor.fleet.store.queries.current_state import overview
from auditor.fleet.store.queries.result_rows import Counts
from auditor.fleet.store.queries.run_comparison import (
    moved_since,
    not_read_since,
    read_before,
    run_before,
    worse_since,
)


def facts_of(
    history: History,
    calendar: Calendar,
    since: int | None = None,
    counts: Mapping[str, Counts] | None = None,
) -> Facts:
    """Return what the history says; `since` is the first run whose changes count, else the last.

    `counts` are those of the controls of each PBX, if they were counted already. Raises
    HistoryError.
    """
    last = history.last_run()
    if last is None:
        return Facts()
    with history.reading() as connection:
        first = since if since is not None else first_run_of_night(connection, last)
        lately = first_run_since(connection, calendar.today() - FRESH)
        return Facts(
            last,
            overview(connection, counts),
            first,
            run_before(connection, first),
            tuple(moved_since(connection, first)),
            worse_since(connection, lately),
            not_read_since(connection),
            read_before(connection, first),
        )
