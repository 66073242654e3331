"""What a search for PBXs found, wherever it looked: devices, and blocks for the PBXs of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from auditor.errors import ExitCode
from auditor.fleet.inventory.saved_devices import DeviceKind
from auditor.messages.message import Message


class _Device(Protocol):
    """What a device is taken for, the id of its block if it has one, and whether it is settled."""

    @property
    def kind(self) -> DeviceKind: ...

    @property
    def id(self) -> str: ...

    @property
    def is_open(self) -> bool: ...


_DeviceT = TypeVar("_DeviceT", bound=_Device)


@dataclass(frozen=True, slots=True)
class Discovery(Generic[_DeviceT]):
    """Every device in its order, and blocks for PBXs in TOML, nothing if there are none.

    `problems` say what else was not seen.
    """

    devices: tuple[_DeviceT, ...]
    text: str
    problems: tuple[Message, ...] = ()

    @property
    def proposed(self) -> int:
        """Return how many PBXs have a block."""
        return sum(bool(one.id) for one in self.devices)

    @property
    def is_open(self) -> bool:
        """Return whether there may be PBXs, or anything about them, that was not seen."""
        return bool(self.problems) or any(one.is_open for one in self.devices)

    @property
    def code(self) -> ExitCode:
        """Return the exit code for what was found."""
        if self.is_open:
            return ExitCode.INCOMPLETE
        found = any(one.kind is DeviceKind.PBX for one in self.devices)
        return ExitCode.OK if found else ExitCode.NOTHING_TO_DO
