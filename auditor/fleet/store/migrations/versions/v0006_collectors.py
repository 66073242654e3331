"""Keep who may deliver what was read of a tenant's PBXs elsewhere."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
)

revision = "0006"
down_revision = "0005"

# As on every table with a tenant, see v0005_tenants.
_SEEN: Final = "(SELECT seen_tenants()) IS NULL OR tenant = ANY ((SELECT seen_tenants())::text[])"
# SQLite has one size of integers, and its strict tables know no other name of it.
_LARGE: Final = Integer().with_variant(BigInteger(), "postgresql")


def upgrade() -> None:
    """Make the table of collectors."""
    op.create_table(
        "collector",
        Column("name", Text, nullable=False),
        Column("tenant", Text, nullable=False),
        Column("public_key", Text, nullable=False),
        Column("added", Text, nullable=False),
        Column("revoked", Text),
        Column("sequence", _LARGE, nullable=False),
        Column("digest", Text),
        Column("run", Integer),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        ForeignKeyConstraint(["run"], ["run.number"]),
        PrimaryKeyConstraint("name"),
        sqlite_strict=True,
    )
    op.create_index("collector_of_tenant", "collector", ["tenant"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE collector ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE collector FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenants ON collector USING ({_SEEN})")
