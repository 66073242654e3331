"""Devices that Devices lists beside the boxes: grouped, and what is said of a group of them.

Where it is open whether a device is one of the audited system, what would be violated by it is
undetermined, and what would not be stays as it is; both say why.
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
    Belonging.LISTED_TWICE: say("Devices lists it more than once, and not alike"),
}


class ListedGroup(NamedTuple):
    """Devices of one product with one firmware, and a box that stands for them."""

    box: Box
    number: int = 1
    belonging: Belonging = Belonging.CERTAIN


def listed_by_product(view: AuditView) -> list[list[ListedGroup]]:
    """Return the devices beside the boxes by product; those that may be others' by themselves."""
    found: dict[tuple[str, Belonging], list[ListedGroup]] = {}
    for one in view.snapshot.listed_devices:
        name = _LISTED_NAME.format(count=one.count, product=one.product)
        box = Box(name, one.product, one.firmware)
        members = found.setdefault((one.product.casefold(), one.belonging), [])
        members.append(ListedGroup(box, one.count, one.belonging))
    return list(found.values())


def of_group(members: Sequence[ListedGroup], judged: Sequence[Observation]) -> Observation:
    """Return what is said of the devices of a product: the worst, with the evidence of all."""
    worst = worst_of(judged)
    number = sum(one.number for one in members)
    product = members[0].box.product
    belonging = members[0].belonging
    shown = product or say("devices without a product")
    label = say_count(
        "{count} device: {product}", "{count} devices: {product}", number, product=shown
    )
    name = product.casefold() or "devices"
    is_sure = belonging is Belonging.CERTAIN
    subject = Subject("devices", name if is_sure else f"{name}:{belonging}", label)
    every = dict.fromkeys(one for each in judged for one in each.evidence)
    evidence = [one._replace(source=_LISTED) if one.source == ITSELF else one for one in every]
    return in_doubt(worst._replace(subject=subject, evidence=tuple(evidence)), belonging)


def worst_of(judged: Sequence[Observation]) -> Observation:
    """Return the worst of several, the first of those that are alike."""
    return min(judged, key=lambda one: _BADNESS.index(one.verdict))


def in_doubt(judged: Observation, belonging: Belonging) -> Observation:
    """Return what is said of devices that may be others', unchanged if they are not."""
    if belonging is Belonging.CERTAIN:
        return judged
    detail = say("{detail}; {doubt}", detail=judged.detail, doubt=_DOUBTS[belonging])
    if judged.verdict is not Verdict.VIOLATED:
        return judged._replace(detail=detail)
    return judged._replace(verdict=Verdict.UNDETERMINED, detail=detail, fix=None)
