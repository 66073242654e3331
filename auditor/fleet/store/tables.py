"""The tables of a history. A change of them needs a migration, see `migrations/`.

Everything is ordered by the number of the run, never by a clock. A span holds from its first run
to before `to_run`, and for good where that is NULL. Digests are SHA-256 in hexadecimal.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from auditor.fleet.store.columns import Causes, Day, Moment, Said, SaidAll

METADATA: Final = MetaData()
# SQLite has one size of integers, and its strict tables know no other name of it.
_LARGE: Final = Integer().with_variant(BigInteger(), "postgresql")


def _table(
    name: str, *parts: Column[object] | ForeignKeyConstraint | CheckConstraint | Index
) -> Table:
    return Table(name, METADATA, *parts, sqlite_strict=True)


TENANT: Final = _table("tenant", Column("id", Text, primary_key=True))

# Whose things a login of PostgreSQL sees: `*` stands for all. The owner of the tables sees all
# without a row here. Only its owner writes it, by what is in deploy/postgresql.
ROLE_TENANT: Final = _table(
    "role_tenant",
    Column("role", Text, primary_key=True),
    Column("tenant", Text, primary_key=True),
)

# `serial` is what is bound to the id, as it is compared. `rebound` is 1 after a person said that
# another box stands for this id, until that was audited.
PBX: Final = _table(
    "pbx",
    Column("id", Text, primary_key=True),
    Column("tenant", Text, ForeignKey("tenant.id"), nullable=False),
    Column("serial", Text, unique=True),
    Column("rebound", Integer, nullable=False, default=0),
    Index("pbx_of_tenant", "tenant"),
)

# `clock_back` is 1 where the clock, or the day, was before that of an earlier run.
RUN: Final = _table(
    "run",
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("code", Integer),
    Column("selection", Text, nullable=False),
    Column("clock_back", Integer, nullable=False),
)

# What the last run has still to do; `record` takes a row away.
PLANNED: Final = _table(
    "planned",
    Column("run", Integer, ForeignKey("run.number"), primary_key=True),
    Column("pbx", Text, ForeignKey("pbx.id"), primary_key=True),
)

# Snapshots, papers, and lists of what expires: by content, so that nothing is kept twice.
# `content` is compressed by zlib, `size` is how much it is otherwise.
DOCUMENT: Final = _table(
    "document",
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)


def _document(name: str) -> Column[object]:
    return Column(name, Integer, ForeignKey("document.id"), index=True)


# One attempt of one PBX in one run. What follows `remarks` is NULL unless `ending` is `audited`.
AUDIT: Final = _table(
    "audit",
    Column("run", Integer, ForeignKey("run.number"), primary_key=True),
    Column("pbx", Text, ForeignKey("pbx.id"), primary_key=True),
    Column("started", Moment, nullable=False),
    Column("ended", Moment, nullable=False),
    Column("day", Day, nullable=False),
    Column("ending", Text, nullable=False),
    Column("reason", Said, nullable=False),
    Column("remarks", SaidAll, nullable=False),
    Column("code", Integer),
    Column("score", Integer),
    Column("serial", Text),
    Column("objects", Integer),
    Column("content", Text),
    Column("tool", Text),
    Column("rules", Text),
    Column("vulnerabilities", Text),
    Column("profile", Text),
    Column("fail_on", Text),
    Column("generation", Text),
    _document("snapshot"),
    _document("expiries"),
    _document("paper_site"),
    _document("paper_waivers"),
    _document("paper_dialect"),
    _document("paper_rules"),
    CheckConstraint("(ending = 'audited') = (snapshot IS NOT NULL)", name="audited_has_snapshot"),
    Index("audit_of_pbx", "pbx", "run"),
)

_AFTER: Final = "to_run IS NULL OR to_run > from_run"


def _span() -> tuple[Column[object], ...]:
    return (
        Column("from_run", Integer, ForeignKey("run.number"), nullable=False),
        Column("to_run", Integer, ForeignKey("run.number")),
        Column("cause", Text, nullable=False),
        Column("also", Causes, nullable=False),
    )


# `status` is one of `Status`, or `not-asked` from when the control does not run any more.
RESULT_SPAN: Final = _table(
    "result_span",
    Column("id", Integer, primary_key=True),
    Column("pbx", Text, ForeignKey("pbx.id"), nullable=False),
    Column("control", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("version", Integer, nullable=False),
    *_span(),
    CheckConstraint(_AFTER, name="result_span_ends_after"),
    Index("result_span_from", "pbx", "control", "from_run", unique=True),
)

# What a finding is about; the name of its subject is the newest one. `first_run` never changes.
FINDING: Final = _table(
    "finding",
    Column("id", Integer, primary_key=True),
    Column("pbx", Text, ForeignKey("pbx.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("control", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("subject_owner", Text, nullable=False),
    Column("property", Text, nullable=False),
    Column("first_run", Integer, ForeignKey("run.number"), nullable=False),
    Index("finding_of_pbx", "pbx", "key", unique=True),
)

FINDING_SPAN: Final = _table(
    "finding_span",
    Column("id", Integer, primary_key=True),
    Column("finding", Integer, ForeignKey("finding.id"), nullable=False),
    Column("standing", Text, nullable=False),
    Column("severity", Text, nullable=False),
    *_span(),
    CheckConstraint(_AFTER, name="finding_span_ends_after"),
    Index("finding_span_from", "finding", "from_run", unique=True),
)

# What holds now; never two of them for one control, or one finding. PostgreSQL's indexes are as
# narrow (the migrations make them); to say so here would load its dialect at every start.
for _spans, _of in ((RESULT_SPAN, ("pbx", "control")), (FINDING_SPAN, ("finding",))):
    _open = _spans.c.to_run.is_(None)
    Index(
        f"{_spans.name}_open",
        *(_spans.c[name] for name in _of),
        unique=True,
        sqlite_where=_open,
    )
    # What changed in or since a run.
    Index(f"{_spans.name}_since", _spans.c.from_run)

# Only ever added to. `digest` is that of salt, PBX, tenant and facts, which are NULL once the
# tenant is forgotten; `previous` is the hash of the event before. See `events.py`.
EVENT: Final = _table(
    "event",
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("pbx", Text),
    Column("tenant", Text),
    Column("facts", Text),
    Column("salt", Text),
    Column("digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
)

# One message to one recipient through one channel, with its tries. It is about `run`; `told` is the
# last run that it tells wholly, for a run may be taken up again. `key` is what a receiver knows it
# by, however often it is sent. `document` is what is to be sent, until it is not any more.
DELIVERY: Final = _table(
    "delivery",
    Column("id", Integer, primary_key=True),
    Column("run", Integer, ForeignKey("run.number"), nullable=False),
    Column("told", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("made", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_try", Moment),
    Column("next_try", Moment),
    Column("reason", Said, nullable=False),
    _document("document"),
    Column("tenant", Text),
    CheckConstraint(
        "(state IN ('queued', 'sending')) = (document IS NOT NULL)", name="open_has_document"
    ),
    Index("delivery_of_run", "run"),
    Index("delivery_of_recipient", "recipient", "id"),
)
# Never two to one recipient at a time: the later one tells what the earlier one would have.
Index(
    "delivery_open",
    DELIVERY.c.recipient,
    unique=True,
    sqlite_where=DELIVERY.c.state.in_(("queued", "sending")),
)

# Whose things a delivery names.
DELIVERY_TENANT: Final = _table(
    "delivery_tenant",
    Column("delivery", Integer, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("tenant", Text, ForeignKey("tenant.id"), primary_key=True),
    Index("delivery_of_tenant", "tenant"),
)

# What a run asks of its workers, while it waits for them: `asked` is what the command line wants,
# `inventory` the digest of the operator's, `tool` its version.
ERRAND: Final = _table(
    "errand",
    Column("run", Integer, ForeignKey("run.number"), primary_key=True, autoincrement=False),
    Column("tool", Text, nullable=False),
    Column("inventory", Text, nullable=False),
    Column("asked", Text, nullable=False),
)

# What a worker made of a PBX, until the operator has recorded it: one for each PBX of a run.
HANDED_IN: Final = _table(
    "handed_in",
    Column("run", Integer, ForeignKey("run.number"), primary_key=True, autoincrement=False),
    Column("pbx", Text, ForeignKey("pbx.id"), primary_key=True),
    Column("worker", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# Who may deliver what was read of a tenant's PBXs, signed by which key (base64 of 32 octets).
# `sequence` and `digest` are those of the last bundle that was accepted, whose run is `run`.
COLLECTOR: Final = _table(
    "collector",
    Column("name", Text, primary_key=True),
    Column("tenant", Text, ForeignKey("tenant.id"), nullable=False),
    Column("public_key", Text, nullable=False),
    Column("added", Moment, nullable=False),
    Column("revoked", Moment),
    Column("sequence", _LARGE, nullable=False),
    Column("digest", Text),
    Column("run", Integer, ForeignKey("run.number")),
    Index("collector_of_tenant", "tenant"),
)

# Every column that refers to a document.
DOCUMENTS_USED: Final = tuple(
    column
    for table in METADATA.sorted_tables
    for column in table.columns
    if any(key.column.table is DOCUMENT for key in column.foreign_keys)
)
