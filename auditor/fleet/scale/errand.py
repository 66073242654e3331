"""What a run asks of workers, and how a worker knows that it would do the same as the operator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from auditor import __version__
from auditor.files.inputs import MAX_SNAPSHOT_BYTES, read_bytes
from auditor.files.json_reading import parse_json
from auditor.fleet.inventory.inventory_model import Inventory
from auditor.fleet.runner.jobs import RunRequest
from auditor.fleet.store.errands import Errand
from auditor.model.vocabulary import Severity

_PARTS: Final = "fleet.d"


class WantedOptions(NamedTuple):
    """What the command line of a run wants of each PBX."""

    fail_on: Severity
    formats: tuple[str, ...]
    carries: bool
    today: date | None


def errand_of(run: int, inventory: Inventory, wanted: WantedOptions) -> Errand:
    """Return the errand of a run."""
    asked = {
        "fail_on": wanted.fail_on.value,
        "formats": list(wanted.formats),
        "carries": wanted.carries,
        "today": wanted.today.isoformat() if wanted.today else None,
    }
    return Errand(run, __version__, digest_of(inventory), json.dumps(asked, sort_keys=True))


def wanted_of(errand: Errand) -> WantedOptions:
    """Return what an errand asks for."""
    asked = parse_json(errand.asked)
    return WantedOptions(
        Severity(asked["fail_on"]),
        tuple(asked["formats"]),
        bool(asked["carries"]),
        date.fromisoformat(asked["today"]) if asked["today"] else None,
    )


def asked_of(
    errand: Errand, inventory: Inventory, wanted: WantedOptions, histories: frozenset[str]
) -> RunRequest:
    """Return what is asked of every PBX of a run."""
    return RunRequest(
        errand.run,
        wanted.fail_on,
        inventory.fleet.reports,
        wanted.formats,
        {one.id: one.tenant for one in inventory.pbxs},
        {one.id: one.time_zone for one in inventory.tenants},
        histories,
        wanted.carries,
        errand.inventory,
    )


def digest_of(inventory: Inventory) -> str:
    """Return the SHA-256 of all files of an inventory, and of the papers that it names.

    Where they lie is not part of it, so that each computer has them where it likes.
    """
    found = hashlib.sha256()
    known: dict[Path, bytes] = {}
    for file in _files(inventory):
        if file not in known:
            known[file] = _digest_of(file)
        found.update(known[file])
    return found.hexdigest()


def _digest_of(file: Path) -> bytes:
    """Return the digest of a file; one that cannot be read, which an audit finds out, has none."""
    try:
        return hashlib.sha256(read_bytes(file, MAX_SNAPSHOT_BYTES)).digest()
    except OSError:
        return b""


def _files(inventory: Inventory) -> Iterator[Path]:
    folder = inventory.path.parent
    yield inventory.path
    yield from sorted((folder / _PARTS).glob("*.toml"))
    for pbx in inventory.pbxs:
        for paper in (pbx.site, pbx.waivers):
            if paper is not None:
                yield paper
        for rules in pbx.rules:
            yield from sorted(one for one in rules.rglob("*") if one.is_file())
