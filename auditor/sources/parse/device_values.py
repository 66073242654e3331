"""One configuration that Devices rolls out, and what single values of it come to.

A value that is missing, or odd, comes to nothing: what devices do then is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from auditor.facts import EMPTY, FALSE, TRUE, SecretState, name_of_login
from auditor.values.named_hosts import host_of

_ENCRYPTS: Final = frozenset("0123")
_NO_SRTP: Final = "4"
_LOG_WAYS: Final = {"http": "HTTP", "https": "HTTPS"}
_PROTECTING: Final = ("protectCfg", "hideCompleteCfg")
_PROFILES: Final = frozenset({"normal", "fast", "secure", "strict"})


class DeviceConfig(NamedTuple):
    """What is rolled out to all devices of a domain, or to some, with the values that came.

    `values` is None where they did not come.
    """

    number: int
    kind: str
    for_all: bool
    values: Mapping[str, Any] | None


def value_of(config: DeviceConfig, name: str) -> object:
    """Return a value, None if it did not come."""
    return (config.values or {}).get(name)


def text_value(config: DeviceConfig, name: str) -> str:
    """Return a value that is a text, empty for any other."""
    found = value_of(config, name)
    return found.strip() if isinstance(found, str) else ""


def may_name(config: DeviceConfig, name: str) -> bool:
    """Return whether something is named, or may be: values that did not come may name anything."""
    stated = value_of(config, name)
    is_blank = stated is None or (isinstance(stated, str) and not stated.strip())
    return config.values is None or not is_blank


def time_server(config: DeviceConfig) -> str | None:
    """Return the first time server; None if one of them is none, or not understood."""
    names = ("ntp1", "ntp2")
    if not all(isinstance(value_of(config, name), str | None) for name in names):
        return None
    hosts = [host_of(text) for name in names if (text := text_value(config, name))]
    return hosts[0] if hosts and all(hosts) else None


def profile(config: DeviceConfig) -> str | None:
    """Return the name of a TLS profile, None if it is none of those that are documented."""
    found = text_value(config, "profile").casefold()
    return found if found in _PROFILES else None


def logging_way(config: DeviceConfig) -> str | None:
    """Return the type of logging by the way in which an address of a log is reached."""
    url = text_value(config, "logUrl")
    scheme, mark, _ = url.partition("://")
    is_set = (config.values or {}).get("setLogUrl", True) is True
    if not mark or not host_of(url) or not is_set:
        return None
    return _LOG_WAYS.get(scheme.casefold())


def login_name(stated: object) -> str | None:
    """Return the name that a login has, None if nothing is said of it."""
    return name_of_login(stated.strip()) if isinstance(stated, str) else None


def secret_state(stated: object) -> str | None:
    """Return whether a secret is set, None if nothing is said of it."""
    if not isinstance(stated, str):
        return None
    return SecretState.SET.value if stated else EMPTY


def is_left_open(config: DeviceConfig) -> bool:
    """Return whether a phone is told not to protect its menus, and nothing says that it hides them.

    That needs less than `protection`: one mark that is off, in whichever spelling.
    """
    marks = {str(value_of(config, name)).casefold() for name in _PROTECTING}
    return not marks.isdisjoint({FALSE, "0"}) and marks.isdisjoint({TRUE, "1"})


def protection(config: DeviceConfig) -> str | None:
    """Return whether a phone hides or protects its menus; None where a mark is not said."""
    marks = [value_of(config, name) for name in _PROTECTING]
    if any(mark is True for mark in marks):
        return TRUE
    return FALSE if all(mark is False for mark in marks) else None


def encrypts(config: DeviceConfig) -> str | None:
    """Return whether phones are told to offer SRTP; the kinds of key are numbers, 4 is none."""
    stated = value_of(config, "srtpKey")
    key = str(stated) if isinstance(stated, str | int) and not isinstance(stated, bool) else ""
    if key in _ENCRYPTS:
        return TRUE
    return FALSE if key == _NO_SRTP else None
