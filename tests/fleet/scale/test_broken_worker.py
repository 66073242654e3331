"""A worker in which what audits died: it ends, and its jobs are there for others."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import psycopg
import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from auditor.errors import HistoryError
from auditor.fleet.runner.jobs import AuditResult
from auditor.fleet.runner.scheduling.worker_pool import WorkerPool
from auditor.fleet.scale import queue
from auditor.fleet.scale.connector import AsyncConnector, commit_each_async, options
from auditor.fleet.scale.executor import Executor
from auditor.fleet.scale.preparing import PreparedJob, Preparing
from auditor.fleet.scale.queued import Order
from auditor.fleet.scale.registering import Heart, Registering
from auditor.fleet.scale.worker import ExecutorError, Worker, WorkerOptions
from auditor.fleet.store.connection.database_errors import UnavailableError, of_code
from auditor.fleet.store.errands import Errand
from auditor.fleet.store.history import History
from auditor.fleet.store.schema_version import versions
from auditor.messages.message import NOTHING, Message, say
from tests.fixtures.fleet_history import record
from tests.fleet.scale.test_parts import job_of
from tests.fleet.store.test_tenants import name_of

LIMIT = 60
ERRAND = Errand(1, "1", "digest", "{}")
ORDERS = {name: Order(name, "all", 300) for name in ("graz", "wien")}


def fail(error, *_):
    raise error


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), SystemExit(0)], ids=repr)
@pytest.mark.parametrize("part", [(Executor, "_begin"), (WorkerPool, "go_on")], ids=str)
def test_what_ends_a_bench_is_told(part, error, monkeypatch, tmp_path):
    monkeypatch.setattr(*part, partial(fail, error))
    executor = Executor(1, 1)
    told: SimpleQueue[BaseException] = SimpleQueue()
    executor.start(told.put)
    executor.submit(job_of(AuditResult(record()), tmp_path), print)
    assert told.get(timeout=LIMIT) is error
    executor.stop()


def test_a_bench_that_is_stopped_did_not_die():
    executor = Executor(1, 1)
    told: SimpleQueue[BaseException] = SimpleQueue()
    executor.start(told.put)
    executor.stop()
    assert told.empty()


def test_a_worker_whose_bench_died_ends_and_leaves_its_jobs(database, monkeypatch, tmp_path):
    job = job_of(AuditResult(record()), tmp_path)
    error = ValueError("x")
    warned: list[Message] = []
    monkeypatch.setattr(Executor, "_begin", partial(fail, error))
    monkeypatch.setattr(Preparing, "job", lambda *_: PreparedJob(ERRAND, job))
    with History.open(database) as history:
        queue.make(database)
        with queue.open_queue(database) as jobs:
            jobs.settle(1, ORDERS)
            way = WorkerOptions(database, 2, 1, "", "worker", print, warned.append)
            with pytest.raises(ExecutorError) as raised:
                Worker(history, tmp_path / "fleet.toml", way).run()
            assert raised.value.__cause__ is error
            assert warned
            assert jobs.idle(1) == frozenset()
            assert jobs.settle(1, ORDERS) == ()
            assert jobs.idle(1) == {"all"}


def worker_of(history, database, folder, slots=2):
    way = WorkerOptions(database, slots, 1, "", "worker", print, print)
    return Worker(history, folder / "fleet.toml", way)


@pytest.fixture
def filled(database, monkeypatch):
    """Give a history whose queue has jobs, and how one asks it and the queue."""
    monkeypatch.setattr("auditor.fleet.scale.worker._PAUSE", 0.01)
    with History.open(database) as history:
        queue.make(database)
        with queue.open_queue(database) as jobs:
            jobs.settle(1, ORDERS)
            yield history, jobs


def test_a_worker_of_before_an_update_ends_at_once_and_says_both_versions(
    filled, database, tmp_path
):
    history, jobs = filled
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(HistoryError) as raised:
        worker_of(history, database, tmp_path).run()
    assert {"0099", versions()[-1]} <= {*raised.value.message.split()}
    assert jobs.settle(1, ORDERS) == ()
    assert jobs.idle(1) == {"all"}


@pytest.mark.parametrize("answers_at", [3, None])
def test_a_worker_is_patient_with_a_history_that_is_full_and_ends_if_that_lasts(
    filled, database, monkeypatch, tmp_path, answers_at
):
    history, jobs = filled
    asked: list[str] = []

    def job(_, run, pbx):  # noqa: ARG001
        asked.append(pbx)
        if answers_at is None or asked.count(pbx) < answers_at:
            raise UnavailableError(say("full"))
        if sorted(set(asked)) == sorted(ORDERS):
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Preparing, "job", job)
    history.patience = 0.2 if answers_at is None else LIMIT
    worker = worker_of(history, database, tmp_path)
    if answers_at is None:
        with pytest.raises(UnavailableError):
            worker.run()
        assert jobs.settle(1, ORDERS) == ()
        assert jobs.idle(1) == {"all"}
    else:
        worker.run()
        assert jobs.idle(1) == frozenset()


REFUSING = {
    "a right": "REVOKE ALL ON errand FROM CURRENT_USER",
    "a table": "ALTER TABLE errand RENAME TO gone",
    "a column": "ALTER TABLE errand RENAME COLUMN tool TO gone",
}


@pytest.mark.parametrize("change", REFUSING.values(), ids=REFUSING)
def test_a_worker_whose_history_lacks_something_ends_by_it(filled, database, tmp_path, change):
    history, jobs = filled
    with psycopg.connect(database) as connection:
        connection.execute(change)
    history.patience = 0.2
    with pytest.raises(UnavailableError):
        worker_of(history, database, tmp_path).run()
    assert jobs.settle(1, ORDERS) == ()
    assert jobs.idle(1) == {"all"}


class Beats:
    """Signs of life of a worker, which the server takes, `+`, or not, `-`; after them it ends."""

    def __init__(self, database, monkeypatch, worker):
        self._database = database
        self._monkeypatch = monkeypatch
        self._worker = worker

    def live(self, told):
        beats = iter(told)
        ask = AsyncConnector.execute_query_async

        async def execute(connector, query, **arguments):
            if "OVERRIDING" in query:
                beat = next(beats, "")
                if not beat:
                    os.kill(os.getpid(), signal.SIGTERM)
                if beat == "-":
                    raise ConnectorException
            await ask(connector, query, **arguments)

        self._monkeypatch.setattr(AsyncConnector, "execute_query_async", execute)
        self._worker.run()


@pytest.fixture
def warned():
    return []


@pytest.fixture
def beats(filled, database, monkeypatch, tmp_path, warned):
    history, _ = filled
    monkeypatch.setattr(Preparing, "job", lambda *_: None)
    monkeypatch.setattr("auditor.fleet.scale.worker.PATIENCE", 0)
    monkeypatch.setattr("auditor.fleet.scale.worker.HEARTBEAT", 0.01)
    way = WorkerOptions(database, 2, 1, "", "worker", print, warned.append)
    return Beats(database, monkeypatch, Worker(history, tmp_path / "fleet.toml", way))


def test_a_worker_lives_on_after_a_sign_of_life_that_was_not_taken(beats, warned):
    beats.live("+-+")
    assert len(warned) == 1


def test_a_queue_that_is_lost_a_second_time_is_waited_for_again(beats, warned):
    beats.live("-+-+-+")
    assert len(warned) == 3


def test_a_queue_that_stays_lost_ends_a_worker(beats, warned):
    with pytest.raises(HistoryError):
        beats.live("+--+")
    assert len(warned) == 1


REFUSAL = say("the inventory of worker {name} lacks it", name="worker")


async def nothing():
    return NOTHING


class Alive:
    """A worker of a tenant's login, as it is there for the runs."""

    told: Mapping[str, object] = {"queue": "all", "name": "worker", "slots": 2}

    def __init__(self, database, jobs, cluster):
        self.database = database
        self.jobs = jobs
        self.cluster = cluster
        self.failures: list[Exception] = []
        self.may("muster")

    def may(self, tenants):
        self.cluster.give_roles(name_of(self.database), worker_9=("worker", tenants))
        self.url = self.cluster.url(name_of(self.database), "worker_9")

    def ask(self, query):
        with psycopg.connect(self.database) as connection:
            found = connection.execute(query)
            return found.fetchall() if found.description else []

    @property
    def present(self):
        (one,) = self.jobs.present()
        return one

    def live(self, act, looks=nothing):
        """Have it register, and then do something."""

        async def lived():
            connector = AsyncConnector(**options(self.url), configure=commit_each_async)
            heart = Heart(lambda: None, self.failures.append, looks)
            async with App(connector=connector).open_async():
                manager = Registering(connector, self.told, heart)
                await act(manager, await manager.register_worker())

        asyncio.run(lived())
        assert self.failures == []


