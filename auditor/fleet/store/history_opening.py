"""Opens a history: made where there is none, brought up to date, or only read if it is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Engine

from auditor.errors import HistoryError
from auditor.fleet.store import schema_version
from auditor.fleet.store.connection.database_errors import DAMAGED, told_as_history_errors
from auditor.fleet.store.connection.engines import (
    APPLICATION_ID,
    OLDEST_POSTGRESQL,
    OLDEST_SQLITE,
    engine_of,
)
from auditor.fleet.store.connection.history_urls import (
    Place,
    begin_history_file,
    check_history_file,
    files_of,
    finish_file,
    is_at_rest,
    is_sound,
    make_private,
    place_of,
)
from auditor.fleet.store.connection.privileges import check_owns, check_sees_all
from auditor.fleet.store.schema_version import check_version, migrate
from auditor.messages.message import NOTHING, Message, say

_WITH_LOG: Final = "PRAGMA journal_mode = WAL"


class Opened(NamedTuple):
    """A history that can be worked with; `damage` says why it is only read.

    `unchecked` is a file that is to be looked through before anything is written to it. `version`
    is that of its schema. `remark` is what is to be said of the way to it.
    """

    engine: Engine
    where: str
    damage: Message = NOTHING
    unchecked: Path | None = None
    version: str = ""
    remark: Message = NOTHING


def opened_history(
    location: Path | str,
    patience: float,
    *,
    may_migrate: bool,
    tenant: str | None = None,
    sees_part: bool = False,
) -> Opened:
    """Open a history, of a tenant alone if one is named. Raises HistoryError.

    Nothing was changed then.
    """
    place = place_of(location)
    with told_as_history_errors(place.shown):
        if place.file is not None:
            found = _opened_file(place, place.file, patience, may_migrate=may_migrate)
            return found if tenant is None else _narrowed(found, place, patience, tenant)
        engine = engine_of(place, patience, tenant=tenant)
        try:
            _check_server(engine, place.shown)
            found = _up_to_date(engine, place.shown, may_migrate=may_migrate)
            if not sees_part:
                check_sees_all(engine, place.shown)
            return found._replace(remark=place.remark)
        except BaseException:
            engine.dispose()
            raise


def _opened_file(place: Place, path: Path, patience: float, *, may_migrate: bool) -> Opened:
    _check_library(place.shown)
    if not check_history_file(path):
        if not may_migrate:
            raise _none_yet(place.shown)
        _make(path, patience)
    # It takes a second for some hundred megabytes, which who only reads need not wait for.
    sound = not may_migrate or is_sound(path)
    engine = engine_of(place, patience, read_only=not sound)
    try:
        _check_application(engine, place.shown)
        if not sound:
            check_version(engine, place.shown)
            return Opened(engine, place.shown, DAMAGED)
        if not is_at_rest(path):
            make_private(path)
        if may_migrate:
            # A copy may have come without it.
            _ask(engine, _WITH_LOG)
        opened = _up_to_date(engine, place.shown, may_migrate=may_migrate)
        return opened if may_migrate else opened._replace(unchecked=path)
    except BaseException:
        engine.dispose()
        raise


def _narrowed(found: Opened, place: Place, patience: float, tenant: str) -> Opened:
    """Return a history in a file as it is about one tenant; what is not about it is not there."""
    found.engine.dispose()
    return found._replace(engine=engine_of(place, patience, read_only=True, tenant=tenant))


def _make(path: Path, patience: float) -> None:
    """Make a new history in a file, which is there only when it is finished.

    It has no log beside it yet: what still stood there would be missing in it.
    """
    new = begin_history_file(path)
    engine = engine_of(place_of(new), patience)
    try:
        _ask(engine, f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(engine)
        engine.dispose()
        finish_file(new, path)
    finally:
        engine.dispose()
        for file in files_of(new):
            file.unlink(missing_ok=True)


def _ask(engine: Engine, what: str) -> None:
    """Ask SQLite for something that it does outside of transactions only."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute(what)
    finally:
        raw.close()


def _up_to_date(engine: Engine, where: str, *, may_migrate: bool) -> Opened:
    if not check_version(engine, where):
        if not may_migrate:
            raise _none_yet(where)
        check_owns(engine, where)
        migrate(engine)
    return Opened(engine, where, version=schema_version.versions()[-1])


def _none_yet(where: str) -> HistoryError:
    return HistoryError(
        say("there is no history of this version yet"),
        where=where,
        advice=say("start a run of the fleet: it makes the history, or brings it up to date"),
    )


def _check_application(engine: Engine, where: str) -> None:
    with engine.connect() as connection:
        number = connection.exec_driver_sql("PRAGMA application_id").scalar()
    if number != APPLICATION_ID:
        raise HistoryError(
            say("the file is no history of pbx-auditor"),
            where=where,
            advice=say("name another file, or move this one away"),
        )


def _check_library(where: str) -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise HistoryError(
            say("SQLite {version} is too old", version=sqlite3.sqlite_version),
            where=where,
            advice=say(
                "use a Python with SQLite {oldest} or later, or a PostgreSQL database",
                oldest=".".join(map(str, OLDEST_SQLITE)),
            ),
        )


def _check_server(engine: Engine, where: str) -> None:
    with engine.connect() as connection:
        # 150004 is 15.4.
        version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if version < OLDEST_POSTGRESQL * 10_000:
        raise HistoryError(
            say("PostgreSQL {version} is too old", version=version // 10_000),
            where=where,
            advice=say("use PostgreSQL {oldest} or later", oldest=OLDEST_POSTGRESQL),
        )
