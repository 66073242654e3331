"""What a login of PostgreSQL may see and do of a history, asked before it is needed.

A login that sees a part only would take what it does not see for what is not there: it is refused.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine, TextClause, text

from auditor.errors import HistoryError
from auditor.messages.message import say

# Of no table at all, whoever may make one is as good as an owner.
_OWNS: Final = text(
    "SELECT coalesce(bool_and(pg_has_role(c.relowner, 'USAGE')), true) FROM pg_class c"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'alembic_version'"
)
_SEES_ALL: Final = text("SELECT sees_all()")


def check_owns(engine: Engine, where: str) -> None:
    """Raise HistoryError if the login does not own the tables that are to be brought up to date."""
    if _answer(engine, _OWNS):
        return
    raise HistoryError(
        say("only the owner of the history can bring it up to date"),
        where=where,
        advice=say("start `pbx-auditor fleet migrate` with the login of the owner"),
    )


def check_sees_all(engine: Engine, where: str) -> None:
    """Raise HistoryError if the login sees tenants of the history only, or none."""
    if _answer(engine, _SEES_ALL):
        return
    raise HistoryError(
        say("the login sees only a part of the history"),
        where=where,
        advice=say(
            "use the login of the owner or the runner, see `pbx-auditor help fleet-postgresql`"
        ),
    )


def _answer(engine: Engine, question: TextClause) -> bool:
    if engine.dialect.name != "postgresql":
        return True
    with engine.connect() as connection:
        return bool(connection.scalar(question))
