"""A queue that somebody changed by hand, or whose workers died: a run has it right again."""

from __future__ import annotations

import json
from datetime import timedelta

import psycopg
import pytest

from auditor.fleet.scale import queue, queued
from auditor.fleet.scale.connector import is_of_new_job, qualified
from auditor.fleet.scale.queued import Order
from auditor.fleet.store.history import History

RUN = 7
DEADLINE = 60
ORDERS = {
    name: Order(name, "all", DEADLINE, f"muster/{number}") for number, name in enumerate("abc")
}
OF = dict.fromkeys("abc", "muster")
ALL_ALONE = dict.fromkeys("abc", "all")
STATE = "SELECT args ->> 'pbx', status::text, attempts FROM queue.procrastinate_jobs ORDER BY 1"
WAITING = [("a", "todo", 0), ("b", "todo", 0), ("c", "todo", 0)]
HEARTBEAT = "INSERT INTO queue.procrastinate_workers (last_heartbeat) VALUES ({}) RETURNING id"
OF_A = "UPDATE queue.procrastinate_jobs SET {} WHERE args ->> 'pbx' = 'a'"
# What is done to the job of the PBX "a" that waits.
ALTERED = {
    "of no run": 'args = \'{"run": "x", "pbx": "a"}\'',
    "of a run as text": 'args = \'{"run": "7", "pbx": "a"}\'',
    "with more": 'args = args || \'{"target": "https://elsewhere"}\'',
    "of another PBX": 'args = args || \'{"pbx": "b"}\'',
    "of no PBX": "args = args - 'pbx'",
    "a list": "args = '[7, \"a\"]'",
    "a number": "args = '7'",
    "of another task": "task_name = 'builtin:procrastinate.builtin_tasks.remove_old_jobs'",
    "in another queue": "queue_name = 'elsewhere'",
    "with another lock": "lock = 'muster/2'",
    "with another queueing lock": "queueing_lock = '7/x'",
    "never to begin": "scheduled_at = 'infinity'",
    "to begin next year": "scheduled_at = now() + interval '1 year'",
    "done": "status = 'succeeded'",
    "cancelled": "status = 'cancelled'",
    "aborted": "status = 'aborted'",
    "aborting": "status = 'aborting'",
}


class Filled:
    """The queue of a run over three PBXs, and who changes it by hand."""

    def __init__(self, url, jobs):
        self.url = url
        self.jobs = jobs

    def ask(self, query, **told):
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(query, told)
            return found.fetchall() if found.description else []

    def settle(self, orders=ORDERS):
        return self.jobs.settle(RUN, orders)

    def take(self, name, beat="now()"):
        """Have a worker with a heartbeat take the job of a PBX."""
        ((worker,),) = self.ask(HEARTBEAT.format(beat))
        self.give(name, worker)

    def give(self, name, worker):
        self.ask(
            "UPDATE queue.procrastinate_jobs SET status = 'doing', worker_id = %(worker)s"
            " WHERE args ->> 'pbx' = %(name)s",
            worker=worker,
            name=name,
        )

    def alone(self, tenants=OF):
        return self.jobs.alone(RUN, tenants, self.jobs.present())

    @property
    def state(self):
        return self.ask(STATE)


@pytest.fixture
def filled(database):
    with History.open(database):
        pass
    queue.make(database)
    with queue.open_queue(database) as jobs:
        made = Filled(database, jobs)
        assert made.settle() == ()
        assert made.state == WAITING
        yield made


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
def test_what_was_altered_is_made_anew(filled, change):
    filled.ask(OF_A.format(change))
    assert filled.settle() == ()
    assert filled.state == WAITING
    assert filled.jobs.idle(RUN) == {"all"}


