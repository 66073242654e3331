"""Whether evidence is of the PBX that an id of the inventory means.

The serial number decides: the one that the inventory states, else the first one seen. Where it is
not that, nothing is recorded until a person says so. What is told of a conflict never names the PBX
of another customer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from auditor.fleet.history_model import Known
from auditor.messages.message import Message, say, say_count
from auditor.model.snapshot import Snapshot, hex_digits
from auditor.values.serials import serial_end

_FIRST_WITHOUT: Final = say(
    "the evidence has no serial number, so that it is of this PBX is not proven"
)
_OTHER_BOX: Final = say(
    "the evidence is of another box than before; if it was replaced, say so with `fleet rebind`"
)
_NOT_STATED: Final = say("the evidence is of another box than the inventory states")
_NOT_BOUND: Final = say(
    "the inventory states another box than the history has; if it was replaced, say so with "
    "`fleet rebind`"
)
_TAKEN: Final = say("another PBX of the inventory has this box already; a box has one history")
_UNKNOWN_OBJECTS: Final = say(
    "the evidence has no serial number, and too few of the objects that this PBX had"
)


class AcceptedBox(NamedTuple):
    """The evidence is of the PBX: `serial` is to be bound to its id, empty if none is known."""

    serial: str
    remarks: tuple[Message, ...] = ()


class Conflict(NamedTuple):
    """The evidence may be of another PBX; nothing of it may be recorded."""

    reason: Message


Identified: TypeAlias = AcceptedBox | Conflict


class Inventoried(NamedTuple):
    """A PBX in its inventory: its id, the serial stated there, and the ids in their order.

    `bound` has the id that each known serial belongs to, `histories` the ids that had a history
    before this run, None for all that are bound. Ids in `tenant` may be told to this tenant.
    """

    pbx: str
    order: Sequence[str]
    bound: Mapping[str, str]
    stated: str = ""
    histories: Collection[str] | None = None
    tenant: Collection[str] = ()


def identify(
    known: Known,
    snapshot: Snapshot,
    about: Inventoried,
    last_guids: Callable[[], Collection[str]] = tuple,
) -> Identified:
    """Return whether a snapshot is of a PBX, and the serial to bind to its id.

    `last_guids` are the guids of the last audit, asked for only if the evidence has no serial.
    """
    bound, stated = hex_digits(known.serial), hex_digits(about.stated)
    if bound and stated and not is_same_box(bound, stated):
        return Conflict(_NOT_BOUND)
    serial = serial_of(snapshot, bound or stated)
    if not serial:
        return _without_serial(known, snapshot, bound or stated, last_guids)
    if stated and not is_same_box(serial, stated):
        return Conflict(_NOT_STATED)
    if bound and not is_same_box(serial, bound):
        return Conflict(_OTHER_BOX)
    other = _owner(known, serial, about)
    if other:
        return Conflict(_taken(other, about))
    return AcceptedBox(max(serial, bound, stated, key=len))


def serial_of(snapshot: Snapshot, wanted: str = "") -> str:
    """Return the digits of the serial that is wanted if a box has it, else those of the main box.

    A system of several boxes is the same whichever of them is the main one tonight.
    """
    serials = [digits for box in snapshot.boxes if (digits := hex_digits(box.serial))]
    fitting = [one for one in serials if wanted and is_same_box(one, wanted)]
    return next(iter([*fitting, *serials]), "")


def is_same_box(serial: str, other: str) -> bool:
    """Return whether two serials are of one box, by their ends if one of them is short."""
    first, second = hex_digits(serial), hex_digits(other)
    if len(first) == len(second):
        return first == second
    return bool(first and second) and serial_end(first) == serial_end(second)


def guids_of(snapshot: Snapshot) -> frozenset[str]:
    """Return the guids of all objects, in one spelling."""
    return frozenset(one.guid.casefold() for one in snapshot.objects if one.guid)


def _without_serial(
    known: Known, snapshot: Snapshot, serial: str, last_guids: Callable[[], Collection[str]]
) -> Identified:
    """Return whether evidence that says of no box belongs to a PBX, by its objects."""
    if known.basis is None or known.rebound:
        return AcceptedBox(serial, (_FIRST_WITHOUT,))
    before = frozenset(map(str.casefold, last_guids()))
    there = len(before & guids_of(snapshot))
    if not before or 2 * there < len(before):
        return Conflict(_UNKNOWN_OBJECTS)
    remark = say_count(
        "the evidence has no serial number; {there} of {count} object that this PBX had is there",
        "the evidence has no serial number; {there} of {count} objects that this PBX had are there",
        len(before),
        there=there,
    )
    return AcceptedBox(serial, (remark,))


def _owner(known: Known, serial: str, about: Inventoried) -> str:
    """Return the id that a box belongs to rather than to this one, empty if there is none.

    Of two ids the one without a history has to yield, else the later one in the inventory.
    """
    histories = about.bound.values() if about.histories is None else about.histories
    places = {name: place for place, name in enumerate(about.order)}

    def rank(name: str, *, has_history: bool) -> tuple[bool, int]:
        return not has_history, places.get(name, len(places))

    own = rank(about.pbx, has_history=known.basis is not None)
    others = {
        name
        for bound, name in about.bound.items()
        if name != about.pbx and is_same_box(bound, serial)
    }
    first = min(others, key=lambda name: rank(name, has_history=name in histories), default="")
    return first if first and rank(first, has_history=first in histories) < own else ""


def _taken(other: str, about: Inventoried) -> Message:
    if other not in about.tenant:
        return _TAKEN
    return say("the PBX {id} has this box already; a box has one history", id=other)
