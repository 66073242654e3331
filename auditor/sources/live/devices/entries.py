"""A domain and a device, as Devices lists them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MAC: Final = re.compile(r"[0-9a-f]{12}")
_SEPARATORS: Final = re.compile(r"[-:. ]")
# On what is of these types no PBX runs (SDK, Devices).
_NO_PBX: Final = frozenset({"PHONE", "DECT", "APP_PLATFORM"})


class Domain(NamedTuple):
    """A domain, which on a hosted platform is a customer."""

    number: int
    name: str
    is_instance: bool = False


class DeviceEntry(NamedTuple):
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

    @property
    def one_spelling(self) -> str:
        """Return the hardware id as that of a MAC address, if it is one in another spelling."""
        plain = _SEPARATORS.sub("", self.hardware_id)
        return plain if _MAC.fullmatch(plain) else self.hardware_id

    @property
    def may_be_pbx(self) -> bool:
        """Return whether a PBX runs on it, or may: of what it is nothing says that none does."""
        return self.is_pbx is True or (self.is_pbx is None and self.kind not in _NO_PBX)
