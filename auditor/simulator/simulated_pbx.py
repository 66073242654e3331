"""The simulated PBX itself: its data files loaded into frozen objects, its passwords encrypted."""

from __future__ import annotations

import random
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from auditor.errors import InputError
from auditor.files.toml_reading import parse_toml
from auditor.messages.message import say
from auditor.messages.suggestions import did_you_mean
from auditor.pbx import crypt
from auditor.simulator.crowd import crowd
from auditor.simulator.element import Element

CONFIGURATIONS: Final = ("insecure", "hardened")
ADMIN_OBJECT: Final = "_ADMIN_"
RANDOM: Final = "random-strong"
_FOLDER: Final = Path(__file__).parent / "configs"
_ALPHABET: Final = string.ascii_letters + string.digits + "-_.+"
_LENGTH: Final = 22
_ADMIN_LENGTH: Final = 15
_KEY_BYTES: Final = 16
_INDEXED: Final = ("cn", "h323", "e164")


def sort_key(name: str) -> tuple[str, str]:
    """Return what names are sorted by: regardless of case, then exactly."""
    return name.casefold(), name


@dataclass(frozen=True, slots=True)
class Account:
    """A login of the box; the box limits its passwords to 15 characters."""

    role: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SimulatedBox:
    """The device: `firmware` is the train, `versions` what follows the type in square brackets."""

    name: str
    product: str
    firmware: str
    versions: tuple[str, ...]
    serial: str

    @property
    def version(self) -> str:
        """Return the version as line 2 of `cfg.txt` and `sys/@version` write it."""
        build, boot, hardware = self.versions
        return f"{self.firmware} {self.product}[{build}], Bootcode[{boot}], HW[{hardware}]"


@dataclass(frozen=True, slots=True)
class SimulatedObject:
    """One object of the PBX. `password` is the encrypted field; None if it has no password.

    `parents` names the templates that a template takes values from.
    """

    guid: str
    names: Mapping[str, str]
    attributes: Mapping[str, str]
    children: tuple[Element, ...] = ()
    password: bytes | None = field(default=None, repr=False)

    @property
    def cn(self) -> str:
        """Return the long name."""
        return self.names["cn"]

    @property
    def pseudo(self) -> Element | None:
        """Return the element that says what kind of object this is; None for a user."""
        return next((child for child in self.children if child.tag == "pseudo"), None)

    @property
    def kind(self) -> str:
        """Return the kind of the object, empty for an ordinary user."""
        return "" if self.pseudo is None else self.pseudo.attributes.get("type", "")

    @property
    def parents(self) -> tuple[str, ...]:
        """Return the names of the templates it takes values from."""
        own = self.attributes.get("config")
        nested = () if self.pseudo is None else self.pseudo.children
        found = tuple(
            child.attributes.get("cn", "") for child in nested if child.tag == "sim-parent"
        )
        return (own, *found) if own else found


@dataclass(frozen=True, slots=True)
class Online:
    """What only a running PBX knows.

    `system` and `dns` are its names, `proxies` the addresses of its reverse proxies by their MAC,
    `behind` the devices that are registered through one of them.
    """

    system: str = ""
    dns: str = ""
    proxies: Mapping[str, str] = field(default_factory=dict)
    behind: tuple[str, ...] = ()


