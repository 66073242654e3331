"""The schema of a history: made, brought up to date in one transaction, or refused if newer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from auditor.errors import HistoryError
from auditor.fleet.store.connection.database_errors import OutgrownError
from auditor.fleet.store.connection.engines import to_write
from auditor.messages.message import say

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_VERSION_TABLE: Final = "alembic_version"
NEWEST: Final = "head"
_NOW: Final = text("SELECT version_num FROM alembic_version")


@cache
def versions() -> tuple[str, ...]:
    """Return the name of each version of the schema, oldest first: v0001_first.py makes 0001.

    Alembic knows them too, but takes longer to load than most questions to answer.
    """
    files = (_SCRIPTS / "versions").glob("v[0-9]*_*.py")
    return tuple(sorted(path.name[1:].partition("_")[0] for path in files))


def version_of(connection: Connection) -> str:
    """Return the version of the schema that a database has, empty if it has none."""
    return _version(connection, inspect(connection).get_table_names())


def _version(connection: Connection, tables: list[str]) -> str:
    if _VERSION_TABLE not in tables:
        return ""
    found = connection.scalars(text(f"SELECT version_num FROM {_VERSION_TABLE}"))  # noqa: S608 -- our own word
    return ", ".join(sorted(found))  # of several, none that is known


def check_version(engine: Engine, where: str) -> bool:
    """Return whether a schema is up to date. Raises HistoryError for one that is not ours."""
    known = versions()
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        version, is_empty = _version(connection, tables), not tables
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


def check_still(connection: Connection, version: str, where: str) -> None:
    """Raise OutgrownError if a history has another version than the one that it was opened with.

    Who writes holds the lock of all that do, so nobody changes it until the end of the transaction:
    what an older program writes never gets into the tables of a newer one.
    """
    found = connection.scalar(_NOW)
    if found != version:
        raise OutgrownError(
            say(
                "the history was brought from version {version} of the schema to {found} meanwhile,"
                " and nothing more is written to it",
                version=version,
                found=str(found),
            ),
            where=where,
            advice=say("start the pbx-auditor again that is as new as the one that did it"),
        )


def migrate(engine: Engine, version: str = NEWEST) -> None:
    """Bring the schema of a database to a version, wholly or not at all.

    Two that do it at the same time do it one after the other, the second one nothing.
    """
    from alembic import command  # noqa: PLC0415 -- once in the life of a history
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    with to_write(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
