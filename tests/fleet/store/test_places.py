"""Where a history may be, and what is said of every place where it cannot."""

from __future__ import annotations

import os
import sqlite3
import stat
from types import SimpleNamespace

import psycopg
import pytest

from auditor.errors import ExitCode, HistoryError
from auditor.fleet.store import history_opening
from auditor.fleet.store.connection import history_urls, network_folders
from auditor.fleet.store.history import History
from auditor.fleet.store.schema_version import migrate
from tests.fixtures.fleet_history import NOW, audited, begin, night, record

PASSWORD = "correct-horse-battery"


def refused(place, **options):
    with pytest.raises(HistoryError) as error, History.open(place, **options):
        pass
    assert error.value.exit_code is ExitCode.OUTPUT
    return error.value


def test_a_new_history_is_for_its_owner_only(tmp_path):
    place = tmp_path / "deep" / "history.db"
    before = os.umask(0)
    try:
        with History.open(place) as history:
            begin(history)
            assert {path.name for path in place.parent.iterdir()} >= {"history.db"}
            modes = {stat.S_IMODE(path.stat().st_mode) for path in place.parent.iterdir()}
            assert modes == {0o600}
    finally:
        os.umask(before)
    assert [path.name for path in place.parent.iterdir()] == ["history.db"]


def test_one_that_others_can_read_is_made_private(tmp_path):
    place = tmp_path / "history.db"
    History.open(place).close()
    place.chmod(0o644)
    History.open(place).close()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_path_may_be_a_text_and_have_any_name(tmp_path):
    place = tmp_path / "100% ?mode=ro #é 'x'.db"
    with History.open(str(place)) as history:
        night(history, record())
    with History.open(place) as history:
        assert history.last_run().number == 1


@pytest.fixture
def read_only(monkeypatch):
    """Let every file lie on a medium that nobody can write."""
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))  # noqa: ARG005


def refuses_to_write(history):
    with pytest.raises(HistoryError):
        begin(history)


@pytest.mark.parametrize("tenant", [None, "muster"])
def test_a_backup_on_a_read_only_medium_is_read_without_a_file_beside_it(tmp_path, request, tenant):
    place = tmp_path / "100% ?mode=rw #é" / "history.db"
    with History.open(place) as history:
        night(history, record())
    place.chmod(0o644)
    request.getfixturevalue("read_only")
    before = place.read_bytes()
    with History.open(place, migrate=False, tenant=tenant) as history:
        assert history.last_run().number == 1
        assert history.known("graz").basis
        assert [path.name for path in place.parent.iterdir()] == ["history.db"]
        refuses_to_write(history)
    assert place.read_bytes() == before
    assert stat.S_IMODE(place.stat().st_mode) == 0o644


def test_what_was_not_closed_is_not_at_rest_whatever_it_lies_on(tmp_path, request):
    place = tmp_path / "history.db"
    with History.open(place) as history:
        night(history, record())
        request.getfixturevalue("read_only")
        with History.open(place, migrate=False) as other:
            assert other.last_run().number == 1


def test_it_is_strict_and_keeps_what_belongs_together(tmp_path):
    place = tmp_path / "history.db"
    with History.open(place) as history, history.reading() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete")
        }
        tables = connection.exec_driver_sql("PRAGMA table_list").fetchall()
    assert asked == {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}
    loose = {row[1] for row in tables if row[2] == "table" and not row[5]}
    assert loose == {"sqlite_schema", "sqlite_temp_schema", "alembic_version"}


def test_a_copy_gets_its_log_back(tmp_path):
    with History.open(tmp_path / "history.db") as history:
        night(history, record())
    whole = sqlite3.connect(tmp_path / "history.db")
    whole.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    whole.close()
    with History.open(tmp_path / "copy.db") as history, history.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert history.known("graz").basis