@dataclass(frozen=True)
class SimulatedPbx:
    """A whole PBX. `modules` are the lines of its `cfg.txt` behind the words `config change`."""

    config: str
    box: SimulatedBox
    modules: tuple[str, ...]
    objects: tuple[SimulatedObject, ...]
    admin: SimulatedObject
    admin_key: bytes = field(repr=False)
    calls: tuple[Mapping[str, str], ...]
    licences: tuple[Mapping[str, str], ...]
    accounts: tuple[Account, ...]
    pbx_password: str = field(repr=False)
    online: Online = field(default_factory=Online)

    @classmethod
    def create(
        cls,
        config: str = "insecure",
        pbx_password: str | None = None,
        *,
        seed: int | None = None,
        passwords: Mapping[str, str] | None = None,
        users: int = 0,
    ) -> SimulatedPbx:
        """Return a PBX with the named configuration, and with so many made-up users beside it.

        Whatever is not given is random: the PBX password, those of the accounts (`passwords`, by
        role) and of the objects. The same seed gives the same PBX. Raises InputError.
        """
        if config not in CONFIGURATIONS:
            raise InputError(
                say("there is no simulated configuration {config}", config=f"{config!r}"),
                advice=did_you_mean(config, CONFIGURATIONS),
            )
        data = parse_toml((_FOLDER / f"{config}.toml").read_text(encoding="utf-8"))
        source = _Randomness(seed)
        given = passwords or {}
        accounts = tuple(
            Account(role, name, given.get(role) or source.password(_ADMIN_LENGTH))
            for role, name in data["accounts"].items()
        )
        secret = pbx_password or source.password()
        admin_key = source.octets(_KEY_BYTES)
        builder = _Builder(crypt.pbx_key(secret, admin_key), source)
        return cls(
            config=config,
            box=SimulatedBox(**{**data["box"], "versions": tuple(data["box"]["versions"])}),
            modules=(f"CMD0 /name {quote(data['box']['name'], safe='')}", *data["modules"]),
            objects=tuple(map(builder.build, chain(data["objects"], crowd(users)))),
            admin=builder.admin(data, secret),
            admin_key=admin_key,
            calls=tuple(data["calls"]),
            licences=tuple(data["licences"]),
            accounts=accounts,
            pbx_password=secret,
            online=Online(**{**data["online"], "behind": tuple(data["online"]["behind"])}),
        )

    @classmethod
    def generate(
        cls, users: int, pbx_password: str | None = None, *, seed: int | None = None
    ) -> SimulatedPbx:
        """Return a large PBX: the hardened configuration and so many users beside it."""
        return cls.create("hardened", pbx_password, seed=seed, users=users)

    @cached_property
    def everything(self) -> tuple[SimulatedObject, ...]:
        """Return all objects, `_ADMIN_` last."""
        return (*self.objects, self.admin)

    @cached_property
    def index(self) -> Mapping[tuple[str, str], SimulatedObject]:
        """Return the objects by (name of an attribute, its value): guid, cn, h323, e164.

        Of two with the same number, the first.
        """
        found: dict[tuple[str, str], SimulatedObject] = {}
        for one in self.everything:
            found.setdefault(("guid", one.guid), one)
            for name in _INDEXED:
                if name in one.names:
                    found.setdefault((name, one.names[name]), one)
        return found

    def ordered(self, name: str) -> Sequence[SimulatedObject]:
        """Return all objects sorted by a name, regardless of case; those without it come first."""
        known = self._orders
        if name not in known:
            known[name] = sorted(self.everything, key=lambda one: sort_key(one.names.get(name, "")))
        return known[name]

    @cached_property
    def _orders(self) -> dict[str, Sequence[SimulatedObject]]:
        return {}

    @cached_property
    def key(self) -> bytes:
        """Return the key that the passwords of the objects are encrypted with."""
        return crypt.pbx_key(self.pbx_password, self.admin_key)

    def password_of(self, one: SimulatedObject) -> str | None:
        """Return the password of an object in clear; None if it has none."""
        return None if one.password is None else crypt.decrypt(self.key, one.password).decode()

    @property
    def site(self) -> Path:
        """Return the path of the site file that fits this PBX."""
        return _FOLDER / f"{self.config}.site.toml"

    @property
    def login_key(self) -> bytes:
        """Return the key of the encrypted variables: the administrator's login, 32 bytes."""
        admin = next(account for account in self.accounts if account.role == "admin")
        return crypt.pad(admin.username, _KEY_BYTES) + crypt.pad(admin.password, _KEY_BYTES)


class _Randomness:
    """Random values: unpredictable, or repeatable with a seed."""

    def __init__(self, seed: int | None) -> None:
        repeatable = random.Random(seed)  # noqa: S311 -- a seed is for tests
        self._random = random.SystemRandom() if seed is None else repeatable

    def password(self, length: int = _LENGTH) -> str:
        return "".join(self._random.choice(_ALPHABET) for _ in range(length))

    def literal(self, text: str) -> str:
        """Return the text, or a new password where the data asks for one."""
        return self.password() if text == RANDOM else text

    def octets(self, size: int) -> bytes:
        return self._random.randbytes(size)


class _Builder:
    def __init__(self, key: bytes, source: _Randomness) -> None:
        # RC4 adds the same bytes to every password, so they are computed once for all users.
        self._stream = crypt.encrypt(key, "")
        self._source = source

    def build(self, entry: Mapping[str, Any]) -> SimulatedObject:
        names = {name: entry[name] for name in ("cn", "h323", "e164") if name in entry}
        names |= {"node": entry.get("node", "root"), "loc": entry.get("loc", "master")}
        secret = entry.get("password")
        children = [
            _element({"tag": tag, **child})
            for tag in ("pseudo", "device", "grp", "cd", "fork", "allow")
            for child in entry.get(tag, [])
        ]
        return SimulatedObject(
            _guid(names),
            names,
            entry.get("attributes", {}),
            tuple(children),
            None if secret is None else self._encrypted(self._source.literal(secret)),
        )

    def admin(self, data: Mapping[str, Any], pbx_password: str) -> SimulatedObject:
        """Return `_ADMIN_`: its password is the PBX password, its children the filters."""
        names = {"cn": ADMIN_OBJECT, "h323": "pbx-admin"}
        networks = tuple(Element("net", row) for row in data["ip_filter"])
        children = (*_filters(data["filters"]), Element("sim-ip-filter", {}, networks))
        return SimulatedObject(_guid(names), names, {}, children, self._encrypted(pbx_password))

    def _encrypted(self, secret: str) -> bytes:
        padded = crypt.pad(secret, crypt.FIELD_BYTES)
        return bytes(a ^ b for a, b in zip(padded, self._stream, strict=True))


def _filters(filters: Mapping[str, Iterable[Mapping[str, str]]]) -> Iterable[Element]:
    for name, rows in filters.items():
        yield Element("filter", {"name": name}, tuple(Element("sim-row", row) for row in rows))


def _element(entry: Mapping[str, Any]) -> Element:
    children = tuple(_element(child) for child in entry.get("children", []))
    attributes = {k: v for k, v in entry.items() if k not in {"tag", "children"}}
    return Element(entry["tag"], attributes, children)


def _guid(names: Mapping[str, str]) -> str:
    return sha256(f"simulated:{names.get('h323') or names['cn']}".encode()).hexdigest()[:32]
