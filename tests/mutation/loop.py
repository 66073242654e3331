"""A pytest plugin that collects tests once and then runs them against mutant after mutant.

Each mutant has a process of its own, forked after collection and before any test: nothing that a
test left behind, and nothing that the original computed, is in it. A first process of this kind
notes which functions each test executes.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import resource
import shutil
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from mutmut.mutation import trampoline

from tests.mutation.mutants import key_of

WORK: Final = "MUTATION_WORK"
MEMORY: Final = 4 * 2**30
# Of the tests that execute a function, the quick ones are enough to bound the time of a survivor.
SECONDS_OF_TESTS: Final = 30.0
# One that takes longer asks about a whole run rather than about a function.
LONG: Final = 0.5
SPARE_SECONDS: Final = 30.0
SLACK: Final = 10


@dataclass(frozen=True)
class Trace:
    """Which tests execute a function, what each costs, and which fail without a mutant.

    Seconds are those of the processor: how long a test takes depends on who else uses the machine.
    """

    tests: dict[str, list[int]]
    seconds: dict[int, float]
    failed: list[int]
    files: list[str]

    def quick(self, function: str) -> list[int]:
        """Return the tests of a function that are worth their time.

        Those of each file that execute least come first, then the second of each: another file asks
        something else, and the more a test is about a function, the sooner it fails. What takes
        long comes last.
        """

        def key(one: int) -> tuple[bool, int, float, int]:
            return self.seconds[one] > LONG, self._executed[one], self.seconds[one], one

        known = set(self.tests.get(function, [])) - set(self.failed)
        ranked, ranks = [], Counter[str]()
        for index in sorted(known, key=key):
            late = self.seconds[index] > LONG
            ranked.append((late, ranks[self.files[index]], self.seconds[index], index))
            ranks[self.files[index]] += 1
        chosen: list[int] = []
        total = 0.0
        for *_, seconds, index in sorted(ranked):
            if not chosen or total + seconds <= SECONDS_OF_TESTS:
                total += seconds
                chosen.append(index)
        return chosen

    @functools.cached_property
    def _executed(self) -> Counter[int]:
        """How many functions each test executes."""
        return Counter(index for found in self.tests.values() for index in found)

    def limit(self, tests: Sequence[int]) -> float:
        """Return after how many seconds a mutant hangs."""
        return SPARE_SECONDS + SLACK * sum(self.seconds[one] for one in tests)


def pytest_sessionstart() -> None:
    """Let examples be the same in each run."""
    settings.load_profile("mutation")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run what the work asks for instead of each test once."""
    folder = Path(os.environ[WORK])
    work = json.loads((folder / "work.json").read_text("utf-8"))
    if session.testsfailed:
        raise session.Interrupted("the tests could not be collected")
    trace = _traced(session, folder)
    failed = [session.items[one].nodeid for one in trace.failed]
    with (folder / "ends.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps(failed) + "\n")
        for ended in _run_all(session, trace, work["mutants"], work["jobs"], folder):
            file.write(json.dumps(ended) + "\n")
            file.flush()
    return True


def _traced(session: pytest.Session, folder: Path) -> Trace:
    path = folder / "trace.json"
    child = _fork(lambda: _trace(session, path), folder)
    os.waitpid(child.pid, 0)
    child.clear()
    noted = json.loads(path.read_text("utf-8"))
    seconds = {int(index): value for index, value in noted["seconds"].items()}
    files = [str(item.path) for item in session.items]
    return Trace(noted["tests"], seconds, noted["failed"], files)


def _trace(session: pytest.Session, path: Path) -> int:
    """Note what each test executes. What a fixture executes counts for all tests of the file."""
    tests: dict[str, set[int]] = defaultdict(set)
    seconds: dict[int, float] = {}
    files: dict[Path, list[int]] = defaultdict(list)
    for index, item in enumerate(session.items):
        files[item.path].append(index)
    noted = _Notes()
    session.config.pluginmanager.register(noted)
    # What mutmut does here for each call takes longer than the tests.
    vars(trampoline)["record_trampoline_hit"] = noted.hit
    trampoline.set_mutant_under_test("stats")
    failed = []
    last = None
    for index, (item, following) in enumerate(pairwise([*session.items, None])):
        if item.path != last:
            _forget()
            last = item.path
        before, begun = session.testsfailed, time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds[index] = time.process_time() - begun
        if session.testsfailed > before:
            failed.append(index)
        for function in noted.executed:
            tests[function].add(index)
        for function in noted.before:
            tests[function].update(files[item.path])
        noted.executed.clear()
    kept = {function: sorted(found) for function, found in tests.items()}
    path.write_text(json.dumps({"tests": kept, "seconds": seconds, "failed": failed}), "utf-8")
    return 0


class _Notes:
    """What a test executed, and what of it was executed before the test itself began."""

    def __init__(self) -> None:
        self.executed: set[str] = set()
        self.before: set[str] = set()

    def hit(self, function: str, **_: object) -> None:
        self.executed.add(function)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        result = yield
        self.before = set(self.executed)
        return result


@dataclass(frozen=True)
class _Child:
    pid: int
    folder: Path

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _run_all(
    session: pytest.Session, trace: Trace, names: list[str], jobs: int, folder: Path
) -> Iterator[tuple[str, str]]:
    running: dict[int, tuple[str, _Child, float]] = {}
    waiting = list(reversed(names))
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop()
            tests = trace.quick(key_of(name))
            if not tests:
                yield name, "survived"
                continue
            items = [session.items[one] for one in tests]
            child = _fork(functools.partial(_try, session, items, name), folder)
            running[child.pid] = (name, child, time.monotonic() + trace.limit(tests))
        for pid, (name, child, deadline) in list(running.items()):
            end = _end_of(pid, deadline)
            if end:
                del running[pid]
                child.clear()
                yield name, end
        time.sleep(0.01)


def _end_of(pid: int, deadline: float) -> str:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        # Whatever a test started and did not end goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        return "survived" if status == 0 else "killed"
    if time.monotonic() < deadline:
        return ""
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "timed out"


def _try(session: pytest.Session, items: Sequence[pytest.Item], name: str) -> int:
    """Run tests against a mutant until one fails."""
    _forget()
    trampoline.set_mutant_under_test(name)
    for item, following in pairwise([*items, None]):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def _fork(run: Callable[[], int], folder: Path) -> _Child:
    """Run something in a process of its own, with a folder of its own, and silent."""
    own = Path(tempfile.mkdtemp(dir=folder, prefix="child-"))
    pid = os.fork()
    if pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)
        return _Child(pid, own)
    code = 1
    try:
        with contextlib.suppress(PermissionError):
            os.setpgid(0, 0)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        silent = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silent, stream)
        code = run()
    except BaseException as trouble:  # noqa: BLE001 -- a process that must not go on as pytest
        (own.parent / "trouble.txt").write_text(repr(trouble), "utf-8")
    finally:
        os._exit(code)


def _forget() -> None:
    """Forget what functions of the project computed while tests were collected."""
    for one in _caches():
        one.cache_clear()


@functools.cache
def _caches() -> list[Any]:
    gc.unfreeze()
    found = [
        one
        for one in gc.get_objects()
        if isinstance(one, functools._lru_cache_wrapper)  # noqa: SLF001 -- there is no other name
        and str(one.__module__).startswith(("auditor", "tests"))
        and one is not _caches
    ]
    gc.freeze()
    return found
