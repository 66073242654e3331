"""What a script changes: one value of an object or a line, from what was seen to what is to be.

Each kind is one documented way to write (reference/pbx-interfaces.md, section 6): objects by SOAP
`show` and `modify`, settings by a whole `config change` line. None holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
