"""What changed since an earlier run, as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from auditor.report.compare import Comparison, Drift, DriftEntry
from auditor.report.text import ascii_only, visible

_TITLES: Final = {
    Drift.NEW: "New",
    Drift.CHANGED: "Changed",
    Drift.NOT_COMPARABLE: "Not comparable",
    Drift.FIXED: "Fixed",
}
_LIMIT: Final = 300


def render(comparison: Comparison, *, width: int = 80, unicode: bool = True) -> str:
    """Return the counts, and every violation that is not as it was; no line is longer."""
    lines = [
        line
        for first, rest, text in _paragraphs(comparison)
        for line in textwrap.wrap(
            text if unicode else ascii_only(text),
            width,
            initial_indent=first,
            subsequent_indent=rest,
        )
        or [""]
    ]
    return "\n".join(lines) + "\n"


def _paragraphs(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    """Yield paragraphs with what indents their first line, and the others."""
    counts = ", ".join(f"{len(comparison.of(c))} {c.value.replace('-', ' ')}" for c in Drift)
    yield "", "", f"Since the earlier run: {counts}"
    if comparison.reason:
        yield "", "", f"Not comparable: {visible(comparison.reason)}"
    for change, title in _TITLES.items():
        entries = comparison.of(change)
        if entries:
            yield "", "", ""
            yield "", "", f"{title} ({len(entries)})"
        yield from (("- ", "  ", _text(entry)) for entry in entries)


def _text(entry: DriftEntry) -> str:
    note = f" ({entry.note})" if entry.note else ""
    waived = "" if entry.open or entry.change is Drift.FIXED else ", not open in the later run"
    text = f"{entry.rule} {entry.severity}{waived}: {entry.title}: {entry.subject}: {entry.detail}"
    return f"{visible(text, _LIMIT)}{visible(note)}"
