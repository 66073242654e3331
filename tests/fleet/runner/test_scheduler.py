"""When PBXs are begun, and what becomes of those that do not come back: no clock but a test's."""

from __future__ import annotations

import pickle
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_model import InventoryTarget, Pbx, TargetKind
from auditor.fleet.runner.jobs import Failure, Job, RunRequest
from auditor.fleet.runner.scheduling.pending import PendingPbx
from auditor.fleet.runner.scheduling.reader_threads import ReaderThreads
from auditor.fleet.runner.scheduling.scheduler import Scheduler
from auditor.fleet.runner.scheduling.start_times import begins_after
from auditor.fleet.runner.scheduling.worker_pool import WorkerPool as RealWorkerPool
from auditor.messages.message import NOTHING
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Severity
from tests.fixtures.pbx import TODAY

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ASKED = RunRequest(1, Severity.HIGH, Path("reports"), (), {}, {})


def pbx(name, tenant="muster", kind=TargetKind.ADDRESS, deadline=300):
    target = InventoryTarget(
        kind, f"https://{name}.example" if kind is TargetKind.ADDRESS else name
    )
    return Pbx(
        name,
        name,
        tenant,
        target,
        "tutorial",
        None,
        None,
        (),
        None,
        deadline,
        1,
        None,
        owns_credentials=False,
        tags=(),
        serial="",
    )


class Time:
    """A clock that goes on only where nothing is left to do, and the inbox that is waited at.

    What is to be done in threads is done one after the other, where the run waits; what `hangs` is
    never done, or where a test lets it.
    """

    def __init__(self, hangs):
        self.now = 0.0
        self.hangs = hangs
        self.held = {}
        self._working = []
        self._waiting: deque[Callable[[], None]] = deque()

    def post(self, act):
        self._waiting.append(act)

    def launch(self, work):
        name = work.args[0].job.pbx.id
        if name in self.hangs:
            self.held[name] = work
        else:
            self._working.append(work)

    def take(self, seconds):
        if not self._waiting and seconds and self._working:
            self._working.pop(0)()
        if self._waiting:
            return self._waiting.popleft()
        self.now += seconds
        return None


class WorkerPool(RealWorkerPool):
    """Judges at once, and notes how many seconds there were for it."""

    waiting = 0
    has_place = True

    def __init__(self, time):
        super().__init__(0, time.post)
        self.time = time
        self.seconds = {}

    def hand_out(self, task, now):  # noqa: ARG002
        job = task.arguments[0]
        self.seconds[job.pbx.id] = task.seconds
        self.time.post(partial(task.done, Failure(AuditEnding.CONFLICT, NOTHING)))

    def go_on(self, now):
        pass


class Recorder:
    """Notes when PBXs are begun and what becomes of them."""

    is_closed = False

    def __init__(self, time):
        self.time = time
        self.begun = {}
        self.ended = {}
        self.refused = set()

    def job(self, one):
        self.begun[one.id] = self.time.now
        if one.id in self.refused:
            return None
        return Job(ASKED, one, TODAY, NOW)

    def take(self, job, outcome):
        assert job.pbx.id not in self.ended
        self.ended[job.pbx.id] = outcome

    def tick(self):
        pass


class Night:
    def __init__(self, read, slots=32, hangs=()):
        self.time = Time(hangs)
        self.recorder, self.workers = Recorder(self.time), WorkerPool(self.time)
        self.readings = ReaderThreads(
            slots, read, self.time.post, self.time.launch, lambda: self.time.now
        )
        self.scheduler = Scheduler(
            self.readings, self.workers, self.recorder, self.time, lambda: self.time.now
        )

    def run(self, *planned):
        begun = [one if isinstance(one, PendingPbx) else PendingPbx(one, 0.0) for one in planned]
        self.scheduler.run(begun)
        return self.recorder


def at_once(job):  # noqa: ARG001
    return Snapshot("target")


def test_every_pbx_ends_once():
    names = [f"pbx-{number}" for number in range(40)]
    recorder = Night(at_once, slots=3).run(*map(pbx, names))
    assert set(recorder.ended) == set(names)


def test_reading_that_never_comes_back_frees_its_slot():
    night = Night(at_once, slots=1, hangs={"hangs"})
    recorder = night.run(pbx("hangs", deadline=60), pbx("next"))
    assert recorder.ended["hangs"].ending is AuditEnding.UNREACHABLE
    assert recorder.ended["next"].ending is AuditEnding.CONFLICT
    assert recorder.begun["next"] <= 11


def test_sockets_that_hang_delay_the_others_by_a_tenth_at_most():
    def lasts(hangs):
        night = Night(at_once, slots=4, hangs=hangs)

        def read(job):
            night.time.now += 5 / 4  # four at a time take five seconds each
            return at_once(job)

        night.readings._read = read  # noqa: SLF001
        names = [f"pbx-{number}" for number in range(200)]
        recorder = night.run(*(pbx(name) for name in names))
        assert len(recorder.ended) == len(names)
        return max(recorder.begun[name] for name in names if name not in hangs)

    undisturbed = lasts(set())
    disturbed = lasts({f"pbx-{number}" for number in range(0, 200, 20)})
    assert disturbed <= 1.1 * undisturbed


def test_answer_that_comes_too_late_counts_no_more():
    night = Night(at_once, slots=1, hangs={"late"})

    def read(job):
        if job.pbx.id == "next":
            night.time.held["late"]()
        return Snapshot("target")

    night.readings._read = read  # noqa: SLF001
    recorder = night.run(pbx("late", deadline=60), PendingPbx(pbx("next"), 61.0), pbx("last"))
    assert recorder.ended["late"].ending is AuditEnding.UNREACHABLE
    assert set(recorder.ended) == {"late", "next", "last"}


