"""Findings to changes that a script can make: what is set, on which object, from what to what.

A change is possible where the finding is about something whose form is documented, and where nobody
has to decide first. Everything else is left to people, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from auditor.facts import FactKind, known_facts
from auditor.model.result import Finding, Fix
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import PasswordState, Verdict
from auditor.remediation.change import (
    PASSWORD_CHARACTERS,
    AttributeChange,
    ClearedMarks,
    DeviceChange,
    Machine,
    NewDevice,
    NewPassword,
    OptionChange,
    RemovedParent,
    RemovedPart,
)
from auditor.remediation.filters import ASSIGNED, Filters
from auditor.remediation.places import option_of, parent_place
from auditor.view import AuditView

_DEVICE: Final = "device"
_PASSWORD: Final = "pwd"  # noqa: S105 -- the name of an attribute
_FLAGS: Final = frozenset({"hide", "phone-config", "rej-ext", "critical"})
_PARTS: Final[Mapping[str, Literal["cd", "fork"]]] = {"cds": "cd", "forks": "fork"}
_NUMBER: Final = "e164"
_OUTSIDE_ANY_PLAN: Final = range(10, 100)

DECIDE: Final = "somebody has to decide what is right here"
NO_OBJECT: Final = "the finding is about no single object of the PBX"
NO_PLACE: Final = "where the PBX stores it is not known: use the menu"
NO_FORM: Final = "what the PBX writes for it is not known: use the menu"
HARDWARE_TWICE: Final = "the object has this hardware id more than once, or it is not clear"
TEMPLATE_GIVES: Final = "a template may give it again: clear it there"
SEVERAL_RIGHTS: Final = "it has several rights, or a template gives them: take them away there"
NO_NAME: Final = "its name cannot stand in a script for phones as it is"
NO_NUMBER: Final = "every number from #10 to #99 is taken: choose another"
PARENT_UNKNOWN: Final = "how a template names its parents is not known: use the menu"
LOOK_THERE: Final = "it was not found again as the audit saw it: audit again"
# What no interface does as far as its documentation goes, and what only people can decide.
BY_HAND: Final[Mapping[str, str]] = {
    "HD-09": "how the PBX takes rows of a filter is not documented: use the menu",
    "HD-10": "the command that deletes an object is not documented: use the menu",
    "PBX-05": "the PBX password encrypts all others: change it at the menu, and plan it",
    "PBX-17": "somebody has to decide which object keeps the hardware id",
    "TRK-05": "how the PBX takes rows of a filter is not documented: use the menu",
}
_SCRIPT: Final = (
    "config add PHONE SIG /h323 {name} /gk-pwd {{password}}\n"
    "mod cmd UP1 check iresetn {name}\n"
    "config write\n"
    "config activate"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The change that a script makes; without one, why it is left to people."""

    machine: Machine | None
    by_hand: str = ""


class _Case(NamedTuple):
    """A violation of one object, and what would repair it."""

    control: str
    member: PbxObject
    finding: Finding
    fix: Fix

    @property
    def own(self) -> str | None:
        """Return the object's own value of what is to be repaired."""
        return self.member.attributes.get(self.fix.property) or None


class Machinist:
    """Knows what of a snapshot can be changed by a script."""

    def __init__(self, view: AuditView) -> None:
        self._view = view
        self._objects: Mapping[str, PbxObject] = {o.key: o for o in view.snapshot.objects}
        self._filters = Filters(view)
        self._numbers = {o.e164 for o in view.snapshot.objects}
        self._by_control: Mapping[str, Callable[[_Case], Answer]] = {
            **dict.fromkeys(ASSIGNED, self._filter),
            "APP-03": _app_rights,
            "HD-07": _new_device,
            "HD-08": self._parent,
            "HD-11": self._extension,
            "HD-13": _right_of_base_user,
            "PBX-14": _right,
            "PRV-01": _allowance,
            "TRK-03": _part,
            "TRK-04": _part,
        }

    def change(self, control: str, finding: Finding) -> Answer:
        """Return the change for one violation."""
        seen = finding.observation
        if seen.fix is None or seen.verdict is not Verdict.VIOLATED:
            return Answer(None, DECIDE)
        if control in BY_HAND:
            return Answer(None, BY_HAND[control])
        if seen.subject.kind == "setting":
            return self._option(seen.subject.id, seen.fix)
        is_device = seen.subject.kind == _DEVICE
        key, _, hw = seen.subject.id.partition(":") if is_device else (seen.subject.id, "", "")
        member = self._objects.get(key)
        if member is None or not member.guid or not member.cn:
            return Answer(None, NO_OBJECT)
        case = _Case(control, member, finding, seen.fix)
        return _device(case, hw) if hw else self._of_object(case)

    def _of_object(self, case: _Case) -> Answer:
        """Return the change for a violation of an object: by its control, else by the value."""
        name, wanted = case.fix.property, case.fix.wanted
        special = self._by_control.get(case.control)
        if name == _PASSWORD:
            return self._password(case)
        if name in _FLAGS and wanted == "true":
            return _set(case.member, name, case.own, "true")
        return Answer(None, DECIDE) if special is None else special(case)

    def _filter(self, case: _Case) -> Answer:
        name = ASSIGNED[case.control][0]
        if case.fix.property != name:
            return Answer(None, DECIDE)
        chosen, problem = self._filters.choose(case.control)
        return Answer(None, problem) if problem else _set(case.member, name, case.own, chosen)

    def _password(self, case: _Case) -> Answer:
        """Return a new password; a base user's comes with what its phones need."""
        member = case.member
        name, script = member.h323 or member.cn, ""
        if member in self._view.base_users.members:
            if not member.h323.isascii() or not member.h323.replace("-", "").isalnum():
                return Answer(None, NO_NAME)
            script = _SCRIPT.format(name=name)
        has_none = member.password.state in {PasswordState.ABSENT, PasswordState.EMPTY}
        before: Literal["set", "none"] = "none" if has_none else "set"
        return Answer(
            NewPassword(member.guid, member.cn, name, PASSWORD_CHARACTERS, script, before)
        )

    def _parent(self, case: _Case) -> Answer:
        """Return the removal of the one template that a template takes values from."""
        member = case.member
        if case.own:
            return _set(member, "config", case.own, None)
        place = parent_place(self._view.snapshot)
        if place is None:
            return Answer(None, PARENT_UNKNOWN)
        if len(member.templates) != 1:
            return Answer(None, LOOK_THERE)
        return Answer(RemovedParent(member.guid, member.cn, *place, member.templates[0]))

    def _extension(self, case: _Case) -> Answer:
        """Return the first number that nobody has and that no public plan contains."""
        free = (f"#{number}" for number in _OUTSIDE_ANY_PLAN)
        chosen = next((number for number in free if number not in self._numbers), None)
        if chosen is None:
            return Answer(None, NO_NUMBER)
        self._numbers.add(chosen)
        return _set(case.member, _NUMBER, case.member.e164 or None, chosen)

    def _option(self, fact: str, fix: Fix) -> Answer:
        snapshot = self._view.snapshot
        place = option_of(snapshot, fact)
        if place is None:
            return Answer(None, NO_PLACE)
        values = snapshot.settings[fact].values
        is_number = known_facts()[fact].kind is FactKind.NUMBER and fix.wanted.isdecimal()
        if not is_number or len(values) != 1 or len(snapshot.boxes) > 1:
            return Answer(None, NO_FORM)
        return Answer(OptionChange(*place, values[0], fix.wanted))


