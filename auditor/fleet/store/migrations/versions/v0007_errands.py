"""What a run hands out to workers, and what they hand in."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
)

revision = "0007"
down_revision = "0006"

_POLICIES: Final = {
    # It names no tenant: what of it concerns whom, is in `planned`.
    "errand": "(SELECT sees_all()) OR run = ANY ((SELECT seen_runs())::integer[])",
    "handed_in": "(SELECT seen_tenants()) IS NULL OR pbx = ANY ((SELECT seen_pbxs())::text[])",
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "errand",
        Column("run", Integer, autoincrement=False, nullable=False),
        Column("tool", Text, nullable=False),
        Column("inventory", Text, nullable=False),
        Column("asked", Text, nullable=False),
        ForeignKeyConstraint(["run"], ["run.number"]),
        PrimaryKeyConstraint("run"),
        sqlite_strict=True,
    )
    op.create_table(
        "handed_in",
        Column("run", Integer, autoincrement=False, nullable=False),
        Column("pbx", Text, nullable=False),
        Column("worker", Text, nullable=False),
        Column("at", Text, nullable=False),
        Column("content", LargeBinary, nullable=False),
        ForeignKeyConstraint(["run"], ["run.number"]),
        ForeignKeyConstraint(["pbx"], ["pbx.id"]),
        PrimaryKeyConstraint("run", "pbx"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, rows in _POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY tenants ON {table} USING ({rows})")
