"""The host that a person entered as an address, in one spelling."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from auditor.values.ip_addresses import address_of, one_host

_HOST: Final = re.compile(r"[A-Za-z0-9._:\[\]-]{1,253}")
_NO_HOST: Final = frozenset({"", "none", "off", "0.0.0.0", "::"})  # noqa: S104 -- nothing listens


def host_of(text: str) -> str | None:
    """Return the host of an address in small letters, with its port; None if it has none.

    What stands for no address is none: what a device makes of it is not documented.
    """
    try:
        found = urlsplit(text if "://" in text else f"//{text}")
        host, port = one_host(found.hostname or ""), found.port
    except ValueError:  # as an address of IPv6 without brackets
        host, port = str(address_of(text) or ""), None
    if host in _NO_HOST:
        return None
    shown = f"{host}:{port}" if port else host
    return shown if _HOST.fullmatch(shown) else None
