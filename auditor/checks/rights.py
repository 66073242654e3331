"""Administrative rights of objects, and who counts as an administrator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.checks.support.grouped_observations import OpenQuestions
from auditor.checks.support.observe import (
    about,
    compliant,
    listed_objects,
    not_on_the_pbx,
    violated,
)
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, say
from auditor.model.change import SEVERAL_RIGHTS, TEMPLATE_GIVES, AttributeChange, taken_away
from auditor.model.result import Evidence, Fix, Observation
from auditor.model.snapshot import TEMPLATE_KIND, PbxObject
from auditor.pbx.effective_values import OWN_VALUE, effective_value
from auditor.pbx.view import AuditView

_PROPERTY = "rights"
_NOTHING = frozenset({None, "", "false"})


class Rights:
    """Says which objects have administrative rights: own values, else those of templates.

    `attributes` are the attributes that give rights, `templates` those that do so by their name.
    """

    def __init__(
        self, view: AuditView, attributes: Sequence[str], templates: Sequence[str]
    ) -> None:
        self._view = view
        self._attributes = attributes
        self._templates = frozenset(name.casefold() for name in templates)
        self._without: dict[tuple[str, ...], Message] = {}

    def of(self, member: PbxObject) -> tuple[list[Evidence], Message]:
        """Return evidence of the rights of an object, and why others may be open.

        Who has no rights by templates alone has none like all others with the same templates.
        """
        whole = member.visible is None and not any(map(member.attributes.get, self._attributes))
        if whole and member.templates in self._without:
            return [], self._without[member.templates]
        found, problem = self._look(member)
        if whole and not found:
            self._without[member.templates] = problem
        return found, problem

    def _look(self, member: PbxObject) -> tuple[list[Evidence], Message]:
        found = [
            self._view.locate(member, "config", name, OWN_VALUE)
            for name in member.templates
            if name.casefold() in self._templates
        ]
        problem = NOTHING if member.shows("config") else say("this source does not show templates")
        for attribute in self._attributes:
            effective = effective_value(self._view, member, attribute)
            problem = problem or effective.problem
            if not effective.problem and effective.value not in _NOTHING:
                found += effective.evidence
        return found, problem


def rights_of(view: AuditView, parameters: Parameters) -> Rights:
    """Return what knows the rights of objects, by the parameters of a control."""
    return Rights(view, parameters.names("rights"), parameters.names("rights_templates"))


def admins_are_listed(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that every object with administrative rights is listed in the site file."""
    rights = rights_of(view, parameters)
    listed = {name.casefold() for name in view.site.lists.admins}
    questions = OpenQuestions(view, "config")
    total = 0
    for member in view.snapshot.objects:
        if member.kind == TEMPLATE_KIND:
            continue
        total += 1
        found, problem = rights.of(member)
        if found:
            yield _judge(member, found, listed)
        elif problem:
            questions.add(problem, member)
    yield from questions.observations()
    if total:
        detail = say("none that is not named here has administrative rights")
        yield compliant(listed_objects(total), _PROPERTY, detail, (), _missing(view, listed))


def _judge(member: PbxObject, found: Sequence[Evidence], listed: set[str]) -> Observation:
    subject = about(member)
    if not listed.isdisjoint({member.h323.casefold(), member.cn.casefold()} - {""}):
        detail = say("it has administrative rights, as [lists] admins says")
        return compliant(subject, _PROPERTY, detail, found)
    detail = say("it has administrative rights and is not in [lists] admins")
    current = ", ".join(f"{item.attribute} {item.value}" for item in found)
    fix = Fix(_PROPERTY, current, say("none, or listed"), *_without_right(member, found))
    return violated(subject, _PROPERTY, detail, found, fix)


def _without_right(
    member: PbxObject, found: Sequence[Evidence]
) -> tuple[AttributeChange | None, Message]:
    """Return the change that takes the only right of an object away, if it is its own."""
    right = found[0].attribute or "" if len(found) == 1 else ""
    if not member.attributes.get(right):
        return None, SEVERAL_RIGHTS
    repair = taken_away(member, right)
    return repair, NOTHING if repair else TEMPLATE_GIVES


def _missing(view: AuditView, listed: set[str]) -> Message:
    """Return a remark about names of the list that the PBX does not have."""
    if not listed:
        return NOTHING
    known = {name.casefold() for o in view.snapshot.objects for name in (o.h323, o.cn)}
    return not_on_the_pbx(sorted(listed - known))
