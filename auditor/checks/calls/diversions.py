"""Calls that leave by themselves: diversions, and phones that ring along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Literal

from auditor.checks.support.destinations import Destination, Way, destination_of
from auditor.checks.support.filter_groups import FilterOf, Groups
from auditor.checks.support.filter_reach import decide_filter, filter_evidence, open_question
from auditor.checks.support.grouped_observations import KIND_HIDDEN, OpenQuestions
from auditor.checks.support.observe import about, compliant, listed_objects, undetermined, violated
from auditor.checks.support.onward import leads_outside
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import Message, joined, say
from auditor.model.change import RemovedPart
from auditor.model.result import Fix, Observation
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import Verdict
from auditor.pbx.call_filters import is_ever_allowed
from auditor.pbx.relays import leads_of
from auditor.pbx.view import AuditView

_SILENT: Final = say("it is configured, and leads nowhere as it is")
_DIVERSION_KINDS: Final = {
    "cfu": say("every call"),
    "cfb": say("calls while it is busy"),
    "cfnr": say("calls that nobody answers"),
}


def diversions_stay_inside(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no diversion leads outside and is let through by the diversion filter."""
    groups = Groups(view, "cd-filter")

    def judge(member: PbxObject) -> Iterator[Observation]:
        yield from _diversions(view, groups, member)
        yield from _passed_on(view, member)

    yield from _judge_all(view, "cds", judge)


def forks_stay_inside(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no phone outside rings along, but for numbers that the site permits."""
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
        yield from found
        if not member.shows(part):
            questions.add(say("this source does not show {part}", part=part), member)
        elif not member.shows("pseudo"):
            questions.add(KIND_HIDDEN, member)
        elif not found:
            without += 1
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


def _diversions(view: AuditView, groups: Groups, member: PbxObject) -> Iterator[Observation]:
    for number, one in enumerate(member.diversions):
        kind = one.kind or say("unknown")
        what = _DIVERSION_KINDS.get(one.kind) or say("calls of kind {kind}", kind=kind)
        way = Way(f"cds:{one.kind}:{number}", what, one.e164, one.h323, one.kind)
        found = _judge_diversion(view, groups, member, way)
        yield _as_it_rings(found, rings=one.rings, off=bool(one.off))


def _passed_on(view: AuditView, member: PbxObject) -> Iterator[Observation]:
    """Yield what is found about an object that passes calls on by itself, as a number map does."""
    leads = leads_of(member)
    if not leads:
        return
    subject = about(member, member.kind)
    shown = ", ".join(filter(None, (lead.e164 or lead.h323 for lead in leads)))
    evidence = [view.locate(member, "pseudo", shown or None)]
    found = leads_outside(view, member, [])
    if found is not None:
        yield undetermined(subject, "leads", found.doubt, evidence)
    else:
        yield compliant(subject, "leads", say("it passes calls on inside"), evidence)


def _judge_diversion(view: AuditView, groups: Groups, member: PbxObject, way: Way) -> Observation:
    subject = about(member, member.kind or "user")
    target = destination_of(view, member, way)
    shown = way.e164 or way.h323
    own = view.locate(member, "cds", f"{way.what}: {shown}")
    evidence = [own, *target.evidence]
    if target.outside is None:
        return undetermined(subject, way.prop, target.detail, evidence)
    if not target.outside:
        detail = say(
            "it sends {what} to {target}, {where}", what=way.what, target=shown, where=target.detail
        )
        return compliant(subject, way.prop, detail, evidence)
    found = groups.of(member)
    evidence += groups.evidence([member])
    if found.problem:
        return undetermined(subject, way.prop, found.problem, evidence)
    if found.name is not None:
        evidence += filter_evidence(view, found.name)
        blocked = _is_blocked(view, found, target)
        if isinstance(blocked, Message):
            return undetermined(subject, way.prop, blocked, evidence)
        if blocked:
            detail = say(
                "it would send {what} to {target}, outside, but filter {name} blocks it",
                what=way.what,
                target=shown,
                name=found.name,
            )
            return compliant(subject, way.prop, detail, evidence)
    detail = say(
        "it sends {what} to {target}, outside{more}",
        what=way.what,
        target=shown,
        more=target.detail,
    )
    fix = Fix("cds", shown, say("no diversion to the outside"), _removed(member, "cd", way))
    return violated(subject, way.prop, detail, evidence, fix)


def _is_blocked(view: AuditView, found: FilterOf, target: Destination) -> bool | Message:
    """Return whether a filter lets a number through in no state, or why that is open."""
    name = found.name or ""
    answers = set()
    for number in target.dialled:
        reach = decide_filter(view, name, partial(is_ever_allowed, name=name, number=number))
        if isinstance(reach, Message):
            return reach
        if reach.certain is None:
            return open_question(name, reach)
        if number == target.first and not reach.certain:
            return True
        answers.add(not reach.certain)
    if len(answers) == 1:
        return answers.pop()
    return say(
        "which number filter {name} sees of it is not documented ({numbers})",
        name=name,
        numbers=joined("{one} or {other}", target.dialled),
    )


def _forks(view: AuditView, filters: list[Groups], member: PbxObject) -> Iterator[Observation]:
    for number, one in enumerate(member.forks):
        way = Way(f"forks:{number}", one.mobility, one.e164, one.h323)
        found = _judge_fork(view, filters, member, way)
        yield _as_it_rings(found, rings=one.rings, off=bool(one.off))


def _judge_fork(view: AuditView, filters: list[Groups], member: PbxObject, way: Way) -> Observation:
    """Judge a phone that rings along; `what` of the way is its mobility object."""
    subject = about(member, member.kind or "user")
    shown = way.e164 or way.h323
    target = destination_of(view, member, way)
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
        blocked = found.problem or (found.name and _is_blocked(view, found, target))
        if blocked:
            evidence += groups.evidence([member])
            by_name = say("filter {name} blocks it", name=found.name or "")
            detail = say(
                "{target}, outside, rings along; which filter holds for that is not documented "
                "({name}: {reason})",
                target=shown,
                name=groups.attribute,
                reason=blocked if isinstance(blocked, Message) else by_name,
            )
            return undetermined(subject, way.prop, detail, evidence)
    detail = say("{target}, outside, rings along{more}", target=shown, more=target.detail)
    fix = Fix(
        "forks",
        shown,
        say("no phone outside, or one that the site permits"),
        _removed(member, "fork", way),
    )
    return violated(subject, way.prop, detail, evidence, fix)


def _removed(member: PbxObject, tag: Literal["cd", "fork"], way: Way) -> RemovedPart:
    """Return the removal of one diversion, or of one phone that rings along."""
    leads = way.e164 or way.h323
    return RemovedPart(member.guid, member.cn, tag, way.kind, way.e164, way.h323, leads)
