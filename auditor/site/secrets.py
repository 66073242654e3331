"""Finds account and PBX password where the site file says: variable, file, command, keyring."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import fields, replace
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from auditor.errors import InputError, KeyPlace
from auditor.files.os_reasons import why
from auditor.messages.message import Message, say
from auditor.model.site import KeyringEntry, SecretPlace, Site, Trust
from auditor.site.credentials import (
    APP_PASSWORD,
    DEVICES_PASSWORD,
    PASSWORD,
    PBX_PASSWORD,
    USERNAME,
    AccountPlaces,
    Credentials,
    DevicesAccount,
    credentials_from_environment,
)
from auditor.site.secret_files import empty, open_private
from auditor.values.devices_addresses import leads_through

_MAX_BYTES: Final = 4096
COMMAND_SECONDS: Final = 60.0


class Logins(NamedTuple):
    """By which logins something is read: the account of boxes, and the one at Devices."""

    account: bool = True
    devices: bool = False


SAVED: Final = Logins(account=False)


def logins_for(site: Site, addresses: Iterable[str]) -> Logins:
    """Return by which logins PBXs at these addresses are read, with the further boxes of a site."""
    through = {leads_through(one) for one in addresses}
    if not through:
        return SAVED
    through.update(leads_through(one.url) for one in site.boxes_with_address)
    return Logins(account=False in through, devices=True in through)


def find_credentials(site: Site, logins: Logins, seconds: float = COMMAND_SECONDS) -> Credentials:
    """Return the credentials for a run, with those of the logins that it needs.

    A command for one may take so many `seconds`. Raises InputError, which never quotes what a
    file, command or keyring says.
    """
    found = _found(site, min(seconds, COMMAND_SECONDS), logins)
    for text in (found.devices.password, *(getattr(found, one.name) for one in fields(found))):
        if isinstance(text, str) and not _is_text(text):
            raise InputError(
                say("an account or a password is not UTF-8"),
                where=say("environment"),
                advice=say("set the variables anew in a terminal that writes UTF-8"),
            )
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # octets of the environment that are none, as Python keeps them
        return False
    return True


def _found(site: Site, seconds: float, logins: Logins) -> Credentials:
    given = credentials_from_environment()
    places = site.credentials
    of_pbx = _secret(places.place("pbx_password"), PBX_PASSWORD, seconds)
    given = replace(given, pbx_password=of_pbx or None)
    if logins.devices:
        given = replace(given, devices=devices_account(site, seconds))
    if not logins.account:
        return given
    from_name = places.username_env or USERNAME
    username = os.environ.get(from_name, "")
    keyring = places.password_keyring
    if keyring is not None and not places.username_env and not username:
        from_name, username = places.place("password").at("keyring"), keyring.username
    place = places.place("password")
    password = _secret(place, PASSWORD, seconds)
    known = AccountPlaces(from_name, _named(place) or PASSWORD)
    of_app = _of_app(site, seconds)
    return replace(given, username=username, password=password, places=known, app_password=of_app)


def trust_of_devices(site: Site) -> Trust:
    """Return how an App Platform proves who it is: as [devices] says, else as any address."""
    said = site.devices
    return said.tls if said is not None and said.tls.proves_identity else site.tls


def devices_account(site: Site, seconds: float = COMMAND_SECONDS) -> DevicesAccount:
    """Return the login at Devices, without a password if there is none. Raises InputError."""
    said = site.devices
    if said is None:
        return DevicesAccount(os.environ.get(DEVICES_PASSWORD, ""), tls=site.tls)
    return DevicesAccount(
        _secret(said.place, DEVICES_PASSWORD, seconds),
        said.login_domain,
        said.domain,
        trust_of_devices(site),
        _named(said.place) or DEVICES_PASSWORD,
    )


def _of_app(site: Site, seconds: float) -> str:
    """Return the password of the auditor's App, empty if the site has none. Raises InputError."""
    if site.websocket is None or not site.websocket.app:
        return ""
    found = _secret(site.websocket.place, APP_PASSWORD, seconds)
    if not found:
        raise InputError(
            say("the App that logs in over WebSocket needs its password"),
            where=KeyPlace("websocket", "app"),
            advice=say(
                "set {variable}, or name another place in [websocket]",
                variable=_named(site.websocket.place) or APP_PASSWORD,
            ),
        )
    return found


