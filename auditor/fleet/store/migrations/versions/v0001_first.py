"""The first version."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _document()
    _event()
    _run()
    _tenant()
    _delivery()
    _pbx()
    _audit()
    _finding()
    _planned()
    _result_span()
    _finding_span()


def _document() -> None:
    op.create_table(
        "document",
        Column("id", Integer, nullable=False),
        Column("digest", Text, nullable=False),
        Column("size", Integer, nullable=False),
        Column("content", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("digest"),
        sqlite_strict=True,
    )


def _event() -> None:
    op.create_table(
        "event",
        Column("number", Integer, autoincrement=False, nullable=False),
        Column("kind", Text, nullable=False),
        Column("at", Text, nullable=False),
        Column("pbx", Text),
        Column("tenant", Text),
        Column("facts", Text),
        Column("salt", Text),
        Column("digest", Text, nullable=False),
        Column("previous", Text, nullable=False),
        PrimaryKeyConstraint("number"),
        sqlite_strict=True,
    )


def _run() -> None:
    op.create_table(
        "run",
        Column("number", Integer, autoincrement=False, nullable=False),
        Column("owner", Text, nullable=False),
        Column("day", Text, nullable=False),
        Column("started", Text, nullable=False),
        Column("ended", Text),
        Column("code", Integer),
        Column("selection", Text, nullable=False),
        Column("clock_back", Integer, nullable=False),
        PrimaryKeyConstraint("number"),
        sqlite_strict=True,
    )


def _tenant() -> None:
    op.create_table(
        "tenant", Column("id", Text, nullable=False), PrimaryKeyConstraint("id"), sqlite_strict=True
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        Column("id", Integer, nullable=False),
        Column("run", Integer, nullable=False),
        Column("tenant", Text),
        Column("channel", Text, nullable=False),
        Column("recipient", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("last_try", Text),
        Column("reason", Text, nullable=False),
        Column("document", Integer),
        ForeignKeyConstraint(["document"], ["document.id"]),
        ForeignKeyConstraint(["run"], ["run.number"]),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_index("delivery_of_run", "delivery", ["run"])
    op.create_index("ix_delivery_document", "delivery", ["document"])


def _pbx() -> None:
    op.create_table(
        "pbx",
        Column("id", Text, nullable=False),
        Column("tenant", Text, nullable=False),
        Column("serial", Text),
        Column("rebound", Integer, nullable=False),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("serial"),
        sqlite_strict=True,
    )
    op.create_index("pbx_of_tenant", "pbx", ["tenant"])


def _audit() -> None:
    op.create_table(
        "audit",
        Column("run", Integer, nullable=False),
        Column("pbx", Text, nullable=False),
        Column("started", Text, nullable=False),
        Column("ended", Text, nullable=False),
        Column("day", Text, nullable=False),
        Column("ending", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("remarks", Text, nullable=False),
        Column("code", Integer),
        Column("score", Integer),
        Column("serial", Text),
        Column("objects", Integer),
        Column("content", Text),
        Column("tool", Text),
        Column("rules", Text),
        Column("vulnerabilities", Text),
        Column("profile", Text),
        Column("snapshot", Integer),
        Column("expiries", Integer),
        Column("paper_site", Integer),
        Column("paper_waivers", Integer),
        Column("paper_dialect", Integer),
        Column("paper_rules", Integer),
        CheckConstraint(
            "(ending = 'audited') = (snapshot IS NOT NULL)", name="audited_has_snapshot"
        ),
        ForeignKeyConstraint(["expiries"], ["document.id"]),
        ForeignKeyConstraint(["paper_dialect"], ["document.id"]),
        ForeignKeyConstraint(["paper_rules"], ["document.id"]),
        ForeignKeyConstraint(["paper_site"], ["document.id"]),
        ForeignKeyConstraint(["paper_waivers"], ["document.id"]),
        ForeignKeyConstraint(["pbx"], ["pbx.id"]),
        ForeignKeyConstraint(["run"], ["run.number"]),
        ForeignKeyConstraint(["snapshot"], ["document.id"]),
        PrimaryKeyConstraint("run", "pbx"),
        sqlite_strict=True,
    )
    op.create_index("audit_of_pbx", "audit", ["pbx", "run"])
    op.create_index("ix_audit_expiries", "audit", ["expiries"])
    op.create_index("ix_audit_paper_dialect", "audit", ["paper_dialect"])
    op.create_index("ix_audit_paper_rules", "audit", ["paper_rules"])
    op.create_index("ix_audit_paper_site", "audit", ["paper_site"])
    op.create_index("ix_audit_paper_waivers", "audit", ["paper_waivers"])
    op.create_index("ix_audit_snapshot", "audit", ["snapshot"])


def _finding() -> None:
    op.create_table(
        "finding",
        Column("id", Integer, nullable=False),
        Column("pbx", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("control", Text, nullable=False),
        Column("subject_kind", Text, nullable=False),
        Column("subject_id", Text, nullable=False),
        Column("subject_name", Text, nullable=False),
        Column("subject_owner", Text, nullable=False),
        Column("property", Text, nullable=False),
        Column("first_run", Integer, nullable=False),
        ForeignKeyConstraint(["first_run"], ["run.number"]),
        ForeignKeyConstraint(["pbx"], ["pbx.id"]),
        PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_index("finding_of_pbx", "finding", ["pbx", "key"], unique=True)


def _planned() -> None:
    op.create_table(
        "planned",
        Column("run", Integer, nullable=False),
        Column("pbx", Text, nullable=False),
        ForeignKeyConstraint(["pbx"], ["pbx.id"]),
        ForeignKeyConstraint(["run"], ["run.number"]),
        PrimaryKeyConstraint("run", "pbx"),
        sqlite_strict=True,
    )


def _result_span() -> None:
    op.create_table(
        "result_span",
        Column("id", Integer, nullable=False),
        Column("pbx", Text, nullable=False),
        Column("control", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("from_run", Integer, nullable=False),
        Column("to_run", Integer),
        Column("cause", Text, nullable=False),
        Column("also", Text, nullable=False),
        CheckConstraint("to_run IS NULL OR to_run > from_run", name="result_span_ends_after"),
        ForeignKeyConstraint(["from_run"], ["run.number"]),
        ForeignKeyConstraint(["pbx"], ["pbx.id"]),
        ForeignKeyConstraint(["to_run"], ["run.number"]),
        PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_index("result_span_from", "result_span", ["pbx", "control", "from_run"], unique=True)
    op.create_index(
        "result_span_open",
        "result_span",
        ["pbx", "control"],
        unique=True,
        sqlite_where=text("to_run IS NULL"),
        postgresql_where=text("to_run IS NULL"),
    )
    op.create_index("result_span_since", "result_span", ["from_run"])


def _finding_span() -> None:
    op.create_table(
        "finding_span",
        Column("id", Integer, nullable=False),
        Column("finding", Integer, nullable=False),
        Column("standing", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("from_run", Integer, nullable=False),
        Column("to_run", Integer),
        Column("cause", Text, nullable=False),
        Column("also", Text, nullable=False),
        CheckConstraint("to_run IS NULL OR to_run > from_run", name="finding_span_ends_after"),
        ForeignKeyConstraint(["finding"], ["finding.id"]),
        ForeignKeyConstraint(["from_run"], ["run.number"]),
        ForeignKeyConstraint(["to_run"], ["run.number"]),
        PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_index("finding_span_from", "finding_span", ["finding", "from_run"], unique=True)
    op.create_index(
        "finding_span_open",
        "finding_span",
        ["finding"],
        unique=True,
        sqlite_where=text("to_run IS NULL"),
        postgresql_where=text("to_run IS NULL"),
    )
    op.create_index("finding_span_since", "finding_span", ["from_run"])
