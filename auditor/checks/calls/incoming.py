"""What callers from outside can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from auditor.checks.support.attribute_flags import flag_is_set
from auditor.checks.support.filter_groups import Groups
from auditor.checks.support.filter_reach import INTERNAL_FILTER, Wanted, filter_evidence, gets_out
from auditor.checks.support.grouped_observations import KIND_HIDDEN, OpenQuestions
from auditor.checks.support.observe import about, compliant, doubts, undetermined, violated
from auditor.checks.support.onward import onward_doubt
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import say
from auditor.model.change import FilterWanted, PasswordWanted
from auditor.model.result import Fix, Observation, Subject
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, PbxObject
from auditor.model.vocabulary import Area, PasswordState
from auditor.pbx.view import AuditView

_FILTER: Final = "filter"
_CLOSED = FilterWanted("filter", "trunk_filter")
_PASSWORD: Final = "pwd"  # noqa: S105 -- the name of an attribute
_REJECT: Final = "rej-ext"
_WITHOUT: Final = frozenset({PasswordState.ABSENT, PasswordState.EMPTY})


def trunks_are_closed(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no call that comes in by a trunk goes out again, and each trunk has a password."""
    groups = Groups(view, _FILTER)
    questions = OpenQuestions(view, _FILTER)
    for member in view.snapshot.objects:
        if not member.shows("pseudo"):
            questions.add(KIND_HIDDEN, member)
        elif member.kind in {TRUNK_KIND, GATEWAY_KIND}:
            yield _judge_password(view, member)
            if not view.exits.is_internal(member):
                yield _judge_filter(view, groups, member)
    yield from questions.observations()


def _judge_password(view: AuditView, member: PbxObject) -> Observation:
    subject = about(member, member.kind)
    state = member.password.state
    evidence = [view.locate(member, _PASSWORD, state.value)]
    if not view.was_read(Area.PASSWORDS) or not member.shows(_PASSWORD):
        return undetermined(subject, _PASSWORD, say("this source does not show passwords"))
    if state in _WITHOUT:
        detail = say("it has no password, so anybody can register in its place and take its calls")
        fix = Fix(_PASSWORD, state, say("a new random password"), PasswordWanted())
        return violated(subject, _PASSWORD, detail, evidence, fix)
    if state is PasswordState.SET:
        return compliant(subject, _PASSWORD, say("it has a password"), evidence)
    is_open = say("whether it has a password is open: {state}", state=say(state.value))
    reason = member.password.reason or is_open
    return undetermined(subject, _PASSWORD, reason, evidence)


def _judge_filter(view: AuditView, groups: Groups, member: PbxObject) -> Observation:
    subject = about(member, member.kind)
    found = groups.of(member)
    evidence = [*groups.evidence([member]), *view.ways_out([member]).evidence]
    if found.problem:
        return undetermined(subject, _FILTER, found.problem, evidence)
    if found.name is None:
        detail = say("it has no filter, so a caller from outside may be put through to the outside")
        return violated(
            subject, _FILTER, detail, evidence, Fix(_FILTER, None, INTERNAL_FILTER, _CLOSED)
        )
    name = found.name
    evidence += filter_evidence(view, name)
    outcome = gets_out(view, name, [member], Wanted())
    if outcome.out:
        detail = say(
            "filter {name} lets callers from outside out again, for example to {example}",
            name=name,
            example=outcome.example,
        )
        return violated(
            subject, _FILTER, detail, evidence, Fix(_FILTER, name, INTERNAL_FILTER, _CLOSED)
        )
    doubt = outcome.doubt or onward_doubt(view, name, [member], Wanted())
    if doubt:
        return undetermined(subject, _FILTER, doubt, evidence)
    detail = say("filter {name} lets no caller out again", name=name)
    return compliant(subject, _FILTER, detail, evidence)


def internal_objects_reject_calls(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that objects that are for calls inside only reject calls from outside."""
    yield from doubts(view.base_users, say("base user"), _REJECT)
    yield from doubts(view.temporary_users, say("temporary user"), _REJECT)
    members = {o.key: o for o in (*view.base_users.members, *view.temporary_users.members)}
    for name in view.site.lists.internal_objects:
        named = view.named(name.casefold())
        if not named:
            detail = say("{name} is named in the site file, but not on the PBX", name=name)
            yield undetermined(Subject("internal object", name, name), _REJECT, detail)
        members.update((member.key, member) for member in named)
    for member in members.values():
        yield flag_is_set(
            view,
            member,
            _REJECT,
            say("it rejects calls from outside"),
            say("it is for calls inside only, and takes calls from outside"),
        )
