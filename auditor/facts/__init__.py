"""The facts beside the objects: settings of PBX and device, and what only people can know.

Each file of this folder names facts of one area. A fact has a kind, which says what its values look
like; the words by which a person finds it in the menus; and a scope, which says whether an
interface could show it at all. Where a box stores it is no business of this registry: that is what
a dialect says, and most places are not documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from auditor.files import built_documents
from auditor.messages.message import say

IP_FILTER: Final = "ip_filter"
HTTP_PORT: Final = "http_port"
INFO_PAGE: Final = "info_page"
TELNET_PORT: Final = "telnet_port"
FACTORY_LOGIN: Final = "factory_login"
SAVED_AS_COMPLETE: Final = "saved_as_complete"
ADMINISTRATOR_PASSWORD: Final = "administrator_password"  # noqa: S105 -- a name
PROXIED_REGISTRATIONS: Final = "proxied_registrations"
DIRECT_REGISTRATIONS: Final = "direct_registrations"
BOOLEANS_ON: Final = "booleans_on"
CONNECTED_APPS: Final = "connected_apps"
PLATFORM_APPS: Final = "platform_apps"
UNPLACED_APPS: Final = "unplaced_apps"
REGISTRATIONS_WITHOUT_PASSWORD: Final = "registrations_without_password"  # noqa: S105 -- a name
# What a PBX says over its own WebSocket interface, with a login or without.
SAID_BY_MESSAGES: Final = frozenset(
    {
        "authentication_type",
        BOOLEANS_ON,
        CONNECTED_APPS,
        DIRECT_REGISTRATIONS,
        PLATFORM_APPS,
        PROXIED_REGISTRATIONS,
        "reverse_proxies",
        "turn_password",
        "turn_server",
        "turn_username",
        UNPLACED_APPS,
    }
)
_FOLDER: Final = Path(__file__).parent
TRUE: Final = "true"
FALSE: Final = "false"
UNCLEAR: Final = "unclear"
EMPTY: Final = "empty"
_LEFT_OUT: Final = "..."
_TRUE_WORDS: Final = frozenset({"", "1", "on", "true", "yes"})
_FALSE_WORDS: Final = frozenset({"0", "off", "false", "no"})


class FactKind(StrEnum):
    """What the values of a fact look like."""

    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    URL = "url"
    SECRET = "secret"  # noqa: S105 -- a word
    NETWORKS = "networks"
    NAMES = "names"
    DATE = "date"


class Scope(StrEnum):
    """Who could show a fact: the PBX, any device, only a person, or a look without a dialect.

    What is handed over is known only while somebody types it in. What Devices tells other devices
    is on no box that is read.
    """

    PBX = "pbx"
    BOX = "box"
    PEOPLE = "people"
    LOOK = "look"
    DEVICES = "devices"
    HANDED_OVER = "handed over"


class SecretState(StrEnum):
    """What is known of a secret, of which nothing else is kept."""

    EMPTY = EMPTY
    DEFAULT = "default"
    SET = "set"


class Fact(NamedTuple):
    """One fact. `defaults` are published values of a secret, which alone are ever recognised.

    `is_login` marks the name of a login, which may hold the password as well. `nothing` are words
    by which people say, and we, that there is none; no source means that by them.
    """

    name: str
    kind: FactKind
    label: str
    ui_path: str
    scope: Scope
    defaults: tuple[str, ...] = ()
    is_login: bool = False
    nothing: tuple[str, ...] = ()

    def reduce(self, text: str) -> str:
        """Return what may be kept of a stored value: all of it, or what says nothing secret."""
        if text.strip().casefold() in self.nothing:
            return UNCLEAR
        if self.is_login:
            return name_of_login(text)
        match self.kind:
            case FactKind.FLAG:
                return _flag(text)
            case FactKind.SECRET:
                return _secret(text, self.defaults)
            case FactKind.URL:
                return _origin(text)
            case _:
                return without_login(text)

    def reduce_entries(self, text: str, split: Callable[[str], Sequence[str]]) -> list[str]:
        """Return what may be kept of each entry of a stored list.

        A password may hold what stands between entries: where a login could have begun in an
        entry before the one that it ends in, nothing is kept.
        """
        entries = split(text)
        for place, entry in enumerate(entries):
            before, at, _ = entry.partition("@")
            if at and "://" not in before and any(":" in one for one in entries[:place]):
                return [UNCLEAR]
        return [self.reduce(entry) for entry in entries]


@cache
def known_facts() -> Mapping[str, Fact]:
    """Return every fact by name."""
    facts: dict[str, Fact] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        for name, entry in built_documents.parsed(path.read_bytes()).items():
            if name in facts:
                raise ValueError(
                    say("{file} names the fact {fact} again", file=path.name, fact=name)
                )
            facts[name] = Fact(
                name,
                FactKind(entry["kind"]),
                entry["label"],
                entry["ui_path"],
                Scope(entry["scope"]),
                tuple(entry.get("defaults", ())),
                entry.get("login", False),
                tuple(entry.get("nothing", ())),
            )
    return facts


def _flag(text: str) -> str:
    """Return a check mark; an option without a value is a set one."""
    word = text.strip().casefold()
    if word in _TRUE_WORDS:
        return TRUE
    return FALSE if word in _FALSE_WORDS else UNCLEAR


def _secret(text: str, defaults: tuple[str, ...]) -> str:
    if not text.strip():
        return SecretState.EMPTY.value
    known = text.strip() in defaults
    return (SecretState.DEFAULT if known else SecretState.SET).value


def without_login(text: str) -> str:
    """Return a text as it is, but for the login and the parameters of an address in it.

    Where a `/` leaves it open whether a login ends or a path begins, nothing is kept.
    """
    before, at, after = text.rpartition("@")
    scheme, mark, login = before.partition("://") if "://" in before else ("", "", before)
    if at and ":" in login:
        if "/" in login:
            return UNCLEAR
        text = f"{scheme}{mark}{after}"
    address, _, query = text.partition("?")
    return f"{address}?{_LEFT_OUT}" if "=" in query else text


def name_of_login(text: str) -> str:
    """Return the name of a login; what follows a `:` in it may be its password."""
    name, mark, _ = text.partition(":")
    return f"{without_login(name)}:{_LEFT_OUT}" if mark else without_login(name)


def _origin(text: str) -> str:
    """Return scheme, host and port of an address: what else it holds could be a login."""
    if any(letter.isspace() or not letter.isprintable() for letter in text.strip()):
        return UNCLEAR  # `urlsplit` would drop some of them
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return UNCLEAR
    if not text.strip():
        return EMPTY
    if not parts.scheme or not host:
        return UNCLEAR
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"
