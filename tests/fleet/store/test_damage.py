"""Whatever breaks while a history is written: an audit is there wholly or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import shutil
import signal
import sqlite3
import warnings

import psycopg
import pytest
from sqlalchemy import Engine, event, select

from auditor.errors import ExitCode, HistoryError
from auditor.fleet.history_model import Cause, Expiry, Standing
from auditor.fleet.store.connection.engines import PATIENCE, WRITER
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.current_state import overview
from auditor.fleet.store.tables import AUDIT, DOCUMENT
from auditor.model.vocabulary import Status
from tests.fixtures.fleet_history import (
    NOW,
    audited,
    begin,
    change,
    change_of,
    control,
    finding,
    judgement,
    night,
    paper,
    record,
)
from tests.fixtures.history_state import state

PAGE = 4096


def failing(number):
    """Return an audit that has something of everything."""
    name = f"user-{number}"
    return audited(
        change("HD-01", None, Status.FAILED, Cause.FIRST),
        change_of("HD-01", name, None, Standing.FAILED, Cause.FIRST),
        judged=judgement(control("HD-01", Status.FAILED, finding("HD-01", name))),
        serial=f"box-{number}",
        # It does not become much smaller, so that it takes several pages.
        snapshot=os.urandom(10_000),
        papers=(paper(b"site" * number),),
    )


def refused(action):
    with pytest.raises(HistoryError) as error:
        action()
    assert error.value.exit_code is ExitCode.OUTPUT
    return str(error.value)


@contextlib.contextmanager
def no_more_than(size):
    """Let no file grow beyond a size, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fits(history, run, one, size):
    with no_more_than(size):
        try:
            history.record(run, one)
        except HistoryError:
            return False
    return True


