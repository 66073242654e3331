"""The schema of a history: made, brought up to date in one transaction, or refused if newer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from auditor.errors import HistoryError
from auditor.fleet.store.engines import to_write
from auditor.messages.message import say

_SCRIPTS: Final = Path(__file__).parent / "migrations"
NEWEST: Final = "head"


@cache
def versions() -> tuple[str, ...]:
    """Return the name of each version of the schema, oldest first."""
    revisions = ScriptDirectory(str(_SCRIPTS)).walk_revisions()
    return tuple(reversed([revision.revision for revision in revisions]))


def version_of(connection: Connection) -> str:
    """Return the version of the schema that a database has, empty if it has none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def check_version(engine: Engine, where: str) -> bool:
    """Return whether a schema is up to date. Raises HistoryError for one that is not ours."""
    known = versions()
    with engine.connect() as connection:
        version = version_of(connection)
        is_empty = not inspect(connection).get_table_names()
    if version and version not in known:
        raise HistoryError(
            say(
                "the history has version {version} of the schema, and {newest} is the newest that"
                " this pbx-auditor knows",
                version=version,
                newest=known[-1],
            ),
            where=where,
            advice=say("update pbx-auditor: a newer one wrote this history"),
        )
    if not version and not is_empty:
        raise HistoryError(
            say("the database holds something else than a history of pbx-auditor"),
            where=where,
            advice=say("name an empty database"),
        )
    return version == known[-1]


def migrate(engine: Engine, version: str = NEWEST) -> None:
    """Bring the schema of a database to a version, wholly or not at all."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    with to_write(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
