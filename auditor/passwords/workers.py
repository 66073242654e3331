"""Scores many texts in several processes; a text that no process scored is scored here.

The processes are spawned and talk through anonymous pipes only, so no text stands in an argument,
in the environment or in a file. A process ends as soon as its pipe closes, however that happens.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from auditor.files.children import deaf_to_ctrl_c
from auditor.files.core_dumps import forbid_core_dumps
from auditor.passwords.scoring import Score, Scorer, ScoringJob
from auditor.values.frozen import frozen

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

CHUNK: Final = 32
MIN_JOBS: Final = 500  # fewer are scored before a process has started
Tell = Callable[[int, int], None]


@frozen
class _Worker:
    """A process, with the ends of its pipes on this side."""

    process: SpawnProcess
    requests: Connection[list[ScoringJob], object]
    answers: Connection[object, list[Score]]


def score_all(
    shared: tuple[str, ...], jobs: Sequence[ScoringJob], processes: int, tell: Tell
) -> list[Score]:
    """Return the score of each job; `tell` hears how many of how many are done."""
    if not jobs:  # most often nobody can decrypt
        return []
    total = len(jobs)
    many = processes > 1 and total >= MIN_JOBS
    found = _score_elsewhere(shared, jobs, processes, tell) if many else {}
    scorer = Scorer(shared)
    for number, job in enumerate(jobs):
        if number not in found:
            found[number] = scorer.score(job)
            if len(found) % CHUNK == 0:
                tell(len(found), total)
    return [found[number] for number in range(total)]


def _score_elsewhere(
    shared: tuple[str, ...], jobs: Sequence[ScoringJob], processes: int, tell: Tell
) -> dict[int, Score]:
    """Return the scores that other processes found; one that dies leaves its chunk out."""
    from multiprocessing.connection import wait  # noqa: PLC0415 -- only where it is needed

    found: dict[int, Score] = {}
    pending = deque(range(0, len(jobs), CHUNK))
    with _workers(shared, processes) as workers:
        busy: dict[object, tuple[_Worker, int]] = {}
        for worker in workers:
            _hand_out(worker, jobs, pending, busy)
        while busy:
            for answers in wait([worker.answers for worker, _ in busy.values()]):
                worker, start = busy.pop(answers)
                try:
                    scores = worker.answers.recv()
                except (EOFError, OSError):
                    continue
                found.update(enumerate(scores, start))
                tell(len(found), len(jobs))
                _hand_out(worker, jobs, pending, busy)
    return found


def _hand_out(
    worker: _Worker,
    jobs: Sequence[ScoringJob],
    pending: deque[int],
    busy: dict[object, tuple[_Worker, int]],
) -> None:
    """Give a worker the next chunk, if there is one; one that died gets no more."""
    if not pending:
        return
    start = pending.popleft()
    try:
        worker.requests.send(list(jobs[start : start + CHUNK]))
    except OSError:
        pending.appendleft(start)
        return
    busy[worker.answers] = (worker, start)


@contextmanager
def _workers(shared: tuple[str, ...], count: int) -> Iterator[list[_Worker]]:
    """Give as many workers as the system lets start; they are gone afterwards."""
    workers: list[_Worker] = []
    try:
        with suppress(OSError):  # no more processes or pipes: those that started are enough
            for _ in range(count):
                workers.append(start_worker(shared))  # noqa: PERF401 -- keep those that started
        yield workers
    finally:
        for worker in workers:
            worker.requests.close()
            worker.answers.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join()
            worker.process.close()


def start_worker(shared: tuple[str, ...]) -> _Worker:
    """Start one worker. Raises OSError."""
    from multiprocessing import get_context  # noqa: PLC0415 -- only where it is needed

    context = get_context("spawn")
    requests, to_worker = context.Pipe(duplex=False)
    answers, from_worker = context.Pipe(duplex=False)
    with requests, from_worker, deaf_to_ctrl_c():
        process = context.Process(target=serve, args=(requests, from_worker, shared), daemon=True)
        process.start()
    return _Worker(process, to_worker, answers)


def serve(
    requests: Connection[object, list[ScoringJob]],
    answers: Connection[list[Score], object],
    shared: tuple[str, ...],
) -> None:
    """Score the chunks that arrive until the pipe closes.

    An interrupt is the business of the process that started this one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_core_dumps()
    try:
        scorer = Scorer(shared)
        while True:
            answers.send([scorer.score(job) for job in requests.recv()])
    except Exception:  # noqa: BLE001 -- a traceback could quote a password; the chunk is done again
        return
