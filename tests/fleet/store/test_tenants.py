"""Tenants are kept apart: by PostgreSQL whatever is asked, in a file by what stands before it."""

# ruff: noqa: S608 -- what is put together are names of this module
from __future__ import annotations

import itertools
import os
import re
import subprocess

import psycopg
import pytest
from sqlalchemy import text

from auditor.errors import HistoryError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.scale import queue
from auditor.fleet.scale.queued import Order
from auditor.fleet.store.connection.one_tenant import OF_ALL_TENANTS, ROWS_OF_TENANT
from auditor.fleet.store.errands import Errand, HandedIn
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import NewDelivery
from auditor.fleet.store.tables import METADATA
from tests.fixtures.fleet_history import NOW
from tests.fixtures.fleet_story import Story, failed, passed
from tests.fixtures.postgresql import SUPERUSER

# Whatever is shown to others has nothing of it.
CANARY = "zeta"
OURS, THEIRS = "muster", CANARY
READER, NOBODY, WORKER = "reader_17", "reader_18", "worker_3"
OWN = ("v_pbx", "v_audit", "v_control_now", "v_finding_open", "v_change")


def name_of(url):
    return re.search(r"@/(\w+)\?", url)[1]


def told(history):
    """Tell nights of two tenants, with messages to one of them, and to both."""
    story = Story(history)
    for number in range(3):
        theirs = failed("HD-03", "zeta-anna", "zeta-bert") if number else passed()
        story.night(
            {
                "muster-1": [failed("HD-03", "anna"), passed()],
                "muster-2": AuditEnding.UNREACHABLE,
                "zeta-1": [theirs],
                "zeta-2": [passed()],
            },
            snapshots={pbx: f'{{"of": "{pbx}"}}'.encode() for pbx in ("muster-1", "zeta-1")},
        )
    outbox = history.outbox()
    for recipient, tenants in (("muster", (OURS,)), ("zeta", (THEIRS,)), ("all", (OURS, THEIRS))):
        new = NewDelivery(f"to-{recipient}", "mail", 1, 1, tenants, f"key-{recipient}", b"text")
        outbox.queue(new, NOW)
    for tenant in (OURS, THEIRS):
        history.collectors().add(f"of-{tenant}", tenant, "key", NOW)
    history.append("note", "zeta-1", THEIRS, {"what": "zeta"}, NOW)
    history.append("note", "muster-1", OURS, {"what": "ours"}, NOW)
    hand_out(history)
    return story


def hand_out(history):
    """Begin a run that hands out, and let workers hand in a PBX of each tenant."""
    planned = [(tenant, f"{tenant}-{number}") for tenant in (OURS, THEIRS) for number in (1, 2)]
    run = history.begin("me", NOW.date(), NOW, "", planned)
    errands = history.errands()
    errand = Errand(run, "1", "digest", "{}")
    errands.give(errand)
    for tenant in (OURS, THEIRS):
        assert errands.hand_in(errand, HandedIn(f"{tenant}-1", "worker", tenant.encode()), NOW)


@pytest.fixture(scope="module")
def name(cluster):
    """Give the name of a database with a history and roles."""
    name = f"tenants_{os.getpid()}"
    with History.open(cluster.create_begun(name)) as history:
        told(history)
    queue.make(cluster.url(name))
    with queue.open_queue(cluster.url(name)) as jobs:
        jobs.settle(4, {one: Order(f"{one}-1", one, 300) for one in (OURS, THEIRS)})
    with psycopg.connect(cluster.url(name), autocommit=True) as owner:
        owner.execute("ANALYZE")
    for _ in range(2):  # it can be run again
        cluster.give_roles(
            name, **{READER: ("tenant", OURS), NOBODY: ("tenant", "none"), WORKER: ("worker", OURS)}
        )
    yield name
    cluster.drop(name)


@pytest.fixture
def ask(cluster, name):
    """Ask as a role; give what came of it, errors and remarks included, as text."""

    def asked(statement, role=READER):
        heard = []
        with psycopg.connect(cluster.url(name, role), autocommit=True) as connection:
            connection.add_notice_handler(lambda one: heard.append(one.message_primary))
            try:
                for part in statement if isinstance(statement, tuple) else (statement,):
                    if part.startswith("COPY"):
                        with connection.cursor().copy(part) as copy:
                            heard += [bytes(one).decode() for one in copy]
                        continue
                    cursor = connection.execute(part)
                    heard += map(str, cursor.fetchall() if cursor.description else ())
            except psycopg.Error as error:
                heard += [f"[{error.sqlstate}]", str(error)]
                heard += map(str, (error.diag.message_detail, error.diag.message_hint))
        return "\n".join(heard)

    return asked


