"""Which box belongs to which PBX, as a run goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from auditor.fleet.drift.identity import is_same_box
from auditor.model.snapshot import hex_digits

# So many digits of a serial are shown everywhere.
_SHORT: Final = 6


class Boxes:
    """The serials that are bound to PBXs, found by their ends."""

    def __init__(self, bound: Mapping[str, str]) -> None:
        self.bound: dict[str, str] = {}
        self._by_end: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for serial, pbx in bound.items():
            self.bind(serial, pbx)

    def bind(self, serial: str, pbx: str) -> None:
        """Bind a box to a PBX, if it is known which one it is."""
        digits = hex_digits(serial)
        if digits:
            self.bound[digits] = pbx
            self._by_end[digits[-_SHORT:]][digits] = pbx

    def owners(self, serial: str) -> set[str]:
        """Return the PBXs that a box is bound to; there may be two until one has to yield."""
        near = self._by_end.get(hex_digits(serial)[-_SHORT:], {})
        return {pbx for known, pbx in near.items() if is_same_box(known, serial)}

    def free(self, pbx: str) -> None:
        """Let nothing be bound to a PBX."""
        for serial in [one for one, owner in self.bound.items() if owner == pbx]:
            del self.bound[serial]
            del self._by_end[serial[-_SHORT:]][serial]
