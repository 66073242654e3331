"""Opens a history: made where there is none, brought up to date, or only read if it is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Engine

from auditor.errors import HistoryError
from auditor.fleet.store.engines import (
    APPLICATION_ID,
    OLDEST_POSTGRESQL,
    OLDEST_SQLITE,
    engine_of,
)
from auditor.fleet.store.failures import DAMAGED, told_as_history_errors
from auditor.fleet.store.places import (
    Place,
    begin_file,
    check_file,
    files_of,
    finish_file,
    is_sound,
    make_private,
    place_of,
)
from auditor.fleet.store.schema import check_version, migrate
from auditor.messages.message import NOTHING, Message, say

_WITH_LOG: Final = "PRAGMA journal_mode = WAL"


class Opened(NamedTuple):
    """A history that can be worked with; `damage` says why it is only read.

    `unchecked` is a file that is to be looked through before anything is written to it.
    """

    engine: Engine
    where: str
    damage: Message = NOTHING
    unchecked: Path | None = None


def opened(location: Path | str, patience: float, *, may_migrate: bool) -> Opened:
    """Open a history. Raises HistoryError; then nothing was changed."""
    place = place_of(location)
    with told_as_history_errors(place.shown):
        if place.file is not None:
            return _opened_file(place, place.file, patience, may_migrate=may_migrate)
        engine = engine_of(place, patience)
        try:
            _check_server(engine, place.shown)
            return _up_to_date(engine, place.shown, may_migrate=may_migrate)
        except BaseException:
            engine.dispose()
            raise


def _opened_file(place: Place, path: Path, patience: float, *, may_migrate: bool) -> Opened:
    _check_library(place.shown)
    if not check_file(path):
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
        make_private(path)
        if may_migrate:
            # A copy may have come without it.
            _ask(engine, _WITH_LOG)
        opened = _up_to_date(engine, place.shown, may_migrate=may_migrate)
        return opened if may_migrate else opened._replace(unchecked=path)
    except BaseException:
        engine.dispose()
        raise


def _make(path: Path, patience: float) -> None:
    """Make a new history in a file, which is there only when it is finished.

    It has no log beside it yet: what still stood there would be missing in it.
    """
    new = begin_file(path)
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
    if check_version(engine, where):
        return Opened(engine, where)
    if not may_migrate:
        raise _none_yet(where)
    migrate(engine)
    return Opened(engine, where)


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
