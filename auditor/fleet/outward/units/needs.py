"""What a run has to be given where it starts: files with secrets, and variables.

Only places are looked at, never what is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from auditor.fleet.inventory.credential_places import (
    SECRETS,
    credential_places_of,
    devices_of,
    socket_of,
)
from auditor.fleet.inventory.inventory_model import Fleet, Inventory, Pbx
from auditor.fleet.inventory.inventory_reader import is_read_live
from auditor.fleet.inventory.targets import absolute
from auditor.model.site import AppSocket, CredentialPlaces, DevicesLogin, SecretPlace, Site
from auditor.site.credentials import APP_PASSWORD, DEVICES_PASSWORD, PASSWORD, USERNAME
from auditor.site.secret_files import credential_of, name_of_file
from auditor.site.site_file import load_site
from auditor.values.devices_addresses import leads_through

_TO_DECRYPT: Final = SECRETS[1]


class Credential(NamedTuple):
    """A file with a secret, by the name that it is handed over by; `file` is empty if nobody says.

    The inventory asks for some by their names, and the file is where the administrator keeps them.
    """

    name: str
    file: str = ""


class Needs(NamedTuple):
    """By what the accounts of PBXs, the history, and the servers of recipients are found."""

    credentials: tuple[Credential, ...] = ()
    variables: tuple[str, ...] = ()
    has_keyring: bool = False


def needs_of(inventory: Inventory) -> Needs:
    """Return what is needed. Raises SiteFileError for a site file that cannot be read."""
    sites: dict[Path | None, Site] = {None: Site()}
    places, apps, secrets = [], [], []
    for pbx in filter(is_read_live, inventory.pbxs):
        if pbx.site not in sites:
            sites[pbx.site] = load_site(pbx.site)
        found = credential_places_of(pbx, sites[pbx.site])
        apps.append(socket_of(pbx, sites[pbx.site]))
        if leads_through(pbx.target.text):
            secrets += [_of_devices(pbx, sites[pbx.site]), found.place(_TO_DECRYPT)]
        else:
            places.append(found)
    secrets += [one.place(secret) for one in places for secret in SECRETS]
    secrets += [place for one in inventory.recipients for place in one.places.values()]
    secrets += _of_apps(filter(None, apps))
    return Needs(
        tuple(sorted(set(_credentials(secrets, inventory.path.parent)))),
        tuple(sorted({*_accounts(places), *_variables(secrets), *_of_history(inventory.fleet)})),
        any(one.keyring for one in secrets),
    )


def _of_devices(pbx: Pbx, site: Site) -> SecretPlace:
    """Return where the password of Devices is; the usual variable where nobody names a place."""
    login = devices_of(pbx, site) or DevicesLogin()
    return login.place if login.place.named else login.place._replace(variable=DEVICES_PASSWORD)


def _of_apps(apps: Iterable[AppSocket]) -> Iterator[SecretPlace]:
    """Yield where the passwords of Apps are; the usual variable where nobody names a place."""
    for one in apps:
        if one.app:
            yield one.place if one.place.named else one.place._replace(variable=APP_PASSWORD)


def _credentials(secrets: Iterable[SecretPlace], folder: Path) -> Iterator[Credential]:
    for one in secrets:
        if name := credential_of(one.file):
            yield Credential(name)
        elif one.file:
            # That of a site file is taken from where the run starts.
            yield Credential(name_of_file(one.file), str(absolute(folder, one.file)))


def _accounts(places: Iterable[CredentialPlaces]) -> Iterator[str]:
    """Yield the variables of accounts; the usual ones where the inventory names no place."""
    for one in places:
        yield one.username_env or USERNAME
        if not one.place("password").named:
            yield PASSWORD


def _variables(secrets: Iterable[SecretPlace]) -> Iterator[str]:
    yield from (one.variable for one in secrets if one.variable)


def _of_history(fleet: Fleet) -> Iterator[str]:
    if fleet.history_env:
        yield fleet.history_env
