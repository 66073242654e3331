"""What workers hand in, how they know that they do the same, and whether they hear of jobs."""

from __future__ import annotations

import itertools
import zlib
from datetime import date, timedelta
from unittest.mock import Mock

import psycopg
import pytest

from auditor.errors import AuditorError, ExitCode, HistoryError
from auditor.fleet.compression import pack
from auditor.fleet.history_model import AuditEnding, Known, Paper, PaperKind, Standing
from auditor.fleet.inventory.inventory_model import InventoryTarget, Pbx, TargetKind
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.runner.jobs import AuditResult, Job, RunRequest
from auditor.fleet.scale import coordinator, handing_in
from auditor.fleet.scale.errand import WantedOptions, digest_of, errand_of, wanted_of
from auditor.fleet.scale.handing_in import dumped, load_result
from auditor.fleet.scale.listening import hears
from auditor.fleet.scale.queued import Order, Present
from auditor.fleet.store import errands
from auditor.fleet.store.errands import Errand, HandedIn
from auditor.fleet.store.history import History
from auditor.messages.message import say
from auditor.model.vocabulary import Severity
from tests.fixtures.fleet_history import NOW, record
from tests.fixtures.fleet_story import Story, failed, passed
from tests.fleet.conftest import pbx
from tests.fleet.scale.crew import ACCOUNT, QUEUED
from tests.fleet.store.conftest import place
from tests.fleet.store.test_tenants import name_of

__all__ = ["place"]


def job_of(result, reports):
    """Return what a result is handed in for."""
    pbx = simulated_pbx(result.record.pbx, result.record.tenant)
    asked = RunRequest(1, Severity.LOW, reports, ("json",), {}, {})
    return Job(asked, pbx, result.record.day, NOW)


def simulated_pbx(name, tenant):
    target = InventoryTarget(TargetKind.PATH, "cfg.txt")
    return Pbx(
        name, name, tenant, target, "", None, None, (), None, 1, 1, None,
        owns_credentials=False, tags=(), serial="",
    )  # fmt: skip


def results(history, reports):
    """Yield results of each kind, as audits of a few nights are."""
    story = Story(history)
    made = []
    story.history.record = lambda run, audit: made.append(audit)  # noqa: ARG005
    story.night({"muster-1": [failed("HD-03", "anna"), passed()], "muster-2": AuditEnding.CONFLICT})
    for one in made:
        folder = reports / one.tenant / one.pbx / "000001"
        folder.mkdir(parents=True, exist_ok=True)
        yield AuditResult(one, folder if one.audited else None, say("no {what}", what="report"))


def test_what_is_handed_in_arrives_as_it_was(tmp_path):
    with History.open(tmp_path / "history.db") as history:
        for result in results(history, tmp_path):
            arrived = load_result(dumped(result, 1), job_of(result, tmp_path), "worker")
            assert arrived == result
            assert arrived.unwritten.parameters == result.unwritten.parameters
            for change in arrived.record.audited.changes if arrived.record.audited else ():
                assert isinstance(change.after, Standing) is bool(change.key)


@pytest.mark.parametrize("content", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b"{}")])
def test_what_is_no_result_is_refused(content, tmp_path):
    job = job_of(AuditResult(record()), tmp_path)
    with pytest.raises(HistoryError):
        load_result(content, job, "worker")


def forged(result, **changes):
    return result._replace(record=result.record._replace(**changes))


def with_audited(result, **changes):
    return forged(result, audited=result.record.audited._replace(**changes))


FORGED = {
    "of another PBX": lambda one: forged(one, pbx="graz"),
    "of another tenant": lambda one: forged(one, tenant="other"),
    "a snapshot by the digest of another": lambda one: with_audited(
        one, snapshot=pack(b"{}")._replace(compressed=pack(b"[]").compressed)
    ),
    "a snapshot that is not there": lambda one: with_audited(
        one, snapshot=pack(b"{}")._replace(compressed=b"")
    ),
    "a snapshot of another size": lambda one: with_audited(
        one, snapshot=pack(b"{}")._replace(size=1)
    ),
    "a paper by the digest of another": lambda one: with_audited(
        one, papers=(Paper(PaperKind.SITE, "0" * 64, b"x"),)
    ),
}


