"""A night by workers beside the same night on one machine, in the same PostgreSQL.

What counts is processor time: that of the run, of the worker with all its processes, and of the
server. Both nights see the same machine, one after the other.
"""

from __future__ import annotations

import heapq
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Self

import psycopg

from auditor.errors import ExitCode
from auditor.fleet.scale import queue
from auditor.fleet.scale.queued import Order
from auditor.fleet.store.history import History
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from tests.benchmarks import fleet
from tests.benchmarks.process import CHECKOUT, MB, environment, run, show
from tests.benchmarks.simulated_worker import LONGEST, SHORTEST, seconds_of
from tests.benchmarks.waiting import box
from tests.fixtures import postgresql

PBXS: Final = int(os.environ.get("BENCH_QUEUED", "1000"))
USERS: Final = 20
RATIO_AIM: Final = 1.15
ENQUEUED: Final = 10_000
ENQUEUE_AIM: Final = 2.0
JOBS: Final = 1000
SCHEDULE_AIM: Final = 1.15
LIVE: Final = 64
LIVE_LIMIT_MB: Final = 500
# About so many seconds one live PBX takes to send its configuration, so that all do it at once.
_SECONDS: Final = 8.0
_BETWEEN_LOOKS: Final = 0.2
_QUEUED: Final = '[fleet]\nhistory_env = "HISTORY"\nengine = "queue"\n'
_HERE: Final = '[fleet]\nhistory_env = "HISTORY"\n'
_LIVE: Final = '[[pbx]]\nid = "pbx-{number}"\ntenant = "tenant"\ntarget = "{url}"\n'


class _Night(NamedTuple):
    """What a night took: processor time of run, worker and server, and how long it was."""

    run: float
    worker: float
    server: float
    seconds: float


def measure_queue() -> Iterator[str]:
    """Show what the queue takes, and yield each aim that is missed."""
    binaries = postgresql.programs()
    if binaries is None:
        show("No PostgreSQL is installed: the queue is not measured")
        return
    with (
        tempfile.TemporaryDirectory(prefix="pbx-auditor-bench-") as name,
        postgresql.cluster(Path(name), binaries) as cluster,
    ):
        yield from _enqueueing(cluster)
        yield from _nights(cluster, Path(name) / "saved")
        yield from _schedule(cluster, Path(name) / "schedule")
        yield from _memory(cluster, Path(name) / "live")


def _enqueueing(cluster: postgresql.Cluster) -> Iterator[str]:
    url = cluster.create("enqueue")
    History.open(url).close()
    queue.make(url)
    orders = {name: Order(name, "all", 300) for name in (f"pbx-{one}" for one in range(ENQUEUED))}
    with queue.open_queue(url) as jobs:
        before, begin = _server(cluster) + time.process_time(), time.perf_counter()
        jobs.settle(1, orders)
        lasted = time.perf_counter() - begin
        took = _server(cluster) + time.process_time() - before
        before = _server(cluster) + time.process_time()
        jobs.settle(1, orders)
        again = _server(cluster) + time.process_time() - before
    show(
        f"{ENQUEUED:,} jobs queued: {took:.2f} s of processor, {lasted:.2f} s, aim "
        f"{ENQUEUE_AIM:g}; looked after: {again:.2f} s of processor"
    )
    if took > ENQUEUE_AIM:
        yield f"to queue {ENQUEUED:,} jobs takes {took:.2f} s, aim {ENQUEUE_AIM:g}"


def _nights(cluster: postgresql.Cluster, folder: Path) -> Iterator[str]:
    folder.mkdir()
    fleet.write(PBXS, USERS, folder)
    inventory = folder / "fleet.toml"
    text = inventory.read_text("utf-8")
    took = {}
    for name, beginning in (("here", _HERE), ("queue", _QUEUED)):
        inventory.write_text(text.replace("[fleet]\n", beginning), encoding="utf-8")
        # One that does not count fills the store of compiled modules.
        _night(cluster, f"{name}-0", inventory, "--only", "pbx-0", "--only", "pbx-1")
        night = _night(cluster, name, inventory)
        took[name] = sum(night[:3])
        show(
            f"{PBXS:,} saved PBXs, {name:5}: {took[name]:6.1f} s of processor: run {night.run:.1f},"
            f" worker {night.worker:.1f}, server {night.server:.1f}; {night.seconds:.1f} s"
        )
    ratio = took["queue"] / took["here"]
    show(f"by a worker beside on one machine: {ratio:.2f}, aim {RATIO_AIM}")
    if ratio > RATIO_AIM:
        yield f"a worker takes {ratio:.2f} times what one machine does, aim {RATIO_AIM}"


def _night(cluster: postgresql.Cluster, name: str, inventory: Path, *more: str) -> _Night:
    variables = {"HISTORY": cluster.create(name)}
    _run("migrate", inventory, variables)
    begin, server, worked = time.perf_counter(), _server(cluster), 0.0
    if name.startswith("here"):
        ran = _run("run", inventory, variables, "-q", *more)
    else:
        with _Worker(inventory, variables) as worker:
            ran = _run("run", inventory, variables, "-q", *more)
        worked = worker.processor
    return _Night(ran, worked, _server(cluster) - server, time.perf_counter() - begin)


