"""Objects that are no people."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.support.grouped_observations import KIND_HIDDEN, OpenQuestions
from auditor.checks.support.observe import about, compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import say
from auditor.model.change import set_to
from auditor.model.result import Fix, Observation, Subject
from auditor.model.snapshot import PbxObject
from auditor.pbx.effective_values import effective_flag
from auditor.pbx.view import AuditView

_PROPERTY = "hide"


def service_objects_are_hidden(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that trunks, gateways, apps and listed objects do not appear in LDAP."""
    kinds = frozenset(parameters.names("kinds"))
    listed = {name.casefold(): name for name in view.site.lists.service_objects}
    questions = OpenQuestions(view, _PROPERTY)
    seen: set[str] = set()
    for member in view.snapshot.objects:
        folded = member.h323.casefold()
        seen.add(folded)
        is_open = not member.shows("pseudo")
        if is_open and not effective_flag(view, member, _PROPERTY).value:
            questions.add(KIND_HIDDEN, member)
        elif is_open or member.kind in kinds or (folded and folded in listed):
            yield _judge(view, member)
    yield from questions.observations()
    for folded, name in listed.items():
        if folded not in seen:
            detail = say("{name} is named in the site file, but not on the PBX", name=name)
            yield undetermined(Subject("service object", name, name), _PROPERTY, detail)


def _judge(view: AuditView, member: PbxObject) -> Observation:
    subject = about(member, "service object")
    found = effective_flag(view, member, _PROPERTY)
    if found.value is None:
        return undetermined(subject, _PROPERTY, found.problem, found.evidence)
    if found.value:
        return compliant(subject, _PROPERTY, say("it is hidden from LDAP"), found.evidence)
    current = found.evidence[0].value if found.evidence else None
    fix = Fix(_PROPERTY, current, "true", set_to(member, _PROPERTY, "true"))
    return violated(subject, _PROPERTY, say("it is listed in LDAP"), found.evidence, fix)
