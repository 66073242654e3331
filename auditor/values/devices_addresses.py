"""Addresses of the Devices app of an App Platform, and of boxes that are reached through it.

A box is at `https://<platform>/<domain>/<instance>/passthrough/<hardware id>`; what the app wants
to have behind that, a key, is no part of an address: it is secret, and lasts as long as a login.
Source: SDK 13r3, Devices.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_PART: Final = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,252}"
_SERVICE: Final = rf"(/{_PART}/{_PART})(?:/innovaphone-devices(?:-api)?)?/?"
_BOX: Final = rf"(/{_PART}/{_PART})/passthrough/([0-9A-Fa-f]{{12}})/?"
_SCHEMES: Final = {"wss": "https", "https": "https"}


class DevicesAddress(NamedTuple):
    """The app by its origin and path, and a box by its hardware id, empty for the app itself."""

    origin: str
    path: str
    hardware_id: str = ""

    def __str__(self) -> str:
        """Return the address, without any key."""
        tail = f"/passthrough/{self.hardware_id}" if self.hardware_id else ""
        return f"{self.origin}{self.path}{tail}"

    @property
    def service(self) -> str:
        """Return the address of the app itself."""
        return f"{self.origin}{self.path}"

    @property
    def domain(self) -> str:
        """Return the domain in the address, to which the instance of the app belongs."""
        return self.path.split("/")[1]

    def box(self, hardware_id: str) -> DevicesAddress:
        """Return the address of a box that is reached through the app."""
        return self._replace(hardware_id=hardware_id.lower())


def box_address(url: str) -> DevicesAddress | None:
    """Return what an address names, if it is that of a box behind Devices, over TLS."""
    found = _parts(url)
    if found is None or found[0] != "https":
        return None
    _, origin, path = found
    matched = re.fullmatch(_BOX, path)
    return DevicesAddress(origin, matched[1], matched[2].lower()) if matched else None


def service_address(url: str) -> DevicesAddress | None:
    """Return what an address names, if it is that of the app, over TLS."""
    found = _parts(url)
    if found is None or found[0] not in _SCHEMES:
        return None
    _, origin, path = found
    matched = re.fullmatch(_SERVICE, path)
    return DevicesAddress(origin, matched[1]) if matched else None


def leads_through(url: str) -> bool:
    """Return whether an address is that of a box behind Devices."""
    return box_address(url) is not None


def _parts(url: str) -> tuple[str, str, str] | None:
    """Return scheme, origin and path; nothing for what has more, or cannot be an address."""
    if not url.isascii() or not url.isprintable() or "@" in url:
        return None
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if not usable or parts.query or parts.fragment or url.endswith(("?", "#")):
        return None
    scheme = parts.scheme
    return scheme, f"{_SCHEMES.get(scheme, scheme)}://{parts.netloc}", parts.path
