"""Files that hold a password: opened only if nobody else can read them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO, Final

from auditor.errors import InputError
from auditor.files.os_reasons import why
from auditor.messages.message import say
from auditor.model.site import SecretPlace

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
_LONGEST_NAME: Final = 64
_DIGITS: Final = 12
# A credential that systemd hands over (`LoadCredential=`), by its name.
_CREDENTIAL: Final = rf"\$(?:{_DIRECTORY}|\{{{_DIRECTORY}\}})/([A-Za-z0-9_.@-]+)"


def is_handed_over(file: str) -> bool:
    """Return whether a file is a credential that systemd hands over to a service."""
    return bool(credential_of(file))


def credential_of(file: str) -> str:
    """Return the name of a credential that systemd hands over, empty for any other file."""
    found = re.fullmatch(_CREDENTIAL, file)
    return found[1] if found is not None else ""


def name_of_file(file: str) -> str:
    """Return by which name a service is handed a file that only the administrator can read."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(file).name)[-_LONGEST_NAME:]
    return f"{plain}-{hashlib.sha256(file.encode()).hexdigest()[:_DIGITS]}"


def is_handing_over() -> bool:
    """Return whether systemd hands credentials over to this process."""
    return bool(os.environ.get(_DIRECTORY))


def check_private(place: SecretPlace) -> None:
    """Raise InputError for a file that cannot be used; what it holds is not read."""
    with open_private(place) as file:
        is_empty = os.fstat(file.fileno()).st_size == 0
    if is_empty:
        raise empty(place.at("file"))


def empty(where: str) -> InputError:
    """Return the error that there is no password where one was to be."""
    return InputError(
        say("it gives no password"), where=where, advice=say("put it on the first line")
    )


def open_private(place: SecretPlace) -> BinaryIO:
    """Return a file with a secret, opened. Raises InputError if others can read it, too."""
    where = place.at("file")
    path, others = _file_of(place, where)
    try:
        # Without waiting for somebody to write to a pipe of that name.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else say("there can be no such path")
        raise InputError(
            say("the file with the password cannot be read ({reason})", reason=reason),
            where=where,
            advice=say("check the path, from where it is looked for, and whose file it is"),
        ) from None
    try:
        _check(os.fstat(handle).st_mode, path, others, where)
    except InputError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def _check(mode: int, path: Path, others: int, where: str) -> None:
    if not stat.S_ISREG(mode):
        raise InputError(say("the place of the password is no file"), where=where)
    if os.name == "posix" and mode & others:
        raise InputError(
            say("other users of this computer can read the file with the password"),
            where=where,
            advice=say("chmod 600 {path}", path=str(path)),
        )


def _file_of(place: SecretPlace, where: str) -> tuple[Path, int]:
    """Return the path of a file with a secret, and the rights to it that nobody else may have.

    systemd puts credentials into a folder that only the service can enter. It lets the service read
    them by an access list, which shows as a right of the group. A unit hands over any other file
    that the inventory names, too, by a name that is made of its path.
    """
    folder, name = os.environ.get(_DIRECTORY, ""), credential_of(place.file)
    if not name:
        handed_over = Path(folder) / name_of_file(place.file)
        if folder and handed_over.exists():
            return handed_over, _OTHERS & ~stat.S_IRGRP
        return Path(place.file), _OTHERS
    if not folder or name in {".", ".."}:
        raise InputError(
            say("this is no name of a credential")
            if folder
            else say("there is no {name}", name=_DIRECTORY),
            where=where,
            advice=say("let systemd start it, with LoadCredential=NAME:PATH in the unit"),
        )
    return Path(folder) / name, _OTHERS & ~stat.S_IRGRP
