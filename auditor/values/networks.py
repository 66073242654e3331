"""Entries of an IP filter as networks: `address/length`, `address/mask`, or an address alone."""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from auditor.messages.message import Message, say
from auditor.values.ip_addresses import carried, carried_network

Network = IPv4Network | IPv6Network


class UnclearNetworkError(ValueError):
    """An entry is not one contiguous network, so what it covers is not known."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_network(entry: str) -> Network:
    """Return the network that an entry covers; one of IPv6 that carries IPv4 is that.

    Raises UnclearNetworkError for a mask with holes, of the other family, or missing after `/`.
    """
    address, slash, mask = entry.strip().partition("/")
    try:
        base = ip_address(address)
        length = _length(base, mask) if slash else base.max_prefixlen
        network = ip_network(f"{base}/{length}", strict=False)
    except ValueError:
        raise UnclearNetworkError(say("an entry is no network, or its mask has holes")) from None
    if carried(base).is_unspecified and not slash:
        raise UnclearNetworkError(say("an entry without mask may be every address"))
    return carried_network(network)


def check_entry(entry: str) -> str:
    """Return an entry that is at least an address, with or without mask. Raises ValueError."""
    address, slash, mask = entry.strip().partition("/")
    try:
        ip_address(address)
        if slash and not (mask.isascii() and mask.isdigit()):
            ip_address(mask)
    except ValueError:
        raise ValueError(say("neither an address nor an address with mask")) from None
    return entry


def _length(base: IPv4Address | IPv6Address, mask: str) -> int:
    if mask.isascii() and mask.isdigit():
        return int(mask)
    bits = ip_address(mask)
    if bits.version != base.version:
        raise UnclearNetworkError(say("an entry has an address and a mask of different families"))
    length = int(bits).bit_count()
    if bits != ip_network(f"{base}/{length}", strict=False).netmask:
        raise UnclearNetworkError(say("an entry has a mask with holes"))
    return length
