"""Runs by workers: real processes that do what one machine does, whatever becomes of them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3

import pytest

from auditor import __version__
from auditor.errors import ExitCode
from auditor.fleet.scale import coordinator
from tests.fixtures import pooler
from tests.fixtures.program import execute
from tests.fleet.runner.sockets import listening, silent
from tests.fleet.runner.test_kills import SAID
from tests.fleet.scale.crew import LIMIT, QUEUED

pytestmark = pytest.mark.slow
DOING = "SELECT 1 FROM queue.procrastinate_jobs WHERE status = 'doing'"


def of_file(path):
    connection = sqlite3.connect(path)
    try:
        return [sorted(map(str, connection.execute(query))) for query in SAID]
    finally:
        connection.close()


def of_crew(crew):
    return [sorted(map(str, crew.ask(query))) for query in SAID]


def filled(night, count=3):
    for number in range(count):
        night.add(f"pbx-{number}", "insecure" if number % 2 else "hardened")


INLINE = QUEUED.replace("history_env = 'HISTORY'\nengine = 'queue'\n", "")
ONCE = "SELECT run, pbx, count(*) FROM audit GROUP BY run, pbx"


def test_both_engines_tell_the_same_story(crew):
    night = crew.night
    filled(night)
    night.live("live-1")
    night.at("gone", "evidence/gone")
    crew.migrate()
    crew.worker()
    codes = {}
    for beginning in (QUEUED, INLINE):
        night.beginning = beginning
        codes[beginning] = [crew.run().code for _ in range(2)]
    assert codes[QUEUED] == codes[INLINE]
    assert of_crew(crew) == of_file(night.path / "history.db")
    assert crew.ask("SELECT * FROM queue.procrastinate_jobs") == []
    assert crew.ask("SELECT * FROM handed_in") == crew.ask("SELECT * FROM errand") == []


def test_behind_a_pooler_in_transaction_mode_the_queue_is_asked(crew, cluster):
    if not pooler.is_installed():
        pytest.skip("PgBouncer is not installed")
    filled(crew.night)
    name = re.search(r"@/(\w+)\?", crew.url)[1]
    crew.migrate()
    crew.url = crew.stack.enter_context(pooler.pooled(cluster, name))
    worker = crew.worker()
    for code in (ExitCode.FINDINGS, ExitCode.OK):
        assert crew.run().code == code
    assert sorted(crew.ask(ONCE)) == [(run, f"pbx-{at}", 1) for run in (1, 2) for at in range(3)]
    worker.terminate()
    assert worker.wait(LIMIT) == ExitCode.OK


def test_a_worker_without_a_queue_does_not_start(crew):
    filled(crew.night, 1)
    crew.migrate()
    crew.ask_for("DROP SCHEMA queue CASCADE")
    ended = execute(["fleet", "worker"], crew.night.path, limit=LIMIT, **crew.variables)
    assert ended.code == ExitCode.OUTPUT
    assert "fleet migrate" in ended.said


def busy(crew):
    """Let a worker do a run with a PBX that answers nothing, until it reads that."""
    filled(crew.night)
    address = crew.stack.enter_context(listening(silent))
    crew.night.at("silent", address, deadline="25s")
    crew.migrate()
    worker = crew.worker()
    run = crew.begin()
    crew.until(DOING)
    crew.until("SELECT 1 FROM audit WHERE pbx <> 'silent' HAVING count(*) = 3")
    return worker, run


def check_once(crew, run):
    """See that a run ended with one audit of each PBX."""
    assert run.wait(LIMIT) == ExitCode.FINDINGS, run.stderr.read()
    assert sorted(crew.ask(ONCE)) == [
        (1, name, 1) for name in ("pbx-0", "pbx-1", "pbx-2", "silent")
    ]
    assert crew.ask("SELECT ending FROM audit WHERE pbx = 'silent'") == [("unreachable",)]


def test_what_a_killed_worker_did_another_one_does(crew):
    worker, run = busy(crew)
    worker.kill()
    worker.wait()
    crew.worker()
    check_once(crew, run)


def test_a_worker_that_is_to_end_lives_until_it_ended_what_it_does(crew):
    """Else another one begins the same PBX after 20 seconds, as if it had died of it."""
    worker, run = busy(crew)
    ((told,),) = crew.ask("SELECT (now() + interval '1 second')::text")
    worker.terminate()
    crew.until(f"SELECT 1 FROM queue.procrastinate_workers WHERE last_heartbeat > '{told}'")  # noqa: S608 -- of the server
    assert crew.ask("SELECT attempts FROM queue.procrastinate_jobs") == [(0,)]
    check_once(crew, run)
    assert worker.wait(LIMIT) == ExitCode.OK
    assert crew.ask("SELECT * FROM queue.procrastinate_workers") == []


@pytest.mark.soak
def test_a_worker_that_comes_back_from_the_dead_changes_nothing(crew):
    """It was stopped for longer than its heart may stand still, and goes on afterwards."""
    worker, run = busy(crew)
    worker.send_signal(signal.SIGSTOP)
    other = crew.worker()
    check_once(crew, run)
    worker.send_signal(signal.SIGCONT)
    other.terminate()
    assert other.wait(LIMIT) == 0
    assert crew.run("--only", "pbx-0").code == ExitCode.OK
    assert crew.ask("SELECT pbx FROM audit WHERE run = 2") == [("pbx-0",)]


@pytest.mark.soak
def test_connections_that_are_cut_lose_nothing(crew):
    _, run = busy(crew)
    for _ in range(3):
        crew.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        crew.ask("SELECT pg_sleep(1)")
    check_once(crew, run)


@pytest.mark.soak
def test_a_killed_operator_takes_up_what_was_done_meanwhile(crew):
    _, run = busy(crew)
    run.kill()
    run.wait()
    crew.until("SELECT 1 FROM handed_in WHERE pbx = 'silent'")
    check_once(crew, crew.begin("--resume"))


REFUSES = "SELECT 1 FROM queue.procrastinate_workers WHERE refuses IS NOT NULL"


def elsewhere(crew, folder):
    """Copy a fleet's inventory with a difference; return where, and what it is to be."""
    reports = f"[fleet]\nreports = '{crew.night.path / 'reports'}'\n"
    crew.night.beginning = QUEUED.replace("[fleet]\n", reports)
    crew.night.write()
    other = folder / "elsewhere"
    shutil.copytree(crew.night.path, other, ignore=shutil.ignore_patterns("elsewhere"))
    inventory = other / "fleet.toml"
    text = inventory.read_text()
    inventory.write_text(text.replace("Muster GmbH", "Muster AG"))
    return inventory, text


