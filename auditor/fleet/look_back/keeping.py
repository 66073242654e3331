"""What was removed from a history, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from auditor.fleet.inventory.inventory_model import Retention
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.text_table import TextColumn, TextTable, lines
from auditor.fleet.store.history_records import Chain, Removed
from auditor.messages.message import Message, say, template
from auditor.report.formats import csv
from auditor.report.formats.terminal_style import Look

_KINDS: Final[Mapping[str, str]] = {
    "audit": template("audits"),
    "delivery": template("deliveries"),
    "document": template("snapshots and papers"),
}
_CSV: Final = ("kind", "rows", "bytes")


def pruned_of(
    removed: Iterable[Removed], retention: Retention, today: date, *, dry_run: bool
) -> v1.Pruned:
    """Return what retention removed, or would remove."""
    since = today - timedelta(days=retention.every_run_days)
    return v1.Pruned(dry_run, since, retention.month_ends_years, _rows(removed))


def receipt_of(
    removed: Iterable[Removed], chain: Chain, report_files: int, now: datetime
) -> v1.Receipt:
    """Return the receipt of a tenant that was forgotten, which is the last event."""
    return v1.Receipt(now, chain.events, chain.last, _rows(removed), report_files)


def _rows(removed: Iterable[Removed]) -> list[v1.RemovedRows]:
    return [v1.RemovedRows(one.kind, one.rows, one.bytes) for one in removed]


def render(pruned: v1.Pruned, look: Look) -> str:
    """Return how many rows and bytes that is."""
    columns = [
        TextColumn(say("What")),
        TextColumn(say("Rows"), right=True),
        TextColumn(say("Bytes"), right=True),
    ]
    rows = [
        (Message(_KINDS.get(one.kind, one.kind)), str(one.rows), str(one.bytes))
        for one in pruned.removed
    ]
    if pruned.dry_run:
        told = say("nothing was removed; without --dry-run it would be")
    else:
        told = say("removed; spans and events stay")
    kept = say(
        "every audit since {day} is kept, before that month ends for {years} years",
        day=pruned.every_run_from.isoformat(),
        years=str(pruned.month_ends_years),
    )
    text = [*lines(TextTable(columns, rows), look), "", *look.wrap(look.text(told))]
    return "\n".join([*text, *look.wrap(look.text(kept))]) + "\n"


def render_csv(pruned: v1.Pruned) -> str:
    """Return a line for each kind."""
    cells = ((one.kind, str(one.rows), str(one.bytes)) for one in pruned.removed)
    return csv.written(_CSV, cells, end="\n")