def _schedule(cluster: postgresql.Cluster, folder: Path) -> Iterator[str]:
    """Compare a run of simulated PBXs by two workers with what their slots could do at best."""
    folder.mkdir(mode=0o700)
    shutil.copy(SimulatedPbx.create("hardened", seed=1, users=1).site, folder / "site.toml")
    names = [f"pbx-{number}" for number in range(JOBS)]
    blocks = [_LIVE.format(number=number, url=f"https://{name}.example")
              for number, name in enumerate(names)]  # fmt: skip
    inventory = folder / "fleet.toml"
    inventory.write_text("\n".join([fleet.BEGINNING.replace("[fleet]\n", _QUEUED), *blocks]))
    variables = {"HISTORY": cluster.create("schedule"), "PBX_AUDITOR_USERNAME": "u",
                 "PBX_AUDITOR_PASSWORD": "p"}  # fmt: skip
    _run("migrate", inventory, variables)
    simulated = "tests.benchmarks.simulated_worker"
    one, other = (_Worker(inventory, variables, simulated) for _ in range(2))
    before = _server(cluster)
    with one, other:
        ran = _run("run", inventory, variables, "-q", "--min-reached", "0")
    spent = ran + one.processor + other.processor + _server(cluster) - before
    asked = "SELECT count(*), max(ended::timestamptz) - min(started::timestamptz) FROM audit"
    with psycopg.connect(variables["HISTORY"]) as history:
        recorded, span = history.execute(asked).fetchone() or (0, None)
    # The next one goes into the slot that is free first.
    slots = [0.0] * (2 * LIVE)
    for name in names:
        heapq.heapreplace(slots, slots[0] + seconds_of(name))
    ideal, took = max(slots), span.total_seconds() if span is not None else math.inf
    show(
        f"{recorded:,} simulated PBXs of {SHORTEST:g} to {LONGEST:g} s, 2 workers of {LIVE} slots:"
        f" {took:.1f} s, ideal {ideal:.1f}, aim {SCHEDULE_AIM} of that; processor {spent:.1f} s"
    )
    if took > SCHEDULE_AIM * ideal or recorded != JOBS:
        yield f"{recorded:,} simulated PBXs take {took / ideal:.2f} times the ideal schedule"


def _memory(cluster: postgresql.Cluster, folder: Path) -> Iterator[str]:
    folder.mkdir(mode=0o700)
    made = SimulatedPbx.create("hardened", seed=1, users=USERS)
    shutil.copy(made.site, folder / "site.toml")
    rate = int(len(responses.configuration(made, 1)) / _SECONDS)
    viewer = next(one for one in made.accounts if one.role == "viewer")
    variables = {
        "HISTORY": cluster.create("live"),
        "PBX_AUDITOR_USERNAME": viewer.username,
        "PBX_AUDITOR_PASSWORD": viewer.password,
    }
    with ExitStack() as stack:
        servers = [
            stack.enter_context(SimulatorServer(box(made, one), bytes_per_second=rate))
            for one in range(LIVE)
        ]
        blocks = [_LIVE.format(number=at, url=one.url) for at, one in enumerate(servers)]
        beginning = fleet.BEGINNING.replace("[fleet]\n", _QUEUED)
        inventory = folder / "fleet.toml"
        inventory.write_text("\n".join([beginning, *blocks]), encoding="utf-8")
        _run("migrate", inventory, variables)
        with _Worker(inventory, variables) as worker:
            _run("run", inventory, variables, "-q", "--min-reached", "100")
        with psycopg.connect(variables["HISTORY"]) as history:
            count = "SELECT count(*) FROM audit WHERE ending = 'audited'"
            (audited,) = history.execute(count).fetchone() or (0,)
    show(
        f"{audited} live PBXs, {LIVE} at once by one worker: peak {worker.peak / MB:.0f} MB with "
        f"all its processes, limit {LIVE_LIMIT_MB}"
    )
    if worker.peak / MB > LIVE_LIMIT_MB or audited != LIVE:
        yield f"{audited} live PBXs on a worker take {worker.peak / MB:.0f} MB"


def _run(what: str, inventory: Path, variables: Mapping[str, str], *more: str) -> float:
    expected = int(ExitCode.OK) if what == "migrate" else None
    command = [sys.executable, "-m", "auditor", "fleet", what, str(inventory), *more]
    return run(command, expected=expected, more=variables).processor


class _Worker:
    """A worker that is at work; afterwards, what it took with all its processes."""

    processor = 0.0
    peak = 0

    def __init__(
        self, inventory: Path, variables: Mapping[str, str], module: str = "auditor"
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- this interpreter
            [sys.executable, "-m", module, "fleet", "worker", str(inventory), "-q"],
            cwd=CHECKOUT,
            env=environment(variables),
        )
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *given: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.processor = usage.ru_utime + usage.ru_stime

    def _watch(self) -> None:
        while not self._is_over.wait(_BETWEEN_LOOKS):
            self.peak = max(self.peak, sum(map(_shared, _tree(self._process.pid))))


def _tree(pid: int) -> list[Path]:
    """Return a process and all that it started, below /proc."""
    found = [Path(f"/proc/{pid}")]
    for one in found:
        for children in one.glob("task/*/children"):
            try:
                found += [Path(f"/proc/{child}") for child in children.read_text().split()]
            except OSError:
                continue
    return found


def _shared(process: Path) -> int:
    """Return the memory of a process in bytes, what several share divided by them."""
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def _server(cluster: postgresql.Cluster) -> float:
    """Return what the server took so far, with the processes that ended."""
    pid = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for process in _tree(pid):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    show("\n".join(measure_queue()) or "Every aim is met.")
