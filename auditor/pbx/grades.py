"""How sure it is that an attribute of an object means what its name says."""

from __future__ import annotations

from typing import Final

from auditor.model.snapshot import PbxObject, Snapshot
from auditor.model.vocabulary import Grade

# What evidence calls an attribute of a hardware id, and what a snapshot calls these if confirmed.
_DEVICE: Final = "device"
_DEVICES: Final = "devices"


class Grades:
    """The grades of attributes in one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        # By name: those that the dialect gives an attribute, whatever object it is of.
        self._usual: dict[str, Grade] = {}

    def of(self, attribute: str, subject: PbxObject | None) -> Grade:
        """Return the grade of an XML attribute, of an object if there is one.

        One of a hardware id is written with what it is of, as `device tls`.
        """
        if subject and self._snapshot.confirmed:
            element, _, name = attribute.rpartition(" ")
            confirmed = self._snapshot.confirmed.get(subject.key, ())
            if (_DEVICES if element == _DEVICE else name) in confirmed:
                return Grade.DOCUMENTED
        known = self._usual.get(attribute)
        if known is None:
            name = attribute.rpartition(" ")[2]
            known = self._snapshot.attribute_grades.get(name, Grade.INFERRED)
            self._usual[attribute] = known
        return known