def untouched(crew, count):
    return [("todo", 0, count)] == crew.ask(
        "SELECT status::text, attempts, count(*) FROM queue.procrastinate_jobs GROUP BY 1, 2"
    )


def test_a_worker_with_another_inventory_takes_nothing_from_those_that_have_it(crew, tmp_path):
    """It is there first, and would refuse faster than another one audits."""
    filled(crew.night, 8)
    crew.migrate()
    inventory, _ = elsewhere(crew, tmp_path)
    refusing = crew.worker(folder=inventory.parent)
    run = crew.begin()
    crew.until(REFUSES)
    assert untouched(crew, 8)
    crew.worker()
    assert run.wait(LIMIT) == ExitCode.FINDINGS
    said = run.stderr.read()
    assert "differs" in said
    assert sorted(crew.ask(ONCE)) == [(1, f"pbx-{at}", 1) for at in range(8)]
    assert crew.ask("SELECT DISTINCT ending FROM audit") == [("audited",)]
    refusing.terminate()
    assert refusing.wait(LIMIT) == ExitCode.OK
    assert "differs" in refusing.stderr.read()


def test_a_worker_whose_inventory_is_put_right_does_what_waits(crew, tmp_path):
    filled(crew.night, 3)
    crew.migrate()
    inventory, right = elsewhere(crew, tmp_path)
    crew.worker(folder=inventory.parent)
    run = crew.begin()
    crew.until(REFUSES)
    inventory.write_text(right)
    assert run.wait(LIMIT) == ExitCode.FINDINGS, run.stderr.read()
    assert sorted(crew.ask(ONCE)) == [(1, f"pbx-{at}", 1) for at in range(3)]
    assert crew.ask("SELECT DISTINCT ending FROM audit") == [("audited",)]


def test_what_only_a_worker_that_refuses_could_do_is_refused_by_its_name(
    crew, console, monkeypatch, tmp_path
):
    filled(crew.night, 2)
    crew.migrate()
    inventory, _ = elsewhere(crew, tmp_path)
    crew.worker(folder=inventory.parent)
    for name, seconds in {"_WATCH": 0, "_PATIENCE": 1e9, "_ABSENT": 0}.items():
        monkeypatch.setattr(coordinator, name, seconds)
    for name, value in crew.variables.items():
        monkeypatch.setenv(name, value)
    ended = console("fleet", "run", "--today", "2026-11-22")
    assert ended.code == ExitCode.USAGE, ended.said
    assert "differs" in ended.err
    assert "differs" in "".join(reason for (reason,) in crew.ask("SELECT reason FROM audit"))
    assert crew.ask("SELECT ending, count(*) FROM audit GROUP BY 1") == [("refused", 2)]
    assert crew.ask("SELECT * FROM queue.procrastinate_jobs") == []


