"""What the base user can dial and divert to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from auditor.checks.support.filter_reach import (
    INTERNAL_FILTER,
    NO_PREFIX,
    Wanted,
    costly_numbers,
    decide_filter,
    filter_evidence,
    filter_remarks,
    gets_out,
    may_pass,
    no_filter,
    open_question,
    passes,
    permitted_numbers,
    possible_way,
    rows_in_words,
    unexplained_gateway,
)
from auditor.checks.support.observe import about, compliant, doubts, undetermined, violated
from auditor.checks.support.onward import may_dial_by_relay, onward_doubt
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, joined, say, together
from auditor.model.change import FilterWanted
from auditor.model.result import Evidence, Fix, Observation
from auditor.model.snapshot import PbxObject
from auditor.pbx.call_filters import Reachability, is_always_allowed
from auditor.pbx.effective_values import Effective, effective_value
from auditor.pbx.number_classes import NumberSpace
from auditor.pbx.view import AuditView
from auditor.pbx.ways_out import WaysOut


class _Path(NamedTuple):
    """One attribute that holds a filter, and what goes through it."""

    attribute: str
    what: str


def base_user_dials_internally(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that the call filter of a base user lets no call out, except emergency calls."""
    yield from _stays_inside(view, _Path("filter", say("calls")))


