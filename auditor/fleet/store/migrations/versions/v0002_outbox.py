"""The outbox: what is to be sent to whom, with each try. Nothing wrote its first form."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

revision = "0002"
down_revision = "0001"

_OPEN: Final = "state IN ('queued', 'sending')"


def upgrade() -> None:
    """Make the tables of the outbox."""
    op.drop_table("delivery")
    op.create_table(
        "delivery",
        Column("id", Integer, nullable=False),
        Column("run", Integer, nullable=False),
        Column("told", Integer, nullable=False),
        Column("channel", Text, nullable=False),
        Column("recipient", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("made", Text, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("last_try", Text),
        Column("next_try", Text),
        Column("reason", Text, nullable=False),
        Column("document", Integer),
        CheckConstraint(f"({_OPEN}) = (document IS NOT NULL)", name="open_has_document"),
        ForeignKeyConstraint(["document"], ["document.id"]),
        ForeignKeyConstraint(["run"], ["run.number"]),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("key"),
        sqlite_strict=True,
    )
    op.create_index("delivery_of_run", "delivery", ["run"])
    op.create_index("delivery_of_recipient", "delivery", ["recipient", "id"])
    op.create_index("ix_delivery_document", "delivery", ["document"])
    op.create_index(
        "delivery_open",
        "delivery",
        ["recipient"],
        unique=True,
        sqlite_where=text(_OPEN),
        postgresql_where=text(_OPEN),
    )
    op.create_table(
        "delivery_tenant",
        Column("delivery", Integer, nullable=False),
        Column("tenant", Text, nullable=False),
        ForeignKeyConstraint(["delivery"], ["delivery.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        PrimaryKeyConstraint("delivery", "tenant"),
        sqlite_strict=True,
    )
    op.create_index("delivery_of_tenant", "delivery_tenant", ["tenant"])