MOUNTS = """\
22 1 0:5 / / rw - ext4 /dev/sda1 rw
23 22 0:6 / /proc rw - proc proc rw
24 22 0:7 / {point} rw,relatime shared:1 - {kind} server:/export rw
25 24 0:8 / {point}/local rw - xfs /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    "kind",
    ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "ceph", "glusterfs", "fuse.glusterfs"],
)
@pytest.mark.parametrize("name", ["share", "a\\040share\\011of-ours"])
def test_a_share_is_refused_by_name(tmp_path, monkeypatch, kind, name):
    point = f"{tmp_path.resolve()}/{name}"
    table = MOUNTS.format(point=point, kind=kind)
    folder = tmp_path / name.replace("\\040", " ").replace("\\011", "\t")
    (folder / "local").mkdir(parents=True)
    monkeypatch.setattr(
        history_urls, "share_of", lambda path: network_folders.share_of(path, lambda: table)
    )
    assert kind in str(refused(folder / "history.db"))
    assert kind in str(refused(folder / "new" / "history.db"))
    assert not (folder / "history.db").exists()
    History.open(folder / "local" / "history.db").close()
    History.open(tmp_path / "history.db").close()


def test_a_link_to_a_share_is_refused(tmp_path, monkeypatch):
    table = MOUNTS.format(point=f"{tmp_path.resolve()}/share", kind="nfs")
    (tmp_path / "share").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "share")
    (tmp_path / "history.db").symlink_to(tmp_path / "share" / "history.db")
    monkeypatch.setattr(
        history_urls, "share_of", lambda path: network_folders.share_of(path, lambda: table)
    )
    refused(tmp_path / "folder" / "history.db")
    refused(tmp_path / "history.db")


@pytest.mark.parametrize("table", ["", "nonsense\n", "1 2 3 - \n", "1 2 0:1 / / rw - ext4 x rw\n"])
def test_what_is_mounted_may_be_unknown(tmp_path, table):
    assert network_folders.share_of(tmp_path, lambda: table) == ""
    assert network_folders.share_of(tmp_path) == ""


def test_a_mount_over_another_counts(tmp_path):
    table = MOUNTS.format(point=tmp_path.resolve(), kind="nfs")
    over = f"26 24 0:9 / {tmp_path.resolve()} rw - ext4 /dev/sdc1 rw\n"
    assert network_folders.share_of(tmp_path, lambda: table) == "nfs"
    assert network_folders.share_of(tmp_path, lambda: table + over) == ""


NO_HISTORY = {
    "an empty file": b"",
    "a text": b"customer;target\n" * 20,
    "the beginning of a database": b"SQLite format 3\x00",
    "a header and nothing right": b"SQLite format 3\x00" + b"\xff" * 4080,
}


@pytest.mark.parametrize("content", NO_HISTORY.values(), ids=NO_HISTORY)
def test_what_is_no_history_is_left_as_it_is(tmp_path, content):
    place = tmp_path / "history.db"
    place.write_bytes(content)
    assert str(place) in str(refused(place))
    assert place.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["history.db"]


def test_the_database_of_another_program_is_left_as_it_is(tmp_path):
    place = tmp_path / "places.sqlite"
    other = sqlite3.connect(place)
    other.execute("CREATE TABLE bookmark (url TEXT)")
    other.close()
    place.chmod(0o644)
    before = place.read_bytes()
    refused(place)
    assert place.read_bytes() == before
    assert stat.S_IMODE(place.stat().st_mode) == 0o644


def test_what_is_no_file_is_refused(tmp_path):
    refused(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    refused(tmp_path / "file" / "history.db")


def test_only_a_run_makes_a_history(tmp_path):
    refused(tmp_path / "history.db", migrate=False)
    assert not list(tmp_path.iterdir())


def test_what_was_left_of_making_one_does_not_matter(tmp_path):
    place = tmp_path / "history.db"
    (tmp_path / f".history.db.{os.getpid()}.new").write_bytes(b"half of it")
    History.open(place).close()
    assert [path.name for path in tmp_path.iterdir()] == ["history.db"]


def test_a_link_leads_to_where_a_new_one_is_made(tmp_path):
    (tmp_path / "data").mkdir()
    link, real = tmp_path / "history.db", tmp_path / "data" / "kept.db"
    link.symlink_to(real)
    for number in (0, 1):
        with History.open(link) as history:
            begin(history, night=number)
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    with History.open(real) as history:
        assert history.last_run().number == 2


def test_a_new_history_is_whole_without_what_lies_beside_it(tmp_path, monkeypatch):
    """What a full disk leaves in a log is not in the file that becomes the history."""
    readers = []

    def migrated(engine):
        migrate(engine)
        reader = sqlite3.connect(engine.url.database)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM run").fetchall()
        readers.append(reader)

    def finished(new, path):
        path.write_bytes(new.read_bytes())
        for reader in readers:
            reader.close()

    monkeypatch.setattr(history_opening, "migrate", migrated)
    monkeypatch.setattr(history_opening, "finish_file", finished)
    with History.open(tmp_path / "history.db") as history:
        assert history.last_run() is None


def test_two_that_make_one_at_once_have_the_same(tmp_path):
    new = tmp_path / "made-by-another"
    new.write_bytes(b"half of it")
    with History.open(tmp_path / "history.db") as history:
        night(history, record())
    history_urls.finish_file(new, tmp_path / "history.db")
    with History.open(tmp_path / "history.db") as history:
        assert history.last_run().number == 1


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://user:{PASSWORD}@127.0.0.1/history",
        f"postgresql://user:{PASSWORD}@127.0.0.1/",
        f"postgresql://user:{PASSWORD}@127.0.0.1:port/history",
        f"postgresql://user:{PASSWORD}@127.0.0.1:1/history",
        f"postgresql://user:{PASSWORD}@/history?host=/nowhere",
        f"postgresql://127.0.0.1:1/history?user=user&password={PASSWORD}",
        f"postgresql://user@127.0.0.1:1/history?{PASSWORD}={PASSWORD}",
        f"postgresql+psycopg2://user:{PASSWORD}@127.0.0.1:1/history",
        f"sqlite:///{PASSWORD}",
        f"postgresql://user:p@{PASSWORD}/word@127.0.0.1:1/history",
        f"postgresql://user:p@{PASSWORD}@127.0.0.1:1/history",
    ],
)
def test_a_url_is_never_shown_with_its_password(url):
    error = refused(url, patience=2)
    assert PASSWORD not in f"{error} {error!r} {error.__cause__} {error.where}"
    assert error.__suppress_context__ or error.__context__ is None


def test_a_database_that_is_not_there_is_named(cluster):
    assert "nobody" in str(refused(cluster.url("nobody")))


def test_a_database_of_something_else_is_left_as_it_is(empty_database):
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoice (number INTEGER)")
        refused(empty_database)
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == [("invoice",)]


def test_an_older_server_is_refused(empty_database, monkeypatch):
    monkeypatch.setattr("auditor.fleet.store.history_opening.OLDEST_POSTGRESQL", 99)
    assert "99" in str(refused(empty_database))


def test_an_older_library_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.fleet.store.history_opening.OLDEST_SQLITE", (99, 1))
    assert "99.1" in str(refused(tmp_path / "history.db"))
    assert not list(tmp_path.iterdir())


def test_the_driver_may_be_missing(empty_database, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    assert "pbx-auditor[postgresql]" in str(refused(empty_database))


def test_nothing_is_kept_open(place):
    with History.open(place) as history:
        night(history, record(of=audited()))
        history.resume(NOW)
    with History.open(place, patience=0.1) as history:
        begin(history, night=1)