def test_what_is_missing_or_there_twice_or_for_nothing_is_put_right(filled):
    filled.ask(OF_A.format("queueing_lock = 'x'"))
    copied = (
        "INSERT INTO queue.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)"
        " SELECT queue_name, task_name, lock, {}, {} FROM queue.procrastinate_jobs"
    )
    filled.ask(copied.format("'7/a'", "args") + " WHERE args ->> 'pbx' = 'a'")
    filled.ask(copied.format("'7/z'", '\'{"run": 7, "pbx": "z"}\'') + " LIMIT 1")
    filled.ask(copied.format("'6/a'", '\'{"run": 6, "pbx": "a"}\'') + " LIMIT 1")
    filled.ask("DELETE FROM queue.procrastinate_jobs WHERE args ->> 'pbx' = 'c'")
    assert filled.settle() == ()
    assert filled.state == WAITING


def test_what_a_live_worker_does_is_left_to_it(filled):
    filled.take("a")
    assert filled.settle() == ()
    assert filled.state == [("a", "doing", 0), *WAITING[1:]]
    assert filled.jobs.idle(RUN) == frozenset()
    filled.take("b", "now() - interval '4 seconds'")
    assert filled.settle({"c": ORDERS["c"]}) == ()
    assert filled.state == [("a", "doing", 0), ("b", "doing", 0), WAITING[2]]


DEAD = {
    "long ago": "now() - interval '21 seconds'",
    "before the clock was set back": "now() + interval '1 hour'",
    "for ever": "'infinity'",
    "never": "'-infinity'",
}


SINCE = (
    "UPDATE queue.procrastinate_events SET at = {} WHERE type = 'started' AND job_id ="
    " (SELECT id FROM queue.procrastinate_jobs WHERE status = 'doing')"
)
ENDLESS = {
    "for long": "now() - interval '181 seconds'",
    "from before the clock was set back": "now() + interval '1 day'",
    "for ever": "'-infinity'",
    "from never": "'infinity'",
}


# How a worker stopped: when it last showed life, and since when it is at its job.
STOPPED = {f"dead, {name}": (beat, "now()") for name, beat in DEAD.items()} | {
    f"hung, {name}": ("now()", since) for name, since in ENDLESS.items()
}


@pytest.mark.parametrize(("beat", "since"), STOPPED.values(), ids=STOPPED)
def test_what_a_worker_had_that_stopped_is_tried_three_times(filled, beat, since):
    for tries in (1, 2, 3):
        filled.take("a", beat)
        filled.ask(SINCE.format(since))
        assert filled.settle() == (() if tries < 3 else ("a",))
        assert filled.state == ([("a", "todo", tries)] if tries < 3 else []) + WAITING[1:]


def hang(filled, slots):
    """Let a worker with so many slots end nothing of the two jobs that it took."""
    ((worker,),) = filled.ask(
        "INSERT INTO queue.procrastinate_workers (queue_name, name, slots)"
        " VALUES ('all', 'vm 1', %(slots)s) RETURNING id",
        slots=slots,
    )
    for name in "ab":
        filled.give(name, worker)
    filled.ask(
        "UPDATE queue.procrastinate_events SET at = now() - interval '181 seconds'"
        " WHERE type = 'started'"
    )


HUNG = "SELECT hung FROM queue.procrastinate_workers"


@pytest.mark.parametrize(("slots", "hangs"), [(1, True), (2, True), (3, False)])
@pytest.mark.parametrize("run", [RUN, RUN + 1], ids=["of this run", "of another run"])
def test_a_live_worker_with_no_slot_left_is_absent(filled, slots, hangs, run):
    hang(filled, slots)
    assert [one.hangs for one in filled.jobs.present()] == [False]
    filled.jobs.settle(run, ORDERS)
    assert filled.ask(HUNG) == [(2,)]
    assert [(one.name, one.hangs) for one in filled.jobs.present()] == [("vm 1", hangs)]
    assert filled.jobs.alone(run, OF, filled.jobs.present()) == (ALL_ALONE if hangs else {})
    filled.ask("INSERT INTO queue.procrastinate_workers (queue_name, slots) VALUES ('all', 1)")
    assert filled.jobs.alone(run, OF, filled.jobs.present()) == {}


