"""Runs that are killed, stopped or doubled: real processes, real signals."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.errors import ExitCode
from tests.fixtures.program import execute, start
from tests.fleet.runner.sockets import dripping, hanging_up, listening

pytestmark = pytest.mark.slow
LIMIT = 300
SAVED = 5
LIVE = "live"
# Everything that a history says, apart from when, and from numbers that only order gives.
SAID = (
    "SELECT r.number, r.code FROM run r",
    """SELECT run, pbx, day, ending, reason, remarks, a.code, score, serial, objects, a.content,
    d.digest FROM audit a LEFT JOIN document d ON d.id = a.snapshot ORDER BY run, pbx""",
    """SELECT pbx, control, status, severity, version, from_run, to_run, cause, also
    FROM result_span ORDER BY pbx, control, from_run""",
    """SELECT pbx, key, control, subject_id, subject_name, property, first_run, standing,
    s.severity, from_run, to_run, cause, also
    FROM finding f JOIN finding_span s ON s.finding = f.id ORDER BY pbx, key, from_run""",
    "SELECT id, tenant, serial, rebound FROM pbx ORDER BY id",
    "SELECT digest FROM document ORDER BY digest",
)


def said(path):
    connection = sqlite3.connect(path)
    try:
        return [connection.execute(query).fetchall() for query in SAID]
    finally:
        connection.close()


@contextmanager
def switchable():
    """Give a PBX that holds up its reader until it is told to hang up.

    One that is silent is given up after seconds, which a computer at load needs for anything else.
    """
    hangs_up = threading.Event()

    def serve(connection, over):
        (hanging_up if hangs_up.is_set() else dripping)(connection, over)

    with listening(serve) as address:
        yield address, hangs_up.set


@contextmanager
def running(night, *options):
    """Give a run that has begun, as a process."""
    account = {"PBX_AUDITOR_USERNAME": "u", "PBX_AUDITOR_PASSWORD": "p"}
    arguments = ["fleet", "run", "--verbose", "--today", "2026-11-22", *options]
    with start(arguments, night.path, **account) as process:
        try:
            yield process
        finally:
            process.kill()
            process.stdout.close()
            process.stderr.close()


def whole(night, *options):
    account = {"PBX_AUDITOR_USERNAME": "u", "PBX_AUDITOR_PASSWORD": "p"}
    arguments = ["fleet", "run", "--today", "2026-11-22", *options]
    return execute(arguments, night.path, limit=LIMIT, **account)


def until_done(process, count):
    """Wait until so many PBXs are done beside the live one, which a slow machine gives up."""
    while count:
        line = process.stderr.readline()
        assert line, "the run ended"
        count -= LIVE not in line


def children(pid):
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(one) for one in text.split()]


def workers(pid):
    return [one for one in children(pid) if b"spawn_main" in _command(one)]


def _command(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def wait_until_gone(pids):
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            assert poll.poll(LIMIT * 1000), f"process {pid} is still there"
        finally:
            os.close(handle)


@pytest.fixture
def fleet(night):
    for number in range(SAVED):
        night.add(f"pbx-{number}", "insecure" if number % 2 else "hardened")
    return night


@pytest.fixture
def undisturbed(fleet, tmp_path):
    """Give what the history says after a night in which nothing happened."""
    with listening(hanging_up) as address:
        fleet.at(LIVE, address)
        fleet.write()
        ended = whole(fleet, "--min-reached", "50")
    found = said(fleet.path / "history.db")
    for name in fleet.path.glob("history.db*"):
        name.unlink()
    assert ended.code == ExitCode.FINDINGS, ended.err
    return found, tmp_path


def test_run_that_is_killed_goes_on_and_equals_an_undisturbed_one(fleet, undisturbed):
    expected, _ = undisturbed
    with switchable() as (address, hang_up):
        fleet.at(LIVE, address)
        fleet.write()
        with running(fleet, "--min-reached", "50") as process:
            until_done(process, 3)
            left_behind = workers(process.pid)
            process.kill()
            process.wait()
        wait_until_gone(left_behind)
        hang_up()
        ended = whole(fleet, "--resume", "--min-reached", "50")
    assert ended.code == ExitCode.FINDINGS
    found = said(fleet.path / "history.db")
    assert found == expected
    assert fleet.latest("pbx-0") == "000001"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED),
        pytest.param(signal.SIGINT, ExitCode.INTERRUPTED, marks=pytest.mark.soak),
    ],
)
def test_run_that_is_stopped_keeps_what_is_done_and_goes_on(fleet, undisturbed, number, code):
    expected, _ = undisturbed
    with switchable() as (address, hang_up):
        fleet.at(LIVE, address)
        fleet.write()
        with running(fleet, "--min-reached", "50") as process:
            until_done(process, 3)
            process.send_signal(number)
            process.communicate(timeout=LIMIT)
            assert process.returncode == code
        assert len(fleet.endings()) >= 3
        hang_up()
        ended = whole(fleet, "--resume", "--min-reached", "50")
    assert ended.code == ExitCode.FINDINGS
    assert said(fleet.path / "history.db") == expected


def test_second_run_says_whose_the_first_is_and_takes_over_when_it_died(fleet):
    with switchable() as (address, hang_up):
        fleet.at(LIVE, address)
        fleet.write()
        with running(fleet) as process:
            until_done(process, 1)
            process.send_signal(signal.SIGSTOP)  # however long the others take
            busy = whole(fleet)
            assert busy.code == ExitCode.BUSY
            assert str(process.pid) in busy.err
            rebind = execute(["fleet", "rebind", "pbx-0"], fleet.path, limit=LIMIT)
            assert rebind.code == ExitCode.BUSY
            process.kill()
            process.wait()
        hang_up()
        whole(fleet, "--min-reached", "50")
        assert len(fleet.endings(2)) == SAVED + 1


def test_workers_that_are_killed_cost_nothing(fleet):
    with listening(dripping) as address:
        fleet.at(LIVE, address)
        fleet.write()
        with running(fleet, "--min-reached", "50") as process:
            until_done(process, 2)
            for pid in workers(process.pid):
                os.kill(pid, signal.SIGKILL)
            until_done(process, SAVED - 2)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=LIMIT)
        endings = fleet.endings()
    endings.pop(LIVE, None)
    assert set(endings.values()) == {"audited"}
    assert len(endings) == SAVED
