"""Passwords that more than one object has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from auditor.checks.base_password import describe
from auditor.checks.support.grouped_observations import NAMED, OpenQuestions
from auditor.checks.support.observe import about, about_list, compliant, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, say, say_count
from auditor.model.change import PasswordWanted
from auditor.model.result import Fix, Observation
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import Area, PasswordState
from auditor.pbx.view import AuditView

_PROPERTY: Final = "pwd"
_COMPARED: Final = frozenset({PasswordState.SET, PasswordState.PLACEHOLDER})
_OPEN: Final = {
    PasswordState.ALL_ZERO: say("the stored field is all zero, which is no password to compare"),
    PasswordState.UNREADABLE: say("the stored value cannot be compared"),
}
_NOT_COMPARABLE: Final = say(
    "not all passwords can be compared; supplying the PBX password may help"
)
_HIDDEN: Final = say("this source does not show passwords")


def passwords_are_not_shared(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that no two objects, and no object and the PBX itself, have the same password."""
    questions = OpenQuestions(view, _PROPERTY)
    groups = _groups(view)
    own = 0
    with_pbx = True
    for member in view.snapshot.objects:
        password = member.password
        if not view.was_read(Area.PASSWORDS) or not member.shows(_PROPERTY):
            questions.add(_HIDDEN, member)
        elif password.state in _OPEN:
            questions.add(_OPEN[password.state], member)
        elif password.state not in _COMPARED:
            continue
        elif password.equals_pbx_password or password.shared_with:
            yield _shared(view, member, groups)
        elif password.shared_with is None:
            questions.add(_NOT_COMPARABLE, member)
        else:
            own += 1
            with_pbx = with_pbx and password.equals_pbx_password is not None
    yield from questions.observations()
    if own:
        size = say_count("the list of {count} password", "the list of {count} passwords", count=own)
        subject = about_list(Area.PASSWORDS.value, size)
        remark = NOTHING if with_pbx else say("they could not be compared with the PBX password")
        yield compliant(subject, _PROPERTY, say("no other object has any of them"), (), remark)


def _groups(view: AuditView) -> Mapping[int, list[PbxObject]]:
    """Return the objects that share a password, by the number of their group."""
    groups: dict[int, list[PbxObject]] = {}
    for member in view.snapshot.objects:
        if member.password.group is not None:
            groups.setdefault(member.password.group, []).append(member)
    return groups


def _shared(
    view: AuditView, member: PbxObject, groups: Mapping[int, list[PbxObject]]
) -> Observation:
    password = member.password
    evidence = [view.locate(member, _PROPERTY, describe(password))]
    if password.group is not None:
        others = [other for other in groups[password.group][: NAMED + 1] if other is not member]
        evidence += [view.locate(o, _PROPERTY, say("the same password")) for o in others[:NAMED]]
    fix = Fix(_PROPERTY, password.state, say("a new password of its own"), PasswordWanted())
    detail = say("it is the PBX password, which opens every user's password")
    if not password.equals_pbx_password:
        detail = say_count(
            "{count} other object has the same password",
            "{count} other objects have the same password",
            count=password.shared_with or 0,
        )
    return violated(about(member, member.kind or "user"), _PROPERTY, detail, evidence, fix)
