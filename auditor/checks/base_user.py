"""How base and temporary users are set up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.checks.support.attribute_flags import flag_is_set
from auditor.checks.support.observe import (
    about,
    compliant,
    doubts,
    searched_objects,
    undetermined,
    violated,
)
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, say, say_count, together
from auditor.model.change import TEMPLATE_GIVES, NoParentWanted, NumberWanted, taken_away
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import PbxObject, Setting
from auditor.model.vocabulary import Area, Grade
from auditor.pbx.effective_values import effective_value, shows_parents
from auditor.pbx.hot_desk_roles import temporary_names
from auditor.pbx.view import AuditView
from auditor.values.patterns import found_in

_OUTSIDE_ANY_PLAN = ("#", "*")
_HIDDEN = say("is hidden from LDAP")
_LISTED = say("is listed in LDAP")
_ABSENT = say("the template does not exist in the evidence")
_AMBIGUOUS = say("the template exists more than once in the evidence")
_SILENT = say("forks or diversions are switched off, or have no destination")
_NO_RIGHTS = say("it has no apps, licences, admin rights, forks or call diversions")


def base_user_is_hidden(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that base and temporary users are hidden from LDAP."""
    yield from doubts(view.base_users, say("base user"), "hide")
    yield from doubts(view.temporary_users, say("temporary user"), "hide")
    for member in (*view.base_users.members, *view.temporary_users.members):
        yield flag_is_set(view, member, "hide", _HIDDEN, _LISTED)


