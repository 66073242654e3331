"""Whether evidence can be what a PBX is tonight: cut off or old, it counts as not reached.

A part of a configuration looks like a PBX of which most is gone. Compared with the last audit, it
is told from one in which an area could not be read: what that decides counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from auditor.fleet.history_model import Known
from auditor.messages.message import NOTHING, Message, say, template
from auditor.model.account import ProofKind
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage

_CONFIGURATION: Final = "configuration"
_NO_OBJECTS: Final = say("the evidence holds no object, and the last time there were some")
_CUT_OFF: Final = say("the evidence is cut off: it ends before the last time's did")
OLDER: Final = template(
    "the evidence is an older generation than the last time: {number} after {before}"
)


def why_less(known: Known, snapshot: Snapshot, last: Callable[[], Snapshot | None]) -> Message:
    """Return why evidence is only a part of what the PBX is, empty if nothing says so.

    `last` is the snapshot of the last audit, asked for only if there is a doubt.
    """
    if not is_cut(known, snapshot, last):
        return NOTHING
    return _CUT_OFF if snapshot.objects else _NO_OBJECTS


def why_outdated(known: Known, snapshot: Snapshot, last: Callable[[], Snapshot | None]) -> Message:
    """Return why evidence of this box is older than that of the last audit, empty if it is not."""
    if known.basis is None or known.rebound or not _generations(snapshot):
        return NOTHING
    old = last()
    return _older(old, snapshot) if old is not None else NOTHING


def is_cut(known: Known, snapshot: Snapshot, last: Callable[[], Snapshot | None]) -> bool:
    """Return whether saved evidence is the beginning of something longer, or empty.

    A live PBX says what it does not show, and a reading that breaks off is an error.
    """
    if known.basis is None or not known.basis.objects or known.rebound or snapshot.requests.sent:
        return False
    if not snapshot.objects:
        return True
    if _is_proven(snapshot):
        return False
    old = last()
    if old is None or _reaches_end(old, snapshot):
        return False
    return _lacks_admin(old, snapshot) or _is_beginning(old, snapshot)


def remarks_on(known: Known, snapshot: Snapshot) -> tuple[Message, ...]:
    """Return what people should know first about evidence that can be used."""
    before = known.basis.objects if known.basis is not None else 0
    told = fewer(before, len(snapshot.objects))
    return (told,) if told else ()


def fewer(before: int, now: int) -> Message:
    """Return that objects are fewer by more than a tenth, nothing if they are not."""
    if 10 * now >= 9 * before:
        return NOTHING
    return say(
        "there are {now} objects, and the last time there were {before}", now=now, before=before
    )


def _is_proven(snapshot: Snapshot) -> bool:
    proof = snapshot.proofs.get(Area.OBJECTS)
    return proof is not None and proof.kind is not ProofKind.NONE


def _reaches_end(old: Snapshot, new: Snapshot) -> bool:
    """Return whether a configuration has what stood behind all objects the last time.

    Then it is not cut off, whoever is not among its objects any more: that is `_ADMIN_`, with the
    filters.
    """
    ends = [one.line for one in old.filters]
    is_last = bool(ends) and all(one.line < min(ends) for one in old.objects)
    return _are_configurations(old, new) and is_last and bool(new.filters)


def _lacks_admin(old: Snapshot, new: Snapshot) -> bool:
    """Return whether a configuration lacks its last object, `_ADMIN_`, which has the filters."""
    filters = Area.CALL_FILTERS
    is_lost = old.coverage(filters) is not Coverage.MISSING is new.coverage(filters)
    return _are_configurations(old, new) and is_lost


def _are_configurations(*snapshots: Snapshot) -> bool:
    return all(any(source.kind == _CONFIGURATION for source in one.sources) for one in snapshots)


def _is_beginning(old: Snapshot, new: Snapshot) -> bool:
    """Return whether objects are the first ones of a list that was whole."""
    known = old.objects[: len(new.objects)]
    is_less = len(known) < len(old.objects)
    return is_less and _is_proven(old) and [o.key for o in known] == [o.key for o in new.objects]


def _generations(snapshot: Snapshot) -> Mapping[str, tuple[int, str]]:
    """Return number and content of the configurations that a saver numbered, by their series."""
    from auditor.sources.generations import generation_of  # noqa: PLC0415 -- no parsers for a page

    found = {}
    for source in snapshot.sources:
        place = generation_of(source.name) if source.kind == _CONFIGURATION else None
        if place is not None:
            found[place[0]] = place[1], source.content
    return found


def _older(old: Snapshot, new: Snapshot) -> Message:
    """Return that a number is lower than before, unless it has the same content.

    The update server numbers what it was sent before it drops what is not new.
    """
    before = _generations(old)
    for series, (number, content) in _generations(new).items():
        last = before.get(series, (number, content))
        if number < last[0] and content != last[1]:
            return say(OLDER, number=number, before=last[0])
    return NOTHING
