"""Calls that leave by themselves: diversions (TRK-03) and phones that ring along (TRK-04)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from auditor.callfilters import is_ever_allowed
from auditor.checks.filtergroups import FilterOf, Groups
from auditor.checks.filterreach import (
    NO_PREFIX,
    decide,
    filter_evidence,
    open_question,
    permitted_numbers,
)
from auditor.checks.lumps import OpenQuestions
from auditor.checks.observe import about, compliant, listed_objects, undetermined, violated
from auditor.checks.parameters import Parameters
from auditor.model.message import joined, say
from auditor.model.result import Evidence, Fix, Observation
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, PbxObject
from auditor.model.vocabulary import Verdict
from auditor.view import AuditView

_INSIDE: Final = say("inside")
_PERMITTED: Final = say("outside, as the site permits")
_SILENT: Final = say("it is configured, and leads nowhere as it is")
_DIALLED: Final = frozenset("0123456789*#")
_DIVERSION_KINDS: Final = {
    "cfu": say("every call"),
    "cfb": say("calls while it is busy"),
    "cfnr": say("calls that nobody answers"),
}


def diversions_stay_inside(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """TRK-03: no diversion leads outside and is let through by the diversion filter."""
    groups = Groups(view, "cd-filter")
    yield from _judge_all(view, "cds", lambda member: _diversions(view, groups, member))


def forks_stay_inside(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """TRK-04: no phone outside rings along, but for numbers that the site permits."""
    filters = [Groups(view, "filter"), Groups(view, "cd-filter")]
    yield from _judge_all(view, "forks", lambda member: _forks(view, filters, member))


def _judge_all(
    view: AuditView, part: str, judge: Callable[[PbxObject], Iterator[Observation]]
) -> Iterator[Observation]:
    """Yield what is found on every object; those that have none are counted."""
    questions = OpenQuestions(view, part)
    without = 0
    for member in view.snapshot.objects:
        found = list(judge(member))
        if found:
            yield from found
        elif member.shows(part):
            without += 1
        else:
            questions.add(say("this source does not show {part}", part=part), member)
    yield from questions.observations()
    if without:
        yield compliant(listed_objects(without), part, say("none of them has any"))


def _as_it_rings(found: Observation, *, rings: bool | None, off: bool) -> Observation:
    """Return what was found where calls go, in the light of whether they do."""
    if rings:
        return found
    if rings is False:
        detail = say("it is switched off") if off else say("it has no destination")
        return compliant(found.subject, found.property, detail, found.evidence, _SILENT)
    if found.verdict is not Verdict.VIOLATED:
        return found
    detail = say("{detail}; but whether it is switched off is not known", detail=found.detail)
    return undetermined(found.subject, found.property, detail, found.evidence)


class _Way(NamedTuple):
    """Where a call goes by itself: what for, the number, and the name of an object."""

    prop: str
    what: str
    e164: str
    h323: str


class _Destination(NamedTuple):
    """Whether that is outside; None if that is open. `detail` says why, or what is special.

    `dialled` is what a filter may see of it, in every admissible reading.
    """

    outside: bool | None
    detail: str
    evidence: tuple[Evidence, ...] = ()
    dialled: tuple[str, ...] = ()


def _diversions(view: AuditView, groups: Groups, member: PbxObject) -> Iterator[Observation]:
    for number, one in enumerate(member.diversions):
        kind = one.kind or say("unknown")
        what = _DIVERSION_KINDS.get(one.kind) or say("calls of kind {kind}", kind=kind)
        way = _Way(f"cds:{one.kind}:{number}", what, one.e164, one.h323)
        found = _judge_diversion(view, groups, member, way)
        yield _as_it_rings(found, rings=one.rings, off=bool(one.off))


def _judge_diversion(view: AuditView, groups: Groups, member: PbxObject, way: _Way) -> Observation:
    subject = about(member, member.kind or "user")
    target = _destination(view, way)
    shown = way.e164 or way.h323
    own = view.locate(member, "cds", f"{way.what}: {shown}")
    evidence = [own, *target.evidence]
    if target.outside is None:
        return undetermined(subject, way.prop, target.detail, evidence)
    if not target.outside:
        detail = say(
            "{what} goes to {target}, {where}", what=way.what, target=shown, where=target.detail
        )
        return compliant(subject, way.prop, detail, evidence)
    found = groups.of(member)
    evidence += groups.evidence([member])
    if found.problem:
        return undetermined(subject, way.prop, found.problem, evidence)
    if found.name is not None:
        evidence += filter_evidence(view, found.name)
        blocked = _is_blocked(view, found, target.dialled)
        if isinstance(blocked, str):
            return undetermined(subject, way.prop, blocked, evidence)
        if blocked:
            detail = say(
                "{what} would go to {target}, outside, but filter {name} blocks it",
                what=way.what,
                target=shown,
                name=found.name,
            )
            return compliant(subject, way.prop, detail, evidence)
    detail = say(
        "{what} goes to {target}, outside{more}", what=way.what, target=shown, more=target.detail
    )
    fix = Fix("cds", shown, "no diversion to the outside")
    return violated(subject, way.prop, detail, evidence, fix)


def _is_blocked(view: AuditView, found: FilterOf, dialled: tuple[str, ...]) -> bool | str:
    """Return whether a filter lets a number through in no state, or why that is open."""
    name = found.name or ""
    answers = set()
    for number in dialled:
        reach = decide(view, name, partial(is_ever_allowed, name=name, number=number))
        if isinstance(reach, str):
            return reach
        if reach.certain is None:
            return open_question(name, reach)
        answers.add(not reach.certain)
    if len(answers) == 1:
        return answers.pop()
    return say(
        "which number filter {name} sees of it is not documented ({numbers})",
        name=name,
        numbers=joined("{one} or {other}", dialled),
    )


def _forks(view: AuditView, filters: list[Groups], member: PbxObject) -> Iterator[Observation]:
    for number, one in enumerate(member.forks):
        way = _Way(f"forks:{number}", one.mobility, one.e164, one.h323)
        found = _judge_fork(view, filters, member, way)
        yield _as_it_rings(found, rings=one.rings, off=bool(one.off))


def _judge_fork(
    view: AuditView, filters: list[Groups], member: PbxObject, way: _Way
) -> Observation:
    """Judge a phone that rings along; `what` of the way is its mobility object."""
    subject = about(member, member.kind or "user")
    shown = way.e164 or way.h323
    target = _destination(view, way)
    evidence = [view.locate(member, "forks", shown), *target.evidence]
    if target.outside is None:
        return undetermined(subject, way.prop, target.detail, evidence)
    if not target.outside and way.what:
        detail = say(
            "{target} rings along by way of mobility object {name}, and where that leads is "
            "not documented",
            target=shown,
            name=way.what,
        )
        return undetermined(subject, way.prop, detail, evidence)
    if not target.outside:
        detail = say("{target}, {where}, rings along", target=shown, where=target.detail)
        return compliant(subject, way.prop, detail, evidence)
    for groups in filters:
        found = groups.of(member)
        blocked = found.problem or (found.name and _is_blocked(view, found, target.dialled))
        if blocked:
            evidence += groups.evidence([member])
            by_name = say("filter {name} blocks it", name=found.name or "")
            detail = say(
                "{target}, outside, rings along; which filter holds for that is not documented "
                "({name}: {reason})",
                target=shown,
                name=groups.attribute,
                reason=blocked if isinstance(blocked, str) else by_name,
            )
            return undetermined(subject, way.prop, detail, evidence)
    detail = say("{target}, outside, rings along{more}", target=shown, more=target.detail)
    fix = Fix("forks", shown, "no phone outside, or one that the site permits")
    return violated(subject, way.prop, detail, evidence, fix)


def _destination(view: AuditView, way: _Way) -> _Destination:
    """Return whether a number or name leads outside."""
    if way.h323:
        found = _by_name(view, way)
        if found is not None:
            return found
    if not way.e164:
        return _Destination(outside=False, detail=_INSIDE)
    if not view.trunk_prefixes.prefixes:
        return _Destination(None, NO_PREFIX)
    if way.e164[0] not in _DIALLED:
        detail = say("how {number} is dialled is not documented", number=way.e164)
        return _Destination(None, detail)
    return _by_number(view, way)


def _by_name(view: AuditView, way: _Way) -> _Destination | None:
    """Return where the named object leads; None if that is decided by the number."""
    named = view.by_name.get(way.h323.casefold(), [])
    if not named:
        return _Destination(None, say("{name} is no object that was read", name=way.h323))
    internal = {name.casefold() for name in view.site.lists.internal_gateways}
    trunks = [
        member
        for member in named
        if member.kind in {TRUNK_KIND, GATEWAY_KIND}
        and internal.isdisjoint({member.h323.casefold(), member.cn.casefold(), member.e164})
    ]
    if not trunks:
        return None
    evidence = tuple(view.locate(member, "h323", member.h323) for member in trunks)
    if not way.e164:
        detail = say(
            "it leads to trunk {name} without a number, and what that dials is unknown",
            name=way.h323,
        )
        return _Destination(None, detail, evidence)
    dialled = dict.fromkeys((way.e164, *(member.e164 + way.e164 for member in trunks)))
    return _Destination(
        outside=True,
        detail=say(", by way of trunk {name}", name=way.h323),
        evidence=evidence,
        dialled=tuple(dialled),
    )


def _by_number(view: AuditView, way: _Way) -> _Destination:
    """Return whether a number leads outside, behind whichever trunk prefix it may begin with.

    Prefixes may overlap (0 and 00); a number is permitted only if it is so behind each of them.
    """
    trunks = view.trunk_prefixes
    publics = [way.e164[len(p) :] for p in trunks.prefixes if way.e164.startswith(p)]
    if not publics:
        return _leads_to_gateway(view, way)
    permitted = permitted_numbers(view)
    costly = [public for public in publics if not public.startswith(permitted)]
    if not costly:
        return _Destination(outside=False, detail=_PERMITTED, evidence=trunks.evidence)
    return _Destination(
        outside=True,
        detail=next(filter(None, (_cost(view, public) for public in costly)), ""),
        evidence=trunks.evidence,
        dialled=(way.e164,),
    )


def _leads_to_gateway(view: AuditView, way: _Way) -> _Destination:
    """Return a doubt if the number begins like a gateway of which nobody says where it leads."""
    for gateway in view.trunk_prefixes.unexplained:
        if way.e164.startswith(gateway.e164):
            return _Destination(
                None,
                say(
                    "{number} leads to gateway {name}, and the site file says neither that "
                    "it is outside (trunk_prefixes) nor inside (internal_gateways)",
                    number=way.e164,
                    name=gateway.label,
                ),
            )
    return _Destination(outside=False, detail=_INSIDE)


def _cost(view: AuditView, public: str) -> str:
    dialling = view.site.dialling
    if any(public.startswith(number) for number in dialling.premium_numbers):
        return say(", a premium number")
    if any(public.startswith(number) for number in dialling.international_prefixes):
        return say(", abroad")
    return ""