def test_what_reading_took_is_missing_for_judging():
    night = Night(at_once)

    def read(job):  # noqa: ARG001
        night.time.now += 100
        return Snapshot("target")

    night.readings._read = read  # noqa: SLF001
    night.run(pbx("graz", deadline=300))
    assert night.workers.seconds["graz"] == pytest.approx(200, abs=1)


def test_wait_for_the_history_costs_no_pbx_its_time():
    """As when the server of its database is started again."""
    night = Night(at_once)
    vars(night.readings)["_launch"] = lambda work: work()
    job, take = night.recorder.job, night.recorder.take

    def late(act):
        def acted(*given):
            night.time.now += 90
            return act(*given)

        return acted

    vars(night.recorder).update(job=late(job), take=late(take))
    recorder = night.run(*(pbx(name, deadline=60) for name in ("graz", "linz", "wels")))
    assert {one.ending for one in recorder.ended.values()} == {AuditEnding.CONFLICT}
    assert set(night.workers.seconds.values()) == {60}


def test_crash_of_a_reader_is_a_crash_of_its_pbx():
    def read(job):
        if job.pbx.id == "bad":
            raise ZeroDivisionError
        return Snapshot("target")

    recorder = Night(read).run(pbx("bad"), pbx("good"))
    assert recorder.ended["bad"].ending is AuditEnding.CRASHED
    assert recorder.ended["good"].ending is AuditEnding.CONFLICT


def peaks(night, beginnings):
    """Watch how many PBXs are read at a time, by how their names begin; the counts are filled."""
    peak: Counter[str] = Counter()

    def read(job):
        for one in beginnings:
            begun = [n for n in night.recorder.begun if n.startswith(one)]
            done = [n for n in night.recorder.ended if n.startswith(one)]
            peak[one] = max(peak[one], len(begun) - len(done))
        return at_once(job)

    night.readings._read = read  # noqa: SLF001
    return peak


def test_no_more_of_a_tenant_at_once_than_it_allows():
    small = [PendingPbx(pbx(f"small-{n}", "small"), 0.0, 2) for n in range(10)]
    large = [PendingPbx(pbx(f"large-{n}", "large"), 0.0) for n in range(10)]
    night = Night(at_once)
    peak = peaks(night, ("small", "large"))
    assert len(night.run(*small, *large).ended) == 20
    assert peak["small"] <= 3  # one may wait for its judges
    assert peak["large"] == 10


def behind(name, platform, tenant="muster"):
    """Return a PBX that is read through Devices."""
    address = f"https://{platform}/platform.example/devices/passthrough/{int(name[1:]):012x}"
    return pbx(name, tenant)._replace(target=InventoryTarget(TargetKind.ADDRESS, address))


def test_no_more_through_one_platform_than_it_bears():
    """However many tenants have boxes behind it, and without holding up anybody else."""
    through = [PendingPbx(behind(f"a{n}", "ap.example", f"t{n}"), 0.0) for n in range(12)]
    through += [PendingPbx(behind("a99", "AP.example", "t1"), 0.0)]
    others = [PendingPbx(behind(f"b{n}", "ap2.example"), 0.0) for n in range(3)]
    others += [PendingPbx(pbx(f"d{n}"), 0.0) for n in range(6)]
    night = Night(at_once)
    peak = peaks(night, "abd")
    assert len(night.run(*through, *others).ended) == 22
    assert peak["a"] <= 5  # one may wait for its judges
    assert (peak["b"], peak["d"]) == (3, 6)


def test_tenant_that_is_full_holds_up_no_other():
    slow = [PendingPbx(pbx(f"s{n}", "slow", deadline=60), 0.0, 1) for n in range(3)]
    night = Night(at_once, slots=2, hangs={"s0", "s1", "s2"})
    recorder = night.run(*slow, PendingPbx(pbx("quick", "fast"), 0.0))
    assert recorder.begun["quick"] < 60
    assert [round(recorder.begun[f"s{n}"] / 60) for n in range(3)] == [0, 1, 2]  # one at a time


def test_window_spreads_the_starts():
    names = [f"pbx-{number}" for number in range(50)]
    hours = 4 * 3600
    planned = [PendingPbx(pbx(name), begins_after(name, hours)) for name in names]
    recorder = Night(at_once).run(*planned)
    for name in names:
        assert recorder.begun[name] == pytest.approx(begins_after(name, hours), abs=1)
    assert len({int(one // 3600) for one in recorder.begun.values()}) == 4


def test_place_in_a_window_is_always_the_same():
    assert begins_after("graz-1", 100) == begins_after("graz-1", 100)
    assert begins_after("graz-1", 200) == 2 * begins_after("graz-1", 100)
    assert begins_after("graz-1", 100) != begins_after("graz-2", 100)
    assert begins_after("graz-1", 0) == 0


def test_pbx_without_a_job_ends_no_run():
    night = Night(at_once)
    night.recorder.refused = {"bad"}
    assert set(night.run(pbx("bad"), pbx("good")).ended) == {"good"}


def test_closed_desk_begins_nothing_more(monkeypatch):
    night = Night(at_once, slots=1)

    def take(job, outcome):
        night.recorder.ended[job.pbx.id] = outcome
        night.recorder.is_closed = True

    monkeypatch.setattr(night.recorder, "take", take)
    recorder = night.run(*(pbx(f"pbx-{n}") for n in range(10)))
    assert len(recorder.ended) < 10


def test_what_is_asked_of_all_goes_to_a_process_as_it_is():
    asked = ASKED._replace(tenants={"graz": "muster"}, histories=frozenset({"graz"}))
    other = asked._replace(run=2)
    for one in (asked, other, asked):
        job = Job(one, pbx("graz"), TODAY, NOW)
        assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 -- just written
