from __future__ import annotations

import itertools
import os

import pytest

from auditor.fleet.store.history import History
from tests.fixtures import postgresql

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    binaries = postgresql.programs()
    if binaries is None:
        pytest.skip(f"PostgreSQL {postgresql.OLDEST} or later is not installed")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with postgresql.cluster(shared, binaries, lambda url: History.open(url).close()) as running:
        yield running


@pytest.fixture
def database(cluster):
    """Give the URL of a database of its own, with a history in which nothing stands."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    yield cluster.create_begun(name)
    cluster.drop(name)


@pytest.fixture
def empty_database(cluster):
    """Give the URL of a database of its own in which there is nothing."""
    name = f"empty_{os.getpid()}_{next(_NUMBERS)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Give where a history is when it is opened, in each database."""
    if request.param == "sqlite":
        return tmp_path / "history.db"
    return request.getfixturevalue("database")


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request, tmp_path):
    """Give where there is nothing of a history yet, in each database."""
    if request.param == "sqlite":
        return tmp_path / "history.db"
    return request.getfixturevalue("empty_database")


@pytest.fixture
def history(place):
    with History.open(place) as opened:
        yield opened
