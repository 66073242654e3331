"""Whether notices of the database arrive: behind a pooler in transaction mode they do not.

Such a pooler gives each transaction another connection, and so what was asked to listen is not who
waits. It says nothing about that, so it is tried.
"""

from __future__ import annotations

import secrets
from typing import Final

import psycopg

from auditor.errors import HistoryError
from auditor.messages.message import say

_PATIENCE: Final = 3.0


def hears(conninfo: str, patience: float = _PATIENCE) -> bool:
    """Return whether a connection hears what another one says. Raises HistoryError."""
    channel = f"pbx_auditor_{secrets.token_hex(8)}"
    try:
        with (
            psycopg.connect(conninfo, autocommit=True) as one,
            psycopg.connect(conninfo, autocommit=True) as other,
        ):
            one.execute(f"LISTEN {channel}")
            other.execute(f"NOTIFY {channel}")
            return any(True for _ in one.notifies(timeout=patience, stop_after=1))
    except psycopg.Error as error:
        raise HistoryError(
            say(
                "the queue in the database of the history cannot be reached ({code})",
                code=error.sqlstate or type(error).__name__,
            )
        ) from None
