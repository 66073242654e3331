"""Keep tenants apart in PostgreSQL: row-level security on every table, whoever asks.

A login sees the tenants that `role_tenant` names for it, all of them with `*`; the owner of the
tables sees all. The setting `pbx_auditor.tenant` narrows that further, and never widens it. Roles
are made by deploy/postgresql, not here: they belong to the server, and not to the database.

A tenant's login may read the views of the schema `own` and nothing else. They are made of functions
that run as the owner: through a view over tables EXPLAIN ANALYZE would tell how many rows of others
were left out, and estimates how many there are.
"""

# ruff: noqa: S608 -- what is put together are names of this module
from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text, text

revision = "0005"
down_revision = "0004"

# What policies ask is asked by functions, which are planned once in a session. Subqueries would be
# planned for each statement anew, with the policies of the tables that they ask: ten times as long.
_FUNCTION: Final = """
    CREATE FUNCTION {name}() RETURNS {kind} LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp AS $$ {body} $$"""
_OWNER: Final = """pg_has_role(
        (SELECT c.relowner FROM pg_class c WHERE c.oid = '{0}.role_tenant'::regclass), 'USAGE')"""
_SEES_ALL: Final = f"""
    BEGIN
        RETURN {_OWNER} OR EXISTS (
            SELECT FROM {{0}}.role_tenant r WHERE r.role = current_user AND r.tenant = '*');
    END"""
# NULL stands for all: then no row has to be compared.
_SEEN_TENANTS: Final = """
    DECLARE
        narrowed text := coalesce(current_setting('pbx_auditor.tenant', true), '');
    BEGIN
        IF {0}.sees_all() THEN
            RETURN CASE WHEN narrowed <> '' THEN ARRAY[narrowed] END;
        END IF;
        RETURN ARRAY(
            SELECT r.tenant FROM {0}.role_tenant r
            WHERE r.role = current_user AND narrowed IN ('', r.tenant));
    END"""
# What they ask has policies, too, so each is about what is seen.
_SEEN: Final = "BEGIN RETURN ARRAY({query}); END"
_DOCUMENTS: Final = (
    "snapshot",
    "expiries",
    "paper_site",
    "paper_waivers",
    "paper_dialect",
    "paper_rules",
)
_RUNS: Final = {
    "audit": "run",
    "planned": "run",
    "result_span": "from_run",
    "finding_span": "from_run",
    "finding": "first_run",
}
_SEEN_ROWS: Final = {
    "seen_pbxs": ("text[]", "SELECT id FROM {0}.pbx"),
    "seen_findings": ("integer[]", "SELECT id FROM {0}.finding"),
    "seen_documents": (
        "integer[]",
        " UNION ".join(
            f"SELECT {column} FROM {{0}}.audit WHERE {column} IS NOT NULL" for column in _DOCUMENTS
        ),
    ),
    "seen_runs": (
        "integer[]",
        " UNION ".join(f"SELECT {column} FROM {{0}}.{table}" for table, column in _RUNS.items()),
    ),
    "seen_deliveries": ("integer[]", "SELECT delivery FROM {0}.delivery_tenant"),
}
_ALL: Final = "(SELECT seen_tenants()) IS NULL"
_OF_TENANT: Final = f"{_ALL} OR {{0}} = ANY ((SELECT seen_tenants())::text[])"
_OF_PBX: Final = f"{_ALL} OR pbx = ANY ((SELECT seen_pbxs())::text[])"
_POLICIES: Final = {
    "role_tenant": f"role = current_user::text OR {_OWNER}",
    "tenant": _OF_TENANT.format("id"),
    "pbx": _OF_TENANT.format("tenant"),
    "planned": _OF_PBX,
    "audit": _OF_PBX,
    "result_span": _OF_PBX,
    "finding": _OF_PBX,
    "finding_span": f"{_ALL} OR finding = ANY ((SELECT seen_findings())::integer[])",
    "run": "(SELECT sees_all()) OR number = ANY ((SELECT seen_runs())::integer[])",
    "event": _OF_TENANT.format("tenant"),
    # One that names two tenants is for neither of them alone.
    "delivery": f"{_OF_TENANT.format('tenant')}"
    " OR ((SELECT sees_all()) AND id = ANY ((SELECT seen_deliveries())::integer[]))",
    "delivery_tenant": _OF_TENANT.format("tenant"),
    "document": f"{_ALL} OR id = ANY ((SELECT seen_documents())::integer[])",
}
# Those with a column `tenant`, as each had it when a tenant may ask it first.
_OWN_VIEWS: Final = ("v_pbx", "v_audit", "v_control_now", "v_finding_open", "v_change")


def upgrade() -> None:
    """Make roles' table and, in PostgreSQL, functions, policies and the views of tenants."""
    op.create_table(
        "role_tenant",
        Column("role", Text, nullable=False),
        Column("tenant", Text, nullable=False),
        PrimaryKeyConstraint("role", "tenant"),
        sqlite_strict=True,
    )
    op.add_column("delivery", Column("tenant", Text))
    op.execute(
        "UPDATE delivery SET tenant = (SELECT CASE WHEN count(*) = 1 THEN min(t.tenant) END"
        " FROM delivery_tenant t WHERE t.delivery = delivery.id)"
    )
    if op.get_bind().dialect.name == "postgresql":
        schema = str(op.get_bind().scalar(text("SELECT quote_ident(current_schema())")))
        _functions(schema)
        for table, rows in _POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY tenants ON {table} USING ({rows.format(schema)})")
        _own_views(schema)


def _functions(schema: str) -> None:
    bodies = {"sees_all": ("boolean", _SEES_ALL), "seen_tenants": ("text[]", _SEEN_TENANTS)}
    bodies |= {
        name: (kind, _SEEN.format(query=query)) for name, (kind, query) in _SEEN_ROWS.items()
    }
    for name, (kind, body) in bodies.items():
        op.execute(_FUNCTION.format(name=name, kind=kind, body=body.format(schema)))


def _own_views(schema: str) -> None:
    op.execute("CREATE SCHEMA own")
    for view in _OWN_VIEWS:
        # Of each tenant alone, narrowed too: whichever of the two fails, the other one holds.
        op.execute(f"""
        CREATE FUNCTION own.rows_of_{view}() RETURNS SETOF {schema}.{view}
        LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = {schema}, pg_temp AS $$
        DECLARE
            before text := current_setting('pbx_auditor.tenant', true);
            one text;
        BEGIN
            PERFORM set_config('pbx_auditor.tenant', '', true);
            FOR one IN SELECT r.tenant FROM {schema}.role_tenant r WHERE r.role = session_user LOOP
                PERFORM set_config('pbx_auditor.tenant', one, true);
                RETURN QUERY SELECT * FROM {schema}.{view} v WHERE v.tenant = one;
            END LOOP;
            PERFORM set_config('pbx_auditor.tenant', before, true);
        END $$""")
        op.execute(f"REVOKE EXECUTE ON FUNCTION own.rows_of_{view}() FROM PUBLIC")
        op.execute(f"CREATE VIEW own.{view} AS SELECT * FROM own.rows_of_{view}()")
