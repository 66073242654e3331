"""The socket of Devices: domains, devices and what is rolled out, as far as a login reaches.

What a request for somebody else's domain is answered with is not documented: it is silence here,
like an unknown message. So is which number a device has that belongs to no domain: it is zero.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from auditor.simulator.platform.simulated_platform import (
    APPS,
    INSTANCE_DOMAIN,
    Category,
    SimulatedDevice,
    SimulatedDomain,
    SimulatedPlatform,
    SimulatedRollout,
)
from auditor.simulator.sockets.app_login import encrypted_text, is_right, session_key
from auditor.simulator.sockets.app_session import new_challenge
from auditor.simulator.sockets.json_messages import Message, answer_to, text_in

_WRITES: Final = re.compile(
    "(Add|Create|Delete|Deploy|Edit|Remove|Replace|Set(?!DeviceFil)|Update|GetProvisioningCode)"
)
_PIECE: Final = 60_000


class Platform(Protocol):
    """The running platform, as far as a socket needs it."""

    platform: SimulatedPlatform
    keys: dict[str, frozenset[int]]
    number_challenge: bool
    train: str

    def count_write(self) -> None:
        """Count a request that would change something."""
        ...


class SimulatedDevicesSession:
    """One socket of Devices. Its key opens devices as long as it lives."""

    def __init__(self, running: Platform) -> None:
        self._running = running
        self._challenge = ""
        self._domain: SimulatedDomain | None = None
        self._is_admin = False
        self._session_key = ""
        self._key = str(uuid.UUID(bytes=secrets.token_bytes(16)))
        self._answers: Mapping[str, Callable[[Message], list[Message]]] = {
            "GetDeviceConfig": self._get_config,
            "GetDeviceConfigs": self._get_configs,
            "GetDevices": self._get_devices,
            "GetDomains": self._get_domains,
            "GetFilteredDevices": self._get_filtered,
            "GetProvisioningCategories": self._get_categories,
            "GetUnassignedDevicesCount": self._count_unassigned,
            # The vendor's text of 13r1 has this name, all later ones the other.
            "GetLoginInfo" if running.train == "13r1" else "GetUserInfo": self._get_user,
        }

    def answer(self, message: Message) -> list[Message]:
        """Return the messages that answer this one; none to what is not known."""
        match message["mt"]:
            case "KeepAlive":
                return [{"mt": "KeepAlive"}]
            case "AppChallenge":
                return self._ask()
            case "AppLogin":
                return self._login(message)
            case mt if _WRITES.match(mt):
                return self._refuse(message)
            case mt:
                found = self._answers.get(mt) if self._domain else None
                return found(message) if found else []

    def close(self) -> None:
        """Forget the key: it dies with the socket."""
        self._running.keys.pop(self._key, None)

    def _ask(self) -> list[Message]:
        self._challenge = new_challenge()
        as_number = self._running.number_challenge
        shown = int(self._challenge) if as_number else self._challenge
        return [{"mt": "AppChallengeResult", "challenge": shown}]

    def _login(self, message: Message) -> list[Message]:
        """Answer a login: tried is the password of the instance, then that of the domain."""
        platform = self._running.platform
        challenge, self._challenge = self._challenge, ""
        domain = platform.domain(text_in(message, "domain"))
        if domain is None or not challenge or text_in(message, "app") not in APPS:
            return [{"mt": "AppLoginResult"}]
        for password in (platform.instance_password, domain.password):
            if is_right(message, challenge, password):
                return self._opened(message, domain, password, challenge)
        return [{"mt": "AppLoginResult"}]

    def _opened(
        self, message: Message, domain: SimulatedDomain, password: str, challenge: str
    ) -> list[Message]:
        self._domain = domain
        self._is_admin = domain.is_instance
        self._session_key = session_key(challenge, password)
        self._running.keys[self._key] = frozenset(one.number for one in self._domains())
        known = {"app": text_in(message, "app"), "domain": INSTANCE_DOMAIN}
        return [{"mt": "AppLoginResult", "ok": True, **known}]

    def _refuse(self, message: Message) -> list[Message]:
        self._running.count_write()
        if self._domain is None:
            return []
        return [answer_to(message, {"error": "the simulated Devices changes nothing"})]

    def _domains(self) -> list[SimulatedDomain]:
        return [
            one for one in self._running.platform.domains if self._is_admin or one is self._domain
        ]

    def _may(self, number: object) -> bool:
        return any(one.number == number for one in self._domains())

    def _get_user(self, message: Message) -> list[Message]:
        return [answer_to(message, {"key": self._key, "admin": self._is_admin})]

    def _get_domains(self, message: Message) -> list[Message]:
        found = [
            {
                "id": one.number,
                "name": one.name,
                "deployAdminPasswords": one.deploys_passwords,
                "isInstanceDomain": one.is_instance,
                "categories": [
                    _without_domain(self._category(category))
                    for category in self._running.platform.categories
                    if category.domain == one.number
                ],
            }
            for one in self._domains()
        ]
        return [answer_to(message, {"domains": found, "last": True})]

    def _get_devices(self, message: Message) -> list[Message]:
        """Answer the devices of domains, those of no domain, or both; all without a filter."""
        wanted = {int(part) for part in re.findall(r"\d+", text_in(message, "domainIds"))}
        unassigned = message.get("unassigned") is True
        found = [
            one
            for one in self._visible()
            if (one.domain in wanted if one.domain else unassigned) or not (wanted or unassigned)
        ]
        return self._in_two(message, found)

    def _get_filtered(self, message: Message) -> list[Message]:
        """Answer the devices of one domain, that of the login if none is named."""
        own = None if self._domain is None else self._domain.number
        number = message.get("domainId", own)
        kinds = message.get("types")
        ids = [part for part in text_in(message, "hwIds").split(",") if part]
        found = [
            one
            for one in self._visible()
            if one.domain == number
            and (not isinstance(kinds, list) or one.kind in kinds)
            and (not ids or one.hardware_id in ids)
        ]
        return self._in_two(message, found)

    def _count_unassigned(self, message: Message) -> list[Message]:
        found = [one for one in self._visible() if one.domain is None]
        return [answer_to(message, {"count": len(found)})]

    def _visible(self) -> Iterator[SimulatedDevice]:
        """Yield the devices that a login reaches; who has all domains sees those of none, too."""
        for one in self._running.platform.devices:
            if self._is_admin if one.domain is None else self._may(one.domain):
                yield one

    def _in_two(self, message: Message, found: Sequence[SimulatedDevice]) -> list[Message]:
        """Answer in two messages, of which the second says that it is the last."""
        half = (len(found) + 1) // 2
        first = {"devices": [_device(one) for one in found[:half]]}
        last = {"devices": [_device(one) for one in found[half:]], "last": True}
        return [answer_to(message, first), answer_to(message, last)]

    def _get_categories(self, message: Message) -> list[Message]:
        number = message.get("domainId")
        found = [
            self._category(one)
            for one in self._running.platform.categories
            if (number is None or number == one.domain) and self._may(one.domain)
        ]
        return [answer_to(message, {"categories": found, "last": True})]

    def _category(self, one: Category) -> Message:
        """Return a category; `config` says that something is rolled out to it."""
        rolled_out = self._running.platform.rolled_out
        is_used = any(one.number in config.categories for config in rolled_out)
        named = {"id": one.number, "domainId": one.domain, "name": one.name}
        return {**named, "config": is_used}

    def _get_configs(self, message: Message) -> list[Message]:
        """Answer what is rolled out, without the values."""
        found = [_outline(one) for one in self._rolled_out(message.get("domainId"))]
        return [answer_to(message, {"configs": found, "last": True})]

    def _get_config(self, message: Message) -> list[Message]:
        """Answer one with its values; a long value comes before it, in pieces."""
        configs = self._rolled_out(message.get("domainId"))
        found = next((one for one in configs if one.number == message.get("id")), None)
        if found is None:
            return []
        values = dict(self._shown(found))
        long = {
            name: text
            for name, text in values.items()
            if isinstance(text, str) and len(text) > _PIECE
        }
        pieces = [
            answer_to(message, {"name": name, "value": text[at : at + _PIECE]}, _VALUE)
            for name, text in long.items()
            for at in range(0, len(text), _PIECE)
        ]
        short = {name: value for name, value in values.items() if name not in long}
        return [*pieces, answer_to(message, {"config": {**_outline(found), **short}})]

    def _shown(self, one: SimulatedRollout) -> Iterator[tuple[str, object]]:
        """Yield the values, secrets encrypted under the key of this session."""
        for name, value in one.values.items():
            is_sealed = name in one.sealed
            yield name, encrypted_text(self._session_key, one.seed, value) if is_sealed else value
        if one.seed:
            yield "seed", one.seed

    def _rolled_out(self, number: object) -> Iterable[SimulatedRollout]:
        for one in self._running.platform.rolled_out:
            if (number is None or number == one.domain) and self._may(one.domain):
                yield one


_VALUE: Final = "GetDeviceConfigValueResult"


def _device(one: SimulatedDevice) -> Message:
    return {
        "id": one.number,
        "hwId": one.hardware_id,
        "domainId": one.domain or 0,
        "product": one.product,
        "version": one.version,
        "type": one.kind,
        "pbxActive": one.pbx_active,
        "online": one.online,
    }


def _without_domain(category: Message) -> Message:
    return {name: value for name, value in category.items() if name != "domainId"}


def _outline(one: SimulatedRollout) -> Message:
    categories = list(one.categories)
    return {"id": one.number, "domainId": one.domain, "type": one.kind, "categories": categories}