@pytest.mark.slow
def test_a_disk_that_is_full_in_the_middle_loses_nothing(tmp_path):
    """Let each page of the commit be the one that does not fit any more."""
    place, one = tmp_path / "history.db", record(of=failing(1))
    with History.open(place) as history:
        run = begin(history)
        before = state(history)
        beside = place.with_name("history.db-wal")
        failed = 0
        while not fits(history, run, one, beside.stat().st_size + failed * PAGE // 2):
            assert state(history) == before
            failed += 1
        assert failed > 5
        after = state(history)
        assert after != before
    with History.open(place) as history:
        assert state(history) == after


def test_a_new_history_that_does_not_fit_is_not_there(tmp_path):
    place = tmp_path / "history.db"
    with no_more_than(3 * PAGE):
        refused(lambda: History.open(place))
    assert not list(tmp_path.iterdir())
    History.open(place).close()


@contextlib.contextmanager
def locked(place):
    """Hold the history as another process would."""
    if isinstance(place, str):
        with psycopg.connect(place, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (WRITER,))
            yield
    else:
        holder = sqlite3.connect(place, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
        holder.close()


def test_a_history_that_is_locked_for_good_is_an_error_and_nothing_is_lost(place):
    with History.open(place, patience=0.05) as history:
        run = begin(history)
        before = state(history)
        with locked(place):
            refused(lambda: history.record(run, record()))
            refused(lambda: begin(history, night=1))
            assert state(history) == before
            with History.open(place, patience=0.05) as reader:
                assert state(reader) == before
        history.record(run, record())


def test_it_waits_for_longer_than_a_minute(history):
    assert PATIENCE > 60
    with history.reading() as connection:
        asked = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}
        waits = connection.exec_driver_sql(asked[connection.dialect.name]).scalar()
    assert waits in {int(PATIENCE * 1000), "90s"}


def test_a_connection_that_was_cut_is_made_anew(database):
    with History.open(database) as history:
        run = begin(history)
        with psycopg.connect(database, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        history.record(run, record())
        assert history.known("graz").basis


def test_a_server_that_went_away_is_an_error(database, cluster):
    with History.open(database, patience=1) as history:
        begin(history)
        cluster.drop(database.rpartition("@/")[2].partition("?")[0])
        refused(lambda: history.end(1, 0, NOW))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_cannot_be_written_is_named(tmp_path):
    place = tmp_path / "history.db"
    History.open(place).close()
    place.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with History.open(place) as history:
            assert str(place) in refused(lambda: begin(history))
    finally:
        tmp_path.chmod(0o700)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Give the file of a history of some nights, which is closed."""
    place = tmp_path_factory.mktemp("filled") / "history.db"
    with History.open(place) as history:
        night(history, *(record(f"pbx-{number}", of=failing(number)) for number in range(20)))
    return place


@pytest.mark.slow
def test_a_page_that_is_damaged_is_noticed(filled, tmp_path):
    """Damage one page after the other: nothing is written any more, and nobody is misled."""
    whole = filled.read_bytes()
    with History.open(filled) as history:
        right = state(history)
    noticed = 0
    for number in range(0, len(whole), PAGE):
        place = tmp_path / f"{number}.db"
        place.write_bytes(whole[:number] + b"\xa5" * PAGE + whole[number + PAGE :])
        try:
            history = History.open(place)
        except HistoryError:
            noticed += 1
            continue
        with history:
            noticed += bool(history.damage)
            if history.damage:
                assert str(place) in refused(lambda: begin(history))  # noqa: B023
                assert whole[:number] == place.read_bytes()[:number]
                with contextlib.suppress(HistoryError):
                    state(history)
                continue
            # What is left are contents, and those have a digest.
            assert state(history) == right
            assert any_document_is_damaged(history, right["documents"])
    assert noticed > len(whole) // PAGE // 4


def any_document_is_damaged(history, digests):
    damaged = 0
    for digest in digests:
        try:
            history.document(digest)
        except HistoryError:
            damaged += 1
    return damaged


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
def test_a_file_that_was_cut_is_noticed(filled, tmp_path, kept):
    whole = filled.read_bytes()
    place = tmp_path / "history.db"
    place.write_bytes(whole[: int(len(whole) * kept)])
    try:
        history = History.open(place)
    except HistoryError:
        return
    with history:
        assert history.damage
        refused(lambda: begin(history))


def test_a_damaged_history_can_still_be_read(filled, tmp_path):
    whole = bytearray(filled.read_bytes())
    place = tmp_path / "history.db"
    with sqlite3.connect(filled) as reader:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'finding_span'"
        page = reader.execute(query).fetchone()[0]
    reader.close()
    whole[(page - 1) * PAGE : page * PAGE] = b"\xa5" * PAGE
    place.write_bytes(whole)
    with History.open(place) as history:
        assert history.damage
        assert history.last_run().number == 1
        assert history.bound()
        refused(lambda: history.known("pbx-1"))
        for writing in (
            lambda: history.end(1, 0, NOW),
            lambda: history.rebind("pbx-1", NOW),
            lambda: history.append("note", "", "", {}, NOW),
            lambda: history.forget("muster", NOW),
        ):
            refused(writing)
    assert place.read_bytes() == whole
    with History.open(place, migrate=False) as history:
        assert history.last_run().number == 1
        refused(lambda: history.end(1, 0, NOW))
        assert history.damage
    assert place.read_bytes() == whole


def test_a_damaged_document_is_told_by_who_asks_for_all(history):
    ends = Expiry("waiver", "HD-01", NOW.date())
    night(
        history,
        record(of=audited(change("HD-01", None, Status.PASSED, Cause.FIRST), expiries=(ends,))),
    )
    with history.reading() as connection:
        chosen = DOCUMENT.c.id == select(AUDIT.c.expiries).scalar_subquery()
        connection.execute(DOCUMENT.update().where(chosen).values(content=b"x"))
    with pytest.raises(HistoryError), history.reading() as connection:
        overview(connection)


@pytest.mark.slow
def test_a_write_that_was_torn_is_not_there(tmp_path):
    """Cut the log of SQLite where a crash could: one of the states before it is left."""
    place = tmp_path / "history.db"
    states = []
    with History.open(place) as history:
        states.append(state(history))
        run = begin(history, "graz", "wien")
        states.append(state(history))
        for one in (record("graz", of=failing(1)), record("wien", of=failing(2))):
            history.record(run, one)
            states.append(state(history))
        files = {name: (tmp_path / name).read_bytes() for name in ("history.db", "history.db-wal")}
    found = set()
    log = files["history.db-wal"]
    for size in range(0, len(log) + 1, PAGE // 2 + 12):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "history.db").write_bytes(files["history.db"])
        (folder / "history.db-wal").write_bytes(log[:size])
        with History.open(folder / "history.db") as history:
            assert not history.damage
            found.add(states.index(state(history)))
        shutil.rmtree(folder)
    assert found >= {0, 1, 2}


def work(place):
    """Do a run, or take up the one that was begun: what a child process is killed in."""
    records = {"graz": record("graz", of=FIRST), "wien": record("wien", of=SECOND)}
    with History.open(place) as history:
        taken_up = history.resume(NOW)
        if taken_up is None and history.last_run() is None:
            taken_up = begin(history, *records), frozenset()
        if taken_up is None:
            return
        run, done = taken_up
        for name, one in records.items():
            if name not in done:
                history.record(run, one)
        history.end(run, ExitCode.OK, NOW)


FIRST, SECOND = failing(1), failing(2)


def killed_at(number, place):
    """Do the work in a child that is killed before its so-many-th statement or commit.

    Returns whether it was.
    """
    with warnings.catch_warnings():
        # Python 3.12 warns where there are threads: the child does nothing with them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        left = iter(range(number))

        def count(*_):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)
        try:
            work(place)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def try_kills(make, numbers):
    """Kill at each number; what is there then is a state on the way, and resuming ends alike."""
    place = make()
    with History.open(place) as history:
        on_the_way = [state(history)]
        run = begin(history, "graz", "wien")
        on_the_way.append(state(history))
        for name, of in (("graz", FIRST), ("wien", SECOND)):
            history.record(run, record(name, of=of))
            on_the_way.append(state(history))
        history.end(run, ExitCode.OK, NOW)
        on_the_way.append(state(history))
    for number in numbers:
        place = make()
        was_killed = killed_at(number, place)
        with History.open(place) as history:
            assert state(history) in on_the_way
        work(place)
        with History.open(place) as history:
            assert state(history) == on_the_way[-1]
        if not was_killed:
            return number
    return None


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def make(kind, request, tmp_path):
    """Give a function that gives places of new histories."""
    numbers = itertools.count()
    if kind == "sqlite":
        yield lambda: tmp_path / str(next(numbers)) / "history.db"
        return
    cluster = request.getfixturevalue("cluster")
    yield lambda: cluster.create_begun(f"kill_{os.getpid()}_{next(numbers)}")
    for number in range(next(numbers)):
        cluster.drop(f"kill_{os.getpid()}_{number}")


@pytest.mark.slow
def test_who_is_killed_leaves_an_audit_wholly_or_not_at_all(make):
    try_kills(make, (3, 30, 60, 75, 90, 105, 120))


@pytest.mark.soak
def test_who_is_killed_anywhere_leaves_an_audit_wholly_or_not_at_all(make):
    assert try_kills(make, range(1, 1000))