def _named(place: SecretPlace) -> str:
    """Return the variable of a secret, or the key that names another place; empty without one.

    Not the place itself: whoever reads an error need not know it.
    """
    if place.variable:
        return place.variable
    kinds = (("file", place.file), ("command", place.command), ("keyring", place.keyring))
    return next((place.at(kind) for kind, value in kinds if value), "")


def secret_at(place: SecretPlace) -> str:
    """Return a secret from its place, empty if none is named or its variable is not set.

    Raises InputError, which never quotes what a file, command or keyring says.
    """
    return _secret(place, "", COMMAND_SECONDS)


def _secret(place: SecretPlace, usual: str, seconds: float) -> str:
    """Return a secret from its place, by default the usual variable of the environment."""
    if place.file:
        return _first_line(_read_private(place), place.at("file"))
    if place.command:
        return _first_line(_run(place, seconds), place.at("command"))
    if place.keyring is not None:
        return _from_keyring(place, place.keyring)
    name = place.variable or usual
    return os.environ.get(name, "") if name else ""


def _from_keyring(place: SecretPlace, entry: KeyringEntry) -> str:
    where = place.at("keyring")
    try:  # an extra that few need
        keyring, errors = import_module("keyring"), import_module("keyring.errors")
    except ImportError:
        raise InputError(
            say("the keyring cannot be asked: the package for it is not installed"),
            where=where,
            advice=say("pip install 'pbx-auditor[keyring]', or name another place"),
        ) from None
    try:
        found: str | None = keyring.get_password(entry.service, entry.username)
    except errors.KeyringError as error:
        raise InputError(
            say("the keyring does not answer ({kind})", kind=type(error).__name__),
            where=where,
            advice=say("unlock it, or name another place; a server often has none"),
        ) from None
    if not found:
        raise InputError(
            say(
                "the keyring has no entry {service} for {username}",
                service=entry.service,
                username=entry.username,
            ),
            where=where,
            advice=say(
                "keyring set {service} {username}", service=entry.service, username=entry.username
            ),
        )
    return found


def _read_private(place: SecretPlace) -> bytes:
    with open_private(place) as file:
        return file.read(_MAX_BYTES + 1)


def _run(place: SecretPlace, seconds: float) -> bytes:
    where = place.at("command")
    try:
        process = subprocess.Popen(  # noqa: S603 -- the user's own command, without a shell
            place.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _failed(why(error), where) from None
    except ValueError:  # a NUL in it
        raise _failed(say("there can be no such path"), where) from None
    try:
        content, code = _answer(process, seconds)
    except (Empty, subprocess.TimeoutExpired):
        raise _failed(say("it did not end"), where) from None
    finally:
        process.kill()
        process.wait()
    if code != 0:
        raise _failed(say("it ended with {code}", code=code), where)
    return content


def _answer(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, int]:
    """Return what a command prints, and how it ends; of one that prints on and on, a beginning.

    What it started itself may hold its output open for good, so a thread waits for that. Raises
    Empty and TimeoutExpired.
    """
    until = time.monotonic() + seconds
    answers: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read_beginning, args=(process, answers), daemon=True).start()
    content = answers.get(timeout=seconds)
    if len(content) > _MAX_BYTES:
        return content, 0
    return content, process.wait(max(until - time.monotonic(), 0))


def _read_beginning(process: subprocess.Popen[bytes], answers: SimpleQueue[bytes]) -> None:
    if process.stdout is not None:
        with process.stdout as output:
            answers.put(output.read(_MAX_BYTES + 1))


def _failed(reason: Message, where: str) -> InputError:
    return InputError(
        say("the command for the password failed ({reason})", reason=reason),
        where=where,
        advice=say("run it by hand; it must print the password and nothing else"),
    )


def _first_line(content: bytes, where: str) -> str:
    octets = content.partition(b"\n")[0]
    if len(octets) > _MAX_BYTES:  # a part of a password would be refused, and lock the account
        raise InputError(
            say("the password is too long to be one"),
            where=where,
            advice=say("put the password alone on the first line"),
        )
    try:
        line = octets.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        raise InputError(say("the password is not UTF-8"), where=where) from None
    if not line:
        raise empty(where)
    return line