FORGED |= {
    "a snapshot that fills the memory": lambda one: with_audited(
        one, snapshot=pack(b"{}")._replace(compressed=zlib.compress(bytes(1 << 24)))
    ),
    "of a clock without a zone": lambda one: forged(one, started=NOW.replace(tzinfo=None)),
    "that ended before it began": lambda one: forged(
        one, ended=one.record.started - timedelta(seconds=1)
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_a_worker_forged_is_refused(forge, tmp_path):
    with History.open(tmp_path / "history.db") as history:
        result = next(one for one in results(history, tmp_path) if one.record.audited)
    with pytest.raises(HistoryError):
        load_result(dumped(forge(result), 1), job_of(result, tmp_path), "worker")


def test_what_was_handed_in_for_another_run_is_refused(tmp_path):
    with History.open(tmp_path / "history.db") as history:
        result = next(results(history, tmp_path))
    with pytest.raises(HistoryError):
        load_result(dumped(result, 2), job_of(result, tmp_path), "worker")


def test_a_document_that_fills_the_memory_is_not_unpacked(monkeypatch, tmp_path):
    monkeypatch.setattr(handing_in, "_LONGEST", 100)
    with History.open(tmp_path / "history.db") as history:
        result = next(results(history, tmp_path))
    with pytest.raises(HistoryError):
        load_result(dumped(result, 1), job_of(result, tmp_path), "worker")


def test_a_report_that_is_not_here_is_told(tmp_path):
    with History.open(tmp_path / "history.db") as history:
        result = next(one for one in results(history, tmp_path) if one.record.audited)
    job = job_of(result, tmp_path / "elsewhere")
    arrived = load_result(dumped(result, 1), job, "worker")
    assert arrived.folder is None
    assert str(tmp_path / "elsewhere") in arrived.unwritten


def test_each_file_that_counts_is_compared(folder):
    folder.write("site.toml", "")
    inventory = read_inventory(folder.inventory(pbx("a", site="site.toml")))
    before = digest_of(inventory)
    assert digest_of(inventory) == before
    for name, content in (("site.toml", "# 1"), ("fleet.d/more.toml", ""), ("fleet.toml", "")):
        folder.write(name, content)
        after = digest_of(inventory)
        assert after != before
        before = after


def test_an_errand_says_what_was_asked(folder):
    inventory = read_inventory(folder.inventory(pbx("a")))
    wanted = WantedOptions(Severity.LOW, ("json", "html"), carries=True, today=date(2026, 3, 1))
    assert wanted_of(errand_of(3, inventory, wanted)) == wanted


class TestErrands:
    @pytest.fixture
    def history(self, place):
        with History.open(place) as opened:
            yield opened

    def begun(self, history):
        run = history.begin("me", NOW.date(), NOW, "", [("muster", "graz"), ("muster", "wien")])
        errand = Errand(run, "1", "digest", "{}")
        history.errands().give(errand)
        return run, errand

    def test_one_result_of_each_pbx_is_kept(self, history):
        run, errand = self.begun(history)
        given = history.errands()
        found, known, documents = history.commissioned(run, "graz")
        assert (found.errand, known, documents) == (errand, Known(), {})
        assert given.hand_in(errand, HandedIn("graz", "one", b"1"), NOW)
        assert not given.hand_in(errand, HandedIn("graz", "two", b"2"), NOW)
        assert given.handed_in(run) == [HandedIn("graz", "one", b"1")]
        history.record(run, record())
        assert given.waiting(run) == {"graz"}
        given.put_away(run, ["graz"])
        assert given.waiting(run) == frozenset()
        assert history.commissioned(run, "graz") is None
        assert not given.hand_in(errand, HandedIn("graz", "two", b"2"), NOW)
        assert given.handed_in(run) == []

    def test_what_is_too_large_is_not_fetched(self, history, monkeypatch):
        monkeypatch.setattr(errands, "_LARGEST", 4)
        run, errand = self.begun(history)
        for name, content in (("graz", b"12345"), ("wien", b"1234")):
            assert history.errands().hand_in(errand, HandedIn(name, "one", content), NOW)
        found = history.errands().handed_in(run)
        assert found == [HandedIn("graz", "one", b""), HandedIn("wien", "one", b"1234")]

    def test_nobody_waits_for_what_was_not_asked_or_is_over(self, history):
        run, errand = self.begun(history)
        given = history.errands()
        assert not given.hand_in(errand, HandedIn("linz", "one", b""), NOW)
        assert not given.hand_in(errand._replace(run=run + 1), HandedIn("graz", "one", b""), NOW)
        given.hand_in(errand, HandedIn("wien", "one", b""), NOW)
        later, _ = self.begun(history)
        assert history.commissioned(run, "graz") is None
        assert given.handed_in(run) == []
        assert not given.hand_in(errand, HandedIn("graz", "one", b""), NOW)
        given.close(later)
        assert history.commissioned(later, "graz") is None

    @pytest.mark.parametrize("field", ["tool", "inventory", "asked"])
    def test_a_run_that_asks_for_something_else_now_takes_nothing_of_before(self, history, field):
        run, errand = self.begun(history)
        given = history.errands()
        for name in ("graz", "wien"):
            assert given.hand_in(errand, HandedIn(name, "one", b"1"), NOW)
        given.give(errand)
        assert given.waiting(run) == {"graz", "wien"}
        given.give(errand._replace(**{field: "other"}))
        assert given.waiting(run) == frozenset()

    @pytest.mark.parametrize("field", ["tool", "inventory", "asked"])
    def test_what_was_begun_before_it_asked_for_something_else_is_not_taken(self, history, field):
        _, errand = self.begun(history)
        given = history.errands()
        other = errand._replace(**{field: "other"})
        given.give(other)
        assert not given.hand_in(errand, HandedIn("graz", "one", b"1"), NOW)
        assert given.hand_in(other, HandedIn("graz", "one", b"1"), NOW)

    def test_what_is_asked_for_now_is_known_until_it_is_over(self, history):
        run, errand = self.begun(history)
        given = history.errands()
        assert given.now().errand == errand
        given.close(run)
        assert given.now() is None

    def test_whether_there_is_room_leaves_nothing(self, history):
        run, errand = self.begun(history)
        given = history.errands()
        given.hand_in(errand, HandedIn("graz", "one", b"1"), NOW)
        for name in ("graz", "wien"):
            given.check_room(run, name, NOW)
        assert given.handed_in(run) == [HandedIn("graz", "one", b"1")]


def test_a_runner_may_look_whether_there_is_room(database, cluster):
    name = name_of(database)
    with History.open(database) as history:
        run = history.begin("me", NOW.date(), NOW, "", [("muster", "graz")])
        history.errands().give(Errand(run, "1", "digest", "{}"))
    cluster.give_roles(name)
    with History.open(cluster.url(name, "pbx_auditor_runner"), migrate=False) as history:
        history.errands().check_room(run, "graz", NOW)
        assert history.errands().handed_in(run) == []


def test_a_connection_hears_of_jobs_or_it_is_found_out(database, monkeypatch):
    assert hears(database)
    # As behind a pooler in transaction mode: who waits is not who listens.
    execute = psycopg.Connection.execute
    monkeypatch.setattr(
        psycopg.Connection,
        "execute",
        lambda one, query, *more: execute(one, query.replace("LISTEN", "UNLISTEN"), *more),
    )
    assert not hears(database, patience=0.1)


def watch_of(silences):
    """Return what a run waits for, of a database that answers nothing so many times."""
    watch = Mock(left={"graz": None}, recorder=Mock(is_closed=False))

    def take_all():
        if watch.take_all.call_count <= silences:
            raise HistoryError(say("gone"))
        watch.left.clear()

    watch.take_all.side_effect = take_all
    return watch


def test_a_run_waits_for_a_database_that_comes_back(monkeypatch):
    monkeypatch.setattr(coordinator, "_TICK", 0)
    watch = watch_of(3)
    coordinator.await_all(watch, {}, print)
    assert not watch.left


def test_a_run_does_not_wait_for_one_that_is_gone_for_good(monkeypatch):
    monkeypatch.setattr(coordinator, "_TICK", 0)
    monkeypatch.setattr(coordinator, "PATIENCE", 0)
    watch = watch_of(2)
    with pytest.raises(HistoryError):
        coordinator.await_all(watch, {}, print)
    assert watch.left


def test_a_run_does_not_wait_for_one_that_is_not_written_any_more(monkeypatch):
    """Reading goes on where a server is set to read only."""
    for name in ("_TICK", "_WATCH", "PATIENCE"):
        monkeypatch.setattr(coordinator, name, 0)
    watch = watch_of(0)
    watch.take_all.side_effect = None
    watch.look_after.side_effect = HistoryError(say("read only"))
    with pytest.raises(HistoryError):
        coordinator.await_all(watch, {}, print)


class Minutes:
    """A clock that goes on by a minute each time that it is asked."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        self.now += 60
        return self.now


def waiting(alone, idle=()):
    """Return what a run waits for, and for which of that no worker is there, look by look."""
    left = {name: simulated_pbx(name, "muster") for name in ("graz", "wien")}
    watch = Mock(left=left, recorder=Mock(is_closed=False))
    watch.alone.side_effect = alone
    watch.idle.return_value = frozenset(idle)
    watch.present.return_value = ()
    watch.give_up.side_effect = lambda name, _: watch.left.pop(name)
    return watch


@pytest.fixture
def minutes(monkeypatch):
    clock = Minutes()
    monkeypatch.setattr(coordinator, "SYSTEM_CLOCK", clock)
    for name in ("_TICK", "_WATCH"):
        monkeypatch.setattr(coordinator, name, 0)
    monkeypatch.setattr(coordinator, "PATIENCE", 1e9)
    return clock


def test_a_run_ends_without_those_for_whom_no_worker_comes(minutes):
    told: list[AuditorError] = []
    watch = waiting(itertools.repeat({"graz": "all", "wien": "linz"}))
    coordinator.await_all(watch, {}, told.append)
    given_up = {call.args[0]: call.args[1] for call in watch.give_up.call_args_list}
    assert given_up.keys() == {"graz", "wien"}
    assert {one.ending for one in given_up.values()} == {AuditEnding.UNREACHABLE}
    assert "linz" in given_up["wien"].reason
    assert len(told) == 2
    assert 15 * 60 <= minutes.now < 100 * 60


def test_a_worker_that_lives_and_does_nothing_is_told_once_and_not_waited_for(minutes):
    told: list[AuditorError] = []
    watch = waiting(itertools.repeat({"graz": "all", "wien": "all"}))
    watch.present.return_value = [
        Present("all", None, "vm 1", slots=4, hung=4),
        Present("all", None, "vm 2", slots=4, hung=3),
    ]
    coordinator.await_all(watch, {}, told.append)
    assert ["vm 1" in one.message for one in told] == [True, False]
    assert watch.give_up.call_count == 2
    assert 15 * 60 <= minutes.now < 100 * 60


REFUSAL = say("the inventory or a paper of worker {name} differs from that of the run", name="vm 1")
# Who is there, and whether it is by that one that a PBX of `muster` in `all` is refused.
REFUSING = {
    "one that refuses": (Present("all", None, refuses=REFUSAL), True),
    "one of its tenant": (Present("all", ["muster"], refuses=REFUSAL), True),
    "one of another tenant": (Present("all", ["other"], refuses=REFUSAL), False),
    "one of another queue": (Present("graz", None, refuses=REFUSAL), False),
    "one that hangs": (Present("all", None, "vm 2", slots=1, hung=1), False),
}


@pytest.mark.parametrize(("one", "is_refused"), REFUSING.values(), ids=REFUSING)
def test_what_nobody_but_who_refuses_could_do_is_refused_by_name(minutes, one, is_refused):
    told: list[AuditorError] = []
    watch = waiting(itertools.repeat({"graz": "all"}))
    watch.left.pop("wien")
    watch.present.return_value = [Present("other", None), one]
    coordinator.await_all(watch, {}, told.append)
    ((_, failure), _) = watch.give_up.call_args
    assert failure.ending is (AuditEnding.REFUSED if is_refused else AuditEnding.UNREACHABLE)
    assert (failure.reason == REFUSAL) is is_refused
    assert [one.message for one in told].count(REFUSAL) == bool(one.refuses)
    assert 15 * 60 <= minutes.now < 100 * 60


@pytest.mark.usefixtures("minutes")
def test_a_worker_that_comes_in_time_has_all_of_it_again():
    gone = {"graz": "all", "wien": "all"}
    looks = [gone, gone, {}] * 20
    watch = waiting(looks)
    with pytest.raises(StopIteration):
        coordinator.await_all(watch, {}, lambda _: None)
    watch.give_up.assert_not_called()


def test_what_was_handed_in_and_waits_to_be_recorded_is_not_queued_again():
    jobs, given = Mock(), Mock()
    given.waiting.return_value = {"wien"}
    jobs.settle.return_value = ()
    pbxs = [simulated_pbx(name, "muster") for name in ("graz", "wien")]
    watch = coordinator.PendingResults(Mock(), given, jobs, 7, pbxs)
    watch.look_after({one.id: Order(one.id, "all", 1) for one in pbxs})
    ((run, wanted), _) = jobs.settle.call_args
    assert (run, wanted.keys()) == (7, {"graz"})


def full(*_):
    raise HistoryError(say("full"))


class WithoutRoom:
    """What a run waits for, in a history that is read and has no room, or has it again."""

    def __init__(self):
        self.given, self.jobs, self.recorder = Mock(), Mock(), Mock()
        self.given.waiting.return_value = frozenset()
        self.given.check_room.side_effect = full
        self.jobs.has_failed.return_value = False
        self.jobs.settle.return_value = ()
        pbxs = [simulated_pbx(name, "muster") for name in ("graz", "wien")]
        self.watch = coordinator.PendingResults(self.recorder, self.given, self.jobs, 7, pbxs)

    def look(self):
        self.watch.look_after({name: Order(name, "all", 1) for name in self.watch.left})


def test_what_dies_of_a_history_without_room_is_no_dead_letter():
    run = WithoutRoom()
    run.jobs.settle.return_value = ("graz",)
    with pytest.raises(HistoryError):
        run.look()
    run.recorder.take.assert_not_called()
    assert run.watch.left.keys() == {"graz", "wien"}
    run.given.check_room.side_effect = None
    run.look()
    assert run.watch.left.keys() == {"wien"}


def test_that_a_worker_could_not_hand_in_is_looked_into_until_there_is_room():
    run = WithoutRoom()
    run.look()
    run.jobs.has_failed.return_value = True
    for _ in range(2):
        with pytest.raises(HistoryError):
            run.look()
        run.jobs.has_failed.return_value = False
    run.given.check_room.side_effect = None
    run.look()
    asked = run.given.check_room.call_count
    run.look()
    assert run.given.check_room.call_count == asked == 3


@pytest.mark.usefixtures("minutes")
def test_who_is_not_there_because_there_is_no_room_is_not_given_up(monkeypatch):
    monkeypatch.setattr(coordinator, "PATIENCE", 30 * 60)
    told: list[AuditorError] = []
    watch = waiting(itertools.repeat({"graz": "all", "wien": "all"}))
    watch.check_room.side_effect = full
    with pytest.raises(HistoryError) as raised:
        coordinator.await_all(watch, {}, told.append)
    assert raised.value.message == "full"
    assert told == []
    watch.give_up.assert_not_called()


def test_a_run_whose_worker_never_comes_ends(night, database, console, monkeypatch):
    night.beginning = QUEUED
    night.add("pbx-0", "hardened")
    night.write()
    for name in ("_TICK", "_WATCH", "_PATIENCE", "_ABSENT"):
        monkeypatch.setattr(coordinator, name, 0)
    for name, value in {**ACCOUNT, "HISTORY": database}.items():
        monkeypatch.setenv(name, value)
    ended = console("fleet", "run", "--today", "2026-11-22")
    assert ended.code == ExitCode.UNREACHABLE, ended.said
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT pbx, ending FROM audit").fetchall()
        left = connection.execute("SELECT * FROM queue.procrastinate_jobs").fetchall()
    assert (found, left) == ([("pbx-0", "unreachable")], [])
