"""Where the history of a fleet is, as its inventory says; whoever only reads needs no lock."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.errors import InputError
from auditor.fleet.inventory.inventory_model import Fleet
from auditor.fleet.store.connection.history_urls import database_of
from auditor.messages.message import say


def history_place_of(fleet: Fleet) -> Path | str:
    """Return where the history of a fleet is. Raises InputError if nobody says, HistoryError."""
    if fleet.history is not None:
        return fleet.history
    url = os.environ.get(fleet.history_env, "").strip()
    if not url:
        raise InputError(
            say("the variable {name} is not set", name=fleet.history_env),
            where="history_env",
            advice=say("set it to the URL of the PostgreSQL database"),
        )
    database_of(url)  # what is no URL is not taken for a path, which is shown
    return url
