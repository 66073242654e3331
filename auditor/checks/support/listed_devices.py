"""Devices that Devices lists beside the boxes: grouped, and what is said of a group of them.

Where it is open whether a device is one of the audited system, what would be violated by it is
undetermined, and what would not be stays as it is; both say why. A device of an unknown type proves
nothing by its version, for what that is the version of is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from auditor.messages.message import Message, say, say_count
from auditor.model.result import Observation, Subject
from auditor.model.snapshot import Box
from auditor.model.vocabulary import Belonging, Verdict
from auditor.pbx.view import AuditView

ITSELF: Final = say("what the device says of itself")
_LISTED: Final = say("what Devices lists")
_LISTED_NAME: Final = "{count} x {product}"
_BADNESS: Final = (Verdict.VIOLATED, Verdict.UNDETERMINED, Verdict.COMPLIANT)
_DOUBTS: Final[Mapping[Belonging, Message]] = {
    Belonging.OTHER_PBX: say(
        "there is another PBX in the domain, and no object of this one names the hardware id, so "
        "to which of them it belongs is open"
    ),
    Belonging.NO_DOMAIN: say("Devices names no domain of it, so whether it belongs here is open"),
    Belonging.UNKNOWN_MAKER: say("whether it is of innovaphone is not understood"),
    Belonging.LISTED_TWICE: say("Devices lists it more than once, and not alike"),
    Belonging.CONTRADICTORY: say(
        "Devices lists it with an active PBX, and with a type on which none runs, so whether it "
        "belongs here is open"
    ),
}


_UNKNOWN_TYPE: Final = say(
    "Devices lists it with a type that no document explains, so what the version is of is open"
)


class ListedGroup(NamedTuple):
    """Devices of one product with one firmware, and a box that stands for them."""

    box: Box
    number: int = 1
    belonging: Belonging = Belonging.CERTAIN
    is_of_known_type: bool = True

    @property
    def is_sure(self) -> bool:
        """Return whether they are of this system, and of a kind that is judged."""
        return self.belonging is Belonging.CERTAIN and self.is_of_known_type


def listed_by_product(view: AuditView) -> list[list[ListedGroup]]:
    """Return the devices beside the boxes by product; those that are in doubt by themselves."""
    found: dict[tuple[str, Belonging, bool], list[ListedGroup]] = {}
    for one in view.snapshot.listed_devices:
        name = _LISTED_NAME.format(count=one.count, product=one.product)
        box = Box(name, one.product, one.firmware)
        key = (one.product.casefold(), one.belonging, one.is_of_known_type)
        group = ListedGroup(box, one.count, one.belonging, one.is_of_known_type)
        found.setdefault(key, []).append(group)
    return list(found.values())


def of_group(members: Sequence[ListedGroup], judged: Sequence[Observation]) -> Observation:
    """Return what is said of the devices of a product: the worst, with the evidence of all."""
    worst = worst_of(judged)
    number = sum(one.number for one in members)
    first = members[0]
    product = first.box.product
    shown = product or say("devices without a product")
    label = say_count(
        "{count} device: {product}", "{count} devices: {product}", number, product=shown
    )
    name = product.casefold() or "devices"
    doubt = first.belonging if first.is_of_known_type else f"{first.belonging}:unknown-type"
    subject = Subject("devices", name if first.is_sure else f"{name}:{doubt}", label)
    every = dict.fromkeys(one for each in judged for one in each.evidence)
    evidence = [one._replace(source=_LISTED) if one.source == ITSELF else one for one in every]
    return in_doubt(worst._replace(subject=subject, evidence=tuple(evidence)), first)


def worst_of(judged: Sequence[Observation]) -> Observation:
    """Return the worst of several, the first of those that are alike."""
    return min(judged, key=lambda one: _BADNESS.index(one.verdict))


def in_doubt(judged: Observation, group: ListedGroup) -> Observation:
    """Return what is said of devices that are in doubt, unchanged if they are not."""
    if group.is_sure:
        return judged
    doubt = _DOUBTS[group.belonging] if group.is_of_known_type else _UNKNOWN_TYPE
    detail = say("{detail}; {doubt}", detail=judged.detail, doubt=doubt)
    if judged.verdict is not Verdict.VIOLATED and group.is_of_known_type:
        return judged._replace(detail=detail)
    return judged._replace(verdict=Verdict.UNDETERMINED, detail=detail, fix=None)
