"""Runs whose history is in PostgreSQL, while its server is stopped, or cuts connections."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from auditor.errors import ExitCode
from tests.fixtures import postgresql
from tests.fixtures.program import execute, start
from tests.fleet.runner.test_kills import LIMIT, SAID, until_done

pytestmark = pytest.mark.slow
SAVED = 4
CUT = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '{name}'"
ACCOUNT = {"PBX_AUDITOR_USERNAME": "u", "PBX_AUDITOR_PASSWORD": "p"}


@pytest.fixture(scope="module")
def server():
    binaries = postgresql.programs()
    if binaries is None:
        pytest.skip(f"PostgreSQL {postgresql.OLDEST} or later is not installed")
    with postgresql.server_of_its_own(binaries) as running:
        yield running


@pytest.fixture
def fleet(night):
    night.beginning = night.beginning.replace("[fleet]", '[fleet]\nhistory_env = "HISTORY"')
    for number in range(SAVED):
        night.add(f"pbx-{number}", "insecure" if number % 2 else "hardened")
    night.write()
    return night


def told(*options):
    return ["fleet", "run", "--today", "2026-11-22", *options]


@contextmanager
def running(fleet, url, *options):
    with start(told("--verbose", *options), fleet.path, HISTORY=url, **ACCOUNT) as process:
        try:
            yield process
        finally:
            process.kill()
            process.stdout.close()
            process.stderr.close()


def said(server, name):
    return [server.ask(query, name) for query in SAID]


@pytest.fixture(scope="module")
def undisturbed(server):
    """Keep what the history says after a night in which nothing happened."""
    kept: dict[str, list[object]] = {}

    def of(fleet):
        if not kept:
            ended = execute(told(), fleet.path, LIMIT, HISTORY=server.create("calm"), **ACCOUNT)
            assert ended.code == ExitCode.FINDINGS, ended.err
            kept["said"] = said(server, "calm")
        return kept["said"]

    return of


def break_down(server, name):  # noqa: ARG001
    server.restart("immediate")


def be_down_for_a_while(server, name):  # noqa: ARG001
    server.stop("fast")
    threading.Event().wait(3)
    server.start()


def cut_again_and_again(server, name):
    for _ in range(20):
        server.ask(CUT.format(name=name))
        threading.Event().wait(0.1)


DISTURBANCES = {
    "broken-down": break_down,
    "down": be_down_for_a_while,
    "cut": cut_again_and_again,
}


@pytest.mark.parametrize("how", DISTURBANCES)
def test_server_that_comes_back_costs_nothing(fleet, server, undisturbed, how):
    expected = undisturbed(fleet)
    with running(fleet, server.create(how)) as process:
        until_done(process, 1)
        with ThreadPoolExecutor() as beside:
            disturbed = beside.submit(DISTURBANCES[how], server, how)
            out, err = process.communicate(timeout=LIMIT)
        disturbed.result()
    assert process.returncode == ExitCode.FINDINGS
    assert said(server, how) == expected
    assert postgresql.PASSWORD not in out + err
