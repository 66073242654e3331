"""Connections to a server that are cut, at every moment, or by how it is set up."""

from __future__ import annotations

import itertools
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import event, select

from auditor.errors import HistoryError
from auditor.fleet.history_model import Cause
from auditor.fleet.store.connection import reconnecting
from auditor.fleet.store.connection.database_lock import locked_database
from auditor.fleet.store.connection.locks import Owner
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import AUDIT, PLANNED
from auditor.model.vocabulary import Status
from tests.fixtures.fleet_history import NOW, audited, begin, change, record

LIMITS = ("statement_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout")


def never(number):  # noqa: ARG001
    return False


def always(number):  # noqa: ARG001
    return True


class Cutting:
    """Ends the session of a history right before each thing that it does, if that is wanted."""

    def __init__(self, history, admin):
        self.history = history
        self.admin = admin
        self.number = 0
        self.is_cut = never
        engine = vars(history)["_engine"]
        event.listen(engine, "before_cursor_execute", self.before)
        event.listen(engine, "commit", self.before)

    def when(self, is_cut):
        self.number, self.is_cut = 0, is_cut

    def before(self, connection, *given):  # noqa: ARG002
        self.number += 1
        if self.is_cut(self.number):
            pid = connection.connection.dbapi_connection.info.backend_pid
            self.admin.execute("SELECT pg_terminate_backend(%s, 60000)", (pid,))


@contextmanager
def cut(database, **more):
    with (
        psycopg.connect(database, autocommit=True) as admin,
        History.open(database, **more) as history,
    ):
        yield Cutting(history, admin)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(reconnecting, "_PAUSE", 0)


def of(name):
    made = audited(change("HD-01", None, Status.PASSED, Cause.FIRST), serial=f"box of {name}")
    return record(name, made)


def test_a_connection_that_is_cut_anywhere_costs_nothing(database):
    with cut(database) as cutting, History.open(database) as other:
        history = cutting.history
        for number in itertools.count(1):
            name = f"pbx-{number}"
            run = begin(other, name, night=number)
            cutting.when(number.__eq__)
            history.record(run, of(name))
            assert history.known(name).basis
            history.end(run, 0, NOW)
            assert history.last_run().ended
            is_over = cutting.number < number
            with other.reading() as connection:
                assert len(connection.execute(select(AUDIT)).all()) == number
                assert not connection.execute(select(PLANNED)).all()
            if is_over:
                break
    assert number > 10


def test_a_connection_that_is_always_cut_is_an_error(database):
    with cut(database, patience=0.2) as cutting:
        run = begin(cutting.history, "graz")
        cutting.when(always)
        with pytest.raises(HistoryError):
            cutting.history.record(run, of("graz"))
        cutting.when(never)
        assert cutting.history.last_run().left == ("graz",)


def test_what_a_server_is_set_up_to_end_is_not_ended(database, cluster):
    """A lock is held although nothing is asked for long."""
    name = database.rpartition("@/")[2].partition("?")[0]
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as admin:
        for limit in LIMITS:
            admin.execute(f'ALTER DATABASE "{name}" SET {limit} = 1')
    owner = Owner("host.example", 4711, "then")
    with History.open(database) as history, locked_database(database, owner) as hold:
        with history.reading() as connection:
            assert limits_of(connection) == {"0"}
        assert limits_of(vars(hold)["_connection"]) == {"0"}


def limits_of(connection):
    return {connection.exec_driver_sql(f"SHOW {limit}").scalar() for limit in LIMITS}