def test_slots_that_are_taken_or_whose_worker_is_dead_do_not_hang(filled):
    filled.take("a", DEAD["long ago"])
    filled.take("b")
    filled.settle()
    assert filled.ask(HUNG) == [(0,), (0,)]


def test_a_slot_counts_once_however_often_it_is_looked_at(filled):
    hang(filled, 3)
    for _ in range(3):
        filled.settle()
    assert filled.ask(HUNG) == [(2,)]


def test_what_was_ended_after_all_while_it_was_looked_at_does_not_hang(filled, monkeypatch):
    def settling(jobs, orders):
        found = queued.settling(jobs, orders)
        filled.ask(OF_A.format("status = 'succeeded'"))
        return found

    hang(filled, 2)
    monkeypatch.setattr(queue, "settling", settling)
    filled.settle()
    assert filled.ask(HUNG) == [(1,)]


def test_a_worker_has_the_deadline_of_its_pbx_and_some_time_more(filled):
    filled.take("a")
    filled.ask(SINCE.format("now() - interval '170 seconds'"))
    assert filled.settle() == ()
    assert filled.state == [("a", "doing", 0), *WAITING[1:]]
    shorter = {name: one._replace(deadline=DEADLINE - 30) for name, one in ORDERS.items()}
    assert filled.settle(ORDERS | {"a": shorter["a"]}) == ()
    assert filled.state == [("a", "todo", 1), *WAITING[1:]]


@pytest.mark.parametrize("since", ENDLESS.values(), ids=ENDLESS)
def test_who_took_what_was_taken_back_has_the_whole_time(filled, since):
    filled.take("a")
    filled.ask(SINCE.format(since))
    filled.settle()
    filled.take("a")
    assert filled.settle() == ()
    assert filled.state == [("a", "doing", 1), *WAITING[1:]]


def test_what_nobody_waits_for_and_nobody_ends_holds_no_lock(filled):
    filled.take("a")
    filled.ask(SINCE.format(ENDLESS["for long"]))
    left = {name: ORDERS[name] for name in "bc"}
    assert filled.settle(left) == ()
    assert filled.state == WAITING[1:]


def test_a_job_that_another_run_left_with_a_worker_that_does_not_end_it_holds_no_lock(filled):
    filled.take("a")
    assert filled.jobs.settle(RUN + 1, ORDERS) == ()
    assert filled.state == [("a", "doing", 0), *WAITING]
    filled.ask(SINCE.format(ENDLESS["for long"]))
    assert filled.jobs.settle(RUN + 1, ORDERS) == ()
    assert filled.state == WAITING


def test_what_nobody_has_is_queued_again(filled):
    filled.ask(OF_A.format("status = 'doing', abort_requested = true"))
    assert filled.settle() == ()
    assert filled.state == [("a", "todo", 1), *WAITING[1:]]


@pytest.mark.parametrize(("tried", "is_given_up"), [(1, False), (2, False), (3, True)])
def test_what_failed_is_tried_three_times(filled, tried, is_given_up):
    filled.ask(OF_A.format(f"status = 'failed', attempts = {tried}"))
    assert filled.settle() == (("a",) if is_given_up else ())
    assert filled.state == ([] if is_given_up else [("a", "todo", tried)]) + WAITING[1:]


@pytest.mark.parametrize("attempts", [2**31 - 1, -(2**31)])
def test_absurd_numbers_of_tries_end_nothing(filled, attempts):
    filled.ask(OF_A.format(f"status = 'doing', attempts = {attempts}"))
    assert filled.settle() == (("a",) if attempts > 0 else ())
    assert filled.state == ([] if attempts > 0 else [("a", "todo", 1)]) + WAITING[1:]


