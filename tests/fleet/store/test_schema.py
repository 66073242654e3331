"""Each older version of the schema becomes the newest, wholly or not; a newer is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from auditor.errors import HistoryError
from auditor.fleet.store import history_opening, schema_version
from auditor.fleet.store.connection.engines import PATIENCE, engine_of
from auditor.fleet.store.connection.history_urls import place_of
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import NewDelivery
from auditor.fleet.store.tables import METADATA
from tests.fixtures.fleet_history import NOW, night, record

# What was in a history of each version, as statements. One that was published never changes.
BEGUN = """INSERT INTO tenant (id) VALUES ('muster');
INSERT INTO run (number, owner, day, started, selection, clock_back)
VALUES (1, 'me', '2026-01-01', '2026-01-01T02:00:00.000000+00:00', '', 0);
INSERT INTO pbx (id, tenant, rebound) VALUES ('wien', 'muster', 0)"""
SENT = """INSERT INTO delivery (run, told, channel, recipient, key, state, made, tries, reason)
VALUES (1, 1, 'mail', 'officer', 'k', 'sent', '2026-01-01T03:00:00.000000+00:00', 1, '""');
INSERT INTO delivery_tenant (delivery, tenant) VALUES (1, 'muster')"""
EARLIER = {"0001": BEGUN} | dict.fromkeys(
    ("0002", "0003", "0004", "0005", "0006", "0007"), f"{BEGUN};{SENT}"
)
KNOWN = schema_version.versions()


def opened_at(place, version):
    """Make a history as that version left it."""
    with History.open(place):
        engine = engine_of(place_of(place), PATIENCE)
        with engine.begin() as connection:
            empty(connection)
        schema_version.migrate(engine, version)
        with engine.begin() as connection:
            for statement in EARLIER[version].split(";"):
                connection.execute(text(statement))
        engine.dispose()


def test_versions_are_those_of_the_scripts():
    scripts = ScriptDirectory(str(Path(schema_version.__file__).parent / "migrations"))
    chain = [script.revision for script in scripts.walk_revisions()]
    assert schema_version.versions() == tuple(reversed(chain))


def test_a_history_of_two_versions_is_refused(place):
    with History.open(place):
        engine = engine_of(place_of(place), PATIENCE)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        engine.dispose()
    with pytest.raises(HistoryError):
        History.open(place)


def empty(connection):
    """Remove all that a history is made of."""
    if connection.dialect.name == "postgresql":
        for statement in ("DROP SCHEMA own, public CASCADE", "CREATE SCHEMA public"):
            connection.execute(text(statement))
        return
    for view in inspect(connection).get_view_names():
        connection.execute(text(f"DROP VIEW {view}"))
    for table in reversed(METADATA.sorted_tables):
        table.drop(connection)
    connection.execute(text("DROP TABLE alembic_version"))


def test_every_version_is_tried():
    assert tuple(EARLIER) == schema_version.versions()


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_version_becomes_the_newest(place, version):
    opened_at(place, version)
    with History.open(place) as history:
        with history.reading() as connection:
            assert schema_version.version_of(connection) == schema_version.versions()[-1]
            assert connection.execute(text("SELECT id FROM tenant")).scalar() == "muster"
            assert connection.execute(text("SELECT id FROM pbx")).scalar() == "wien"
        run = night(history, record())
        assert run == 2
        assert history.known("graz").basis
        outbox = history.outbox()
        known = len(outbox.listed())
        assert known == (1 if version >= "0002" else 0)
        outbox.queue(NewDelivery("new", "mail", run, run, ("muster",), "key", b"text"), NOW)
        assert len(outbox.listed()) == known + 1


def test_the_migrations_make_the_tables_that_are_used(history):
    with history.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, METADATA) == []
        constraints = {
            table.name: {
                one["name"] for one in inspect(connection).get_check_constraints(table.name)
            }
            for table in METADATA.sorted_tables
        }
    assert {name for names in constraints.values() for name in names} == {
        "audited_has_snapshot",
        "result_span_ends_after",
        "finding_span_ends_after",
        "open_has_document",
    }


def test_a_newer_version_is_refused_and_left_as_it_is(place):
    with History.open(place) as history:
        night(history, record())
        with history.reading() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for may_migrate in (True, False):
        with pytest.raises(HistoryError) as error:
            History.open(place, migrate=may_migrate)
        assert "9999" in str(error.value)
        assert schema_version.versions()[-1] in str(error.value)


def test_an_older_version_is_not_changed_by_who_only_reads(place, monkeypatch):
    History.open(place).close()
    monkeypatch.setattr(schema_version, "versions", lambda: (*KNOWN, "9999"))
    with pytest.raises(HistoryError):
        History.open(place, migrate=False)


def test_a_migration_is_wholly_there_or_not_at_all(new_place, monkeypatch):
    """Fail in the middle of the first one: nothing of it is left."""
    engine = engine_of(place_of(new_place), PATIENCE)
    monkeypatch.setattr("alembic.op.create_index", failing_at(5))
    with pytest.raises(ZeroDivisionError):
        schema_version.migrate(engine)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    monkeypatch.undo()
    schema_version.migrate(engine)
    engine.dispose()


def failing_at(number):
    """Return what fails when it is called for the so-many-th time, and does nothing before."""
    left = iter(range(number - 1))

    def fail(*_, **__):
        if next(left, None) is None:
            raise ZeroDivisionError

    return fail


def test_who_is_older_than_the_history_became_meanwhile_writes_nothing_more(place, monkeypatch):
    """A rolling upgrade: a newer program brings the schema on while an older one is at work."""
    with History.open(place) as older:
        run = older.begin("me", NOW.date(), NOW, "", [("muster", "graz")])
        monkeypatch.setattr(schema_version, "versions", lambda: (*KNOWN, "9999"))
        with older.reading() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with History.open(place) as newer:
            for write in (
                lambda: older.record(run, record()),
                lambda: older.begin("me", NOW.date(), NOW, "", []),
                lambda: older.end(run, 0, NOW),
                lambda: older.append("note", "", "", {}, NOW),
                lambda: older.outbox().take_up(),
            ):
                with pytest.raises(HistoryError) as error:
                    write()
                assert {KNOWN[-1], "9999"} <= set(str(error.value).split())
            assert newer.last_run().left == ("graz",)
            assert newer.events() == ()
            newer.record(run, record())
            assert newer.known("graz").basis


def test_many_that_begin_at_once_bring_it_up_to_date_once(empty_database, monkeypatch):
    """The later ones wait for the first, and find nothing left to do."""
    monkeypatch.setattr(
        history_opening, "migrate", schema_version.migrate
    )  # and not what tests keep of it
    with ThreadPoolExecutor(4) as pool:
        opened = [pool.submit(History.open, empty_database) for _ in range(4)]
        for one in opened:
            with one.result() as history, history.reading() as connection:
                assert schema_version.version_of(connection) == KNOWN[-1]


def test_many_that_update_at_once_do_it_once(database):
    opened_at(database, "0001")
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(History.open, database) for _ in range(4)]:
            with one.result() as history:
                assert history.tenants() == {"wien": "muster"}