def test_every_table_is_forced_to_have_tenants(cluster, name):
    """A table that somebody adds has to say whose its rows are."""
    with psycopg.connect(cluster.url(name)) as owner:
        found = owner.execute(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity"
            " AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*')"
            " FROM pg_class c WHERE c.relkind IN ('r', 'p', 'm', 'f')"
            " AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
        ).fetchall()
    assert {table for table, is_forced in found if not is_forced} == {"alembic_version"}
    assert {table for table, _ in found} >= set(METADATA.tables)
    assert set(ROWS_OF_TENANT) | OF_ALL_TENANTS == set(METADATA.tables)
    assert not set(ROWS_OF_TENANT) & OF_ALL_TENANTS


def relations(connection):
    rows = connection.execute(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'v', 'm', 'p', 'S') ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def test_no_relation_of_any_schema_shows_another_tenant(cluster, name):
    with psycopg.connect(cluster.url(name)) as owner:
        found = relations(owner)
    assert {"pbx", "document", "pg_stats", "pg_statistic", "own.v_pbx"} <= set(found)
    statements = [f"SELECT * FROM {one}" for one in found]
    statements += [f"COPY (SELECT * FROM {one}) TO STDOUT" for one in found if "." in one]
    with psycopg.connect(cluster.url(name, READER), autocommit=True) as connection:
        for statement in statements:
            try:
                if statement.startswith("COPY"):
                    with connection.cursor().copy(statement) as copy:
                        said = "".join(bytes(one).decode() for one in copy)
                else:
                    said = str(connection.execute(statement).fetchall())
            except psycopg.Error as error:
                said = str(error)
            assert CANARY not in said, statement


def test_tables_and_views_of_all_are_closed(ask):
    tables = [*METADATA.tables, "alembic_version", "v_run", "v_delivery", *OWN]
    for table in tables:
        for statement in (
            f"SELECT 1 FROM public.{table}",
            f"EXPLAIN SELECT 1 FROM public.{table}",
            f"SELECT count(*) FROM public.{table}",
            ("BEGIN", f"LOCK TABLE public.{table}"),
            f"COPY public.{table} TO STDOUT",
        ):
            assert ask(statement).startswith("[42501]"), statement
    for table in METADATA.tables:
        for role in (READER, NOBODY):
            delete = ("SET default_transaction_read_only = off", f"DELETE FROM public.{table}")
            assert ask(delete, role).startswith("[42501]"), table


LEAKY = """CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.1
    AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"""
