"""Devices beside the boxes that were read, as Devices lists them."""

from __future__ import annotations

from auditor.model.vocabulary import Belonging
from auditor.values.frozen import frozen


@frozen
class ListedDevices:
    """How many devices of a product have the same firmware, as Devices lists them.

    `belonging` says whether they are of this system, or why that is open; `is_of_known_type`
    whether it is known what they are, and with it by what their firmware has to be judged.
    """

    product: str
    firmware: str
    count: int
    belonging: Belonging = Belonging.CERTAIN
    is_of_known_type: bool = True
