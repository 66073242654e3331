"""What was collected as a bundle: numbered, signed and written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from auditor import __version__
from auditor.files.writing import write_file
from auditor.fleet.inventory.inventory_model import Collecting
from auditor.fleet.scale.bundle import BundleOrigin, Gathered, write_bundle
from auditor.fleet.scale.sequence import next_sequence
from auditor.report.handover.signing import PrivateKey


class Bundling(NamedTuple):
    """Who signs a bundle, where its number is kept, and where it goes if somebody says."""

    collecting: Collecting
    key: PrivateKey
    numbers: Path
    place: Path | None


class Bundled(NamedTuple):
    """The bundle that was written, and how many PBXs were read."""

    place: Path
    read: int


def write_next_bundle(gathered: Sequence[Gathered], bundling: Bundling, now: datetime) -> Bundled:
    """Write what was read as the next bundle of a collector. Raises OutputError.

    It is called by collector and number, unless somebody says where it goes. It has its number only
    when all is read, so that a bundle with a larger one was read later.
    """
    collecting = bundling.collecting
    sequence = next_sequence(bundling.numbers, now)
    program = f"pbx-auditor {__version__}"
    made = BundleOrigin(program, collecting.name, collecting.tenant, sequence, now)
    place = bundling.place or Path(f"{collecting.name}-{sequence}.zip")
    write_file(place, write_bundle(made, gathered, bundling.key))
    return Bundled(place, sum(bool(one.snapshot) for one in gathered))