LEAKS = [
    "SELECT * FROM own.v_pbx WHERE 1 / (CASE WHEN pbx LIKE 'zeta%' THEN 0 ELSE 1 END) = 1",
    "SELECT * FROM own.v_change WHERE pbx::int = 1 AND tenant = 'zeta'",
    "SELECT a.* FROM own.v_audit a JOIN own.v_pbx b ON true LEFT JOIN own.v_change c ON true",
    "SELECT * FROM own.rows_of_v_pbx()",
    ("SET pbx_auditor.tenant = 'zeta'", "SELECT * FROM own.v_pbx"),
    ("SET pbx_auditor.tenant = '*'", "SELECT * FROM own.v_finding_open"),
    ("SET search_path = public, own", "SELECT * FROM v_pbx"),
    ("SET row_security = off", "SELECT * FROM own.v_pbx"),
    ("SET default_transaction_read_only = off", "CREATE TABLE public.mine (id int)"),
    ("SET default_transaction_read_only = off", "CREATE TABLE own.mine (id int)"),
    ("SET default_transaction_read_only = off", "CREATE TEMP TABLE role_tenant (a text)"),
    ("SET default_transaction_read_only = off",
     LEAKY,
     "SELECT * FROM own.v_pbx WHERE pg_temp.leak(pbx)"),
    ("SET default_transaction_read_only = off",
     "INSERT INTO public.tenant VALUES ('zeta')"),
    ("SET default_transaction_read_only = off",
     "INSERT INTO public.role_tenant VALUES ('reader_17', 'zeta')"),
    "SET ROLE pbx_auditor_owner", "SET ROLE pbx_auditor_runner", f"SET ROLE {SUPERUSER}",
    "SET ROLE auditor", "SET SESSION AUTHORIZATION auditor",
    ("SET ROLE pbx_auditor_tenant", "SELECT * FROM own.v_pbx"),
    "SELECT * FROM public.document_id_seq", "SELECT nextval('public.document_id_seq')",
    "SELECT currval('public.finding_id_seq')", "SELECT last_value FROM public.finding_id_seq",
    "SELECT query_to_xml('SELECT * FROM public.pbx', true, false, '')",
    "SELECT schema_to_xml('public', true, false, '')",
    "SELECT schema_to_xml('own', true, false, '')",
    "SELECT * FROM pg_stats WHERE schemaname = 'public'",
    "SELECT stavalues1 FROM pg_statistic", "SELECT * FROM pg_policies",
    "SELECT query FROM pg_stat_activity", "SELECT * FROM pg_largeobject",
    "SELECT sees_all(), seen_tenants()",
    "SELECT pg_read_file('postgresql.conf')", "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')", "SELECT lo_get(1)",
    "SELECT convert_from(content, 'UTF8') FROM public.document",
    "SELECT ts_stat('SELECT to_tsvector(id) FROM public.pbx')",
    "SELECT has_column_privilege('public.pbx', 'id', 'SELECT')",
    "SELECT pg_get_functiondef('own.rows_of_v_pbx'::regproc)",
    ("PREPARE one AS SELECT * FROM own.v_pbx", "EXECUTE one", "EXECUTE one"),
    "DECLARE one CURSOR WITH HOLD FOR SELECT * FROM own.v_pbx",
    "COPY (SELECT * FROM own.v_change) TO STDOUT", "COPY (SELECT * FROM public.pbx) TO STDOUT",
    "SELECT * FROM own.v_pbx TABLESAMPLE system (100)",
    "DO $$ BEGIN RAISE NOTICE '%', (SELECT string_agg(id, ',') FROM public.pbx); END $$",
]  # fmt: skip


@pytest.mark.parametrize("statement", LEAKS)
def test_no_statement_shows_another_tenant(ask, statement):
    said = ask(statement)
    # What was asked may be quoted, which tells nothing.
    quoted = " ".join(statement) if isinstance(statement, tuple) else statement
    left = said.replace("'zeta%'", "").replace("'zeta'", "") if CANARY in quoted else said
    assert CANARY not in left


@pytest.mark.parametrize("view", OWN)
def test_a_plan_says_the_same_of_what_is_there_and_what_is_not(ask, view):
    """What is left out is counted in a plan over tables, and estimated by what there is."""
    plans = {
        ask(
            f"EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, SUMMARY OFF) SELECT * FROM own.{view}"
            f" WHERE tenant = '{tenant}' AND pbx = '{tenant}-1'"
        ).replace(tenant, "")
        for tenant in (THEIRS, "nope")
    }
    assert len(plans) == 1
    assert "rows=0" in plans.pop()


@pytest.mark.parametrize("view", OWN)
def test_a_tenant_sees_all_that_is_its_own(cluster, name, view):
    with psycopg.connect(cluster.url(name)) as owner:
        wanted = owner.execute(f"SELECT * FROM {view} WHERE tenant = %s", (OURS,)).fetchall()
    with psycopg.connect(cluster.url(name, READER)) as reader:
        found = reader.execute(f"SELECT * FROM {view}").fetchall()
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert found
    with psycopg.connect(cluster.url(name, NOBODY)) as nobody:
        assert nobody.execute(f"SELECT * FROM {view}").fetchall() == []


def test_a_view_of_all_that_was_opened_by_mistake_shows_nothing_of_others(cluster, name):
    with psycopg.connect(cluster.url(name, SUPERUSER)) as connection:
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}, {NOBODY}")
        for role, tenants in ((READER, {OURS}), (NOBODY, set())):
            connection.execute(f"SET LOCAL ROLE {role}")
            for view in ("pbx", *OWN):
                rows = connection.execute(f"SELECT tenant FROM public.{view}").fetchall()
                assert {row[0] for row in rows} == tenants
            for table in METADATA.tables:
                rows = connection.execute(f"SELECT * FROM public.{table}").fetchall()
                assert CANARY not in str(rows), table
            connection.execute("RESET ROLE")
        connection.rollback()


JOBS = "queue.procrastinate_jobs"


