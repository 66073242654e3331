"""Sends a bundle to where the history is: by HTTPS PUT, or by the SFTP program of OpenSSH."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from auditor.errors import InputError, OutputError
from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import why
from auditor.fleet.inventory.inventory_model import Collecting
from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.http import Upload, check_url, send
from auditor.messages.message import NOTHING, Message, say
from auditor.report.handover.archive import MOST_OCTETS
from auditor.site.secrets import secret_at

_TRIES: Final = 3
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=1)
_SFTP_SECONDS: Final = 600.0
_SCHEME: Final = "sftp"
_TYPE: Final = "application/zip"
# Nothing is asked of anybody, and a host that is not known is not spoken to.
_SAFE: Final = ("BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=20")
_KEPT: Final = ("PATH", "HOME", "LANG", "SSH_AUTH_SOCK", "SYSTEMROOT", "USERPROFILE")
_PUSH: Final = "[collector] push"
_GIVE: Final = say("give https://host/path, or sftp://user@host/path")


class Waits(NamedTuple):
    """The time, and how it passes."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


class PushTarget(NamedTuple):
    """Where bundles go. The URL may be secret; `token` is, and empty if none is needed."""

    url: str
    token: str
    ca_file: Path | None
    ssh_config: Path | None


def push_destination(collecting: Collecting) -> PushTarget | None:
    """Return where bundles are sent to, None if they are carried by hand. Raises InputError."""
    if collecting.push_env:
        url, where = os.environ.get(collecting.push_env, "").strip(), f"{_PUSH}_env"
        if not url:
            raise InputError(
                say("the variable {name} is not set", name=collecting.push_env),
                where=where,
                advice=say("set it where bundles are made"),
            )
    else:
        url, where = collecting.push, _PUSH
    if not url:
        return None
    if url.startswith(f"{_SCHEME}://"):
        _check_sftp(urlsplit(url), where)
    else:
        check_url(url, where)
    token = secret_at(collecting.token)
    if collecting.token.named and not token:
        raise InputError(
            say("the variable {name} is not set", name=collecting.token.variable),
            where=collecting.token.name,
            advice=say("set it where bundles are made"),
        )
    return PushTarget(url, token, collecting.ca_file, collecting.ssh_config)


def _check_sftp(parts: SplitResult, where: str) -> None:
    try:
        is_one = bool(parts.hostname) and parts.password is None and parts.port != 0
    except ValueError:
        is_one = False
    path = unquote(parts.path)
    names_plain = not any(
        one.startswith("-") for one in (parts.hostname or "", parts.username or "")
    )
    if not (is_one and names_plain and path.isprintable() and path.strip("/")):
        raise InputError(say("this is no address for SFTP"), where=where, advice=_GIVE)


def push(file: Path, destination: PushTarget, waits: Waits) -> None:
    """Send a bundle that lies in a file, with a few tries. Raises OutputError; the file stays."""
    wait, problem = _FIRST_WAIT, NOTHING
    for left in reversed(range(_TRIES)):
        try:
            _send(file, destination, waits.now())
        except DeliveryError as error:
            problem = error.reason
            if error.is_final or not left:
                break
            waits.sleep(min(error.wait or wait, _LONGEST_WAIT).total_seconds())
            wait *= 2
        else:
            return
    raise OutputError(
        say("the bundle was not sent: {reason}", reason=problem),
        where=str(file),
        advice=say("it is kept: carry it there, or have the next one sent"),
    )


def _send(file: Path, destination: PushTarget, now: datetime) -> None:
    if destination.url.startswith(f"{_SCHEME}://"):
        _by_sftp(file, destination)
        return
    url = destination.url
    if url.endswith("/"):
        url += file.name
    headers: Mapping[str, str] = {"Content-Type": _TYPE}
    if destination.token:
        headers = {**headers, "Authorization": f"Bearer {destination.token}"}
    try:
        content = read_bytes(file, MOST_OCTETS)
    except OSError as error:
        raise DeliveryError(why(error), is_final=True) from None
    send(Upload("PUT", url, content, headers), destination.ca_file, now)


def _by_sftp(file: Path, destination: PushTarget) -> None:
    """Put a file under another name first, so that nobody takes a part of it for the whole."""
    if not str(file).isprintable():  # a line of a batch is a command, whatever is in quotes
        raise DeliveryError(say("its name has characters that cannot be seen"), is_final=True)
    parts = urlsplit(destination.url)
    path = unquote(parts.path)
    remote = f"{path}{file.name}" if path.endswith("/") else path
    batch = f"put {_quoted(str(file))} {_quoted(remote + '.part')}\n"
    batch += f"rename {_quoted(remote + '.part')} {_quoted(remote)}\n"
    host = f"{parts.username}@{parts.hostname}" if parts.username else str(parts.hostname)
    options = [part for one in _SAFE for part in ("-o", one)]
    if parts.port:
        options += ["-P", str(parts.port)]
    if destination.ssh_config:
        options += ["-F", str(destination.ssh_config)]
    try:
        ended = subprocess.run(  # noqa: S603 -- a program of the system, without a shell
            ["sftp", "-q", "-b", "-", *options, "--", host],  # noqa: S607 -- as people start it
            input=batch.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            timeout=_SFTP_SECONDS,
            check=False,
        )
    except OSError as error:
        reason = say("the program sftp cannot be started ({reason})", reason=why(error))
        raise DeliveryError(reason, is_final=True) from None
    except subprocess.TimeoutExpired:
        raise DeliveryError(say("sftp did not end in time")) from None
    if ended.returncode:
        raise DeliveryError(_failed(ended.returncode))


def _failed(code: int) -> Message:
    return say("sftp ended with {code}; start it by hand to see why", code=code)


def _quoted(path: str) -> str:
    """Return a path as a line of sftp has it; in quotes it takes no character for a pattern."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
