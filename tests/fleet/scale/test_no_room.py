"""Servers without a connection or an octet left: nothing is lost, doubled, or called broken."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from auditor.errors import ExitCode
from tests.fixtures import postgresql
from tests.fixtures.program import execute
from tests.fleet.runner.test_kills import LIMIT
from tests.fleet.scale.crew import Crew
from tests.fleet.scale.test_queue import ONCE

pytestmark = pytest.mark.slow
SAVED = 6
# For superusers; all others are for who comes first.
KEPT = 3
CONNECTIONS = 24
ENDINGS = "SELECT DISTINCT ending FROM audit"
CUT = """SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = '{}' AND pid <> pg_backend_pid() AND application_name LIKE 'pbx-auditor%'"""
# A page of the database, and so less than what a few audits need, however well they are packed.
LEFT = 8_192


@pytest.fixture(scope="module")
def server():
    binaries = postgresql.programs()
    if binaries is None:
        pytest.skip(f"PostgreSQL {postgresql.OLDEST} or later is not installed")
    with postgresql.server_of_its_own(binaries) as running:
        running.ask(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
        running.restart("fast")
        yield running


@pytest.fixture
def begun(night, server, request):
    """Give a fleet on a server of its own, of which nothing was audited yet."""
    name = f"fleet_{abs(hash(request.node.name))}"
    with contextlib.ExitStack() as stack:
        crew = Crew(night, server.create(name), stack)
        for number in range(SAVED):
            night.add(f"pbx-{number}", "insecure" if number % 2 else "hardened")
        crew.migrate()
        yield crew


def name_of(crew):
    """Return the name of the database of a fleet."""
    return crew.url.rpartition("/")[2]


@contextlib.contextmanager
def hoarded(crew):
    """Take each connection as soon as there is one, until that is over."""
    over = threading.Event()
    held: list[psycopg.Connection] = []

    def hoard():
        while not over.wait(0.01):
            with contextlib.suppress(psycopg.OperationalError):
                held.append(psycopg.connect(crew.url))

    beside = threading.Thread(target=hoard)
    beside.start()
    try:
        yield held
    finally:
        over.set()
        beside.join()
        for one in held:
            one.close()


def check_all_once(crew, run=1):
    found = [one for one in crew.ask(ONCE) if one[0] == run]
    assert sorted(found) == [(run, f"pbx-{at}", 1) for at in range(SAVED)]
    assert crew.ask(ENDINGS) == [("audited",)]


def go_on(crew, run):
    """Wait for a run, take it up if it ended by what happened, and see that nothing is missing."""
    code = run.wait(LIMIT)
    said = run.stderr.read()
    assert code in {ExitCode.FINDINGS, ExitCode.OUTPUT}, said
    assert postgresql.PASSWORD not in said
    # What is new counts more than what could not be recorded, which is left then, too.
    if code == ExitCode.OUTPUT or crew.ask("SELECT 1 FROM planned"):
        assert crew.run("--resume").code == ExitCode.FINDINGS
    check_all_once(crew)


def test_nothing_begins_without_a_connection(begun, server):
    with hoarded(begun) as held:
        while len(held) < CONNECTIONS - KEPT:
            server.ask("SELECT pg_sleep(0.1)")
        for command in (["fleet", "run"], ["fleet", "worker"], ["fleet", "status"]):
            ended = execute(command, begun.night.path, limit=LIMIT, **begun.variables)
            assert ended.code == ExitCode.OUTPUT, ended.said
            assert "connections" in ended.err
            assert postgresql.PASSWORD not in ended.said
    begun.worker()
    assert begun.run().code == ExitCode.FINDINGS
    check_all_once(begun)


@pytest.mark.parametrize("seconds", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_connections_that_others_take_in_the_middle_cost_nothing(begun, server, seconds):
    begun.worker()
    run = begun.begin()
    begun.until("SELECT 1 FROM audit")
    with hoarded(begun):
        server.ask(CUT.format(name_of(begun)), name_of(begun))
        server.ask(f"SELECT pg_sleep({seconds})")
    go_on(begun, run)


@pytest.fixture
def small(server, begun):
    """Put a fleet's database on a disk of its own that is soon full, and give its place."""
    place = Path(server.folder, "small")
    place.mkdir(exist_ok=True)
    mounted = ["mount", "-t", "tmpfs", "-o", "size=40m,mode=777", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mounted, check=False, capture_output=True).returncode:  # noqa: S603 -- what is installed
        pytest.skip("no disk can be mounted here")
    try:
        inside = place / "data"
        inside.mkdir()
        os.chown(inside, *_of_server(server))
        server.ask(f"CREATE TABLESPACE small LOCATION '{inside}'")
        server.ask(f'ALTER DATABASE "{name_of(begun)}" SET TABLESPACE small')
        yield place
        server.ask(f'DROP DATABASE "{name_of(begun)}" WITH (FORCE)')
        server.ask("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", place], check=True)  # noqa: S603, S607 -- as above


def _of_server(server):
    found = Path(server.folder, "data").stat()
    return found.st_uid, found.st_gid


def fill(place, left):
    """Leave so many octets on a disk."""
    file = place / "filler"
    free = os.statvfs(place)
    file.write_bytes(bytes(free.f_bavail * free.f_frsize - left))
    return file


def test_a_disk_that_fills_while_it_records_loses_nothing(begun, small):
    begun.night.beginning = begun.night.beginning.replace("engine = 'queue'\n", "")
    assert begun.run("--only", "pbx-0").code == ExitCode.OK
    filler = fill(small, LEFT)
    ended = begun.run()
    # What could be recorded before, and is new, counts more than what could not.
    assert ended.code in {ExitCode.FINDINGS, ExitCode.OUTPUT}, ended.said
    # To begin a connection takes space, too.
    assert any(one in ended.err for one in ("space", "connections"))
    filler.unlink()
    assert begun.run("--resume").code == ExitCode.FINDINGS
    check_all_once(begun, 2)


@pytest.mark.soak
@pytest.mark.parametrize("restarts", [False, True])
def test_a_disk_that_is_full_ends_all_by_its_name_and_makes_no_dead_letters(begun, small, restarts):
    worker = begun.worker()
    assert begun.run("--only", "pbx-0").code == ExitCode.OK
    filler = fill(small, LEFT)
    run = begun.begin()
    assert worker.wait(LIMIT) == ExitCode.OUTPUT
    said = worker.stderr.read()
    assert any(one in said for one in ("space", "connection", "queue")), said
    while restarts and run.poll() is None:  # as systemd does it
        again = execute(["fleet", "worker"], begun.night.path, limit=LIMIT, **begun.variables)
        assert again.code == ExitCode.OUTPUT, again.said
    assert run.wait(LIMIT) == ExitCode.OUTPUT
    said = run.stderr.read()
    assert any(one in said for one in ("space", "connections")), said
    assert begun.ask("SELECT * FROM audit WHERE run = 2") == []
    filler.unlink()
    begun.worker()
    assert begun.run("--resume").code == ExitCode.FINDINGS
    check_all_once(begun, 2)