def test_a_job_that_another_run_left_with_a_dead_worker_blocks_nothing(filled):
    filled.take("a", DEAD["long ago"])
    assert filled.jobs.settle(RUN + 1, ORDERS) == ()
    assert filled.state == WAITING


def test_a_job_begins_by_the_clock_of_the_server(filled):
    begins = filled.jobs.now() + timedelta(hours=1)
    later = {"a": ORDERS["a"]._replace(begins=begins)}
    filled.settle({})
    filled.settle(later)
    before = filled.ask("SELECT id, scheduled_at FROM queue.procrastinate_jobs")
    filled.settle(later)
    assert filled.ask("SELECT id, scheduled_at FROM queue.procrastinate_jobs") == before
    assert before[0][1] == begins
    assert filled.jobs.idle(RUN) == frozenset()


HEARD = ["", "x", "[]", "7", "null", '{"type": 7}', "[" * 4000, '{"job_id": 1}',
         '{"type": "abort_job_requested", "job_id": 1}']  # fmt: skip


@pytest.mark.parametrize("payload", HEARD)
def test_no_other_notice_is_acted_upon(payload):
    assert not is_of_new_job(payload)
    assert is_of_new_job(json.dumps({"type": "job_inserted", "job_id": 1}))


def test_everything_of_the_queue_is_asked_for_by_its_full_name():
    asked = "SELECT a_procrastinate_x FROM procrastinate_jobs j, procrastinate_fetch_job_v2(1)"
    assert qualified(asked) == (
        "SELECT a_procrastinate_x FROM queue.procrastinate_jobs j,"
        " queue.procrastinate_fetch_job_v2(1)"
    )


PRESENT = (
    "INSERT INTO queue.procrastinate_workers (queue_name, tenants, last_heartbeat)"
    " VALUES (%(queue)s, %(tenants)s, now() - %(ago)s * interval '1 second')"
)
# Workers, by queue, tenants and how long ago they showed life, and for whom none of them is there.
PRESENCE: dict[str, tuple[list[tuple[str | None, list[str] | None, int]], dict[str, str]]] = {
    "nobody": ([], ALL_ALONE),
    "one of all": ([("all", None, 4)], {}),
    "one that does not say": ([(None, None, 4)], {}),
    "one of another name": ([("graz", None, 4)], ALL_ALONE),
    "one of the tenant": ([("all", ["muster", "x"], 4)], {}),
    "one of another tenant": ([("all", ["other"], 4)], ALL_ALONE),
    "one of no tenant": ([("all", [], 4)], ALL_ALONE),
    "one that is dead": ([("all", None, 30)], ALL_ALONE),
    "one of either": ([("all", ["other"], 4), ("graz", ["muster"], 4)], ALL_ALONE),
}


@pytest.mark.parametrize(("workers", "alone"), PRESENCE.values(), ids=PRESENCE)
def test_it_is_known_for_whom_no_worker_is_there(filled, workers, alone):
    for name, tenants, ago in workers:
        filled.ask(PRESENT, queue=name, tenants=tenants, ago=ago)
    assert filled.alone() == alone
    assert filled.alone({"c": "muster"}).keys() <= {"c"}


def test_who_is_being_done_or_not_due_waits_for_no_worker(filled):
    filled.take("a", DEAD["long ago"])
    filled.ask(OF_A.replace("'a'", "'b'").format("scheduled_at = now() + interval '1 hour'"))
    assert filled.alone() == {"c": "all"}


@pytest.mark.parametrize(
    "column", ["login", "queue_name", "tenants", "name", "slots", "hung", "refuses"]
)
def test_a_queue_of_before_is_brought_up_to_date(filled, column):
    filled.ask(f"ALTER TABLE queue.procrastinate_workers DROP COLUMN {column} CASCADE")
    assert not queue.is_made(filled.url)
    queue.make(filled.url)
    assert queue.is_made(filled.url)
    assert filled.state == WAITING
