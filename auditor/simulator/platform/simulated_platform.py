"""The App Platform itself: its domains, the devices in them, what is rolled out to those.

Boxes and phones are those of the simulated PBXs, so that what Devices tells of them and what they
tell themselves agree. Names of people and customers are made up.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

from auditor.simulator.simulated_pbx import SimulatedBox
from auditor.simulator.sockets.json_objects import row_elements
from auditor.simulator.state import SimulatorState

INSTANCE: Final = "devices"
APPS: Final = ("innovaphone-devices", "innovaphone-devices-api")
INSTANCE_DOMAIN: Final = "platform.example"
FIRST_DOMAIN: Final = 2  # the first customer's, after that of the platform itself
_PASSWORD_BYTES: Final = 11
_MAC: Final = re.compile(r"[0-9a-f]{12}")
_PLATFORM_ID: Final = "009033ffff01"
_UNASSIGNED_ID: Final = "009033ffff02"
_NEW_PHONE: Final = "IP222"


@dataclass(frozen=True, slots=True)
class SimulatedDomain:
    """A domain, which on a hosted platform is a customer."""

    number: int
    name: str
    password: str = field(repr=False)
    deploys_passwords: bool = False

    @property
    def is_instance(self) -> bool:
        """Return whether it is that of the platform itself."""
        return self.name == INSTANCE_DOMAIN


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """A device; `domain` is None for one that belongs to no domain yet."""

    number: int
    hardware_id: str
    domain: int | None
    product: str
    version: str
    kind: str
    pbx_active: bool = False
    online: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """A group of devices of a domain, which something can be rolled out to."""

    number: int
    domain: int
    name: str


@dataclass(frozen=True, slots=True)
class SimulatedRollout:
    """What a domain rolls out to its devices, to all of them if there is no category.

    `sealed` names the values that are encrypted for who reads them, `seed` what they hang on.
    """

    number: int
    domain: int
    kind: str
    values: Mapping[str, Any] = field(repr=False)
    sealed: frozenset[str] = frozenset()
    seed: str = ""
    categories: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of an instance and of domains by their name; what is missing is random."""

    instance: str = field(default="", repr=False)
    domains: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SimulatedPlatform:
    """A platform with one instance of Devices. `boxes` are the running PBXs by their MAC."""

    domains: tuple[SimulatedDomain, ...]
    categories: tuple[Category, ...]
    devices: tuple[SimulatedDevice, ...]
    rolled_out: tuple[SimulatedRollout, ...]
    boxes: Mapping[str, SimulatorState]
    instance_password: str = field(repr=False)

    @classmethod
    def create(
        cls,
        customers: Mapping[str, Sequence[SimulatorState]],
        secrets_of: Secrets | None = None,
        *,
        categories: tuple[Category, ...] = (),
        rolled_out: tuple[SimulatedRollout, ...] = (),
        offline: frozenset[str] = frozenset(),
    ) -> SimulatedPlatform:
        """Return a platform with a domain for each customer, which has these PBXs.

        Domains are numbered from `FIRST_DOMAIN`, 1 is that of the platform. `offline` are hardware
        ids.
        """
        known = secrets_of or Secrets()
        names = [INSTANCE_DOMAIN, *customers]
        domains = tuple(
            SimulatedDomain(number, name, known.domains.get(name) or _password(), number > 1)
            for number, name in enumerate(names, 1)
        )
        return cls(
            domains=domains,
            categories=categories,
            devices=tuple(
                replace(one, online=one.online and one.hardware_id not in offline)
                for one in _devices(customers)
            ),
            rolled_out=rolled_out,
            boxes={
                state.pbx.box.serial: state for states in customers.values() for state in states
            },
            instance_password=known.instance or _password(),
        )

    def domain(self, name: str) -> SimulatedDomain | None:
        """Return the domain of that name; without a name, that of the platform."""
        return next((one for one in self.domains if one.name == (name or INSTANCE_DOMAIN)), None)


def _devices(customers: Mapping[str, Sequence[SimulatorState]]) -> Iterator[SimulatedDevice]:
    numbers = count(1)
    seen: set[str] = set()
    version = ""
    for domain, states in enumerate(customers.values(), FIRST_DOMAIN):
        for state in states:
            box = state.pbx.box
            version = _version(box)
            found = SimulatedDevice(next(numbers), box.serial, domain, box.product, version, "GW")
            yield replace(found, pbx_active=True)
            for hardware_id, product in _phones(state, seen):
                yield SimulatedDevice(next(numbers), hardware_id, domain, product, version, "PHONE")
    yield SimulatedDevice(next(numbers), _PLATFORM_ID, 1, "App Platform", version, "APP_PLATFORM")
    unassigned = SimulatedDevice(next(numbers), _UNASSIGNED_ID, None, _NEW_PHONE, version, "PHONE")
    yield replace(unassigned, online=False)


def _phones(state: SimulatorState, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the devices of users that were not seen; a PBX may have one at two of them."""
    for one in state.pbx.objects:
        for row in row_elements(one, "device"):
            hardware_id, text = row.attributes["hw"], row.attributes.get("text", "")
            if _MAC.fullmatch(hardware_id) and not one.kind and hardware_id not in seen:
                seen.add(hardware_id)
                yield hardware_id, text.partition(" ")[0]


def _version(box: SimulatedBox) -> str:
    """Return a version as Devices writes it, such as 13r2 sr2 [13.6146/136146/400]."""
    train, _, release = box.firmware.partition(" ")
    number = release.rpartition("-")[2].lstrip("0")
    label = f"{train} sr{number}" if number.isdecimal() else train
    return f"{label} [{'/'.join(box.versions)}]"


def _password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)
