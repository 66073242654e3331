"""One run at a time on a history. The lock says whose it is, and ends with its owner.

Beside a file of SQLite it is a lock of the operating system, in PostgreSQL an advisory lock of the
session; both are let go when their owner dies, however it does.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout

from auditor.errors import BusyError
from auditor.files.inputs import read_bytes
from auditor.files.json_reading import parse_json
from auditor.files.writing import cannot_write, write_file
from auditor.messages.message import Message, say

_LOCK: Final = ".lock"
_OWNER: Final = ".owner"
_LONGEST: Final = 4096
_LATER: Final = say("wait until it is done; a lock of an owner that died is taken over")


class Owner(NamedTuple):
    """Who runs: the computer, the process on it, and since when."""

    host: str
    process: int
    since: str

    def words(self) -> Message:
        """Return who that is, for people."""
        return say(
            "process {process} on {host}, since {since}",
            process=str(self.process),
            host=self.host,
            since=self.since,
        )


def this_process(now: datetime) -> Owner:
    """Return the owner that this process is."""
    return Owner(socket.gethostname(), os.getpid(), now.isoformat(timespec="seconds"))


@contextmanager
def locked_file(history: Path, owner: Owner) -> Iterator[None]:
    """Hold the lock beside a history. Raises BusyError, and OutputError if it cannot be made."""
    lock = FileLock(history.with_name(history.name + _LOCK), mode=0o600)
    noted = history.with_name(history.name + _OWNER)
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise busy(str(history), _noted(noted)) from None
    except OSError as error:
        raise cannot_write(Path(lock.lock_file), error) from None
    try:
        write_file(noted, json.dumps(owner._asdict()).encode())
        yield
    finally:
        noted.unlink(missing_ok=True)
        lock.release()


def busy(where: str, owner: Owner | None) -> BusyError:
    """Return that another run is at work."""
    if owner is None:
        return BusyError(say("another run is at work"), where=where, advice=_LATER)
    text = say("another run is at work: {owner}", owner=owner.words())
    return BusyError(text, where=where, advice=_LATER)


def _noted(path: Path) -> Owner | None:
    """Return the owner that a lock names; None while it is being written."""
    try:
        content = parse_json(read_bytes(path, _LONGEST))
        return Owner(str(content["host"]), int(content["process"]), str(content["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
