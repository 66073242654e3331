"""How sure it is that an attribute of an object means what its name says."""

from __future__ import annotations

from typing import Final

from auditor.model.snapshot import PbxObject, Snapshot
from auditor.model.vocabulary import Grade

# What evidence calls an attribute of a hardware id, and what a snapshot calls these if confirmed.
_DEVICE: Final = "device"
_DEVICES: Final = "devices"


def grade_in(snapshot: Snapshot, attribute: str, subject: PbxObject | None) -> Grade:
    """Return the grade of an XML attribute, of an object if there is one.

    One of a hardware id is written with what it is of, as `device tls`.
    """
    element, _, name = attribute.rpartition(" ")
    confirmed = snapshot.confirmed.get(subject.key, ()) if subject else ()
    if (_DEVICES if element == _DEVICE else name) in confirmed:
        return Grade.DOCUMENTED
    return snapshot.attribute_grades.get(name, Grade.INFERRED)
