"""What two audits both could see, so that a change of the PBX is told from one of the view.

Between the last snapshot and the new one lie two others: what the last one says of what can still
be seen, and what the new one says of what could be seen then. From the first of these four to the
second, and from the third to the last, the view alone differs; in between, the PBX.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from auditor.fleet.drift.read_anew import with_topics
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage

_MUCH: Final = (Coverage.MISSING, Coverage.PARTIAL, Coverage.COMPLETE)
_OBJECTS: Final = (Area.OBJECTS.value, Area.DEVICES.value)


class CommonView(NamedTuple):
    """Two snapshots as far as both could see; the given ones where that is no difference."""

    before: Snapshot
    now: Snapshot


def seen_by_both(old: Snapshot, new: Snapshot) -> CommonView:
    """Return two snapshots without what one of them alone could see."""
    lost, gained = more(old.areas, new.areas), more(new.areas, old.areas)
    before, now = _without(old, new, lost), _without(new, old, gained)
    return CommonView(_as_told(before, new), _as_told(now, old))


def _as_told(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    """Return a snapshot without what the PBX said over WebSocket if it said nothing the other time.

    Coverage does not tell that: what it says there is said by other documents too, less surely.
    """
    if snapshot.listed_parents and not other.listed_parents:
        snapshot = replace(snapshot, listed_parents={})
    if snapshot.confirmed and not other.confirmed:
        snapshot = replace(snapshot, confirmed={})
    return snapshot


def was_told_more(one: Snapshot, other: Snapshot) -> bool:
    """Return whether the PBX said something over WebSocket that it did not say the other time."""
    return _as_told(one, other) is not one


def more(one: Mapping[str, Coverage], other: Mapping[str, Coverage]) -> frozenset[str]:
    """Return the areas and facts of which one coverage has more than another."""
    return frozenset(
        name
        for name, much in one.items()
        if _MUCH.index(much) > _MUCH.index(other.get(name, Coverage.MISSING))
    )


def _without(snapshot: Snapshot, other: Snapshot, topics: Collection[str]) -> Snapshot:
    """Return a snapshot that sees no more of some areas and facts than another one."""
    if not topics:
        return snapshot
    reduced = with_topics(snapshot, other, topics)
    if Area.CALL_FILTERS.value in topics:
        names = {one.name for one in other.filters}
        shown = tuple(one for one in reduced.filters if one.name in names)
        reduced = replace(reduced, filters=shown)
    if Area.TLS.value in topics:
        shown_at = {one.address for one in other.tls}
        reduced = replace(reduced, tls=tuple(o for o in reduced.tls if o.address in shown_at))
    if any(name in topics for name in _OBJECTS):
        keys = {one.key for one in other.objects}
        reduced = replace(reduced, objects=tuple(o for o in reduced.objects if o.key in keys))
    return reduced
