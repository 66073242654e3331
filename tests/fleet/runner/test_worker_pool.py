"""Worker processes that end in every way that a process can: only their own task is hurt."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue

import pytest

from auditor.files.memory import share_of_memory
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.runner.jobs import Failure
from auditor.fleet.runner.scheduling import worker_pool
from auditor.fleet.runner.scheduling.worker_pool import Task, WorkerPool
from tests.fixtures.resource_tracker import none_started
from tests.fleet.runner import pool_tasks

pytestmark = pytest.mark.slow
PATIENCE = 120.0


class Crew:
    """Workers, and what came of their tasks."""

    def __init__(self, count):
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.pool = WorkerPool(count, self._inbox.put)
        self.results = {}

    def ask(self, name, function, value="", seconds=60.0):
        def done(outcome):
            assert name not in self.results
            self.results[name] = outcome

        self.pool.hand_out(Task(function, (value,), seconds, done), time.monotonic())

    def wait(self, *names):
        until = time.monotonic() + PATIENCE
        while not self.results.keys() >= set(names):
            assert time.monotonic() < until
            self.pool.go_on(time.monotonic())
            with suppress(Empty):
                self._inbox.get(timeout=0.1)()
        return [self.results[name] for name in names]


@pytest.fixture
def crew():
    made = Crew(1)
    yield made
    made.pool.stop()


@pytest.fixture
def first_crew():
    with none_started():
        made = Crew(1)
        yield made
        made.pool.stop()


@pytest.fixture
def clock(monkeypatch):
    """Return what has the clock on the wall set by a day each time that somebody looks at it."""

    def start(*, forward):
        days = count(1, 1 if forward else -1)
        monkeypatch.setattr("pebble.pool.process.time", Wall(days))

    return start


class Wall:
    """The module `time` with a clock of its own."""

    def __init__(self, days):
        self._days = days

    def time(self):
        return 1e9 + 86_400 * next(self._days)

    def __getattr__(self, name):
        return getattr(time, name)


def test_tasks_are_done_by_a_process_that_is_started_once(crew):
    for name in "abc":
        crew.ask(name, pool_tasks.whoami)
    found = crew.wait("a", "b", "c")
    assert len(set(found)) == 1
    assert os.getpid() not in found


@pytest.mark.parametrize("function", ["die", "leave"])
def test_process_that_dies_twice_is_a_crash_of_its_task_alone(crew, function):
    crew.ask("bad", getattr(pool_tasks, function))
    crew.ask("good", pool_tasks.answer, "fine")
    bad, good = crew.wait("bad", "good")
    assert isinstance(bad, Failure)
    assert bad.ending is AuditEnding.CRASHED
    assert good == "fine"


def test_process_that_is_killed_once_costs_nothing(crew, tmp_path):
    crew.ask("unlucky", pool_tasks.die_once, str(tmp_path / "mark"))
    assert crew.wait("unlucky") == ["alive"]


def test_process_that_dies_in_the_middle_of_its_answer_costs_nothing(crew, tmp_path):
    crew.ask("unlucky", pool_tasks.die_while_answering, str(tmp_path / "mark"), seconds=20.0)
    crew.ask("good", pool_tasks.answer, "fine")
    assert crew.wait("unlucky", "good") == ["alive", "fine"]


@pytest.mark.parametrize("function", ["hang", "spin", "hang_deaf", "leave_well"])
def test_task_that_hangs_is_ended_with_its_process(crew, function):
    crew.ask("bad", getattr(pool_tasks, function), seconds=0.5)
    crew.ask("good", pool_tasks.answer, "fine")
    bad, good = crew.wait("bad", "good")
    assert bad.ending is AuditEnding.UNREACHABLE
    assert good == "fine"


@pytest.mark.skipif(os.name == "nt", reason="nothing bounds memory there")
def test_memory_of_a_process_is_bounded(monkeypatch):
    monkeypatch.setattr(worker_pool, "share_of_memory", lambda _: 1 << 29)
    made = Crew(1)
    try:
        made.ask("bad", pool_tasks.grow)
        made.ask("good", pool_tasks.answer, "fine")
        bad, good = made.wait("bad", "good")
    finally:
        made.pool.stop()
    assert bad.ending is AuditEnding.UNREACHABLE
    assert good == "fine"


def test_memory_is_shared_among_processes_and_enough_for_each():
    shares = [share_of_memory(count) for count in (1, 2, 1000)]
    assert sorted(shares, reverse=True) == shares
    assert shares[-1] == 1 << 30


@pytest.mark.parametrize("function", ["fail", "unpicklable", "raise_exit"])
def test_error_is_one_of_its_task_alone(crew, function):
    crew.ask("bad", getattr(pool_tasks, function))
    crew.ask("good", pool_tasks.answer, "fine")
    bad, good = crew.wait("bad", "good")
    assert bad.ending is AuditEnding.CRASHED
    assert good == "fine"


def test_process_that_died_while_idle_is_replaced(crew):
    crew.ask("who", pool_tasks.whoami)
    (process,) = crew.wait("who")
    os.kill(process, signal.SIGKILL)
    crew.ask("good", pool_tasks.whoami)
    (other,) = crew.wait("good")
    assert other != process


def test_ctrl_c_does_not_reach_a_process_even_while_it_is_started(first_crew):
    first_crew.ask("first", pool_tasks.blocked)
    first_crew.ask("dies", pool_tasks.die)
    first_crew.ask("second", pool_tasks.blocked)
    for blocked in first_crew.wait("first", "second"):
        assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_process_that_cannot_be_started_is_a_crash_of_its_task_alone(crew, monkeypatch):
    def full(*arguments):  # noqa: ARG001
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    with monkeypatch.context() as patched:
        patched.setattr("multiprocessing.popen_spawn_posix.Popen.__init__", full)
        crew.ask("bad", pool_tasks.answer, "fine")
        (bad,) = crew.wait("bad")
    assert bad.ending is AuditEnding.CRASHED
    crew.ask("good", pool_tasks.answer, "fine")
    assert crew.wait("good") == ["fine"]


def test_clock_that_is_set_ends_no_task(crew, clock):
    clock(forward=True)
    crew.ask("slow", pool_tasks.take_a_while, "fine")
    assert crew.wait("slow") == ["fine"]


def test_clock_that_is_set_back_gives_no_task_more_time(crew, clock):
    clock(forward=False)
    crew.ask("bad", pool_tasks.spin, seconds=0.5)
    (bad,) = crew.wait("bad")
    assert bad.ending is AuditEnding.UNREACHABLE


def test_worker_that_says_nothing_is_given_up(crew, monkeypatch):
    monkeypatch.setattr(worker_pool, "_GRACE", -100.0)
    crew.ask("silent", pool_tasks.hang, seconds=90.0)
    (silent,) = crew.wait("silent")
    assert silent.ending is AuditEnding.UNREACHABLE
    monkeypatch.undo()
    crew.ask("good", pool_tasks.answer, "fine")
    assert crew.wait("good") == ["fine"]
