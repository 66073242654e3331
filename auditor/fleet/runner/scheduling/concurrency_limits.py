"""How many PBXs are read at a time: of a tenant as many as it allows, through one platform four."""

from __future__ import annotations

from collections import Counter
from typing import Final

from auditor.fleet.inventory.inventory_model import Pbx
from auditor.values.devices_addresses import box_address

# All boxes of a platform share its line: Devices sends HTTP in pieces over the socket of each.
MOST_OF_PLATFORM: Final = 4


def platform_of(pbx: Pbx) -> str:
    """Return the App Platform that a PBX is read through; empty for one that is read itself."""
    box = box_address(pbx.target.text)
    return box.origin.casefold().removesuffix(":443") if box is not None else ""


class ConcurrencyLimits:
    """The PBXs that are being read, by whose they are and what they are read through."""

    def __init__(self) -> None:
        self._of_tenant: Counter[str] = Counter()
        self._of_platform: Counter[str] = Counter()

    def total(self) -> int:
        """Return how many are being read."""
        return self._of_tenant.total()

    def is_full(self, pbx: Pbx, at_once: int | None) -> bool:
        """Return whether a PBX has to wait; `at_once` is what its tenant allows, if anything."""
        platform = platform_of(pbx)
        if platform and self._of_platform[platform] >= MOST_OF_PLATFORM:
            return True
        return at_once is not None and self._of_tenant[pbx.tenant] >= at_once

    def begin(self, pbx: Pbx) -> None:
        """Take notice that a PBX is being read."""
        self._count(pbx, 1)

    def end(self, pbx: Pbx) -> None:
        """Take notice that a PBX was read."""
        self._count(pbx, -1)

    def _count(self, pbx: Pbx, by: int) -> None:
        self._of_tenant[pbx.tenant] += by
        if platform := platform_of(pbx):
            self._of_platform[platform] += by
