"""Devices beside the boxes that were read, as Devices lists them."""

from __future__ import annotations

from auditor.model.vocabulary import Belonging
from auditor.values.frozen import frozen


@frozen
class ListedDevices:
    """How many devices of a product have the same firmware, as Devices lists them.

    `belonging` says whether they are of this system, or why that is open.
    """

    product: str
    firmware: str
    count: int
    belonging: Belonging = Belonging.CERTAIN
