"""The tables of the queue, and who may see what of them: made once, by the owner of a history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, LiteralString

import psycopg
from procrastinate.schema import SchemaManager

from auditor.fleet.scale.connector import SCHEMA

# As on every table with a tenant, see the migration `v0005_tenants`: who sees a PBX, sees its jobs.
# A login sees the heartbeats of its own workers; nothing here is periodic.
_ALL: Final = "(SELECT {0}.seen_tenants()) IS NULL"
_POLICIES: Final = {
    "procrastinate_jobs": f"{_ALL} OR args ->> 'pbx' = ANY ((SELECT {{0}}.seen_pbxs())::text[])",
    "procrastinate_events": f"{_ALL} OR EXISTS"
    " (SELECT FROM queue.procrastinate_jobs j WHERE j.id = job_id)",
    "procrastinate_periodic_defers": _ALL,
    "procrastinate_workers": f"{_ALL} OR login = current_user::text",
}
# A run waits for who says that it is there: so none is there for tenants that are not its own.
_CHECKS: Final = {
    "procrastinate_workers": f"{_ALL}"
    " OR (login = current_user::text AND tenants <@ (SELECT {0}.seen_tenants())::text[])",
}
# What Procrastinate's functions ask for they find in their schema, whatever a connection says.
_FUNCTIONS: Final = (
    "SELECT 'ALTER FUNCTION ' || oid::regprocedure || ' SET search_path = queue, pg_temp'"
    " FROM pg_proc WHERE pronamespace = 'queue'::regnamespace"
)
# Who a worker is, and what it may take: its queue, and its tenants; NULL is all. Of its slots those
# are `hung` whose jobs a run took away because it did not end them.
_ABOUT_WORKERS: Final[dict[LiteralString, LiteralString]] = {
    "login": "text NOT NULL DEFAULT current_user",
    "queue_name": "text",
    "tenants": "text[]",
    "name": "text",
    "slots": "integer",
    "hung": "integer NOT NULL DEFAULT 0",
    "refuses": "jsonb",
}
_ARE_ALL: Final = (
    "SELECT count(*) = cardinality(%(names)s::text[]) FROM pg_attribute"
    " WHERE attname::text = ANY (%(names)s::text[])"
    " AND NOT attisdropped AND attrelid = to_regclass('queue.procrastinate_workers')"
)
_THERE: Final = "SELECT to_regclass('queue.procrastinate_jobs') IS NOT NULL"


def are_made(connection: psycopg.Connection) -> bool:
    """Return whether a database has a queue as this version has it."""
    return _answer(connection, _ARE_ALL, {"names": list(_ABOUT_WORKERS)})


def make_tables(connection: psycopg.Connection) -> None:
    """Make the queue beside a history, or bring it up to date, in the transaction that is open."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('pbx-auditor queue'))")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    row = connection.execute("SELECT quote_ident(current_schema())").fetchone()
    history = row[0] if row is not None else None
    if not _answer(connection, _THERE):
        connection.execute(f"SET LOCAL search_path = {SCHEMA}")
        connection.execute(SchemaManager.get_schema())
    connection.execute(f"SET LOCAL search_path = {SCHEMA}")
    for name, kind in _ABOUT_WORKERS.items():
        connection.execute(
            f"ALTER TABLE procrastinate_workers ADD COLUMN IF NOT EXISTS {name} {kind}"
        )
    for table, rows in _POLICIES.items():
        connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        connection.execute(f"DROP POLICY IF EXISTS tenants ON {table}")
        seen, written = (one.format(history) for one in (rows, _CHECKS.get(table, rows)))
        connection.execute(
            f"CREATE POLICY tenants ON {table} USING ({seen}) WITH CHECK ({written})"
        )
    for (statement,) in connection.execute(_FUNCTIONS).fetchall():
        connection.execute(statement)


def _answer(
    connection: psycopg.Connection,
    question: LiteralString,
    told: Mapping[str, object] | None = None,
) -> bool:
    row = connection.execute(question, told).fetchone()
    return row is not None and bool(row[0])
