"""The lock of a run: it says whose it is, and ends with its owner."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from auditor.errors import BusyError, OutputError
from auditor.fleet.store.connection import engines
from auditor.fleet.store.connection.database_lock import locked_database
from auditor.fleet.store.connection.history_urls import place_of
from auditor.fleet.store.connection.locks import RUN, SENDING, Owner, locked_file, this_process
from tests.fixtures.pbx import ROOT

OWNER = Owner("host.example", 4711, "2026-11-22T01:05:00+00:00")
HOLDER = """
import sys
from pathlib import Path
from auditor.fleet.store.connection.locks import Owner, locked_file
with locked_file(Path(sys.argv[1]), Owner("other", 12, "then")):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_second_one_is_told_whose_it_is(tmp_path):
    history = tmp_path / "history.db"
    with (
        locked_file(history, OWNER),
        pytest.raises(BusyError) as caught,
        locked_file(history, this_process(_now())),
    ):
        pass
    for part in (OWNER.host, str(OWNER.process), OWNER.since):
        assert part in caught.value.message
    with locked_file(history, OWNER):
        pass
    assert not (tmp_path / "history.db.owner").exists()


def test_who_sends_keeps_no_run_waiting(tmp_path):
    history = tmp_path / "history.db"
    with locked_file(history, OWNER), locked_file(history, this_process(_now()), SENDING):
        for work, owner in ((RUN, OWNER), (SENDING, this_process(_now()))):
            with pytest.raises(BusyError) as caught, locked_file(history, OWNER, work):
                pass
            assert str(owner.process) in caught.value.message


def test_who_sends_keeps_no_run_waiting_in_a_database(database):
    with (
        locked_database(database, OWNER),
        locked_database(database, OWNER, SENDING),
        pytest.raises(BusyError),
        locked_database(database, OWNER, SENDING),
    ):
        pass


def _now():
    return datetime.now(UTC)


def test_lock_of_an_owner_that_was_killed_is_taken_over(tmp_path):
    history = tmp_path / "history.db"
    command = [sys.executable, "-c", HOLDER, str(history)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603 -- this interpreter
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().strip() == b"locked"
        with pytest.raises(BusyError), locked_file(history, OWNER):
            pass
        process.kill()
        process.wait()
    assert (tmp_path / "history.db.owner").exists()
    with locked_file(history, OWNER):
        pass


def test_damaged_note_about_the_owner_is_no_reason_to_run(tmp_path):
    history = tmp_path / "history.db"
    with locked_file(history, OWNER):
        for content in (b"", b"[]", b"\xff", b'{"host": 1}'):
            (tmp_path / "history.db.owner").write_bytes(content)
            with pytest.raises(BusyError), locked_file(history, OWNER):
                pass


def test_lock_that_cannot_be_made_is_an_error_about_the_output(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError), locked_file(tmp_path / "file" / "history.db", OWNER):
        pass


def test_database_is_locked_for_one(database):
    with (
        locked_database(database, OWNER),
        pytest.raises(BusyError) as caught,
        locked_database(database, this_process(_now())),
    ):
        pass
    assert OWNER.host in caught.value.message
    assert str(OWNER.process) in caught.value.message
    with locked_database(database, OWNER):
        pass


def ended(database):
    """End all other sessions of a database, as its server does when it is started again."""
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_lock_that_ended_with_its_session_is_taken_again(database):
    with locked_database(database, OWNER) as hold:
        ended(database)
        hold.renew()
        with pytest.raises(BusyError), locked_database(database, this_process(_now())):
            pass


def test_lock_that_another_took_meanwhile_is_lost(database):
    with locked_database(database, OWNER) as hold:
        ended(database)
        with locked_database(database, this_process(_now())), pytest.raises(BusyError):
            hold.renew()
        hold.renew()


def test_lock_file_that_another_took_meanwhile_is_lost_with_the_note(tmp_path):
    history = tmp_path / "history.db"
    other = this_process(_now())
    with locked_file(history, OWNER) as hold:
        (tmp_path / "history.db.lock").unlink()
        with locked_file(history, other):
            for _ in range(2):
                with pytest.raises(BusyError) as caught:
                    hold.renew()
                assert str(other.process) in caught.value.message
        assert not (tmp_path / "history.db.owner").exists()
        hold.renew()
        with pytest.raises(BusyError), locked_file(history, other):
            pass


class Failing:
    """Stands for the connecting of a dialect: fails so many times."""

    def __init__(self, dialect):
        self.connect = dialect.connect
        self.error = dialect.loaded_dbapi.OperationalError("gone")
        self.left = 0

    def __call__(self, *arguments, **options):
        if self.left:
            self.left -= 1
            raise self.error
        return self.connect(*arguments, **options)


@pytest.mark.parametrize(
    ("code", "was_there", "waits"),
    [(None, True, True), ("57P03", True, True), ("28P01", True, False), (None, False, False)],
)
def test_server_that_was_there_is_waited_for(monkeypatch, tmp_path, code, was_there, waits):
    monkeypatch.setattr(engines, "_PAUSE", 0)
    monkeypatch.setattr(engines, "is_up", lambda place: False)  # noqa: ARG005
    engine = create_engine("sqlite://", poolclass=NullPool)
    engines.wait_for_server(engine, place_of(tmp_path / "history.db"), 60)
    failing = Failing(engine.dialect)
    failing.error.sqlstate = code
    monkeypatch.setattr(engine.dialect, "connect", failing)
    if was_there:
        engine.connect().close()
    failing.left = 3
    if waits:
        engine.connect().close()
        assert failing.left == 0
    else:
        with pytest.raises(OperationalError):
            engine.connect()
        assert failing.left == 2