@pytest.fixture
def alive(filled, database, cluster):
    return Alive(database, filled[1], cluster)


def test_who_was_taken_for_dead_is_there_again(alive):
    """One that was stopped, and that another one removed when it began."""

    async def act(manager, number):
        before = alive.present
        assert before.tenants == ["muster"]
        alive.ask("DELETE FROM queue.procrastinate_workers")
        assert alive.jobs.present() == ()
        for _ in range(2):
            await manager.update_heartbeat(number)
            assert alive.present == before

    alive.live(act)


@pytest.mark.parametrize("tenants", ["other", "muster,other"])
def test_what_a_login_may_see_by_now_is_what_a_worker_is_there_for(alive, tenants):
    """Else a run waits for a worker that takes nothing of that tenant any more."""

    async def act(manager, number):
        alive.may(tenants)
        await manager.update_heartbeat(number)
        assert sorted(alive.present.tenants) == sorted(tenants.split(","))

    alive.live(act)


def test_that_a_worker_refuses_is_known_while_it_does(alive):
    async def act(manager, number):
        manager.refuse(0, REFUSAL)
        await manager.update_heartbeat(number)
        assert alive.present.refuses == REFUSAL
        assert not alive.present.may_take("all", "muster")
        assert await manager.fetch_job(["all"], number) is None
        await manager.update_heartbeat(number)
        assert alive.present.refuses == NOTHING
        assert alive.present.may_take("all", "muster")

    alive.live(act)


