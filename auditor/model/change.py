"""What a script changes: one value of an object or a line, from what was seen to what is to be.

A check says it with the violation that it repairs. What takes more than the check has seen, such as
which filter would do, it says as a wish, of which the planner makes a change.

Each kind is one documented way to write (reference/pbx-interfaces.md, section 6): objects by SOAP
`show` and `modify`, settings by a whole `config change` line. None holds a secret.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from auditor.messages.message import say
from auditor.model.snapshot import Device, PasswordEvidence, PbxObject
from auditor.model.vocabulary import PasswordState
from auditor.values.frozen import frozen

PASSWORD_CHARACTERS: Final = 20
# What an audit would find of a new password.
_STRONG: Final = PasswordEvidence(
    PasswordState.SET,
    score=4,
    guesses_log10=30.0,
    length_from=PASSWORD_CHARACTERS,
    length_to=PASSWORD_CHARACTERS,
    shared_with=0,
    equals_pbx_password=False,
)


@frozen
class AttributeChange:
    """An attribute of an object; None means that the object does not have it."""

    guid: str
    cn: str
    attribute: str
    before: str | None
    after: str | None
    kind: Literal["attribute"] = "attribute"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, self.attribute)

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""
        name, value = self.attribute, self.after
        if name == "e164":
            return one._replace(e164=value or "")
        kept = {key: text for key, text in one.attributes.items() if key != name}
        attributes = kept if value is None else {**kept, name: value}
        templates = one.templates
        if name == "config":
            templates = tuple(t for t in templates if t != self.before)
        return one._replace(attributes=attributes, templates=templates)


@frozen
class DeviceChange:
    """A flag of one hardware id."""

    guid: str
    cn: str
    hw: str
    attribute: str
    before: str | None
    after: str
    kind: Literal["device"] = "device"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, "device", self.hw, self.attribute)

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""

        def flagged(device: Device) -> Device:
            if device.hw != self.hw:
                return device
            return device._replace(flags={**device.flags, self.attribute: self.after})

        return one._replace(devices=tuple(map(flagged, one.devices)))


@frozen
class NewDevice:
    """A further hardware id."""

    guid: str
    cn: str
    hw: str
    before: None = None
    kind: Literal["new-device"] = "new-device"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, "device", self.hw)

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""
        return one._replace(devices=(*one.devices, Device(self.hw, "", {})))


@frozen
class RemovedPart:
    """A diversion (`cd`) or a further phone (`fork`) that goes, named by where it leads."""

    guid: str
    cn: str
    tag: Literal["cd", "fork"]
    type: str
    e164: str
    h323: str
    before: str
    after: None = None
    kind: Literal["part"] = "part"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, self.tag, self.type, self.e164, self.h323)

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""
        leads = (self.e164, self.h323)
        if self.tag == "fork":
            return one._replace(forks=tuple(f for f in one.forks if (f.e164, f.h323) != leads))
        kept = tuple(d for d in one.diversions if (d.kind, d.e164, d.h323) != (self.type, *leads))
        return one._replace(diversions=kept)


@frozen
class ClearedMarks:
    """Check marks that go from one element inside an object: an app's rights, an allowance.

    `path` leads to the element, `name` is its attribute `name`, None if it has none. `before` lists
    the attributes, each of which is `true`, separated by spaces; all of them go.
    """

    guid: str
    cn: str
    path: Literal["allow", "pseudo/app"]
    name: str | None
    before: str
    after: None = None
    kind: Literal["marks"] = "marks"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, self.path, self.name or "")

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""
        gone = set(self.before.split())
        if self.path == "pseudo/app":
            return one._replace(rights={k: v for k, v in one.rights.items() if k not in gone})
        kept = tuple(
            entry._replace(flags={k: v for k, v in entry.flags.items() if k not in gone})
            if entry.name == self.name
            else entry
            for entry in one.allowances
        )
        return one._replace(allowances=kept)


@frozen
class RemovedParent:
    """A template's own parent that goes: an element inside `pseudo`, named by one attribute."""

    guid: str
    cn: str
    element: str
    attribute: str
    before: str
    after: None = None
    kind: Literal["parent"] = "parent"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, self.element, self.before)

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""
        return one._replace(templates=tuple(t for t in one.templates if t != self.before))


@frozen
class NewPassword:
    """A new random password. `script` is what phones need, with `{password}` for the password.

    `name` is what phones register with, `before` whether there is a password now.
    """

    guid: str
    cn: str
    name: str
    length: int
    script: str
    before: Literal["set", "none"]
    kind: Literal["password"] = "password"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.guid, "pwd")

    def on(self, one: PbxObject) -> PbxObject:
        """Return an object as it is after the change."""
        return one._replace(password=_STRONG)


@frozen
class OptionChange:
    """The value of an option in the one line of a module."""

    head: str
    option: str
    before: str
    after: str
    kind: Literal["option"] = "option"

    @property
    def place(self) -> tuple[str, ...]:
        """Return what tells this change from others."""
        return (self.head, self.option)


ObjectChange = (
    AttributeChange
    | DeviceChange
    | NewDevice
    | RemovedPart
    | ClearedMarks
    | RemovedParent
    | NewPassword
)
Machine = Annotated[ObjectChange | OptionChange, Field(discriminator="kind")]


# Why a check proposes no change.
TEMPLATE_GIVES: Final = say("a template may give it again: clear it there")
HARDWARE_TWICE: Final = say("the object has this hardware id more than once, or it is not clear")
SEVERAL_RIGHTS: Final = say("it has several rights, or a template gives them: take them away there")
LOOK_THERE: Final = say("it was not found again as the audit saw it: audit again")


@frozen
class FilterWanted:
    """A call filter is to be assigned; `purpose` is the key of [remediation] that may name it."""

    attribute: str
    purpose: Literal["internal_filter", "trunk_filter", "call_filter", "diversion_filter"]


@frozen
class PasswordWanted:
    """A new random password is to be set."""


@frozen
class NumberWanted:
    """Another number is to be given, outside any public numbering plan."""


@frozen
class NoParentWanted:
    """A template is to inherit from no other one."""


Repair = ObjectChange | FilterWanted | PasswordWanted | NumberWanted | NoParentWanted


def set_to(one: PbxObject, attribute: str, value: str | None) -> AttributeChange:
    """Return the change of an attribute of an object; None takes it away."""
    own = one.attributes.get(attribute) or None
    return AttributeChange(one.guid, one.cn, attribute, own, value)


def changed_flag(one: PbxObject, hw: str, flag: str, value: str) -> DeviceChange | None:
    """Return the change of a flag of a hardware id; None if the object has that id twice."""
    found = [device for device in one.devices if device.hw == hw]
    if len(found) != 1:
        return None
    return DeviceChange(one.guid, one.cn, hw, flag, found[0].flags.get(flag) or None, value)


def taken_away(one: PbxObject, right: str) -> AttributeChange | None:
    """Return the change that takes a right away; None if a template may give it again.

    `false` wins over a template, nothing does not (see `auditor.pbx.effective_values`).
    """
    own = one.attributes.get(right) or None
    if own == "true" or (own is None and right != "apps"):
        return set_to(one, right, "false")
    return set_to(one, right, None) if own is not None and not one.templates else None
