"""What a PBX is read from tonight, and whether what was read is only a part of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from auditor.errors import SourceError
from auditor.fleet.drift.usable_evidence import OLDER
from auditor.fleet.inventory.inventory_model import InventoryTarget, TargetKind
from auditor.fleet.inventory.targets import is_there, targets_found
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import Gap, Snapshot
from auditor.model.vocabulary import Area
from auditor.sources.parse.configuration import NO_ADMIN, NOTHING_FOLLOWS
from auditor.sources.parse.items import CUT_OFF
from auditor.sources.parse.ledger import CUT

_NUMBER: Final = re.compile(r"(\d+)")
_NOTHING_THERE: Final = say("there is no such file or folder")
_NOTHING_FOUND: Final = say("the pattern finds nothing")
_SAVED: Final = say("check what saves it; nothing is known of tonight")
# Documents that end where their format says, so that a last line without its end was cut.
_WITH_AN_END: Final = frozenset({"configuration", "object-export"})


def tonight(target: InventoryTarget) -> str:
    """Return what is read of a target: its newest generation, if it is a pattern.

    That is the last by the numbers in the names, whatever is in it: an empty one means that
    nothing was saved, not that an older one still holds. Raises SourceError.
    """
    if target.kind in {TargetKind.ADDRESS, TargetKind.COLLECTOR}:
        return target.text
    if target.kind is TargetKind.PATH:
        if not is_there(Path(target.text)):
            raise SourceError(_NOTHING_THERE, where=target.text, advice=_SAVED)
        return target.text
    found = targets_found(target)
    if not found:
        raise SourceError(_NOTHING_FOUND, where=target.text, advice=_SAVED)
    return str(max(found, key=_generation))


def generation_read(target: InventoryTarget, found: str) -> str:
    """Return the name of what was found for a pattern; empty if it is none."""
    return Path(found).name if target.kind is TargetKind.PATTERN else ""


def why_older(before: str, now: str) -> Message:
    """Return why what a pattern finds is older than the last time; empty if it is not.

    Names are compared that differ in their numbers alone: others are in no order.
    """
    first, second = _generation(Path(before)), _generation(Path(now))
    if [text for _, text in first] != [text for _, text in second] or second >= first:
        return NOTHING
    return say(OLDER, number=now, before=before)


def _generation(path: Path) -> list[tuple[int, str]]:
    """Return what orders names as people count: 9 comes before 10."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(path.name)
    ]


def why_cut(snapshot: Snapshot) -> Message:
    """Return why a snapshot is only a part of what there is; empty if nothing in it says so.

    That a part of it is missing can be known by the last audit alone: see `drift.evidence`.
    """
    kinds = {one.name: one.kind for one in snapshot.sources}
    gaps = [one for one in snapshot.gaps if kinds.get(one.source) in _WITH_AN_END]
    said = {reason for one in gaps for reason in _reasons(one.reason)}
    for gap in gaps:
        if _is_end_missing(gap, said, has_objects=bool(snapshot.objects)):
            return say("only a part was saved: {reason}", reason=gap.reason)
    return NOTHING


def _is_end_missing(gap: Gap, said: Collection[str], *, has_objects: bool) -> bool:
    """Return whether a gap, beside everything that was said, is about an end that is missing."""
    reasons = set(_reasons(gap.reason))
    if CUT in reasons:
        return gap.area in {Area.OBJECTS, Area.SETTINGS}
    if CUT_OFF in reasons:
        return NO_ADMIN in said
    return not has_objects and NOTHING_FOLLOWS in reasons


def _reasons(message: Message) -> Iterator[str]:
    """Yield a message and those that it is made of."""
    yield message
    for _, value in message.parameters:
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Message):
                yield from _reasons(part)
