"""Findings to changes that a script can make: what is set, on which object, from what to what.

A change is possible where the finding is about something whose form is documented, and where nobody
has to decide first. Everything else is left to people, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from auditor.facts import FactKind, known_facts
from auditor.messages.both import Both
from auditor.messages.message import say
from auditor.model.change import (
    LOOK_THERE,
    PASSWORD_CHARACTERS,
    AttributeChange,
    FilterWanted,
    Machine,
    NewPassword,
    NoParentWanted,
    NumberWanted,
    OptionChange,
    PasswordWanted,
    RemovedParent,
    Repair,
    set_to,
)
from auditor.model.result import Finding, Fix
from auditor.model.rule import RuleDocument
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import PasswordState, Verdict
from auditor.pbx.view import AuditView
from auditor.remediation.filter_choice import Filters
from auditor.remediation.setting_places import option_of, parent_place
from auditor.values.frozen import frozen

_NUMBER: Final = "e164"
_OUTSIDE_ANY_PLAN: Final = range(10, 100)
_SETTING: Final = "setting"
_SCRIPTED: Final = "expert script"

DECIDE: Final = say("somebody has to decide what is right here")
NO_OBJECT: Final = say("the finding is about no single object of the PBX")
NO_PLACE: Final = say("where the PBX stores it is not known: use the menu")
IN_DEVICES: Final = say("Devices rolls it out: change the configuration there")
IN_SCRIPT: Final = say("an expert script gives it to phones: change the script where it is kept")
NO_FORM: Final = say("what the PBX writes for it is not known: use the menu")
NO_NAME: Final = say("its name cannot stand in a script for phones as it is")
NO_NUMBER: Final = say("every number from #10 to #99 is taken: choose another")
PARENT_UNKNOWN: Final = say("how a template names its parents is not known: use the menu")
_SCRIPT: Final = (
    "config add PHONE SIG /h323 {name} /gk-pwd {{password}}\n"
    "mod cmd UP1 check iresetn {name}\n"
    "config write\n"
    "config activate"
)


@frozen
class Planned:
    """The change that a script makes; without one, why it is left to people."""

    machine: Machine | None
    by_hand: str = ""


class ChangePlanner:
    """Knows what of a snapshot can be changed by a script."""

    def __init__(self, view: AuditView) -> None:
        self._view = view
        self._objects: Mapping[str, PbxObject] = {o.key: o for o in view.snapshot.objects}
        self._filters = Filters(view)
        self._numbers = {o.e164 for o in view.snapshot.objects}

    def change(self, rule: RuleDocument, finding: Finding) -> Planned:
        """Return the change for one violation of a control."""
        seen = finding.observation
        if seen.fix is None or seen.verdict is not Verdict.VIOLATED:
            return Planned(None, DECIDE)
        if rule.remediation.by_hand:
            return Planned(None, Both(rule.remediation.by_hand, rule.de.by_hand))
        if seen.subject.kind == _SETTING:
            return self._option(seen.subject.id, seen.fix)
        member = self._objects.get(seen.subject.owner or seen.subject.id)
        if member is None or not member.guid or not member.cn:
            return Planned(None, IN_SCRIPT if seen.subject.kind == _SCRIPTED else NO_OBJECT)
        if seen.fix.repair is None:
            return Planned(None, seen.fix.by_hand or DECIDE)
        return self._of_object(member, seen.fix.repair)

    def _of_object(self, member: PbxObject, repair: Repair) -> Planned:
        """Return the change that a check proposes, or one that does what it wishes for."""
        match repair:
            case FilterWanted():
                chosen, problem = self._filters.choose(repair.purpose)
                change = set_to(member, repair.attribute, chosen)
                return Planned(None, problem) if problem else Planned(change)
            case PasswordWanted():
                return self._password(member)
            case NumberWanted():
                return self._extension(member)
            case NoParentWanted():
                return self._parent(member)
            case _:
                return Planned(repair)

    def _password(self, member: PbxObject) -> Planned:
        """Return a new password; a base user's comes with what its phones need."""
        name, script = member.h323 or member.cn, ""
        if member in self._view.base_users.members:
            if not member.h323.isascii() or not member.h323.replace("-", "").isalnum():
                return Planned(None, NO_NAME)
            script = _SCRIPT.format(name=name)
        has_none = member.password.state in {PasswordState.ABSENT, PasswordState.EMPTY}
        before: Literal["set", "none"] = "none" if has_none else "set"
        return Planned(
            NewPassword(member.guid, member.cn, name, PASSWORD_CHARACTERS, script, before)
        )

    def _parent(self, member: PbxObject) -> Planned:
        """Return the removal of the one template that a template takes values from."""
        if member.attributes.get("config"):
            return Planned(set_to(member, "config", None))
        place = parent_place(self._view.snapshot)
        if place is None:
            return Planned(None, PARENT_UNKNOWN)
        if len(member.templates) != 1:
            return Planned(None, LOOK_THERE)
        return Planned(RemovedParent(member.guid, member.cn, *place, member.templates[0]))

    def _extension(self, member: PbxObject) -> Planned:
        """Return the first number that nobody has and that no public plan contains."""
        free = (f"#{number}" for number in _OUTSIDE_ANY_PLAN)
        chosen = next((number for number in free if number not in self._numbers), None)
        if chosen is None:
            return Planned(None, NO_NUMBER)
        self._numbers.add(chosen)
        change = AttributeChange(member.guid, member.cn, _NUMBER, member.e164 or None, chosen)
        return Planned(change)

    def _option(self, fact: str, fix: Fix) -> Planned:
        snapshot = self._view.snapshot
        setting = snapshot.settings.get(fact)
        if setting is not None and setting.rolled_out:
            return Planned(None, IN_DEVICES)  # it would set it again, whatever the box shows
        place = option_of(snapshot, fact)
        if place is None:
            return Planned(None, NO_PLACE)
        values = snapshot.settings[fact].values
        is_number = known_facts()[fact].kind is FactKind.NUMBER and fix.wanted.isdecimal()
        if not is_number or len(values) != 1 or len(snapshot.boxes) > 1:
            return Planned(None, NO_FORM)
        return Planned(OptionChange(*place, values[0], fix.wanted))
