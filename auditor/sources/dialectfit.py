"""Entries of a dialect that were learned on one firmware train count for that train only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from auditor.dialects import Dialect
from auditor.model.snapshot import CallFilter, Gap, Setting
from auditor.model.vocabulary import Area


def only_of_trains(
    dialect: Dialect,
    trains: Collection[str],
    settings: Mapping[str, Setting],
    filters: tuple[CallFilter, ...],
) -> tuple[dict[str, Setting], tuple[CallFilter, ...], list[Gap]]:
    """Return the settings and filters whose entry fits the boxes, and a gap for each other one."""
    shown = ", ".join(sorted(trains)) or "an unknown train"
    kept, gaps = dict(settings), []
    for fact, place in dialect.settings.items():
        if fact in kept and not place.fits(trains):
            kept.pop(fact)
            gaps.append(_misfit(fact, place.firmware, shown))
    rows = dialect.filter_rows
    if rows is None or rows.fits(trains):
        return kept, filters, gaps
    note = f"the entry for its rows was learned on {rows.firmware}, this is {shown}"
    gaps.append(_misfit(Area.CALL_FILTERS, rows.firmware, shown))
    return kept, tuple(replace(entry, rows=None, note=note) for entry in filters), gaps


def _misfit(area: str, firmware: str, shown: str) -> Gap:
    return Gap(
        area,
        f"the dialect entry was learned on {firmware}, the boxes run {shown}",
        advice="run `pbx-auditor learn` on a box of this train, or attest the value",
    )
