"""A server elsewhere is verified, unless the URL says otherwise."""

from __future__ import annotations

import contextlib
import socket

import pytest
from sqlalchemy import make_url

from auditor.errors import HistoryError
from auditor.fleet.store.connection import server_tls
from auditor.fleet.store.connection.history_urls import place_of
from auditor.fleet.store.history import History
from tests.fixtures import postgresql
from tests.fixtures.authority import issue

# What stands behind the scheme of a URL, and the modes that it comes to; None: as libpq likes.
CASES = {
    "u:p@db.example/h": "verify-full",
    "u@192.0.2.1/h": "verify-full",
    "u@[2001:db8::1]/h": "verify-full",
    "u@/h?host=db.example": "verify-full",
    "u@/h?host=localhost&host=db.example": "verify-full",
    "u@/h?host=/run,db.example": "verify-full",
    "u@localhost/h?hostaddr=192.0.2.1": "verify-full",
    "u@/h?service=night": "verify-full",
    "u@localhost.example/h": "verify-full",
    "u@127.example/h": "verify-full",
    "u@/h": None,
    "/h": None,
    "u@localhost/h": None,
    "u@127.0.0.1:5433/h": None,
    "u@127.0.0.2/h": None,
    "u@[::1]/h": None,
    "u@/h?host=/run/postgresql": None,
    "u@/h?host=localhost:5432&host=127.0.0.1:5433": None,
    "u@db.example/h?sslmode=verify-full": "verify-full",
}


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for variable in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSSLROOTCERT", "PGSSLMODE"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("rest", CASES)
def test_what_is_elsewhere_is_verified(rest):
    place = place_of(f"postgresql://{rest}")
    assert place.url.query.get("sslmode") == CASES[rest]
    assert not place.remark


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_what_the_url_says_counts_and_is_named(mode):
    place = place_of(f"postgresql://u@db.example/h?sslmode={mode}")
    assert place.url.query["sslmode"] == mode
    assert mode in str(place.remark)
    assert not place_of(f"postgresql://u@localhost/h?sslmode={mode}").remark


def test_the_environment_names_a_server_but_loosens_nothing(monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("PGSSLMODE", "disable")
    assert place_of("postgresql://u@/h").url.query["sslmode"] == "verify-full"


def test_authorities_are_those_that_somebody_names(monkeypatch, tmp_path):
    url = make_url("postgresql://u@db.example/h")
    monkeypatch.setattr(server_tls, "_OWN_AUTHORITY", tmp_path / "root.crt")
    assert server_tls.verified_url(url)[0].query["sslrootcert"] == "system"
    monkeypatch.setenv("PGSSLROOTCERT", "/authority.pem")
    assert "sslrootcert" not in server_tls.verified_url(url)[0].query
    monkeypatch.delenv("PGSSLROOTCERT")
    (tmp_path / "root.crt").touch()
    assert "sslrootcert" not in server_tls.verified_url(url)[0].query
    named = url.update_query_dict({"sslrootcert": "/mine.pem"})
    assert server_tls.verified_url(named)[0].query["sslrootcert"] == "/mine.pem"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run a server of its own that speaks TLS on a port of this computer."""
    binaries = postgresql.programs()
    if binaries is None:
        pytest.skip(f"PostgreSQL {postgresql.OLDEST} or later is not installed")
    authority = issue("Authority", ca=True)
    given = issue("127.0.0.1", authority)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    folder = postgresql.start(
        binaries, port, files={"server.crt": given.pem, "server.key": given.key_pem}
    )
    trusted = tmp_path_factory.mktemp("trusted") / "authority.pem"
    trusted.write_text(authority.pem)
    try:
        yield f"postgresql://{postgresql.OWNER}@127.0.0.1:{port}/postgres", trusted
    finally:
        postgresql.stop(binaries, folder)


@pytest.mark.slow
def test_a_server_is_reached_if_it_is_the_one(server, monkeypatch, tmp_path):
    """It stands for one elsewhere: only that it is this computer is not looked at."""
    url, trusted = server
    monkeypatch.setattr(server_tls, "_is_here", lambda _: False)
    monkeypatch.setattr(server_tls, "_OWN_AUTHORITY", tmp_path / "none")
    other = tmp_path / "other.pem"
    other.write_text(issue("Other", ca=True).pem)
    for refused in (url, f"{url}?sslrootcert={other}"):
        with pytest.raises(HistoryError) as error:
            History.open(refused, patience=5)
        assert str(other) not in str(error.value)
    with History.open(f"{url}?sslrootcert={trusted}", patience=5) as history:
        assert not history.remark
        with history.reading() as connection:
            asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert connection.exec_driver_sql(asked).scalar() is True
    with History.open(f"{url}?sslmode=require", patience=5) as history:
        assert "require" in str(history.remark)