def base_user_diverts_internally(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that the call-forward filter of a base user lets no diversion out."""
    yield from _stays_inside(view, _Path("cd-filter", say("diversions")))


def emergency_numbers_are_reachable(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that every emergency number can be dialled from the base user's phones."""
    yield from doubts(view.base_users, say("base user"), "filter")
    numbers, stated = view.emergency_numbers
    for member in view.base_users.members:
        found = effective_value(view, member, "filter")
        for number in numbers:
            yield _judge_emergency(view, member, found, number, stated)


def _stays_inside(view: AuditView, path: _Path) -> Iterator[Observation]:
    yield from doubts(view.base_users, say("base user"), path.attribute)
    for member in view.base_users.members:
        yield _judge_member(view, member, path)


def _judge_member(view: AuditView, member: PbxObject, path: _Path) -> Observation:
    subject, attribute = about(member), path.attribute
    found = effective_value(view, member, attribute)
    if found.problem:
        return undetermined(subject, attribute, found.problem, found.evidence)
    if found.value is None:
        detail = no_filter(attribute, path.what)
        fix = Fix(attribute, None, INTERNAL_FILTER, FilterWanted(attribute, "internal_filter"))
        return violated(subject, attribute, detail, found.evidence, fix)
    return _judge_filter(view, member, path, found, found.value)


def _judge_filter(
    view: AuditView, member: PbxObject, path: _Path, found: Effective, name: str
) -> Observation:
    subject, attribute, ways = about(member), path.attribute, view.ways_out([member])
    evidence = [*found.evidence, *filter_evidence(view, name), *ways.evidence]
    wanted = Wanted(exceptions=permitted_numbers(view))
    outcome = gets_out(view, name, [member], wanted)
    if outcome.out:
        detail = say(
            "filter {name} lets {what} out, for example to {example}{more}",
            name=name,
            what=path.what,
            example=outcome.example,
            more=_public_reach(view, name, ways),
        )
        fix = Fix(attribute, name, INTERNAL_FILTER, FilterWanted(attribute, "internal_filter"))
        return violated(subject, attribute, detail, evidence, fix)
    doubt = (
        outcome.doubt
        or unexplained_gateway(view, name, [member])
        or onward_doubt(view, name, [member], wanted)
    )
    if doubt:
        return undetermined(subject, attribute, doubt, evidence)
    detail = say(
        "filter {name} lets no {what} out behind {prefixes}",
        name=name,
        what=path.what,
        prefixes=", ".join(ways.every),
    )
    return compliant(subject, attribute, detail, evidence, filter_remarks(view, name))


def _public_reach(view: AuditView, name: str, ways: WaysOut) -> Message:
    """Return which expensive numbers of the site can be reached, behind any trunk prefix."""
    reached = []
    for kind, number in costly_numbers(view):
        reach = passes(view, name, Wanted(number).behind(ways.certain))
        if not isinstance(reach, Message) and reach.certain:
            reached.append(say("{kind} {number}", kind=kind, number=number))
    if not reached:
        return NOTHING
    return say("; reachable are {numbers}", numbers=joined("{one}, {other}", reached))


def _judge_emergency(
    view: AuditView, member: PbxObject, found: Effective, number: str, stated: Evidence
) -> Observation:
    subject, prop = about(member), f"filter:{number}"
    ways = view.ways_out([member])
    evidence = [*found.evidence, stated, *ways.evidence]
    if found.problem or not ways.every:
        return undetermined(subject, prop, _open(number, found.problem or NO_PREFIX), evidence)
    if found.value is None:
        if not ways.proven and not ways.possible:
            return undetermined(subject, prop, _by_gateway(ways.assumed, number), evidence)
        detail = say("{number} can be dialled: there is no filter", number=number)
        return compliant(subject, prop, detail, evidence)
    name = found.value
    evidence += filter_evidence(view, name)
    reach = _always(view, name, ways.proven, number)
    if not isinstance(reach, Message) and reach.certain:
        detail = say("{number} can be dialled as {example}", number=number, example=reach.example)
        return compliant(subject, prop, detail, evidence, filter_remarks(view, name))
    doubt = _why_open(view, name, member, number, reach)
    if doubt:
        return undetermined(subject, prop, doubt, evidence)
    detail = say(
        "{number} cannot be dialled behind any trunk prefix ({prefixes})",
        number=number,
        prefixes=", ".join(ways.every),
    )
    rows = [say("a row {row} -> ok", row=f"{prefix}{number}") for prefix in ways.certain]
    shown = rows_in_words(view.filter_rows.get(name))
    return violated(subject, prop, detail, evidence, Fix(f"filter {name}", shown, together(*rows)))


def _always(
    view: AuditView, name: str, prefixes: Iterable[str], number: str
) -> Reachability | Message:
    """Return whether a number can be dialled behind a prefix in every state of the Booleans."""
    dialled = [prefix + number for prefix in prefixes]
    return decide_filter(view, name, lambda rows: is_always_allowed(rows, name, dialled))


def _why_open(
    view: AuditView, name: str, member: PbxObject, number: str, reach: Reachability | Message
) -> Message:
    """Return why it is open whether a number can be dialled, or nothing if it cannot."""
    if isinstance(reach, Message):
        return _open(number, reach)
    if reach.certain is None:
        return _open(number, open_question(name, reach))
    by_gateway = _dialled_by_gateway(view, name, view.ways_out([member]), number)
    return by_gateway or _perhaps_dialled(view, name, member, number)


def _open(number: str, reason: Message) -> Message:
    """Return a reason that is the same for each number as one about this number."""
    return say("whether {number} can be dialled is open: {reason}", number=number, reason=reason)


def _dialled_by_gateway(view: AuditView, name: str, ways: WaysOut, number: str) -> Message:
    """Return through which gateway, of which nobody says where it leads, a number may get out."""
    for prefix, gateway in ways.assumed.items():
        reach = _always(view, name, (prefix,), number)
        if isinstance(reach, Message) or reach.certain is not False:
            return _by_gateway({prefix: gateway}, number)
    return NOTHING


def _by_gateway(ways: Mapping[str, PbxObject], number: str) -> Message:
    prefix, gateway = next(iter(ways.items()))
    return say(
        "{number} can perhaps be dialled as {example}, by gateway {name}, but the site file does "
        "not say whether that leads outside ([dialling] trunk_prefixes, [lists] internal_gateways)",
        number=number,
        example=f"{prefix}{number}",
        name=gateway.label,
    )


def _perhaps_dialled(view: AuditView, name: str, member: PbxObject, number: str) -> Message:
    """Return in which admissible reading an emergency number can be dialled, or nothing."""
    ways = view.ways_out([member])
    reach = _always(view, name, ways.possible, number)
    if isinstance(reach, Message) or reach.certain is not False:
        example = "" if isinstance(reach, Message) else reach.example
        return possible_way(ways, example or number)
    relay = may_dial_by_relay(view, name, member, number)
    if relay is not None:
        return say(
            "{name} passes {number} on, and whether the caller's filter holds for that is not "
            "documented",
            name=relay.label,
            number=number,
        )
    if ways.doubts and may_pass(view, name, NumberSpace(("",))) is not None:
        return ways.doubts[0]
    return NOTHING