class TestWorker:
    def test_it_sees_and_takes_jobs_of_its_tenants_alone(self, cluster, name):
        with psycopg.connect(cluster.url(name, WORKER), options="-c search_path=queue") as worker:
            rows = worker.execute(f"SELECT queue_name, args ->> 'pbx' FROM {JOBS}").fetchall()
            assert rows == [(OURS, "muster-1")]
            assert worker.execute("SELECT job_id FROM queue.procrastinate_events").rowcount == 1
            for changes in (
                f"DELETE FROM {JOBS}",
                f"UPDATE {JOBS} SET status = 'doing'",
                f"INSERT INTO queue.procrastinate_workers (tenants) VALUES ('{{{OURS}}}')",
            ):
                assert worker.execute(changes).rowcount == 1
                worker.rollback()
            taken = [
                worker.execute(
                    "SELECT queue_name FROM procrastinate_fetch_job_v2(NULL, NULL)"
                ).fetchone()[0]
                for _ in range(2)
            ]
            assert taken == [OURS, None]
            worker.rollback()

    @pytest.mark.parametrize(
        "statement",
        [f"""UPDATE {JOBS} SET args = '{{"run": 4, "pbx": "zeta-1"}}'""",
         f"INSERT INTO {JOBS} (queue_name, task_name) VALUES ('zeta', 'audit')",
         "INSERT INTO queue.procrastinate_events (job_id) SELECT 1 + max(id) FROM " + JOBS,
         "INSERT INTO handed_in SELECT 4, 'zeta-2', 'me', '', ''",
         "INSERT INTO queue.procrastinate_periodic_defers (task_name) VALUES ('audit')",
         "DELETE FROM handed_in", "UPDATE errand SET inventory = ''"],
    )  # fmt: skip
    def test_it_cannot_speak_for_others(self, ask, statement):
        assert ask(statement, WORKER).startswith("[42501]")

    @pytest.mark.parametrize("column", ["queue_name", "task_name", "lock", "queueing_lock",
                                        "priority", "scheduled_at", "args"])  # fmt: skip
    def test_it_changes_not_what_a_job_is_about(self, ask, column):
        statement = f"UPDATE {JOBS} SET {column} = {column}"
        assert ask(statement, WORKER).startswith("[42501]")

    def test_the_signs_of_life_of_others_are_not_there_for_it(self, cluster, name):
        workers = "queue.procrastinate_workers"
        with psycopg.connect(cluster.url(name), autocommit=True) as owner:
            owner.execute(f"INSERT INTO {workers} (last_heartbeat) VALUES ('1999-01-01')")
            with psycopg.connect(cluster.url(name, WORKER), autocommit=True) as worker:
                register = f"INSERT INTO {workers} (tenants) VALUES (%s) RETURNING id"
                own = worker.execute(register, ([OURS],)).fetchone()
                assert worker.execute(f"SELECT id FROM {workers}").fetchall() == [own]
                for changes in (
                    f"UPDATE {workers} SET last_heartbeat = 'infinity'",
                    "SELECT queue.procrastinate_prune_stalled_workers_v1(1)",
                    f"DELETE FROM {workers}",
                ):
                    worker.execute(changes)
                for login, tenants in (("auditor", [OURS]), (WORKER, [THEIRS]), (WORKER, None)):
                    foreign = f"INSERT INTO {workers} (login, tenants) VALUES (%s, %s)"
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        worker.execute(foreign, (login, tenants))
            kept = owner.execute(f"DELETE FROM {workers} RETURNING last_heartbeat").fetchall()
        assert [moment.year for (moment,) in kept] == [1999]

    def test_it_reads_what_jobs_of_its_tenants_are_made_of(self, cluster, name):
        with psycopg.connect(cluster.url(name, WORKER)) as connection:
            for table in ("tenant", "pbx", "audit", "result_span", "finding", "finding_span",
                          "document", "planned", "handed_in", "errand"):  # fmt: skip
                rows = connection.execute(f"SELECT * FROM {table}").fetchall()
                assert rows, table
                assert CANARY not in str(rows), table
            assert connection.execute("SELECT number FROM run").fetchall()

    @pytest.mark.parametrize(
        "statement",
        ["INSERT INTO tenant VALUES ('other')", "DELETE FROM audit", "SELECT selection FROM run",
         "INSERT INTO role_tenant VALUES ('worker_3', '*')", "SELECT * FROM event",
         "UPDATE audit SET snapshot = 1", "SELECT * FROM delivery", "SELECT * FROM own.v_pbx"],
    )  # fmt: skip
    def test_it_does_nothing_else(self, ask, statement):
        assert ask(statement, WORKER).startswith("[42501]")

    def test_a_part_is_not_taken_for_the_whole(self, cluster, name):
        with pytest.raises(HistoryError):
            History.open(cluster.url(name, WORKER), migrate=False)


