"""What controls say about numbers that can be dialled: a part of `report.json`, version 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from auditor.values.frozen import frozen


@frozen
class ReachWords:
    """What the numbers are called, and what is said of them by the verdict of the control."""

    name: str
    compliant: str
    violated: str


@frozen
class Reach(ReachWords):
    """What a control says about numbers, from a phone that nobody is logged in to.

    `wanted` is what they are if the control is compliant. `translations` are by language.
    """

    control: str
    wanted: Literal["blocked", "reachable"]
    translations: Mapping[str, ReachWords] = field(default_factory=dict)
