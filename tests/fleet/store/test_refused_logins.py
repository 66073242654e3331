"""A server that runs and refuses who comes: told at once, since no waiting heals that."""

from __future__ import annotations

import pytest

from auditor.errors import BusyError, HistoryError
from auditor.fleet.store.connection import engines, reconnecting
from auditor.fleet.store.connection.database_errors import LostConnectionError
from auditor.fleet.store.connection.database_lock import locked_database
from auditor.fleet.store.connection.locks import Owner
from auditor.fleet.store.history import History
from tests.fixtures import postgresql
from tests.fleet.store.test_lost_connections import limits_of

pytestmark = pytest.mark.slow
NAME = "history"
OWNER = Owner("host.example", 4711, "then")
# Longer than any test may take: who waits that long waits in vain.
FOREVER = 3600
MANY = 20
ROLE = f"ALTER ROLE {postgresql.OWNER}"
# How a login is taken away, and given back.
REFUSALS = {
    "password": (f"{ROLE} PASSWORD 'another'", f"{ROLE} PASSWORD '{postgresql.PASSWORD}'"),
    "login": (f"{ROLE} NOLOGIN", f"{ROLE} LOGIN"),
    "limit": (f"{ROLE} CONNECTION LIMIT 0", f"{ROLE} CONNECTION LIMIT -1"),
    "database": (f"ALTER DATABASE {NAME} RENAME TO gone", f"ALTER DATABASE gone RENAME TO {NAME}"),
}
CUT = """SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = 'history' AND pid <> pg_backend_pid()"""


class ImpatientTime:
    """Stands for the time of a module: its pauses take none, and too many are a mistake."""

    def __init__(self):
        self.pauses = 0

    def monotonic(self):
        return self.pauses / 2

    def sleep(self, seconds):  # noqa: ARG002
        self.pauses += 1
        assert self.pauses < MANY, "it waits for what cannot come"


@pytest.fixture(scope="module")
def server():
    binaries = postgresql.programs()
    if binaries is None:
        pytest.skip(f"PostgreSQL {postgresql.OLDEST} or later is not installed")
    with postgresql.server_of_its_own(binaries) as running:
        running.url = running.create(NAME)
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    time = ImpatientTime()
    monkeypatch.setattr(engines, "time", time)
    monkeypatch.setattr(reconnecting, "time", time)
    return time


@pytest.fixture(params=REFUSALS)
def refusing(request, server):
    """Let a server refuse the login from now on, and end what is connected."""
    refuse, allow = REFUSALS[request.param]

    def from_now_on():
        server.ask(CUT)
        server.ask(refuse)

    yield from_now_on
    server.ask(allow)


def check_refused(error):
    assert not isinstance(error, LostConnectionError | BusyError)
    assert error.advice
    assert postgresql.PASSWORD not in str(error)


def test_a_login_that_is_refused_meanwhile_ends_a_run_at_once(server, refusing):
    with History.open(server.url, patience=FOREVER) as history:
        refusing()
        with pytest.raises(HistoryError) as caught:
            history.known("graz")
    check_refused(caught.value)


def test_a_lock_of_a_login_that_is_refused_meanwhile_is_not_waited_for(server, refusing):
    with locked_database(server.url, OWNER) as hold:
        refusing()
        with pytest.raises(HistoryError) as caught:
            hold.renew()
    check_refused(caught.value)


def test_a_login_that_is_refused_from_the_beginning_is_told_as_that(server, refusing):
    refusing()
    with pytest.raises(HistoryError) as caught:
        History.open(server.url, patience=FOREVER)
    check_refused(caught.value)


def test_a_server_that_is_full_for_a_moment_is_asked_again(server, impatient):
    with History.open(server.url, patience=FOREVER) as history:
        server.ask(CUT)
        server.ask(REFUSALS["limit"][0])
        impatient.sleep = lambda _: server.ask(REFUSALS["limit"][1])
        with history.reading() as connection:
            assert limits_of(connection) == {"0"}


def test_a_server_that_cannot_be_reached_is_told_as_that(server):
    url = server.url.replace(str(server.port), "1")
    with pytest.raises(LostConnectionError):
        History.open(url, patience=FOREVER)
