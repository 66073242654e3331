"""Hosts that are written so that they can be read in one way only.

Somebody else may understand another host by a text than we do: a number that is an address, a name
that is completed, a value with more around it. Where two hosts are to be told apart, what is not
plain is not another one.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Network, ip_address
from typing import Final

from auditor.values.ip_addresses import Address, address_of, carried, is_own_host

# Unicast of IPv6 (RFC 4291, 2.4; RFC 4193); all other blocks carry something, or have a meaning.
_UNICAST: Final = tuple(IPv6Network(one) for one in ("2000::/3", "fc00::/7", "fe80::/10"))
# Teredo hides an address of IPv4 in another form (RFC 4380).
_TEREDO: Final = IPv6Network("2001::/32")
_HOST: Final = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]+(?:%\w+)?)\](?::\d{1,5})?"
    r"|(?P<bare>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?)"
    r"|(?P<other>[A-Za-z0-9._-]+?)\.?(?::\d{1,5})?",
    re.ASCII,
)
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_LAST: Final = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_LOCAL: Final = "localhost"


def plain_address(text: str) -> Address | None:
    """Return the address of one host elsewhere that a text is, with or without a port; else None.

    An address of IPv4 that IPv6 carries is that one.
    """
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    try:
        stated = ip_address(found["bracketed"] or found["bare"] or found["other"])
    except ValueError:
        return None
    address = carried(stated)
    if is_own_host(str(address)) or address.is_multicast or address.is_reserved:
        return None
    if address.version == 4:  # noqa: PLR2004 -- a version of IP
        return address
    is_unicast = address not in _TEREDO and any(address in one for one in _UNICAST)
    return address if is_unicast else None


def plain_name(text: str) -> str:
    """Return the name that a text is, in small letters, without port and final dot; else nothing.

    A name of one label is one, too, though what completes it is not known.
    """
    found = _HOST.fullmatch(text)
    name = (found["other"] or "").casefold() if found else ""
    labels = name.split(".")
    is_name = _NAME.fullmatch(name) and _LAST.fullmatch(labels[-1]) and not address_of(name)
    return name if is_name and not any(one.startswith(_LOCAL) for one in labels) else ""


def is_whole_name(name: str) -> bool:
    """Return whether a plain name is not completed by whoever looks it up."""
    return "." in name
