"""A fleet whose runs hand out, and the real processes that work for it."""

from __future__ import annotations

import contextlib
import signal
import time

import psycopg
import pytest

from tests.fixtures.program import execute, start
from tests.fleet.runner.conftest import BEGINNING

LIMIT = 300
ACCOUNT = {"PBX_AUDITOR_USERNAME": "u", "PBX_AUDITOR_PASSWORD": "p"}
QUEUED = BEGINNING.replace("[fleet]\n", "[fleet]\nhistory_env = 'HISTORY'\nengine = 'queue'\n")


class Crew:
    """A fleet whose runs hand out, and the real processes that work for it."""

    def __init__(self, night, url, stack):
        self.night = night
        self.url = url
        self.stack = stack
        night.beginning = QUEUED

    @property
    def variables(self):
        return {**ACCOUNT, "HISTORY": self.url}

    def migrate(self):
        self.night.write()
        ended = execute(["fleet", "migrate"], self.night.path, limit=LIMIT, **self.variables)
        assert ended.code == 0, ended.said

    def begin(self, *options):
        """Start a run as a process."""
        self.night.write()
        arguments = ["fleet", "run", "--verbose", "--today", "2026-11-22", *options]
        return self._started(arguments, self.night.path)

    def run(self, *options):
        self.night.write()
        arguments = ["fleet", "run", "--today", "2026-11-22", *options]
        return execute(arguments, self.night.path, limit=LIMIT, **self.variables)

    def worker(self, *options, folder=None, **more):
        """Start a worker as a process, and wait until it is at work."""
        process = self._started(["fleet", "worker", *options], folder or self.night.path, **more)
        said = ""
        while "worker" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        return process

    def _started(self, arguments, folder, **more):
        process = start(arguments, folder, **{**self.variables, **more})
        self.stack.callback(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()

    def ask(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def ask_for(self, change):
        """Change something in the database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            assert connection.execute(change).rowcount

    def look(self, *arguments):
        ended = execute(arguments, self.night.path, limit=LIMIT, **self.variables)
        return ended.out

    def until(self, query):
        """Wait until a query has an answer."""
        ends = time.monotonic() + LIMIT
        while not (found := self.ask(query)):
            self.ask("SELECT pg_sleep(0.3)")
            assert time.monotonic() < ends, query
        return found


@pytest.fixture
def crew(night, database):
    with contextlib.ExitStack() as stack:
        yield Crew(night, database, stack)
