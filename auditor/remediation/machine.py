"""Findings to changes that a script can make: what is set, on which object, from what to what.

A change is possible where the finding is about an attribute, a hardware id, a diversion or a line
whose form is documented. Everything else is left to people, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from auditor.checks.filterreach import evaluate, permitted_numbers
from auditor.dialects import load_dialect
from auditor.model.result import Finding, Fix
from auditor.model.snapshot import PbxObject
from auditor.model.vocabulary import Verdict
from auditor.numbers import NumberSpace
from auditor.view import AuditView

Machine = dict[str, str | int | None]

PASSWORD_CHARACTERS: Final = 20
_DEVICE: Final = "device"
_FLAGS: Final = frozenset({"hide", "phone-config", "rej-ext", "critical"})
_FILTERS: Final = {"HD-05": "filter", "HD-06": "cd-filter", "TRK-06": "filter"}
_PASSWORDS: Final = frozenset({"HD-01", "HD-14"})
_NUMBERS: Final = frozenset({"registrations_without_password"})
_PARTS: Final = {"cds": "cd", "forks": "fork"}
_NO_OBJECT: Final = "the finding is about no single object of the PBX"
_DECIDE: Final = "somebody has to decide what is right here"
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


class Machinist:
    """Knows what of a snapshot can be changed by a script."""

    def __init__(self, view: AuditView) -> None:
        self._view = view
        self._objects: Mapping[str, PbxObject] = {o.key: o for o in view.snapshot.objects}
        self._passwords: set[str] = set()

    def change(self, control: str, finding: Finding) -> Answer:
        """Return the change for one violation."""
        seen = finding.observation
        fix = seen.fix
        if fix is None or seen.verdict is not Verdict.VIOLATED:
            return Answer(None, _DECIDE)
        if seen.subject.kind == "setting":
            return self._option(seen.subject.id, fix)
        key, _, hw = (
            seen.subject.id.partition(":")
            if seen.subject.kind == _DEVICE
            else (
                seen.subject.id,
                "",
                "",
            )
        )
        member = self._objects.get(key)
        if member is None or not member.guid or not member.cn:
            return Answer(None, _NO_OBJECT)
        if hw:
            return _device(member, hw, fix)
        return self._attribute(control, member, seen.property, fix)

    def _attribute(self, control: str, member: PbxObject, prop: str, fix: Fix) -> Answer:
        name = fix.property
        own = member.attributes.get(name) or None
        if control in _FILTERS and name == _FILTERS[control]:
            return self._filter(member, name, own)
        if control in _PASSWORDS:
            return self._password(member)
        if control in {"TRK-03", "TRK-04"}:
            return _part(member, prop)
        return _simple(control, member, fix, own)

    def _filter(self, member: PbxObject, name: str, own: str | None) -> Answer:
        """Return the change to the one filter that lets nothing out, if there is just one."""
        internal = self._internal_filters()
        if len(internal) != 1:
            count = "no filter" if not internal else f"{len(internal)} filters"
            return Answer(None, f"{count} of this PBX would do: choose or make one")
        return _set(member, name, own, internal[0])

    def _internal_filters(self) -> list[str]:
        view = self._view
        space = NumberSpace(view.trunk_prefixes.prefixes, permitted_numbers(view))
        found = []
        for name in view.filters:
            reach = evaluate(view, name, space)
            if not isinstance(reach, str) and reach.certain is False:
                found.append(name)
        return found

    def _password(self, member: PbxObject) -> Answer:
        if member not in self._view.base_users.members:
            return Answer(None, "the person who uses it has to be told the new password")
        if member.key in self._passwords:
            return Answer(None, "another step of this plan gives it a new password")
        self._passwords.add(member.key)
        if not member.h323.isascii() or not member.h323.replace("-", "").isalnum():
            return Answer(None, "its name cannot stand in a script for phones as it is")
        return Answer(
            {
                **_about(member, "password"),
                "h323": member.h323,
                "length": PASSWORD_CHARACTERS,
                "script": _SCRIPT.format(name=member.h323),
                "before": None,
            }
        )

    def _option(self, fact: str, fix: Fix) -> Answer:
        place = load_dialect(self._view.snapshot.dialect).settings.get(fact)
        setting = self._view.snapshot.settings.get(fact)
        if place is None or place.place != "option" or setting is None or not setting.line:
            return Answer(None, "where the PBX stores it is not known: use the menu")
        if fact not in _NUMBERS or len(setting.values) != 1 or len(self._view.snapshot.boxes) > 1:
            return Answer(None, "what the PBX writes for it is not known: use the menu")
        return Answer(
            {
                "kind": "option",
                "head": place.module,
                "option": f"/{place.option.lstrip('/')}",
                "before": setting.values[0],
                "after": fix.wanted,
            }
        )


def _about(member: PbxObject, kind: str) -> Machine:
    return {"kind": kind, "guid": member.guid, "cn": member.cn}


def _set(member: PbxObject, name: str, before: str | None, after: str | None) -> Answer:
    about = _about(member, "attribute")
    return Answer({**about, "attribute": name, "before": before, "after": after})


def _simple(control: str, member: PbxObject, fix: Fix, own: str | None) -> Answer:
    """Return the change of one attribute, or of one hardware id."""
    name = fix.property
    if name in _FLAGS and fix.wanted == "true":
        return _set(member, name, own, "true")
    if control == "HD-13" and name not in _PARTS:
        return _cleared(member, name, own)
    if control == "HD-08" and own:
        return _set(member, name, own, None)
    if control == "HD-07":
        return Answer({**_about(member, "new-device"), "hw": member.h323, "before": None})
    return Answer(None, _DECIDE)


def _cleared(member: PbxObject, name: str, own: str | None) -> Answer:
    """Return the change that takes a right away; `false` wins over a template, nothing does not."""
    if own == "true" or (own is None and name != "apps"):
        return _set(member, name, own, "false")
    if own is not None and not member.templates:
        return _set(member, name, own, None)
    return Answer(None, "a template may give it again: clear it there")


def _device(member: PbxObject, hw: str, fix: Fix) -> Answer:
    found = [device for device in member.devices if device.hw == hw]
    if len(found) != 1 or fix.wanted not in {"true", "false"}:
        return Answer(None, "the object has this hardware id more than once, or it is not clear")
    before = found[0].flags.get(fix.property) or None
    about = _about(member, _DEVICE)
    return Answer(
        {**about, "hw": hw, "attribute": fix.property, "before": before, "after": fix.wanted}
    )


def _part(member: PbxObject, prop: str) -> Answer:
    """Return the removal of one diversion, or of one phone that rings along."""
    part, _, rest = prop.partition(":")
    number = int(rest.rpartition(":")[2])
    if part == "cds":
        one = member.diversions[number]
        kind, e164, h323 = one.kind, one.e164, one.h323
    else:
        fork = member.forks[number]
        kind, e164, h323 = "", fork.e164, fork.h323
    return Answer(
        {
            **_about(member, "part"),
            "tag": _PARTS[part],
            "type": kind,
            "e164": e164,
            "h323": h323,
            "before": e164 or h323,
            "after": None,
        }
    )
