"""Objects that pass calls on by themselves, as number maps do, and whether that leads outside.

Documented (wiki PBX/Objects/Number Map): the object maps the dialled number to a new one. Whether
the caller's filter still holds for that number, and from which node it is dialled, is not
documented. So a map to the outside is a doubt about every filter that lets its number through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from auditor.checks.support.filter_reach import (
    Wanted,
    decide_filter,
    may_pass,
    not_explained,
    permitted_numbers,
)
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, Lead, PbxObject
from auditor.pbx.call_filters import is_ever_allowed
from auditor.pbx.number_classes import DIALLED, NumberSpace
from auditor.pbx.relays import leads_of
from auditor.pbx.view import AuditView
from auditor.pbx.ways_out import WaysOut

_EXIT_KINDS: Final = frozenset({TRUNK_KIND, GATEWAY_KIND})


def onward_doubt(
    view: AuditView, name: str, callers: Sequence[PbxObject], wanted: Wanted
) -> Message:
    """Return a doubt about an object that a filter lets callers dial and that leads outside."""
    for relay in view.relays:
        if not relay.e164 and relay.shows("e164"):
            continue
        found = _Search(view, callers, wanted).of(relay)
        if found is None:
            continue
        spelled = view.exits.spell(callers, relay)
        is_open = spelled.doubts or not relay.shows("e164")
        space = NumberSpace(("",) if is_open else spelled.every)
        example = may_pass(view, name, space)
        if example is not None:
            return say(
                "filter {name} lets {number} through: {reason}",
                name=name,
                number=example or relay.e164,
                reason=found.doubt,
            )
    return NOTHING


def leads_outside(view: AuditView, relay: PbxObject, callers: Sequence[PbxObject]) -> Onward | None:
    """Return where an object passes calls on outside, other than permitted; None if it does not."""
    return _Search(view, callers, Wanted(exceptions=permitted_numbers(view))).of(relay)


def may_dial_by_relay(
    view: AuditView, name: str | None, caller: PbxObject, number: str
) -> PbxObject | None:
    """Return an object whose number is an emergency number, and that passes it on as one."""
    for relay in view.relays:
        if number not in view.exits.spell([caller], relay).every:
            continue
        ways = view.ways_out([relay, caller]).every
        if not {prefix + number for prefix in ways}.intersection(
            lead.e164 for lead in leads_of(relay)
        ):
            continue
        if name is None:
            return relay
        reach = decide_filter(view, name, lambda rows: is_ever_allowed(rows, name, number))
        if isinstance(reach, Message) or reach.certain is not False:
            return relay
    return None


def relays_behind(
    view: AuditView, callers: Sequence[PbxObject], number: str
) -> Iterator[PbxObject]:
    """Yield the objects that pass calls on and that a number reaches, or may reach."""
    for relay in view.relays:
        spelled = view.exits.spell(callers, relay).every if relay.e164 else ()
        if number.startswith(tuple(spelled)) and spelled:
            yield relay


class Onward(NamedTuple):
    """Where calls go on outside: the number there if it is certain, and what is open about it."""

    number: str
    doubt: Message


class _Search:
    """Follows calls that objects pass on, for some callers and some numbers outside."""

    def __init__(self, view: AuditView, callers: Sequence[PbxObject], wanted: Wanted) -> None:
        self._view = view
        self._callers = callers
        self._wanted = wanted
        self._seen: set[str] = set()

    def of(self, relay: PbxObject) -> Onward | None:
        """Return where a relay leads outside; a known number outside comes before what is open."""
        if relay.key in self._seen:
            return None
        self._seen.add(relay.key)
        found = [self._follow(relay, lead) for lead in leads_of(relay)]
        met = [one for one in found if one is not None]
        return max(met, key=lambda one: bool(one.number), default=None)

    def _follow(self, relay: PbxObject, lead: Lead) -> Onward | None:
        if lead.h323:
            return self._by_name(relay, lead)
        if lead.e164 and lead.e164[0] in DIALLED:
            found = self._by_number(relay, lead)
            is_strange = lead.sure and not DIALLED.issuperset(lead.e164)
            return _unknown(relay) if found is None and is_strange else found
        return _unknown(relay) if lead.sure else None

    def _by_name(self, relay: PbxObject, lead: Lead) -> Onward | None:
        named = self._view.named(lead.h323.casefold())
        if not named:
            return _unknown(relay)
        for member in named:
            if member.kind in _EXIT_KINDS and not self._view.exits.is_internal(member):
                return _to(relay, lead.h323, "")
            found = self.of(member) if leads_of(member) else None
            if found is not None:
                return found
        return None

    def _by_number(self, relay: PbxObject, lead: Lead) -> Onward | None:
        view, number = self._view, lead.e164
        callers = [relay, *self._callers]
        ways = view.ways_out(callers)
        if self._is_behind(ways.certain, number):
            return _to(relay, number, number if lead.sure else "")
        if self._is_behind(tuple(ways.possible), number):
            return _to(relay, number, "")
        for other in relays_behind(view, callers, number):
            found = self.of(other)
            if found is not None:
                return found
        return self._open(relay, lead, ways) if lead.sure else None

    def _is_behind(self, prefixes: Sequence[str], number: str) -> bool:
        publics = [number[len(start) :] for start in prefixes if number.startswith(start)]
        return any(self._wanted.has(public) for public in publics)

    def _open(self, relay: PbxObject, lead: Lead, ways: WaysOut) -> Onward | None:
        for start, gateway in ways.unexplained.items():
            if lead.e164.startswith(start):
                return Onward("", not_explained(gateway, lead.e164))
        if not ways.every:
            return _unknown(relay)
        if ways.doubts and not is_inside(self._view, [relay], lead.e164):
            return Onward("", ways.doubts[0])
        return None


def is_inside(view: AuditView, callers: Sequence[PbxObject], number: str) -> bool:
    """Return whether a number is surely that of an object that leads no call on."""
    return any(
        member.e164
        and number.endswith(member.e164)
        and member.shows("pseudo")
        and member.kind not in _EXIT_KINDS
        and not leads_of(member)
        and number in view.exits.spell(callers, member).certain
        for member in view.snapshot.objects
    )


def _to(relay: PbxObject, where: str, number: str) -> Onward:
    return Onward(
        number,
        say(
            "{name} passes calls on to {number}, outside, and whether the caller's filter holds "
            "for that is not documented",
            name=relay.label,
            number=where,
        ),
    )


def _unknown(relay: PbxObject) -> Onward:
    return Onward("", say("where {name} passes calls on to is not known", name=relay.label))
