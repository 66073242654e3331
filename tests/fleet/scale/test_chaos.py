"""Workers, operators and the server die at random: each PBX has one audit in each run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from auditor.errors import ExitCode
from tests.fixtures import postgresql
from tests.fixtures.pbx import PBX_PASSWORD
from tests.fixtures.program import environment, execute
from tests.fleet.runner.sockets import listening, silent
from tests.fleet.scale.crew import ACCOUNT, LIMIT, QUEUED

PBXS = int(os.environ.get("CHAOS_PBXS", "300"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "150"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
WORKERS = 3
SILENT = 3
# How long the rest may take when nothing dies any more.
REST = 1500
CANARIES = (postgresql.PASSWORD, PBX_PASSWORD, "kanarien-konto-0815")
# What a run may end with that somebody disturbs, and then goes on with --resume.
DISTURBED = {ExitCode.OUTPUT, ExitCode.BUSY, -signal.SIGKILL}
PER_RUN = "SELECT run, count(*), count(DISTINCT pbx) FROM audit GROUP BY run ORDER BY run"


class Chaos:
    """A fleet with three workers and an operator, and somebody who disturbs all of them."""

    def __init__(self, night, server, stack):
        self.night, self.server, self.stack = night, server, stack
        self.chance = random.Random(SEED)  # noqa: S311 -- to be repeated
        self.url = server.create("chaos")
        self.logs = night.path / "logs"
        self.logs.mkdir()
        self.started = 0
        self.codes = []
        self.did = []
        self.stopped = {}
        self.run = None
        self.resumes = False
        self.workers = []

    @property
    def variables(self):
        account = {**ACCOUNT, "PBX_AUDITOR_PASSWORD": CANARIES[2]}
        return {**account, "PBX_AUDITOR_PBX_PASSWORD": PBX_PASSWORD, "HISTORY": self.url}

    def start(self, *arguments):
        self.started += 1
        with (self.logs / f"{self.started}-{arguments[1]}.txt").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 -- this interpreter
                [sys.executable, "-m", "auditor", *arguments],
                cwd=self.night.path,
                env=environment(self.night.path, **self.variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.stack.callback(self.end, process)
        return process

    @staticmethod
    def end(process):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()

    def look_after(self):
        """Start who ended: workers as systemd does it, the run that was disturbed, and the next."""
        for worker, until in list(self.stopped.items()):
            if time.monotonic() >= until:
                worker.send_signal(signal.SIGCONT)
                del self.stopped[worker]
        self.workers = [one for one in self.workers if one.poll() is None]
        while len(self.workers) < WORKERS:
            self.workers.append(self.start("fleet", "worker", "--slots", "32"))
        if self.run is not None and self.run.poll() is not None:
            code = self.run.returncode
            self.codes.append(code)
            self.resumes = code in DISTURBED
            self.run = None

    def go_on(self):
        if self.run is None:
            more = ["--resume"] if self.resumes else []
            self.run = self.start("fleet", "run", "--today", "2026-11-22", *more)

    def disturb(self):
        acts = [self.kill, self.kill, self.stop, self.cut, self.restart, self.kill_run]
        act = self.chance.choice(acts)
        self.did.append(act.__name__)
        act()

    def kill(self):
        self.chance.choice(self.workers).kill()

    def stop(self):
        worker = self.chance.choice(self.workers)
        worker.send_signal(signal.SIGSTOP)
        self.stopped[worker] = time.monotonic() + self.chance.choice([3, 25])

    def cut(self):
        self.server.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'chaos' AND pid <> pg_backend_pid()"
        )

    def restart(self):
        self.server.restart(self.chance.choice(["fast", "immediate"]))

    def kill_run(self):
        if self.run is not None:
            self.run.kill()

    def ask(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def said(self):
        return "\n".join(one.read_text("utf-8", "replace") for one in self.logs.iterdir())


@pytest.fixture
def server():
    binaries = postgresql.programs()
    if binaries is None:
        pytest.skip(f"PostgreSQL {postgresql.OLDEST} or later is not installed")
    with postgresql.server_of_its_own(binaries) as running:
        yield running


@pytest.fixture
def chaos(server, night):  # in this order: `night` has folders of its own made, which are private
    with contextlib.ExitStack() as stack:
        for number in range(PBXS - SILENT):
            night.add(f"pbx-{number:03}", "insecure" if number % 2 else "hardened")
        for number in range(SILENT):
            address = stack.enter_context(listening(silent))
            night.at(f"silent-{number}", address, deadline="6s")
        night.beginning = QUEUED
        night.write()
        yield Chaos(night, server, stack)


@pytest.mark.soak
def test_whatever_dies_each_pbx_has_one_audit_in_each_run(chaos):
    variables = chaos.variables
    assert execute(["fleet", "migrate"], chaos.night.path, limit=LIMIT, **variables).code == 0
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        chaos.look_after()
        chaos.go_on()
        chaos.disturb()
        time.sleep(chaos.chance.uniform(0.5, 4))
    until = time.monotonic() + REST
    while chaos.run is not None or chaos.resumes:
        assert time.monotonic() < until, chaos.said()[-4000:]
        chaos.look_after()
        if chaos.resumes:
            chaos.go_on()
        time.sleep(0.5)
    check(chaos)


def check(chaos):
    runs = chaos.ask(PER_RUN)
    summary = (runs, chaos.codes, chaos.did)
    assert runs, summary
    assert {(count, pbxs) for _, count, pbxs in runs} == {(PBXS, PBXS)}, summary
    assert chaos.ask("SELECT number FROM run WHERE ended IS NULL") == [], summary
    assert set(chaos.codes) <= {ExitCode.OK, ExitCode.FINDINGS, ExitCode.INTERNAL, *DISTURBED}
    endings = dict(chaos.ask("SELECT ending, count(*) FROM audit GROUP BY ending"))
    assert endings["unreachable"] == SILENT * len(runs), endings
    # Who is there when three workers die is not asked again.
    assert endings.get("crashed", 0) <= len(chaos.did), endings
    for table in ("queue.procrastinate_jobs", "handed_in", "errand", "planned"):
        assert chaos.ask(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608
    verified = execute(
        ["fleet", "history", "verify"], chaos.night.path, limit=LIMIT, **chaos.variables
    )
    assert verified.code == ExitCode.OK, verified.said
    said = chaos.said()
    assert "Traceback" not in said, said[said.index("Traceback") - 500 :][:4000]
    assert not [one for one in CANARIES if one in said]
    print(json.dumps({"runs": runs, "codes": chaos.codes, "did": chaos.did, "endings": endings}))  # noqa: T201
