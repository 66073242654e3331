"""Ten nights by workers leave the history that they leave on one machine, byte for byte."""

from __future__ import annotations

import asyncio
import threading

import psycopg
import pytest

from auditor.errors import ExitCode
from auditor.fleet.scale import coordinator
from auditor.fleet.scale.preparing import Preparing
from auditor.fleet.scale.worker import Worker, WorkerOptions
from auditor.fleet.store.connection.engines import conninfo_of
from auditor.fleet.store.connection.history_urls import place_of
from auditor.fleet.store.history import History
from tests.fleet.runner.conftest import Inline
from tests.fleet.runner.test_kills import SAID
from tests.fleet.store.test_tenants import name_of
from tests.fleet.story.telling import Clock, Teller, at, set_clock
from tests.fleet.story.test_whole_story import FEW, answers_of, check_canaries, told_right
from tests.fleet.story.whole import Whole, everybody

# Their digests are salted.
EVENTS = "SELECT number, kind, at, pbx, tenant, facts FROM event ORDER BY number"
RUNS = "SELECT number, day, started, ended, code, selection, clock_back FROM run ORDER BY number"
AUDITS = "SELECT run, pbx, started, ended FROM audit ORDER BY run, pbx"


class AtWork:
    """A worker in a thread of this process, by the clock of the story."""

    def __init__(self, url, inventory):
        self._url, self._inventory = url, inventory
        self._thread = threading.Thread(target=self._run)
        self._is_over = threading.Event()

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def _run(self):
        asyncio.run(self._work())

    async def _work(self):
        stop = asyncio.Event()
        way = WorkerOptions(conninfo_of(place_of(self._url)), 8, 1, "", "worker", _nobody, _nobody)
        with History.open(self._url, migrate=False, sees_part=True) as history:
            worker = Worker(history, self._inventory, way)
            worker._begin()  # noqa: SLF001 -- without signals
            working = asyncio.ensure_future(worker._work(stop))  # noqa: SLF001 -- without signals
            await asyncio.to_thread(self._is_over.wait)
            stop.set()
            await working
            vars(worker)["_executor"].stop()


def _nobody(_):
    pass


class ByWorkers(Whole):
    """The story, whose runs hand out."""

    def _run_of(self, night):
        if night != 4:
            return super()._run_of(night)
        take_all = coordinator.PendingResults.take_all

        def stopped(watch):
            before = len(watch.left)
            take_all(watch)
            if len(watch.left) < before:
                raise KeyboardInterrupt

        with self.monkeypatch.context() as broken:
            broken.setattr(coordinator.PendingResults, "take_all", stopped)
            assert self.run() == ExitCode.INTERRUPTED
        self.number -= 1
        return self.run("--resume")


@pytest.fixture
def begun(tmp_path, console, monkeypatch):
    """Give what begins the story in a database, on one machine or by a worker."""

    def begin(kind, fits, url):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        monkeypatch.chdir(folder)
        for module in ("runner.fleet_run", "scale.executor"):
            monkeypatch.setattr(f"auditor.fleet.{module}.WorkerPool", Inline)
        set_clock(monkeypatch)
        for module in ("worker", "preparing"):
            monkeypatch.setattr(f"auditor.fleet.scale.{module}.datetime", Clock)
        # The server does not know what day it is in the story.
        monkeypatch.setattr(Preparing, "_wrong_clock", lambda *_: "")
        Clock.moment = at(1)
        teller = Teller(folder, console, everybody(fits))
        console.setenv("STORY_HISTORY", url)
        teller.head += 'history_env = "STORY_HISTORY"\n'
        if kind is ByWorkers:
            teller.head += 'engine = "queue"\n'
        return kind(teller, lambda workers: monkeypatch.setattr(WORKER_POOL, workers), monkeypatch)

    return begin


WORKER_POOL = "auditor.fleet.runner.fleet_run.WorkerPool"


def kept(url):
    with psycopg.connect(url) as connection:
        asked = (*SAID, EVENTS, RUNS, AUDITS)
        return [sorted(map(repr, connection.execute(query).fetchall())) for query in asked]


def by_both(begun, cluster, database, fits, tell):
    """Tell the story on one machine, and by a worker; return what each kept and answered."""
    other = cluster.create_begun(name_of(database) + "_workers")
    found = []
    for kind, url in ((Whole, database), (ByWorkers, other)):
        story = begun(kind, fits, url)
        story.teller.write(1)
        assert story.teller.console("fleet", "migrate").code == ExitCode.OK
        if kind is ByWorkers:
            with AtWork(url, story.teller.path / "fleet.toml"):
                tell(story)
        else:
            tell(story)
        told_right(story)
        found.append((kept(url), answers_of(story)))
    cluster.drop(name_of(other))
    return found


def check_alike(found):
    (one, answers), (other, by_workers) = found
    for left, right in zip(one, other, strict=True):
        assert left == right
    assert answers == by_workers


@pytest.mark.slow
def test_some_of_the_story_by_workers(begun, cluster, database):
    def fits(told):
        return told["id"] in FEW

    check_alike(by_both(begun, cluster, database, fits, Whole.tell_in_short))


@pytest.mark.soak
def test_the_whole_story_by_workers(begun, cluster, database):
    def tell(story):
        story.tell()
        check_canaries(story)

    check_alike(by_both(begun, cluster, database, lambda _: True, tell))
