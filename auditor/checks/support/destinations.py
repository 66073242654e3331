"""Where a call goes that leaves an object by itself, and whether that is outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from auditor.checks.support.filter_reach import (
    NO_PREFIX,
    not_explained,
    permitted_numbers,
    possible_way,
)
from auditor.checks.support.onward import (
    Onward,
    is_inside,
    leads_outside,
    relays_behind,
)
from auditor.messages.message import NOTHING, Message, say
from auditor.model.result import Evidence
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, PbxObject
from auditor.pbx.number_classes import DIALLED
from auditor.pbx.relays import leads_of
from auditor.pbx.view import AuditView
from auditor.pbx.ways_out import WaysOut

_INSIDE: Final = say("inside")
_PERMITTED: Final = say("outside, as the site permits")


class Way(NamedTuple):
    """Where a call goes by itself: what for, the number, and the name of an object.

    `kind` is the type of a diversion, empty for a phone that rings along.
    """

    prop: str
    what: str
    e164: str
    h323: str
    kind: str = ""


class Destination(NamedTuple):
    """Whether that is outside; None if that is open. `detail` says why, or what is special.

    `dialled` is what a filter may see of it, in every admissible reading. `first` is what it
    surely sees before that.
    """

    outside: bool | None
    detail: Message
    evidence: tuple[Evidence, ...] = ()
    dialled: tuple[str, ...] = ()
    first: str = ""


def destination_of(view: AuditView, member: PbxObject, way: Way) -> Destination:
    """Return whether a number or name leads outside, dialled from where an object lies."""
    if way.h323:
        found = _by_name(view, member, way)
        if found is not None:
            return found
    if not way.e164:
        return Destination(outside=False, detail=_INSIDE)
    ways = view.ways_out([member])
    if not ways.every:
        return Destination(None, NO_PREFIX)
    if way.e164[0] not in DIALLED:
        return Destination(None, _not_documented(way))
    found = _by_number(view, member, way, ways)
    if found.outside is False and not DIALLED.issuperset(way.e164):
        return Destination(None, _not_documented(way))
    return found


def _not_documented(way: Way) -> Message:
    return say("how {number} is dialled is not documented", number=way.e164)


def _by_name(view: AuditView, caller: PbxObject, way: Way) -> Destination | None:
    """Return where the named object leads; None if that is decided by the number."""
    named = view.named(way.h323.casefold())
    if not named:
        return Destination(None, say("{name} is no object that was read", name=way.h323))
    trunks = [
        member
        for member in named
        if member.kind in {TRUNK_KIND, GATEWAY_KIND} and not view.exits.is_internal(member)
    ]
    if not trunks:
        return _by_relay(view, caller, way, [member for member in named if leads_of(member)])
    evidence = tuple(view.locate(member, "h323", member.h323) for member in trunks)
    if not way.e164:
        detail = say(
            "it leads to trunk {name} without a number, and what that dials is unknown",
            name=way.h323,
        )
        return Destination(None, detail, evidence)
    spelled = [n for member in trunks for n in view.exits.spell([caller], member).every]
    dialled = dict.fromkeys((way.e164, *(number + way.e164 for number in spelled)))
    return Destination(
        outside=True,
        detail=say(", by way of trunk {name}", name=way.h323),
        evidence=evidence,
        dialled=tuple(dialled),
    )


def _by_relay(
    view: AuditView, caller: PbxObject, way: Way, relays: Sequence[PbxObject]
) -> Destination | None:
    """Return where the first of some objects that leads outside passes the call on."""
    for relay in relays:
        found = leads_outside(view, relay, [caller])
        if found is not None:
            evidence = (view.locate(relay, "pseudo", found.number or None),)
            return _passed_on(way, relay, found)._replace(evidence=evidence)
    return None


def _passed_on(way: Way, relay: PbxObject, found: Onward) -> Destination:
    seen = way.e164 or relay.e164
    if not found.number or not seen:
        return Destination(None, found.doubt)
    return Destination(
        outside=True,
        detail=say(", which {name} passes on to {number}", name=relay.label, number=found.number),
        dialled=(seen, found.number),
        first=seen,
    )


def _by_number(view: AuditView, caller: PbxObject, way: Way, ways: WaysOut) -> Destination:
    """Return whether a number leads outside, behind whichever trunk prefix it may begin with.

    Prefixes may overlap (0 and 00); a number is permitted only if it is so behind each of them.
    """
    publics = [way.e164[len(p) :] for p in ways.certain if way.e164.startswith(p)]
    permitted = permitted_numbers(view)
    costly = [public for public in publics if not public.startswith(permitted)]
    if costly:
        return Destination(
            outside=True,
            detail=next(filter(None, (_cost(view, public) for public in costly)), NOTHING),
            evidence=ways.evidence,
            dialled=(way.e164,),
        )
    perhaps = [way.e164[len(p) :] for p in ways.possible if way.e164.startswith(p)]
    if any(not public.startswith(permitted) for public in perhaps):
        return Destination(None, possible_way(ways, way.e164), ways.evidence)
    if publics or perhaps:
        return Destination(outside=False, detail=_PERMITTED, evidence=ways.evidence)
    relays = [*relays_behind(view, [caller], way.e164)]
    return _by_relay(view, caller, way, relays) or _otherwise(view, caller, way, ways)


def _otherwise(view: AuditView, caller: PbxObject, way: Way, ways: WaysOut) -> Destination:
    """Return a doubt if a number may lead outside in a way that nobody explains."""
    for start, gateway in ways.unexplained.items():
        if way.e164.startswith(start):
            return Destination(None, not_explained(gateway, way.e164))
    doubts = [*ways.doubts, *_numberless_relays(view, caller)]
    if doubts and not is_inside(view, [caller], way.e164):
        return Destination(None, doubts[0])
    return Destination(outside=False, detail=_INSIDE)


def _numberless_relays(view: AuditView, caller: PbxObject) -> Iterator[Message]:
    """Yield a doubt for each object that leads outside and does not show by which number."""
    for relay in view.relays:
        if not relay.shows("e164"):
            found = leads_outside(view, relay, [caller])
            if found is not None:
                yield found.doubt


def _cost(view: AuditView, public: str) -> Message:
    dialling = view.site.dialling
    if any(public.startswith(number) for number in dialling.premium_numbers):
        return say(", a premium number")
    if any(public.startswith(number) for number in dialling.international_prefixes):
        return say(", abroad")
    return NOTHING
