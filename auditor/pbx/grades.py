"""How sure it is that an attribute of an object means what its name says."""

from __future__ import annotations

from typing import Final

from auditor.model.snapshot import PbxObject, Snapshot
from auditor.model.vocabulary import Grade

# The element of a hardware id, and what a snapshot calls these if confirmed.
DEVICE: Final = "device"
_DEVICES: Final = "devices"


class Grades:
    """The grades of attributes in one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def of(self, attribute: str, subject: PbxObject | None = None, element: str = "") -> Grade:
        """Return the grade of an XML attribute, of an object if there is one.

        `element` is what the attribute is of, if not of the object itself.
        """
        if subject and self._snapshot.confirmed:
            confirmed = self._snapshot.confirmed.get(subject.key, ())
            if (_DEVICES if element == DEVICE else attribute) in confirmed:
                return Grade.DOCUMENTED
        return self._snapshot.attribute_grades.get(attribute, Grade.INFERRED)
