"""Which firmware a simulated PBX has, as far as its sockets differ."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from auditor.simulator.simulated_pbx import SimulatedPbx

# The trains that have the sockets.
Train = Literal["13r1", "13r2", "13r3", "14r1", "14r2", "15r1", "16r1"]


def train_of_simulated(pbx: SimulatedPbx) -> str:
    """Return the train, such as 13r3."""
    return pbx.box.firmware.split(" ", 1)[0]


def build_of(pbx: SimulatedPbx) -> str:
    """Return the build as `CheckBuild` names it, such as 135202 for 13.5202."""
    return pbx.box.versions[0].replace(".", "")


def is_since(pbx: SimulatedPbx, train: str) -> bool:
    """Return whether the firmware is of this train or a later one."""
    return _number(train_of_simulated(pbx)) >= _number(train)


def of_train(pbx: SimulatedPbx, train: str) -> SimulatedPbx:
    """Return the same PBX with firmware of another train, the numbers of its build made up."""
    major, minor = _number(train)
    build = f"{major}.{minor}000"
    versions = (build, build.replace(".", ""), *pbx.box.versions[2:])
    return replace(pbx, box=replace(pbx.box, firmware=f"{train} release", versions=versions))


def _number(train: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)r(\d+)", train)
    return (int(found[1]), int(found[2])) if found else (0, 0)