@pytest.mark.parametrize(
    "content", ["1", '"x"', "[]", '{"template": 7}', '{"template": "{a}", "parameters": {"b": 1}}']
)
def test_what_a_worker_says_and_is_no_message_refuses_nothing(alive, content):
    async def act(*_):
        alive.ask(f"UPDATE queue.procrastinate_workers SET refuses = '{content}'")  # noqa: S608
        assert alive.present.refuses == NOTHING

    alive.live(act)


def test_a_worker_is_there_for_no_other_tenants(alive):
    """A run would wait for it for ever, and nobody would do what it waits for."""
    wrong = [
        "INSERT INTO queue.procrastinate_workers (queue_name, tenants) VALUES ('all', {})",
        "UPDATE queue.procrastinate_workers SET tenants = {}",
    ]

    async def act(*_):
        for change in wrong:
            for tenants in ("NULL", "'{other}'", "'{muster, other}'"):
                with (
                    psycopg.connect(alive.url) as connection,
                    pytest.raises(psycopg.errors.InsufficientPrivilege),
                ):
                    connection.execute(change.format(tenants))

    alive.live(act)


JOBS = """SELECT args ->> 'pbx', status::text, attempts, worker_id, scheduled_at
    FROM queue.procrastinate_jobs ORDER BY 1"""


def commission(alive):
    """Let a run want what is queued, so that a worker of the tenant sees it."""
    with History.open(alive.database) as history:
        now = record().started
        planned = [("muster", name) for name in ORDERS]
        assert history.begin("me", now.date(), now, "", planned) == 1


def test_what_is_refused_waits_again_untouched_and_nothing_is_taken_meanwhile(alive):
    looks = [REFUSAL, REFUSAL, NOTHING]

    async def look():
        return looks.pop(0)

    async def act(manager, number):
        commission(alive)
        before = alive.ask(JOBS)
        job = await manager.fetch_job(["all"], number)
        assert alive.ask(JOBS) != before
        manager.refuse(job.id, REFUSAL)
        await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
        assert alive.ask(JOBS) == before
        for _ in range(2):
            assert await manager.fetch_job(["all"], number) is None
        again = await manager.fetch_job(["all"], number)
        assert again.id == job.id
        await manager.finish_job(again, Status.SUCCEEDED, delete_job=True)
        assert len(alive.ask(JOBS)) == len(before) - 1

    alive.live(act, look)


def test_what_another_worker_has_by_now_is_not_put_back(alive):
    async def act(manager, number):
        commission(alive)
        job = await manager.fetch_job(["all"], number)
        alive.ask("UPDATE queue.procrastinate_jobs SET worker_id = NULL WHERE status = 'doing'")
        before = alive.ask(JOBS)
        manager.refuse(job.id, REFUSAL)
        await manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
        assert alive.ask(JOBS) == before

    alive.live(act)


READ = of_code("25006")
READ_ONLY = "ALTER DATABASE {} SET default_transaction_read_only = on"


def test_that_a_server_takes_nothing_is_not_called_out_of_reach(filled, database, monkeypatch):
    """It runs, and says why: who reads that need not look for a server that is down."""
    history, _ = filled
    monkeypatch.setattr("auditor.fleet.scale.worker.PATIENCE", 0)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(READ_ONLY.format(name_of(database)))
    with queue.open_queue(database) as jobs, pytest.raises(UnavailableError) as raised:
        jobs.clear(1)
    told = raised.value
    way = WorkerOptions(database, 2, 1, "", "worker", print, print)
    with pytest.raises(UnavailableError) as raised:
        Worker(history, Path("fleet.toml"), way).run()
    for error in (told, raised.value):
        assert (error.message, error.advice) == (READ.message, READ.advice)
