"""Whether each entry of a dialect matches exactly one place of a configuration."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.dialects import DialectDocument, SettingPlace
from auditor.learning.find import FILTER_ROWS
from auditor.learning.leaves import Leaves, OptionLeaf
from auditor.messages.message import Message, say

_FILTER = "filter"


def check_places(dialect: DialectDocument, leaves: Leaves) -> Iterator[tuple[str, Message]]:
    """Yield each fact whose entry matches nothing, or more than one place, with the reason."""
    for fact, place in dialect.settings.items():
        lines = _lines_of(place, leaves)
        if not lines and not _absence_counts(place, leaves):
            yield fact, say("{place} matches nothing in this configuration", place=place.words)
        elif len(lines) > 1:
            shown = ", ".join(map(str, lines))
            yield (
                fact,
                say(
                    "{place} matches {count} places, lines {lines}",
                    place=place.words,
                    count=len(lines),
                    lines=shown,
                ),
            )
    rows = dialect.filter_rows
    if rows is not None:
        found = {path[1][0] for path, _ in leaves.elements if path[0][0] == _FILTER and path[1:]}
        if found != {rows.row}:
            yield (
                FILTER_ROWS,
                say(
                    "its rows are <{row}>, those of this configuration: {found}",
                    row=rows.row,
                    found=", ".join(sorted(found)) or say("none"),
                ),
            )


def _absence_counts(place: SettingPlace, leaves: Leaves) -> bool:
    """Return whether it means something that the option is not there."""
    return place.absent is not None and (not place.module or place.module in leaves.modules)


def _lines_of(place: SettingPlace, leaves: Leaves) -> list[int]:
    """Return the lines at which the place of an entry occurs, one for each time."""
    if place.place == "admin-rows":
        return sorted(
            line for path, line in leaves.elements if len(path) == 1 and path[0][0] == place.element
        )
    if place.place == "admin-attribute":
        return sorted(
            leaf.line
            for leaf in leaves.leaves
            if not isinstance(leaf, OptionLeaf)
            and (leaf.tags, leaf.attribute) == ((place.element,), place.option)
        )
    if place.place == "line":
        return [0] if place.module in leaves.modules else []
    return sorted(
        leaf.line
        for leaf in leaves.leaves
        if isinstance(leaf, OptionLeaf)
        and (leaf.module, leaf.option) == (place.module, place.option)
    )
