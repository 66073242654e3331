"""What a PBX says of itself in an answer, to tell other hosts from it.

Source: SDK doc/appwebsocket/PbxAdminApi.htm, `GetRPs`, 13r3: `addr`, `dns` and `hw`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from auditor.values.ip_addresses import Address, address_of, ends_with_mac, is_own_host
from auditor.values.plain_hosts import is_whole_name, plain_address, plain_name

_NO_HEX: Final = re.compile("[^0-9a-f]")
# The interface identifier that is made of a MAC address has these in its middle.
_OF_MAC: Final = b"\xff\xfe"
# Of a serial number, some documents show these digits alone.
_END: Final = 6


class PbxItself(NamedTuple):
    """The addresses and names of a PBX as it says them, and its MAC address in hex, or its end.

    `shows_address` and `shows_name` say whether these are all there is to compare; a PBX that says
    an empty name has none.
    """

    addresses: frozenset[Address]
    names: frozenset[str]
    mac: str
    shows_address: bool
    shows_name: bool

    @classmethod
    def of(cls, answer: Mapping[str, Any], mac: str) -> PbxItself:
        """Return what an answer says of the PBX that gives it."""
        address, name = (answer.get(field) for field in ("addr", "dns"))
        stated = [one for one in (address, name) if isinstance(one, str)]
        addresses = {found for one in stated if (found := address_of(one)) is not None}
        return cls(
            frozenset(addresses),
            frozenset(map(plain_name, stated)) - {""},
            mac,
            isinstance(address, str) and plain_address(address) is not None,
            isinstance(name, str) and (not name or bool(plain_name(name))),
        )

    def is_at(self, text: str) -> bool:
        """Return whether an address, or a name, leads to the PBX."""
        if is_own_host(text) or ends_with_mac(text, self.mac):
            return True
        address = address_of(text)
        if address is None:
            return self._has_name(plain_name(text))
        return not self.addresses.isdisjoint({address, _without_port(text)})

    def may_be_at(self, text: str) -> bool:
        """Return whether an address, or a name, is not plainly another host than the PBX."""
        address = plain_address(text)
        if address is not None:
            return self.is_at(text) or self._may_have(address)
        name = plain_name(text)
        return not is_whole_name(name) or not self.shows_name or self._has_name(name)

    def may_be_called(self, text: str) -> bool:
        """Return whether a name in a certificate is not plainly that of another host."""
        if self.mac and self.mac[-_END:] in _NO_HEX.sub("", text.casefold()):
            return True
        name = plain_name(text)
        if not name:
            return self.may_be_at(text)
        return not self.shows_name or is_own_host(text) or self._has_name(name)

    def _has_name(self, name: str) -> bool:
        """Return whether a name is one of the PBX, or the beginning of one, or begins so."""
        begins = [(f"{name}.", f"{one}.") for one in self.names if name]
        return any(one.startswith(other) or other.startswith(one) for one, other in begins)

    def _may_have(self, address: Address) -> bool:
        """Return whether an address may be one of the PBX: it holds that of it, or its MAC address.

        Nothing is known of that where the PBX does not say it.
        """
        is_of_mac = address.packed[11:13] == _OF_MAC
        ends_so = address.packed.hex().endswith(self.mac[-_END:])
        is_within = any(one.packed in address.packed for one in self.addresses)
        return is_within or not self.shows_address or (is_of_mac and ends_so)


def _without_port(text: str) -> Address | None:
    """Return the address of IPv6 before a port, where no brackets tell which of both is meant."""
    before, _, port = text.rpartition(":")
    return address_of(before) if ":" in before and "[" not in text and port.isdigit() else None