def _set(member: PbxObject, name: str, before: str | None, after: str | None) -> Answer:
    return Answer(AttributeChange(member.guid, member.cn, name, before, after))


def _cleared(member: PbxObject, name: str, own: str | None) -> Answer:
    """Return the change that takes a right away; `false` wins over a template, nothing does not."""
    if own == "true" or (own is None and name != "apps"):
        return _set(member, name, own, "false")
    if own is not None and not member.templates:
        return _set(member, name, own, None)
    return Answer(None, TEMPLATE_GIVES)


def _right_of_base_user(case: _Case) -> Answer:
    if case.fix.property in _PARTS:
        return Answer(None, DECIDE)
    return _cleared(case.member, case.fix.property, case.own)


def _right(case: _Case) -> Answer:
    """Return the change that takes the only right of an object away, if it is its own."""
    found = [item.attribute or "" for item in case.finding.observation.evidence]
    own = case.member.attributes.get(found[0]) if len(found) == 1 else None
    return _cleared(case.member, found[0], own) if own else Answer(None, SEVERAL_RIGHTS)


def _new_device(case: _Case) -> Answer:
    return Answer(NewDevice(case.member.guid, case.member.cn, case.member.h323))


def _device(case: _Case, hw: str) -> Answer:
    member, fix = case.member, case.fix
    found = [device for device in member.devices if device.hw == hw]
    if len(found) != 1 or fix.wanted not in {"true", "false"}:
        return Answer(None, HARDWARE_TWICE)
    before = found[0].flags.get(fix.property) or None
    return Answer(DeviceChange(member.guid, member.cn, hw, fix.property, before, fix.wanted))


def _app_rights(case: _Case) -> Answer:
    marks = (case.fix.current or "").split(", ")
    return _marks(case.member, "pseudo/app", None, marks, case.member.rights)


def _allowance(case: _Case) -> Answer:
    """Return the change that stops telling a whole domain."""
    name = case.finding.observation.property.partition(":")[2]
    found = [one.flags for one in case.member.allowances if one.name == name]
    if len(found) != 1:
        return Answer(None, LOOK_THERE)
    marks = (case.fix.current or "").removeprefix(f"{name}: ").split(", ")
    return _marks(case.member, "allow", name, marks, found[0])


def _marks(
    member: PbxObject,
    path: Literal["allow", "pseudo/app"],
    name: str | None,
    marks: list[str],
    seen: Mapping[str, str],
) -> Answer:
    if any(seen.get(mark) != "true" for mark in marks):
        return Answer(None, LOOK_THERE)
    return Answer(ClearedMarks(member.guid, member.cn, path, name, " ".join(sorted(marks))))


def _part(case: _Case) -> Answer:
    """Return the removal of one diversion, or of one phone that rings along."""
    member = case.member
    part, _, rest = case.finding.observation.property.partition(":")
    tag, number = _PARTS[part], int(rest.rpartition(":")[2])
    if tag == "cd":
        one = member.diversions[number]
        kind, e164, h323 = one.kind, one.e164, one.h323
    else:
        fork = member.forks[number]
        kind, e164, h323 = "", fork.e164, fork.h323
    return Answer(RemovedPart(member.guid, member.cn, tag, kind, e164, h323, e164 or h323))