class TestRunner:
    def test_it_does_all_that_a_run_and_a_morning_need(self, cluster, database):
        History.open(database).close()
        name = name_of(database)
        cluster.give_roles(name)
        with History.open(cluster.url(name, "pbx_auditor_runner")) as history:
            story = told(history)
            history.rebind("muster-1", story.moment(4))
            story.night({"muster-1": [passed()]})
            assert history.verify().broken is None
            assert history.prune(Retention(1, 1), story.day(400))[0].rows
            assert set(history.tenants()) == {"muster-1", "muster-2", "zeta-1", "zeta-2"}
            with pytest.raises(HistoryError):
                history.forget(THEIRS, NOW)
            assert THEIRS in history.tenants().values()

    @pytest.mark.parametrize(
        "statement",
        ["INSERT INTO role_tenant VALUES ('reader_18', '*')", "DELETE FROM event",
         "UPDATE event SET facts = '{}'", "UPDATE alembic_version SET version_num = '1'",
         "ALTER TABLE pbx NO FORCE ROW LEVEL SECURITY", "DROP POLICY tenants ON pbx"],
    )  # fmt: skip
    def test_it_changes_neither_rights_nor_what_was_done(self, ask, statement):
        assert ask(statement, "pbx_auditor_runner").startswith("[42501]")

    def test_it_is_no_owner(self, cluster, database, monkeypatch):
        History.open(database).close()
        name = name_of(database)
        cluster.give_roles(name)
        from auditor.fleet.store import schema_version  # noqa: PLC0415

        known = schema_version.versions()
        monkeypatch.setattr(schema_version, "versions", lambda: (*known, "9999"))
        with pytest.raises(HistoryError):
            History.open(cluster.url(name, "pbx_auditor_runner"))


def test_an_owner_whom_nothing_binds_is_refused(cluster, empty_database):
    name = name_of(empty_database)
    History.open(cluster.url(name, SUPERUSER)).close()
    with pytest.raises(subprocess.CalledProcessError) as error:
        cluster.give_roles(name)
    assert "row-level security" in error.value.stderr


class TestNarrowed:
    """What `--tenant` reads: whatever is asked, another tenant is not there."""

    @pytest.fixture
    def narrowed(self, place):
        with History.open(place) as history:
            told(history)
        with History.open(place, migrate=False, tenant=OURS) as history:
            yield history

    def test_each_table_has_what_is_about_the_tenant(self, narrowed, place):
        counts = {}
        with narrowed.reading() as connection:
            for table in [*METADATA.tables, *OWN]:
                rows = list(connection.execute(text(f"SELECT * FROM {table}")))
                counts[table] = len(rows)
                if table not in {"delivery", "v_delivery"}:
                    assert CANARY not in str(rows), table
        assert counts["run"] == 4
        assert counts["pbx"] == 2
        assert counts["audit"] == counts["v_audit"] == 6
        # The message to both is about this one too; whose else, is not to be seen.
        assert counts["delivery"] == counts["delivery_tenant"] == 2
        assert counts["event"] == 2
        with History.open(place) as history, history.reading() as connection:
            of_all = {
                table: connection.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in METADATA.tables
            }
        for table in ROWS_OF_TENANT.keys() - {"role_tenant"}:
            assert 0 < counts[table] < of_all[table], table

    def test_it_answers_as_the_whole_does(self, narrowed, place):
        with History.open(place) as history:
            assert narrowed.known("muster-1") == history.known("muster-1")
        assert narrowed.known("zeta-1").basis is None
        assert set(narrowed.tenants()) == {"muster-1", "muster-2"}

    def test_a_name_is_no_statement(self, tmp_path):
        with History.open(tmp_path / "history.db") as history:
            told(history)
        with History.open(tmp_path / "history.db", migrate=False, tenant="x' OR '1'='1") as history:
            assert history.tenants() == {}


def test_both_forms_see_the_same(database, tmp_path):
    counts = []
    for place in (database, tmp_path / "history.db"):
        with History.open(place) as history:
            told(history)
        with (
            History.open(place, migrate=False, tenant=OURS) as history,
            history.reading() as connection,
        ):
            counts.append(
                {
                    table: connection.scalar(text(f"SELECT count(*) FROM {table}"))
                    for table in itertools.chain(METADATA.tables, OWN)
                }
            )
    assert counts[0] == counts[1]
