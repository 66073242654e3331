"""What ordinary users can dial and divert to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from auditor.checks.support.filter_groups import Groups, grouped, users_in_words, users_of
from auditor.checks.support.filter_reach import (
    NO_PREFIX,
    Wanted,
    costly_numbers,
    decide_filter,
    filter_evidence,
    gets_out,
    no_filter,
    open_question,
)
from auditor.checks.support.grouped_observations import OpenQuestions
from auditor.checks.support.observe import about, about_list, compliant, undetermined, violated
from auditor.checks.support.onward import onward_doubt
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import Message, joined, say
from auditor.model.change import FilterWanted
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PbxObject
from auditor.pbx.call_filters import blocks_something
from auditor.pbx.view import AuditView

_FILTER: Final = "filter"
_DIVERSION_FILTER: Final = "cd-filter"
_WANTED: Final = say("a filter that blocks what nobody needs to dial")
_ASSIGNED: Final = {
    "filter": FilterWanted("filter", "call_filter"),
    "cd-filter": FilterWanted("cd-filter", "diversion_filter"),
}
_NO_NUMBERS: Final = say(
    "no expensive number is known: name them in the site file, [dialling] international_prefixes "
    "and premium_numbers"
)


def users_have_call_filters(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that a filter that blocks anything applies to the calls of every user."""
    yield from _each_has_one(view, Groups(view, _FILTER), say("calls"))


def users_have_diversion_filters(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that a filter that blocks anything applies to the diversions of every user."""
    yield from _each_has_one(view, Groups(view, _DIVERSION_FILTER), say("diversions"))


def expensive_numbers_are_blocked(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that no filter of a user lets calls to expensive numbers out, but permitted ones."""
    groups = Groups(view, _FILTER)
    questions = OpenQuestions(view, _FILTER)
    numbers = _expensive(view)
    for found, members in grouped(groups, users_of(view)).items():
        if found.problem:
            for member in members:
                questions.add(found.problem, member)
            continue
        yield _judge_expensive(view, groups, _Group(found.name, members), numbers)
    yield from questions.observations()


class _Group(NamedTuple):
    """Users to whom the same filter applies; None is none."""

    filter: str | None
    members: list[PbxObject]

    @property
    def subject(self) -> Subject:
        """The filter, with those it applies to."""
        users = users_in_words(self.members)
        if not self.filter:
            return Subject("filter", "", say("no call filter, {users}", users=users))
        return Subject("filter", self.filter, _filter_with_users(self.filter, users))


def _filter_with_users(name: str, users: str) -> Message:
    return say("filter {name}, {users}", name=name, users=users)


def _each_has_one(view: AuditView, groups: Groups, what: str) -> Iterator[Observation]:
    attribute = groups.attribute
    questions = OpenQuestions(view, attribute)
    for found, members in grouped(groups, users_of(view)).items():
        if found.problem:
            for member in members:
                questions.add(found.problem, member)
        elif found.name is None:
            detail = no_filter(attribute, what)
            for member in members:
                yield violated(
                    about(member),
                    attribute,
                    detail,
                    groups.evidence([member]),
                    Fix(attribute, None, _WANTED, _ASSIGNED[attribute]),
                )
        else:
            yield from _blocks(view, groups, found.name, members)
    yield from questions.observations()


def _blocks(
    view: AuditView, groups: Groups, name: str, members: list[PbxObject]
) -> Iterator[Observation]:
    attribute = groups.attribute
    evidence = [*groups.evidence(members), *filter_evidence(view, name)]
    shown = _filter_with_users(name, users_in_words(members))
    subject = about_list(f"{attribute}:{name}", shown)
    reach = decide_filter(view, name, lambda rows: blocks_something(rows, name))
    if isinstance(reach, Message) or reach.certain is None:
        doubt = reach if isinstance(reach, Message) else open_question(name, reach)
        yield undetermined(subject, attribute, doubt, evidence)
    elif reach.certain:
        example = reach.example or say("an empty number")
        detail = say("filter {name} blocks {example}", name=name, example=example)
        yield compliant(subject, attribute, detail, evidence)
    else:
        detail = say("filter {name} blocks no number at all", name=name)
        yield violated(
            subject,
            attribute,
            detail,
            evidence,
            Fix(attribute, name, _WANTED, _ASSIGNED[attribute]),
        )


class _Expensive(NamedTuple):
    """Numbers of one kind that cost much, as the site file writes them."""

    kind: str
    number: str
    exceptions: tuple[str, ...]


def _expensive(view: AuditView) -> list[_Expensive]:
    """Return expensive numbers, without those that the site permits as a whole."""
    dialling = view.site.dialling
    permitted = (*dialling.permitted_external, *view.emergency_numbers[0])
    return [
        _Expensive(kind, number, tuple(p[len(number) :] for p in permitted if p.startswith(number)))
        for kind, number in costly_numbers(view)
        if not any(number.startswith(p) for p in dialling.permitted_external)
    ]


def _judge_expensive(
    view: AuditView, groups: Groups, group: _Group, numbers: list[_Expensive]
) -> Observation:
    callers = view.exits.apart(group.members)
    ways = view.ways_out(callers)
    evidence: list[Evidence] = [*groups.evidence(group.members), *ways.evidence]
    if not ways.every or not _named(view):
        doubt = _NO_NUMBERS if ways.every else NO_PREFIX
        return undetermined(group.subject, _FILTER, doubt, evidence)
    if group.filter is None:
        detail = say("without a filter every number can be dialled, expensive ones included")
        return violated(group.subject, _FILTER, detail, evidence, Fix(_FILTER, None, _WANTED))
    evidence += filter_evidence(view, group.filter)
    doubts: list[Message] = []
    reached = []
    for one in numbers:
        wanted = Wanted(one.number, one.exceptions)
        outcome = gets_out(view, group.filter, callers, wanted)
        if outcome.out:
            reached.append(_reached(one, outcome.example))
        else:
            further = onward_doubt(view, group.filter, callers, wanted)
            doubts += [reason for reason in (outcome.doubt, further) if reason]
    if reached:
        detail = say(
            "filter {name} lets calls out to {numbers}",
            name=group.filter,
            numbers=joined("{one}, {other}", reached),
        )
        fix = Fix(_FILTER, group.filter, _WANTED)
        return violated(group.subject, _FILTER, detail, evidence, fix)
    if doubts:
        return undetermined(group.subject, _FILTER, doubts[0], evidence)
    shown = ", ".join(one.number for one in numbers) or say("none that is not permitted")
    detail = say(
        "filter {name} lets no call out to expensive numbers ({numbers})",
        name=group.filter,
        numbers=shown,
    )
    return compliant(group.subject, _FILTER, detail, evidence)


def _reached(one: _Expensive, example: str) -> Message:
    return say(
        "{kind} {number} (for example {example})",
        kind=one.kind,
        number=one.number,
        example=example,
    )


def _named(view: AuditView) -> bool:
    """Return whether the site file names any expensive number."""
    dialling = view.site.dialling
    return bool(dialling.international_prefixes or dialling.premium_numbers)
