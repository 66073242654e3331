"""Which box belongs to which PBX, as a run goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from auditor.fleet.drift.identity import is_same_box
from auditor.model.snapshot import hex_digits
from auditor.values.serials import serial_end


class BoundBoxes:
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
            self._by_end[serial_end(digits)][digits] = pbx

    def owners(self, serial: str) -> set[str]:
        """Return the PBXs that a box is bound to; there may be two until one has to yield."""
        near = self._by_end.get(serial_end(hex_digits(serial)), {})
        return {pbx for known, pbx in near.items() if is_same_box(known, serial)}

    def near(self, serial: str) -> Mapping[str, str]:
        """Return the bound serials that may be a serial's; all of them if that is not known."""
        digits = hex_digits(serial)
        return self._by_end.get(serial_end(digits), {}) if digits else self.bound

    def free(self, pbx: str) -> None:
        """Let nothing be bound to a PBX."""
        for serial in [one for one, owner in self.bound.items() if owner == pbx]:
            del self.bound[serial]
            del self._by_end[serial_end(serial)][serial]
