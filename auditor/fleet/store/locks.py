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
from typing import Final, NamedTuple, Protocol

from filelock import FileLock, Timeout

from auditor.errors import BusyError
from auditor.files.inputs import read_bytes
from auditor.files.json_reading import parse_json
from auditor.files.writing import cannot_write, write_file
from auditor.fleet.store.places import real_file
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


class Hold(Protocol):
    """A lock that is held."""

    def renew(self) -> None:
        """Take the lock again if it was lost. Raises BusyError if somebody else has it now."""


@contextmanager
def locked_file(history: Path, owner: Owner) -> Iterator[Hold]:
    """Hold the lock beside a history. Raises BusyError, and OutputError if it cannot be made."""
    hold = _FileHold(real_file(history), owner)
    try:
        hold.take()
        yield hold
    finally:
        hold.release()


class _FileHold:
    """A lock beside a history, and the note whose it is."""

    def __init__(self, history: Path, owner: Owner) -> None:
        self._history = history
        self._owner = owner
        self._path = history.with_name(history.name + _LOCK)
        self._noted = history.with_name(history.name + _OWNER)
        self._lock = FileLock(self._path, mode=0o600)
        self._file: tuple[int, int] | None = None

    def take(self) -> None:
        try:
            self._history.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise busy(str(self._history), _read(self._noted)) from None
        except OSError as error:
            raise cannot_write(self._path, error) from None
        self._file = self._found()
        write_file(self._noted, json.dumps(self._owner._asdict()).encode())

    def renew(self) -> None:
        if self._found() == self._file:
            return
        self._file = None
        self._lock.release(force=True)
        self.take()

    def release(self) -> None:
        if self._file is not None:
            self._noted.unlink(missing_ok=True)
        self._lock.release(force=True)

    def _found(self) -> tuple[int, int] | None:
        """Return which file it is that others would lock, None if there is none any more."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def busy(where: str, owner: Owner | None) -> BusyError:
    """Return that another run is at work."""
    if owner is None:
        return BusyError(say("another run is at work"), where=where, advice=_LATER)
    text = say("another run is at work: {owner}", owner=owner.words())
    return BusyError(text, where=where, advice=_LATER)


def _read(path: Path) -> Owner | None:
    """Return the owner that a lock names; None while it is being written."""
    try:
        content = parse_json(read_bytes(path, _LONGEST))
        return Owner(str(content["host"]), int(content["process"]), str(content["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
