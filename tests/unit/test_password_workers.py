"""Scoring in several processes: the same result, whatever becomes of them, and nothing leaks."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.common_options.limits import limits_of
from auditor.passwords import workers
from auditor.passwords.scoring import Scorer, ScoringJob, shared_inputs
from auditor.passwords.workers import score_all
from tests.fixtures.resource_tracker import none_started

pytestmark = pytest.mark.slow  # each starts processes
SHARED = shared_inputs(["Beispiel GmbH"])
JOBS = [ScoringJob(f"Kanari3nvogel-{number}", ("mueller",) * (number % 2)) for number in range(130)]
linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")
posix = pytest.mark.skipif(os.name != "posix", reason="kills a process")


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(workers, "MIN_JOBS", 1)


@pytest.fixture(scope="module")
def expected():
    scorer = Scorer(SHARED)
    return [scorer.score(job) for job in JOBS]


def quiet(_done, _total):
    pass


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_number_of_processes_makes_no_difference(expected, processes):
    assert score_all(SHARED, JOBS, processes, quiet) == expected
    assert multiprocessing.active_children() == []


def test_nothing_to_do_is_done():
    assert score_all(SHARED, [], 2, quiet) == []


def test_a_few_passwords_start_no_process(monkeypatch, expected):
    monkeypatch.setattr(workers, "MIN_JOBS", len(JOBS) + 1)
    monkeypatch.setattr(workers, "start_worker", None)
    assert score_all(SHARED, JOBS, 2, quiet) == expected


def test_progress_rises_to_all():
    told = []
    score_all(SHARED, JOBS, 2, lambda *far: told.append(far))
    assert told == sorted(told)
    assert told[-1] == (len(JOBS), len(JOBS))


def test_where_no_process_can_start_one_does_it_all(monkeypatch, expected):
    def refuse(_shared):
        raise OSError

    monkeypatch.setattr(workers, "start_worker", refuse)
    assert score_all(SHARED, JOBS, 2, quiet) == expected


def test_one_process_that_starts_is_enough(monkeypatch, expected):
    started: list[Any] = []
    start = workers.start_worker

    def once(shared):
        if started:
            raise OSError
        started.append(start(shared))
        return started[0]

    monkeypatch.setattr(workers, "start_worker", once)
    assert score_all(SHARED, JOBS, 2, quiet) == expected


@linux
def test_ctrl_c_does_not_reach_a_process_while_it_is_started():
    with none_started():
        worker = workers.start_worker(SHARED)
        status = Path(f"/proc/{worker.process.pid}/status").read_text()
        worker.requests.close()
        worker.process.join()
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    assert blocked & 1 << signal.SIGINT - 1


@posix
@pytest.mark.parametrize("killed", [1, 2], ids=["one", "all"])
def test_processes_that_die_leave_no_gap(expected, killed):
    def kill(done, _total):
        if done == workers.CHUNK:
            for child in multiprocessing.active_children()[:killed]:
                os.kill(child.pid, signal.SIGKILL)

    assert score_all(SHARED, JOBS, 2, kill) == expected


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_all_processes(stop):
    def interrupt(_done, _total):
        raise stop

    with pytest.raises(stop):
        score_all(SHARED, JOBS, 2, interrupt)
    assert multiprocessing.active_children() == []


@linux
def test_no_process_has_a_password_in_its_arguments_or_environment():
    seen: list[Any] = []

    def look(_done, _total):
        for child in multiprocessing.active_children():
            folder = Path(f"/proc/{child.pid}")
            seen.extend(folder.joinpath(name).read_bytes() for name in ("cmdline", "environ"))

    score_all(SHARED, JOBS, 2, look)
    assert len(seen) > 2
    assert not any(b"Kanari3nvogel" in content for content in seen)


def pipe():
    return multiprocessing.get_context("spawn").Pipe(duplex=False)


def serve(monkeypatch, chunks):
    """Run what a process runs, in this one, and return what it answered."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    (requests, to_worker), (answers, from_worker) = pipe(), pipe()
    for chunk in chunks:
        to_worker.send(chunk)
    to_worker.close()
    workers.serve(requests, from_worker, SHARED)
    from_worker.close()
    found = []
    while True:
        try:
            found.append(answers.recv())
        except EOFError:
            return found


def test_a_process_answers_until_its_pipe_closes(monkeypatch, expected):
    assert serve(monkeypatch, [JOBS[:3], JOBS[3:5]]) == [expected[:3], expected[3:5]]


def test_an_error_in_a_process_says_nothing(monkeypatch, capfd):
    def crash(_self, job):
        raise ValueError(job.text)

    monkeypatch.setattr(Scorer, "score", crash)
    assert serve(monkeypatch, [JOBS[:3]]) == []
    assert capfd.readouterr() == ("", "")


@posix
def test_processes_say_nothing_when_they_are_stopped(capfd):
    def interrupt(_done, _total):
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGINT)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_all(SHARED, JOBS, 2, interrupt)
    assert capfd.readouterr() == ("", "")


def test_the_command_line_uses_the_cores_it_may_use():
    assert 1 <= limits_of(1, 1).processes <= 8
