"""Where the credentials of a PBX are found; which place counts is decided here, never a secret."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from auditor.errors import InputError, KeyPlace
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.inventory.targets import absolute
from auditor.messages.message import Message, say
from auditor.model.site import (
    AppSocket,
    CredentialPlaces,
    DevicesLogin,
    KeyringEntry,
    SecretPlace,
    Site,
)
from auditor.site.secret_files import check_private, is_handed_over, is_handing_over

_Table = TypeVar("_Table", AppSocket, DevicesLogin)
SECRETS: Final = ("password", "pbx_password")
PASSWORD_KEY: Final = SECRETS[0]


def resolved(places: CredentialPlaces, folder: Path) -> CredentialPlaces:
    """Return places with their paths taken from the folder of the file that they stand in.

    What systemd hands over has a place that only a service knows.
    """
    changed: dict[str, object] = {}
    for secret in SECRETS:
        changed |= _with_paths(secret, places.place(secret), folder)
    return places.model_copy(update=changed)


def resolved_app(app: AppSocket, folder: Path) -> AppSocket:
    """Return an App with the place of its password, as `resolved`."""
    return app.model_copy(update=_with_paths(PASSWORD_KEY, app.place, folder))


def resolved_devices(login: DevicesLogin, folder: Path) -> DevicesLogin:
    """Return a login at Devices with its paths, as `resolved`."""
    changed = _with_paths(PASSWORD_KEY, login.place, folder)
    if login.tls.ca_file:
        path = str(absolute(folder, login.tls.ca_file))
        changed["tls"] = login.tls.model_copy(update={"ca_file": path})
    return login.model_copy(update=changed)


def _with_paths(secret: str, place: SecretPlace, folder: Path) -> dict[str, object]:
    """Return the keys of a place whose value is a path, with the whole of it."""
    said = (place.variable, place.file, place.command, place.keyring)
    whole = secret_place(place.name, folder, said)
    changed: dict[str, object] = {}
    if whole.file != place.file:
        changed[f"{secret}_file"] = whole.file
    if whole.command != place.command:
        changed[f"{secret}_command"] = list(whole.command)
    return changed


_Said: TypeAlias = "tuple[str | None, str | None, Sequence[str] | None, KeyringEntry | None]"


def secret_place(name: KeyPlace, folder: Path, said: _Said) -> SecretPlace:
    """Return where a secret is found: variable, file, command and keyring as a file says them.

    Paths are taken from the folder of that file.
    """
    variable, file, command, keyring = said
    if file and not is_handed_over(file):
        file = str(absolute(folder, file))
    if command and os.path.basename(command[0]) != command[0]:  # noqa: PTH119
        command = [str(absolute(folder, command[0])), *command[1:]]
    return SecretPlace(name, variable or "", file or "", tuple(command or ()), keyring)


def credential_places_of(pbx: Pbx, site: Site) -> CredentialPlaces:
    """Return the places that count for a PBX: the nearest that names any, as a whole.

    That is the PBX itself, then its site file, then what the inventory says for its tenant or for
    all. Without any it is the usual variables of the environment.
    """
    of_site = site.credentials
    names_any = any(getattr(of_site, name) for name in CredentialPlaces.model_fields)
    if pbx.credentials is None or (names_any and not pbx.owns_credentials):
        return of_site
    return pbx.credentials


def devices_of(pbx: Pbx, site: Site) -> DevicesLogin | None:
    """Return the login at Devices that counts for a PBX, as a whole; found as its account is."""
    return _counting(pbx.devices, site.devices, is_own=pbx.owns_devices)


def socket_of(pbx: Pbx, site: Site) -> AppSocket | None:
    """Return as which App a PBX is asked over WebSocket, or None; as for `credentials`."""
    return _counting(pbx.websocket, site.websocket, is_own=pbx.owns_websocket)


def _counting(
    of_inventory: _Table | None, of_site: _Table | None, *, is_own: bool
) -> _Table | None:
    """Return a table of the site file, unless the PBX has its own, or that has none."""
    return of_inventory if of_inventory is not None and (is_own or of_site is None) else of_site


def wrong_places(places: CredentialPlaces) -> Iterator[tuple[str, Message, Message, bool]]:
    """Yield each key with what is wrong with its place, what to do, and whether it is certain.

    No secret is read, and no command runs. What is not certain may be otherwise where a run starts.
    """
    if places.username_env and not os.environ.get(places.username_env):
        yield "username_env", _NOT_SET, _SET_IT, False
    for secret in SECRETS:
        yield from wrong_place(secret, places.place(secret))


def wrong_place(secret: str, place: SecretPlace) -> Iterator[tuple[str, Message, Message, bool]]:
    """Yield what is wrong with the place of one secret, as `wrong_places` does."""
    for kind, found in (
        ("env", _variable(place)),
        ("file", _file(place)),
        ("command", _command(place)),
        ("keyring", _keyring(place)),
    ):
        if found is not None:
            yield f"{secret}_{kind}", *found


_NOT_SET: Final = say("the variable is not set here")
_SET_IT: Final = say("set it where the run starts")
_Found = tuple[Message, Message, bool]


def _variable(place: SecretPlace) -> _Found | None:
    is_missing = bool(place.variable) and not os.environ.get(place.variable)
    return (_NOT_SET, _SET_IT, False) if is_missing else None


def _file(place: SecretPlace) -> _Found | None:
    if not place.file:
        return None
    if is_handed_over(place.file) and not is_handing_over():
        reason = say("systemd hands this over to the service only, so it was not looked at")
        return reason, say("check it in the unit: LoadCredential=NAME:PATH"), False
    try:
        check_private(place)
    except InputError as error:
        return error.message, error.advice, True
    return None


def _command(place: SecretPlace) -> _Found | None:
    if not place.command or shutil.which(place.command[0]):
        return None
    return say("there is no such program"), say("give its path, or install it"), True


def _keyring(place: SecretPlace) -> _Found | None:
    if place.keyring is None or find_spec("keyring") is not None:
        return None
    reason = say("the keyring cannot be asked: the package for it is not installed")
    return reason, say("pip install 'pbx-auditor[keyring]', or name another place"), True