def test_jobs_name_ids_alone(crew):
    filled(crew.night, 1)
    crew.migrate()
    run = crew.begin()
    (row,) = crew.until("SELECT args FROM queue.procrastinate_jobs")
    assert row == ({"run": 1, "pbx": "pbx-0"},)
    crew.worker()
    assert run.wait(LIMIT) == ExitCode.OK


def test_two_operators_are_one_too_many(crew):
    filled(crew.night, 1)
    crew.migrate()
    run = crew.begin()
    crew.until("SELECT 1 FROM queue.procrastinate_jobs")
    assert crew.run().code == ExitCode.BUSY
    crew.worker()
    assert run.wait(LIMIT) == ExitCode.OK
    assert crew.ask(ONCE) == [(1, "pbx-0", 1)]


def test_a_worker_of_a_tenant_does_its_jobs_and_no_others(crew, cluster):
    crew.night.add("pbx-0", "hardened")
    crew.night.add("theirs", "hardened", tenant="other")
    crew.migrate()
    name = re.search(r"@/(\w+)\?", crew.url)[1]
    cluster.give_roles(name, worker_9=("worker", "muster"))
    crew.worker(HISTORY=cluster.url(name, "worker_9"))
    said = "SELECT queue_name, tenants FROM queue.procrastinate_workers"
    assert crew.until(said) == [("all", ["muster"])]
    run = crew.begin()
    crew.until("SELECT 1 FROM audit WHERE pbx = 'pbx-0'")
    left = "SELECT args ->> 'pbx', status FROM queue.procrastinate_jobs"
    assert crew.ask(left) == [("theirs", "todo")]
    crew.worker()
    assert run.wait(LIMIT) == ExitCode.OK, run.stderr.read()
    assert sorted(crew.ask(ONCE)) == [(1, "pbx-0", 1), (1, "theirs", 1)]


@pytest.mark.soak
def test_what_kills_workers_is_a_dead_letter_that_status_shows(crew):
    """Two workers died of it before, so the third is the last."""
    worker, run = busy(crew)
    crew.ask_for("UPDATE queue.procrastinate_jobs SET attempts = 2")
    worker.kill()
    worker.wait()
    assert run.wait(LIMIT) == ExitCode.INTERNAL, run.stderr.read()
    assert crew.ask("SELECT ending FROM audit WHERE pbx = 'silent'") == [("crashed",)]
    shown = crew.look("fleet", "status", "--format", "json")
    rows = {one["pbx"]: one for one in json.loads(shown)["pbxs"]}
    assert rows["silent"]["reason"]
    assert crew.ask("SELECT * FROM queue.procrastinate_jobs") == []


def test_a_worker_of_another_version_does_nothing(crew):
    filled(crew.night, 1)
    crew.migrate()
    run = crew.begin()
    crew.until("SELECT 1 FROM queue.procrastinate_jobs")
    crew.ask_for("UPDATE errand SET tool = '0.0.1'")
    crew.worker()
    ((said,),) = crew.until(REFUSES.replace("1", "refuses::text", 1))
    assert {"0.0.1", __version__} <= set(re.findall(r"[\w.]+(?<!\.)", said))
    assert untouched(crew, 1)
    crew.ask_for(f"UPDATE errand SET tool = '{__version__}'")  # noqa: S608 -- of this program
    assert run.wait(LIMIT) == ExitCode.OK


def test_a_worker_that_cannot_write_reports_does_not_start(crew):
    filled(crew.night, 1)
    crew.migrate()
    (crew.night.path / "reports").write_text("")
    ended = execute(["fleet", "worker"], crew.night.path, limit=LIMIT, **crew.variables)
    assert ended.code == ExitCode.OUTPUT
    assert str(crew.night.path / "reports") in ended.said


def test_what_a_worker_handed_in_and_nobody_can_read_is_its_failure(crew):
    filled(crew.night, 1)
    crew.migrate()
    run = crew.begin()
    crew.until("SELECT 1 FROM queue.procrastinate_jobs")
    crew.ask_for("INSERT INTO handed_in VALUES (1, 'pbx-0', 'worker 7', '2026', 'x')")
    assert run.wait(LIMIT) == ExitCode.INTERNAL, run.stderr.read()
    ((ending, reason),) = crew.ask("SELECT ending, reason FROM audit")
    assert ending == "crashed"
    assert "worker 7" in reason
