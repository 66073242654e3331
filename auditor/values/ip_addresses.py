"""Addresses of IP in one notation, by which they are compared and told apart everywhere.

The same host is written in many ways: within IPv6, in brackets, with a port, a zone or a dot behind
it, with zeros before its numbers. IPv6 that carries an IPv4 address is that one: mapped (RFC 4291,
2.5.5.2), compatible (2.5.5.1), translated (RFC 2765, 6052, 8215) and 6to4 (RFC 3056).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?")
_WITH_PORT: Final = re.compile(r"([^:]*):\d{1,5}")
_DOTTED: Final = re.compile(r"\d+(?:\.\d+){3}", re.ASCII)
_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)", re.ASCII)
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_CARRIERS: Final = (
    _MAPPED,
    IPv6Network("64:ff9b::/96"),
    IPv6Network("64:ff9b:1::/96"),
    IPv6Network("::ffff:0:0:0/96"),
)
_6TO4: Final = IPv6Network("2002::/16")
# Below it are the unspecified address, the loopback, and no host of IPv4 (RFC 1122, 3.2.1.3).
_FIRST_COMPATIBLE: Final = 1 << 24
_IPV4: Final = (1 << 32) - 1
_INTERFACE: Final = (1 << 64) - 1
_OWN_NAMES: Final = frozenset(
    {"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"}
)


def address_of(text: str) -> Address | None:
    """Return the address that a text is, whatever is written around it; None if it is none."""
    host = _host(text)
    if _DOTTED.fullmatch(host):
        host = _ZEROS.sub("", host)
    try:
        return carried(ip_address(host))
    except ValueError:
        return None


def carried(address: Address) -> Address:
    """Return the IPv4 address that an address of IPv6 carries, without a zone; else itself."""
    if isinstance(address, IPv4Address):
        return address
    plain = IPv6Address(int(address))
    is_compatible = plain in _COMPATIBLE and int(plain) >= _FIRST_COMPATIBLE
    if is_compatible or any(plain in one for one in _CARRIERS):
        return IPv4Address(int(plain) & _IPV4)
    return plain.sixtofour or plain


def carried_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return the network of IPv4 that one of IPv6 carries as a whole; else itself."""
    if isinstance(network, IPv4Network):
        return network
    number = int(network.network_address)
    if network.subnet_of(_6TO4):
        length = min(network.prefixlen - _6TO4.prefixlen, 32)
        return IPv4Network((number >> 80 & _IPV4, length))
    is_low = network.prefixlen > _COMPATIBLE.prefixlen + 8 and number < _FIRST_COMPATIBLE
    is_compatible = network.subnet_of(_COMPATIBLE) and not is_low
    if is_compatible or any(network.subnet_of(one) for one in _CARRIERS):
        return IPv4Network((number & _IPV4, network.prefixlen - _MAPPED.prefixlen))
    return network


def holds_ipv4(network: IPv6Network) -> bool:
    """Return whether every address of IPv4 is, in one of its notations, in a network of IPv6."""
    return any(one.subnet_of(network) for one in (*_CARRIERS, _COMPATIBLE, _6TO4))


def host_name(text: str) -> str:
    """Return the name of a host in small letters, without port and final dot; empty for none."""
    return "" if address_of(text) else _host(text).casefold()


def one_host(text: str) -> str:
    """Return what is equal for all ways to write one address, or one name."""
    address = address_of(text)
    return host_name(text) if address is None else str(address)


def is_own_host(text: str) -> bool:
    """Return whether an address or name stands for whichever host reads it."""
    address = address_of(text)
    if address is None:
        return host_name(text) in _OWN_NAMES
    return address.is_loopback or address.is_unspecified


def ends_with_mac(text: str, mac: str) -> bool:
    """Return whether an address ends with the interface identifier of a MAC address in hex.

    That is how a host forms addresses by itself (RFC 4291, appendix A).
    """
    address = address_of(text)
    if not isinstance(address, IPv6Address) or not re.fullmatch(r"[0-9a-f]{12}", mac):
        return False
    interface = int(f"{mac[:6]}fffe{mac[6:]}", 16) ^ (1 << 57)
    return int(address) & _INTERFACE == interface


def _host(text: str) -> str:
    """Return a text without blanks, brackets, port, zone and final dot."""
    host = text.strip()
    for pattern in (_BRACKETS, _WITH_PORT):
        if found := pattern.fullmatch(host):
            host = found[1]
    return host.partition("%")[0].removesuffix(".")
