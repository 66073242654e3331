"""What a PBX is judged by, prepared once for all that share it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from auditor.errors import InputError
from auditor.fleet.inventory.credential_places import credential_places_of, devices_of, socket_of
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.inventory.inventory_reader import is_collected
from auditor.fleet.inventory.policy_documents import KeptCatalogues
from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.model.vocabulary import Severity
from auditor.run.setup import Choice, OptionFiles, Setup, prepare
from auditor.run.target import is_snapshot


class _Key(NamedTuple):
    """What a setup depends on."""

    site: Path | None
    profile: str
    waivers: Path | None
    rules: tuple[Path, ...]
    day: date
    fail_on: Severity
    of_snapshot: bool


class Setups:
    """Setups of one run in one process; what cannot be used is not tried again either."""

    def __init__(self) -> None:
        self._catalogue_of = KeptCatalogues()
        self._known: dict[_Key, Setup | InputError] = {}

    def of(self, pbx: Pbx, day: date, fail_on: Severity, target: str = "") -> Setup:
        """Return what a PBX is judged by. Raises InputError if its papers cannot be used.

        A saved snapshot says itself what it was read with, so its dialect need not be there.
        """
        of_snapshot = is_collected(pbx) or (bool(target) and is_snapshot(target))
        key = _Key(pbx.site, pbx.profile, pbx.waivers, pbx.rules, day, fail_on, of_snapshot)
        if key not in self._known:
            self._known[key] = self._prepared(key)
        found = self._known[key]
        if isinstance(found, InputError):
            raise found
        return found

    def _prepared(self, key: _Key) -> Setup | InputError:
        files = OptionFiles(key.rules, key.waivers, self._catalogue_of)
        choice = Choice(key.profile, (), Thresholds(key.fail_on))
        try:
            return prepare(key.site, choice, files, today=key.day, of_snapshots=key.of_snapshot)
        except InputError as error:
            return error


@lru_cache(maxsize=1)
def setups_of(run: int, papers: str) -> Setups:  # noqa: ARG001 -- they tell them apart
    """Return the setups of a run: papers are what they were at its beginning."""
    return Setups()


def site_for(pbx: Pbx, site: Site) -> Site:
    """Return the site with the credentials, the App, and the login at Devices, of a PBX."""
    counting = {
        "credentials": credential_places_of(pbx, site),
        "devices": devices_of(pbx, site),
        "websocket": socket_of(pbx, site),
    }
    return site.model_copy(update=counting)
