"""A domain and a device, as Devices lists them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MAC: Final = re.compile(r"[0-9a-f]{12}")
_SEPARATORS: Final = re.compile(r"[-:. ]")
APP_PLATFORM: Final = "APP_PLATFORM"
# All types that are documented (SDK, Devices); a device of any other one may be anything.
_TYPES: Final = frozenset({"GW", "VA", "PHONE", "DECT", APP_PLATFORM})
# On what is of these types no PBX runs; on an App Platform, one may (SDK 16r1, Devices: App IP).
_NO_PBX: Final = frozenset({"PHONE", "DECT"})


class Domain(NamedTuple):
    """A domain, which on a hosted platform is a customer."""

    number: int
    name: str
    is_instance: bool = False


class DeviceEntry(NamedTuple):
    """A device. `is_pbx` and `is_online` are None where nothing is said of it.

    `hardware_id` is that of its MAC address, as far as it is one, empty where the entry does not
    say which device it is; `domain` is 0 where it names none. `kind` is the vendor's word for what
    it is, `version` as `13r2 sr2 [13.6146/136146/400]`; `is_other` says that it is not of
    innovaphone. `unread` are the vendor's names of fields that hold something that is not
    understood, and of the domain if it is missing: they say nothing, and decide nothing.
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
    unread: tuple[str, ...] = ()

    @property
    def names_domain(self) -> bool:
        """Return whether it is said in which domain it is; in none, if it is assigned to none."""
        return "domainId" not in self.unread

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
        if self.is_pbx is not None:
            return self.is_pbx
        return self.kind not in _NO_PBX or "pbxActive" in self.unread

    @property
    def contradicts_itself(self) -> bool:
        """Return whether a PBX is said to run on what is of a type on which none does."""
        return self.is_pbx is True and self.kind in _NO_PBX

    @property
    def is_of_known_type(self) -> bool:
        """Return whether it is said to be of a type that is documented, in that spelling."""
        return self.kind in _TYPES

    @property
    def may_be_platform(self) -> bool:
        """Return whether it is an App Platform, or may: of another type, none is.

        What is not of innovaphone is none, unless it says that it is.
        """
        return self.kind == APP_PLATFORM or not (self.is_of_known_type or self.is_other)