def phone_config_is_stored(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that the phone configuration is stored on the PBX."""
    yield from doubts(view.base_users, say("base user"), "phone-config")
    for member in view.base_users.members:
        yield flag_is_set(
            view,
            member,
            "phone-config",
            say("stores the phone configuration on the PBX"),
            say("keeps the phone configuration on the phone"),
        )


def base_template_does_not_inherit(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that the template of a base user takes nothing from another template."""
    yield from doubts(view.base_users, say("base user"), "config")
    for member in view.base_users.members:
        if not member.shows("config"):
            detail = say("this source does not show the template of the base user")
            yield undetermined(about(member), "config", detail)
        for name in member.templates:
            yield _judge_template(view, name, view.locate(member, "config", name))


def _judge_template(view: AuditView, name: str, reference: Evidence) -> Observation:
    candidates = view.templates.get(name, [])
    if len(candidates) != 1:
        detail = _AMBIGUOUS if candidates else _ABSENT
        return undetermined(Subject("template", name, name), "config", detail, [reference])
    template = candidates[0]
    subject = about(template, "template")
    attested = view.snapshot.template_parents.get(template.cn)
    parents = view.parents_of(template)
    evidence = [reference, _inheritance(view, template, parents)]
    if attested:
        stated = ", ".join(attested.values) or "none"
        evidence.append(
            Evidence(attested.source, None, name, attested.place, stated, grade=Grade.ATTESTED)
        )
    if parents:
        detail = say("the template inherits from {names}", names=", ".join(parents))
        return violated(
            subject,
            "config",
            detail,
            evidence,
            Fix("config", ", ".join(parents), "", NoParentWanted()),
        )
    if not attested and not shows_parents(view, template):
        detail = say("this source does not show what the template inherits from")
        doubts_of_it = [gap.reason for gap in view.snapshot.gaps_in(Area.OBJECTS) if gap.doubtful]
        return undetermined(subject, "config", together(detail, *doubts_of_it[:1]), evidence)
    if not view.is_explained(template):
        part = f"{template.unexplained[0]:.40}"
        detail = say("the template has parts that nobody explained ({part})", part=part)
        return undetermined(subject, "config", detail, evidence)
    detail = say("the template inherits from no other template")
    return compliant(subject, "config", detail, evidence, _remark(template, attested))


def _inheritance(view: AuditView, template: PbxObject, parents: Sequence[str]) -> Evidence:
    """Return where it says what a template inherits from: in a list of the PBX, or in itself."""
    names = ", ".join(parents) or None
    listed = view.listed_parents(template)
    if listed is None:
        return view.locate(template, "config", names)
    return Evidence(listed.source, None, template.label, listed.place, names, grade=listed.grade)


def _remark(template: PbxObject, attested: Setting | None) -> Message:
    """Return what a statement about the parents of a template leaves to be said."""
    if attested is None:
        return NOTHING
    if attested.values:
        return say("other parents were attested")
    if template.unexplained:
        part = f"{template.unexplained[0]:.40}"
        return say("that a part of it ({part}) names no parent is attested, not read", part=part)
    return NOTHING


def temporary_user_is_gone(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """Check that the temporary provisioning user was removed after the rollout."""
    found = view.temporary_users
    yield from doubts(found, say("temporary user"), "object")
    for member in found.members:
        evidence = [view.locate(member, "h323", member.h323)]
        detail = say("it has the name of a temporary user: {name}", name=member.h323 or member.cn)
        yield violated(
            about(member), "object", detail, evidence, Fix("object", say("present"), say("gone"))
        )
    if not found.members:
        subject = searched_objects(view)
        names = ", ".join(sorted(temporary_names(view.site.hot_desk)))
        yield compliant(
            subject,
            "object",
            say("no object is named {names}", names=names),
            [Evidence(s.name, None, None, "h323", None) for s in view.snapshot.sources],
        )


def extension_is_outside_the_plan(
    view: AuditView, _parameters: Parameters
) -> Iterator[Observation]:
    """Check that nobody can dial a base or temporary user from outside."""
    yield from doubts(view.base_users, say("base user"), "e164")
    yield from doubts(view.temporary_users, say("temporary user"), "e164")
    for member in (*view.base_users.members, *view.temporary_users.members):
        yield _judge_extension(view, member)


def _judge_extension(view: AuditView, member: PbxObject) -> Observation:
    subject, number = about(member), member.e164
    evidence = [view.locate(member, "e164", number or None)]
    if not member.shows("e164"):
        detail = say("its number is none that can be dialled, or stands there twice")
        unseen = say("this source does not show numbers")
        return undetermined(subject, "e164", detail if number else unseen, evidence)
    if not number:
        detail = say("it has no number that could be dialled")
        return compliant(subject, "e164", detail, evidence)
    if number.startswith(_OUTSIDE_ANY_PLAN):
        detail = say("its number starts with a character outside any public numbering plan")
        return compliant(subject, "e164", detail, evidence)
    return _judge_range(view, subject, number, evidence)


def _judge_range(
    view: AuditView, subject: Subject, number: str, evidence: list[Evidence]
) -> Observation:
    """Return whether a number lies in the range that the site file gives."""
    pattern = view.site.dialling.ddi_pattern
    if not pattern:
        detail = say("whether it can be dialled from outside needs [dialling] ddi_pattern")
        return undetermined(subject, "e164", detail, evidence)
    inside = found_in(pattern, number)
    if inside is None:
        detail = say("its number is longer than any that can be dialled")
        return undetermined(subject, "e164", detail, evidence)
    if inside:
        detail = say("its number is inside the range that can be dialled from outside")
        fix = Fix(
            "e164",
            number,
            say("a number outside the numbering plan, for example #10"),
            NumberWanted(),
        )
        return violated(subject, "e164", detail, evidence, fix)
    detail = say("its number is outside the range that can be dialled from outside")
    return compliant(subject, "e164", detail, evidence)


def base_user_has_no_rights(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that a base user has no apps, licences, admin rights, forks or call diversions."""
    yield from doubts(view.base_users, say("base user"), "rights")
    for member in view.base_users.members:
        found = False
        remark = NOTHING
        for attribute in (*parameters.names("must_be_empty"), *parameters.names("must_be_off")):
            observation = _right(view, member, attribute, parameters)
            if observation is not None:
                found = True
                yield observation
        for part, ways in (("forks", member.forks), ("cds", member.diversions)):
            observation = _part(view, member, part, [one.rings for one in ways])
            if observation is not None:
                found = True
                yield observation
            elif ways:
                remark = _SILENT
        if not found:
            evidence = [view.locate(member, "apps", None, say("own values and templates"))]
            yield compliant(about(member), "rights", _NO_RIGHTS, evidence, remark)


def _right(
    view: AuditView, member: PbxObject, attribute: str, parameters: Parameters
) -> Observation | None:
    found = effective_value(view, member, attribute)
    subject = about(member)
    if found.problem:
        return undetermined(subject, attribute, found.problem, found.evidence)
    if found.value in {None, "false"}:
        return None
    if attribute in parameters.names("must_be_off") and found.value != "true":
        detail = say(
            "{name} is neither true nor false, so its meaning is not known", name=attribute
        )
        return undetermined(subject, attribute, detail, found.evidence)
    detail = say(
        "{name} is set, and a phone that nobody logged in on does not need it", name=attribute
    )
    repair = taken_away(member, attribute)
    by_hand = NOTHING if repair else TEMPLATE_GIVES
    fix = Fix(attribute, found.value, "", repair, by_hand)
    return violated(subject, attribute, detail, found.evidence, fix)


def _part(
    view: AuditView, member: PbxObject, part: str, rings: list[bool | None]
) -> Observation | None:
    """Return what forks or diversions come to, of which it is known whether each rings."""
    subject = about(member)
    if not member.shows(part):
        return undetermined(subject, part, say("this source does not show {part}", part=part))
    count = rings.count(True)
    evidence = [view.locate(member, part, str(count or len(rings)))]
    if not count and None in rings:
        detail = say("whether its {part} are switched off is not known", part=part)
        return undetermined(subject, part, detail, evidence)
    if not count:
        return None
    detail = say_count(
        "{part} has {count} entry, which leads calls elsewhere",
        "{part} has {count} entries, which lead calls elsewhere",
        count=count,
        part=part,
    )
    return violated(subject, part, detail, evidence, Fix(part, str(count), say("none")))
