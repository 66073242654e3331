"""What the base user can dial and divert to: HD-05, HD-06 and HD-09."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.checks.filterreach import (
    INTERNAL_FILTER,
    NO_PREFIX,
    costly_numbers,
    evaluate,
    filter_evidence,
    filter_remarks,
    no_filter,
    open_question,
    permitted_numbers,
    rows_in_words,
    unexplained_gateway,
)
from auditor.checks.observe import about, compliant, doubts, undetermined, violated
from auditor.checks.parameters import Parameters
from auditor.effective import Effective, effective_value
from auditor.model.message import joined, say
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PbxObject
from auditor.numbers import NumberSpace
from auditor.view import AuditView


@dataclass(frozen=True, slots=True)
class _Path:
    """One attribute that holds a filter, and what goes through it."""

    attribute: str
    what: str


def base_user_dials_internally(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-05: the call filter of a base user lets no call out, except emergency calls."""
    yield from _stays_inside(view, _Path("filter", say("calls")))


def base_user_diverts_internally(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-06: the call-forward filter of a base user lets no diversion out."""
    yield from _stays_inside(view, _Path("cd-filter", say("diversions")))


def emergency_numbers_are_reachable(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """HD-09: every emergency number can be dialled from the base user's phones."""
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
        fix = Fix(attribute, None, INTERNAL_FILTER)
        return violated(subject, attribute, detail, found.evidence, fix)
    return _judge_filter(view, subject, path, found, found.value)


def _judge_filter(
    view: AuditView, subject: Subject, path: _Path, found: Effective, name: str
) -> Observation:
    attribute, trunks = path.attribute, view.trunk_prefixes
    evidence = [*found.evidence, *filter_evidence(view, name), *trunks.evidence]
    reach = evaluate(view, name, NumberSpace(trunks.prefixes, permitted_numbers(view)))
    if isinstance(reach, str):
        return undetermined(subject, attribute, reach, evidence)
    if reach.certain:
        detail = say(
            "filter {name} lets {what} out, for example to {example}{more}",
            name=name,
            what=path.what,
            example=reach.example,
            more=_public_reach(view, name),
        )
        fix = Fix(attribute, name, INTERNAL_FILTER)
        return violated(subject, attribute, detail, evidence, fix)
    doubt = open_question(name, reach) or unexplained_gateway(view, name)
    if doubt:
        return undetermined(subject, attribute, doubt, evidence)
    detail = say(
        "filter {name} lets no {what} out behind {prefixes}",
        name=name,
        what=path.what,
        prefixes=", ".join(trunks.prefixes),
    )
    return compliant(subject, attribute, detail, evidence, filter_remarks(view, name))


def _public_reach(view: AuditView, name: str) -> str:
    """Return which expensive numbers of the site can be reached, behind any trunk prefix."""
    reached = []
    for kind, number in costly_numbers(view):
        starts = tuple(prefix + number for prefix in view.trunk_prefixes.prefixes)
        reach = evaluate(view, name, NumberSpace(starts))
        if not isinstance(reach, str) and reach.certain:
            reached.append(say("{kind} {number}", kind=kind, number=number))
    if not reached:
        return ""
    return say("; reachable are {numbers}", numbers=joined("{one}, {other}", reached))


def _judge_emergency(
    view: AuditView, member: PbxObject, found: Effective, number: str, stated: Evidence
) -> Observation:
    subject, prop = about(member), f"filter:{number}"
    trunks = view.trunk_prefixes
    evidence = [*found.evidence, stated, *trunks.evidence]
    if found.problem or not trunks.prefixes:
        return undetermined(subject, prop, found.problem or NO_PREFIX, evidence)
    if found.value is None:
        detail = say("{number} can be dialled: there is no filter", number=number)
        return compliant(subject, prop, detail, evidence)
    evidence += filter_evidence(view, found.value)
    reach = evaluate(view, found.value, [prefix + number for prefix in trunks.prefixes])
    if isinstance(reach, str) or reach.certain is None:
        doubt = reach if isinstance(reach, str) else open_question(found.value, reach)
        return undetermined(subject, prop, doubt, evidence)
    if reach.certain:
        detail = say("{number} can be dialled as {example}", number=number, example=reach.example)
        return compliant(subject, prop, detail, evidence, filter_remarks(view, found.value))
    detail = say(
        "{number} cannot be dialled behind any trunk prefix ({prefixes})",
        number=number,
        prefixes=", ".join(trunks.prefixes),
    )
    rows = "; ".join(f"a row {prefix}{number} -> ok" for prefix in trunks.prefixes)
    shown = rows_in_words(view.filter_rows.get(found.value))
    return violated(subject, prop, detail, evidence, Fix(f"filter {found.value}", shown, rows))
