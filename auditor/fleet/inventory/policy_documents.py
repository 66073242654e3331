"""The documents that PBXs are judged by: each is read once, however many name it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import InputError, InventoryError, OptionPlace, WaiverFileError
from auditor.files.kinds import similar_file
from auditor.fleet.inventory.credential_places import (
    PASSWORD_KEY,
    credential_places_of,
    devices_of,
    wrong_place,
    wrong_places,
)
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.inventory.inventory_reader import Examined, is_collected
from auditor.fleet.inventory.targets import is_there
from auditor.messages.message import Message, say
from auditor.model.site import Site
from auditor.rules.catalogue import Catalogue
from auditor.run.setup import Choice, OptionFiles, Setup, load_catalogue_of, prepare
from auditor.run.target import is_snapshot
from auditor.values.devices_addresses import leads_through
from auditor.waivers.waiver_file import read_waivers

_NONE: Final = Site()
_MISSING: Final = {
    "site": say("there is no such site file"),
    "waivers": say("there is no such waiver file"),
    "rules": say("there is no such folder"),
}


class KeptCatalogues:
    """Reads controls as an audit does, those of the same folders and packages once."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, ...], ...], Catalogue] = {}

    def __call__(self, site: Site, own: Sequence[Path]) -> Catalogue:
        """Return the controls of a site. Raises RuleDocumentError and SiteFileError."""
        key = (tuple(site.rules.folders), tuple(site.rules.plugins), tuple(map(str, own)))
        if key not in self._known:
            self._known[key] = load_catalogue_of(site, own)
        return self._known[key]


class _Key(NamedTuple):
    """What a setup depends on."""

    site: Path | None
    profile: str
    waivers: Path | None
    rules: tuple[Path, ...]
    is_snapshot: bool


class Papers:
    """What is wrong with the documents of PBXs, on a day."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._catalogue_of = KeptCatalogues()
        self._known: dict[_Key, tuple[Setup | None, list[InputError]]] = {}

    def problems(self, pbx: Pbx, examined: Examined) -> Iterator[InputError]:
        """Yield everything that a run would refuse about the documents of a PBX."""
        missing = dict(_missing(pbx))
        for key, path in missing.items():
            yield _not_there(examined.where(pbx, key), key, path)
        if missing or not examined.is_whole(pbx):
            return
        for error in self._prepared(pbx)[1]:
            yield _at_home(error, examined.where(pbx, "profile"))

    def names_account(self, pbx: Pbx) -> bool:
        """Return whether anybody says where the account of a PBX, or of Devices, is found."""
        setup, _ = self._prepared(pbx)
        site = setup.site if setup else _NONE
        if leads_through(pbx.target.text):
            login = devices_of(pbx, site)
            return login is not None and login.place.named > 0
        return credential_places_of(pbx, site).place("password").named > 0

    def _prepared(self, pbx: Pbx) -> tuple[Setup | None, list[InputError]]:
        saved = is_collected(pbx) or is_snapshot(pbx.target.text)
        key = _Key(pbx.site, pbx.profile, pbx.waivers, pbx.rules, saved)
        if key not in self._known:
            self._known[key] = self._prepare(key)
        return self._known[key]

    def _prepare(self, key: _Key) -> tuple[Setup | None, list[InputError]]:
        files = OptionFiles(key.rules, key.waivers, self._catalogue_of)
        try:
            setup = prepare(
                key.site,
                Choice(key.profile),
                files,
                today=self._today,
                of_snapshots=key.is_snapshot,
            )
        except InputError as error:
            return None, [*_all(error), *_of_waivers(key.waivers, error)]
        return setup, list(_of_places(setup))


def _missing(pbx: Pbx) -> Iterator[tuple[str, Path]]:
    """Yield documents that the inventory names and that are not there."""
    if pbx.site is not None and not is_there(pbx.site):
        yield "site", pbx.site
    if pbx.waivers is not None and not is_there(pbx.waivers):
        yield "waivers", pbx.waivers
    for folder in pbx.rules:
        if not is_there(folder) or not folder.is_dir():
            yield "rules", folder


def _not_there(where: str, key: str, path: Path) -> InventoryError:
    similar = similar_file(path)
    advice: Message = say("check the path; it leads to {path}", path=str(path))
    if similar:
        advice = say("did you mean {name}?", name=similar)
    return InventoryError(
        say("{key}: {reason}", key=key, reason=_MISSING[key]), where=where, advice=advice
    )


def _of_waivers(path: Path | None, error: InputError) -> list[InputError]:
    """Return what is wrong with a waiver file that an error of another file came before."""
    if path is None or isinstance(error, WaiverFileError):
        return []
    try:
        read_waivers(path)
    except WaiverFileError as wrong:
        return _all(wrong)
    return []


def _of_places(setup: Setup) -> Iterator[InputError]:
    """Yield files with passwords that a site file names and that cannot be used."""
    if setup.site_path is None:
        return
    devices = setup.site.devices
    of_devices = wrong_place(PASSWORD_KEY, devices.place) if devices is not None else ()
    for key, reason, advice, is_certain in (*wrong_places(setup.site.credentials), *of_devices):
        if is_certain:
            told = say("{key}: {reason}", key=key, reason=reason)
            yield InputError(told, where=str(setup.site_path), advice=advice)


def _all(error: InputError) -> list[InputError]:
    every = [error, *(one for one in error.further if isinstance(one, InputError))]
    error.further = ()  # each is told by itself
    return every


def _at_home(error: InputError, where: str) -> InputError:
    """Return an error about an option as one about the key that stands for it."""
    if not isinstance(error.where, OptionPlace):
        return error
    told = say("{key}: {reason}", key=error.where.key, reason=error.message)
    return InventoryError(told, where=where, advice=error.advice)
