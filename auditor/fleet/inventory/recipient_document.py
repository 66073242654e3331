"""What may be said of somebody who is told every morning; nothing but the reading uses this."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from auditor.fleet.inventory.allowed_values import Id, Path, Text, Variable
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.model.base import Document
from auditor.model.site import KeyringEntry
from auditor.model.vocabulary import Severity

ALL: Final = "all"
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = (
    rf"^{_ATOM}(\.{_ATOM})*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"
)
_SERVER: Final = r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?$"
_LARGEST_PORT: Final = 65_535


class ChannelKind(StrEnum):
    """How a digest reaches somebody."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    TEAMS = "teams"
    SLACK = "slack"
    SYSLOG = "syslog"
    COMMAND = "command"


def _with_real_port(server: str) -> str:
    port = server.rpartition(":")[2]
    if port.isdecimal() and not 0 < int(port) <= _LARGEST_PORT:
        raise ValueError(say("there is no such port"))
    return server


def _several_or_all(value: str | list[str]) -> str | list[str]:
    if isinstance(value, str) and value != ALL:
        raise ValueError(say('name tenants in a list, or write "all"'))
    return value


Address = Annotated[str, StringConstraints(pattern=_ADDRESS, max_length=254)]
Server = Annotated[
    str, StringConstraints(pattern=_SERVER, strip_whitespace=True), AfterValidator(_with_real_port)
]
Tenants: TypeAlias = Annotated[
    str | Annotated[list[Text], Field(min_length=1)],
    AfterValidator(_several_or_all),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": ALL},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
Words: TypeAlias = list[Path]


class RecipientBlock(Document):
    """Somebody who is told what changed, by one message a run.

    What a URL or a password is stands elsewhere: here is where it is found.
    """

    id: Id
    tenants: Tenants
    channel: ChannelKind
    language: Language | None = None
    details: bool = False
    min_severity: Severity | None = None
    to: Annotated[list[Address], Field(min_length=1, max_length=50)] | None = None
    sender: Address | None = None
    server: Server | None = None
    tls: Literal["starttls", "tls"] | None = None
    ca_file: Path | None = None
    username: Text | None = None
    password_env: Variable | None = None
    password_file: Path | None = None
    password_command: Words | None = None
    password_keyring: KeyringEntry | None = None
    url_env: Variable | None = None
    url_file: Path | None = None
    url_command: Words | None = None
    url_keyring: KeyringEntry | None = None
    secret_env: Variable | None = None
    secret_file: Path | None = None
    secret_command: Words | None = None
    secret_keyring: KeyringEntry | None = None
    command: Annotated[Words, Field(min_length=1)] | None = None


# Of each secret the keys that say where it is found.
PLACES: Final = ("env", "file", "command", "keyring")
SECRETS: Final = ("url", "secret", "password")
_COMMON: Final = frozenset({"id", "tenants", "channel", "language", "details", "min_severity"})


class Keys:
    """What a channel needs, and what else it may be told; a secret stands for its four places."""

    def __init__(self, needed: str, more: str = "") -> None:
        self.needed = tuple(needed.split())
        self.allowed = _COMMON | {
            key for name in (*self.needed, *more.split()) for key in keys_of(name)
        }


def keys_of(name: str) -> tuple[str, ...]:
    """Return the keys that say something: of a secret where it is found."""
    return tuple(f"{name}_{place}" for place in PLACES) if name in SECRETS else (name,)


KEYS: Final[Mapping[ChannelKind, Keys]] = {
    ChannelKind.MAIL: Keys("to sender server", "tls ca_file username password"),
    ChannelKind.WEBHOOK: Keys("url secret", "ca_file"),
    ChannelKind.TEAMS: Keys("url", "ca_file"),
    ChannelKind.SLACK: Keys("url", "ca_file"),
    ChannelKind.SYSLOG: Keys("server", "ca_file"),
    ChannelKind.COMMAND: Keys("command"),
}


def host_and_port(server: str, usual: int) -> tuple[str, int]:
    """Return host and port of a server, the usual port if it names none."""
    found = re.fullmatch(r"(?:\[(.+)\]|([^:]+))(?::(\d+))?", server)
    if found is None:
        return server, usual
    return found[1] or found[2], int(found[3] or usual)
