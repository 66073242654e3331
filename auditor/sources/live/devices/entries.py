"""A domain and a device, as Devices lists them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MAC: Final = re.compile(r"[0-9a-f]{12}")


class Domain(NamedTuple):
    """A domain, which on a hosted platform is a customer."""

    number: int
    name: str
    is_instance: bool = False


class Device(NamedTuple):
    """A device. `is_pbx` and `is_online` are None where nothing is said of it.

    `hardware_id` is that of its MAC address, as far as it is one; `kind` is the vendor's word for
    what it is, `version` as `13r2 sr2 [13.6146/136146/400]`.
    """

    number: int
    hardware_id: str
    domain: int
    product: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    is_pbx: bool | None = None
    is_online: bool | None = None
    is_other: bool = False

    @property
    def has_mac(self) -> bool:
        """Return whether the hardware id is that of a MAC address: twelve hexadecimal digits."""
        return _MAC.fullmatch(self.hardware_id) is not None
