"""What of a history is about one tenant. In a file this is all that keeps tenants apart.

In PostgreSQL row-level security does, whatever a program asks: see the migration `v0005_tenants`,
which says the same of the same tables. In a file a connection is given views of its own that stand
in front of the tables under their names, so that no question can forget it.
"""

# ruff: noqa: S608 -- what is put together are names of this module
from __future__ import annotations

import sqlite3
from typing import Final

# Set for a connection to PostgreSQL, it narrows what its login sees, and never widens it.
SETTING: Final = "pbx_auditor.tenant"
_PBXS: Final = "SELECT id FROM main.pbx WHERE tenant = {0}"
_OF_PBX: Final = f"pbx IN ({_PBXS})"
_DELIVERIES: Final = "SELECT delivery FROM main.delivery_tenant WHERE tenant = {0}"
_USED: Final = " UNION ALL ".join(
    f"SELECT {column} FROM main.audit WHERE {_OF_PBX} AND {column} IS NOT NULL"
    for column in (
        "snapshot",
        "expiries",
        "paper_site",
        "paper_waivers",
        "paper_dialect",
        "paper_rules",
    )
)
# Which rows of each table are about a tenant. Runs are those of the whole fleet.
ROWS_OF_TENANT: Final = {
    "tenant": "id = {0}",
    "role_tenant": "tenant = {0}",
    "pbx": "tenant = {0}",
    "planned": _OF_PBX,
    "audit": _OF_PBX,
    "handed_in": _OF_PBX,
    "result_span": _OF_PBX,
    "finding": _OF_PBX,
    "finding_span": f"finding IN (SELECT id FROM main.finding WHERE {_OF_PBX})",
    "event": "tenant = {0}",
    "delivery": f"id IN ({_DELIVERIES})",
    "delivery_tenant": "tenant = {0}",
    "collector": "tenant = {0}",
    "document": f"id IN ({_USED})",
}
OF_ALL_TENANTS: Final = frozenset({"errand", "run"})
_VIEWS: Final = "SELECT sql FROM main.sqlite_master WHERE type = 'view'"


def narrow_file(cursor: sqlite3.Cursor, tenant: str) -> None:
    """Let a connection to a file see one tenant alone, in its views too."""
    name = "'" + tenant.replace("'", "''") + "'"
    for table, rows in ROWS_OF_TENANT.items():
        cursor.execute(
            f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE {rows.format(name)}"
        )
    # Made again here, they look at the views above instead of at the tables.
    for (text,) in cursor.execute(_VIEWS).fetchall():
        cursor.execute(text.replace("CREATE VIEW", "CREATE TEMP VIEW", 1))
