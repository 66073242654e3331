"""Keep how an audit was counted, and which of several saved generations it read."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add two columns, of which nothing is known for the audits that are there."""
    op.add_column("audit", Column("fail_on", Text))
    op.add_column("audit", Column("generation", Text))
