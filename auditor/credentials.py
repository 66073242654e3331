"""Finds the account of a live audit where the site file says: variable, file or command."""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

from auditor.errors import InputError
from auditor.model.site import CredentialPlaces, Site
from auditor.settings import PASSWORD, USERNAME, Credentials, credentials_from_environment

_MAX_BYTES: Final = 4096
_COMMAND_SECONDS: Final = 60
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FILE: Final = "[credentials] password_file"
_COMMAND: Final = "[credentials] password_command"


def find_credentials(site: Site, *, live: bool) -> Credentials:
    """Return the credentials for a run; places of the site file count for live targets only.

    Raises InputError, which never quotes what a file or command says.
    """
    given = credentials_from_environment()
    if not live:
        return given
    places = site.credentials
    return replace(
        given,
        username=os.environ.get(places.username_env or USERNAME, ""),
        password=_password(places),
    )


def _password(places: CredentialPlaces) -> str:
    if places.password_file:
        return _first_line(_read_private(Path(places.password_file)), _FILE)
    if places.password_command:
        return _first_line(_run(places.password_command), _COMMAND)
    return os.environ.get(places.password_env or PASSWORD, "")


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & _OTHERS:
                raise InputError(
                    "other users of this computer can read the file with the password",
                    where=_FILE,
                    advice=f"chmod 600 {path}",
                )
            return file.read(_MAX_BYTES)
    except OSError as error:
        raise InputError(
            f"the file with the password cannot be read ({error.strerror})",
            where=_FILE,
            advice="check the path; it is looked for from the current folder",
        ) from None


def _run(command: list[str]) -> bytes:
    try:
        ended = subprocess.run(  # noqa: S603 -- the user's own command, without a shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _failed(type(error).__name__) from None
    if ended.returncode != 0:
        raise _failed(f"it ended with {ended.returncode}")
    return ended.stdout[:_MAX_BYTES]


def _failed(reason: str) -> InputError:
    return InputError(
        f"the command for the password failed ({reason})",
        where=_COMMAND,
        advice="run it by hand; it must print the password and nothing else",
    )


def _first_line(content: bytes, where: str) -> str:
    try:
        line = content.decode("utf-8-sig").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise InputError("the password is not UTF-8", where=where) from None
    if not line:
        raise InputError("it gives no password", where=where, advice="put it on the first line")
    return line
