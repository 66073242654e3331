"""One run at a time on a history, and one that sends. A lock says whose it is, and ends with it.

Beside a file of SQLite it is a lock of the operating system, in PostgreSQL an advisory lock of the
session; both are let go when their owner dies, however it does.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from filelock import FileLock, Timeout

from auditor.errors import BusyError, OutputError
from auditor.files.inputs import read_bytes
from auditor.files.json_reading import parse_json
from auditor.files.writing import cannot_write, write_file
from auditor.fleet.store.connection.history_urls import real_file
from auditor.messages.message import Message, say, template

_LONGEST: Final = 4096
_LATER: Final = say("wait until it is done; a lock of an owner that died is taken over")


_ANOTHER_PLACE: Final = say(
    "see that the folder of `history` of the inventory can be written, and that nothing else is"
    " there by this name"
)


class Work(NamedTuple):
    """What one process at a time does with a history.

    `suffix` is that of the file that is locked, `noted` that of the file that says by whom, and
    `number` that of the lock in a database.
    """

    suffix: str
    noted: str
    number: int
    busy: Message
    busy_by: str


RUN: Final = Work(
    ".lock",
    ".owner",
    0x72756E,
    say("another run is at work"),
    template("another run is at work: {owner}"),
)
SENDING: Final = Work(
    ".sending",
    ".sending.owner",
    0x6F7574,
    say("digests are being sent already"),
    template("digests are being sent already: {owner}"),
)


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
def locked_file(history: Path, owner: Owner, work: Work = RUN) -> Iterator[Hold]:
    """Hold a lock beside a history. Raises BusyError, and OutputError if it cannot be made."""
    hold = _FileHold(real_file(history), owner, work)
    try:
        hold.take()
        yield hold
    finally:
        hold.release()


class _FileHold:
    """A lock beside a history, and the note whose it is."""

    def __init__(self, history: Path, owner: Owner, work: Work) -> None:
        self._history = history
        self._owner = owner
        self._work = work
        self._path = history.with_name(history.name + work.suffix)
        self._noted = history.with_name(history.name + work.noted)
        self._lock = FileLock(self._path, mode=0o600)
        self._file: tuple[int, int] | None = None

    def take(self) -> None:
        try:
            self._history.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise busy(str(self._history), _read(self._noted), self._work) from None
        except OSError as error:
            told = cannot_write(self._path, error)
            told.advice = _ANOTHER_PLACE
            raise told from None
        self._file = self._found()
        with suppress(OutputError):  # it is held all the same, and who comes is told that
            write_file(self._noted, json.dumps(self._owner._asdict()).encode())

    def renew(self) -> None:
        if self._found() == self._file:
            return
        self._file = None
        self._lock.release(force=True)
        self.take()

    def release(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._noted.unlink()
        self._lock.release(force=True)

    def _found(self) -> tuple[int, int] | None:
        """Return which file it is that others would lock, None if there is none any more."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def busy(where: str, owner: Owner | None, work: Work = RUN) -> BusyError:
    """Return that another process is at work."""
    if owner is None:
        return BusyError(work.busy, where=where, advice=_LATER)
    text = Message(work.busy_by, {"owner": owner.words()})
    return BusyError(text, where=where, advice=_LATER)


def _read(path: Path) -> Owner | None:
    """Return the owner that a lock names; None while it is being written."""
    try:
        content = parse_json(read_bytes(path, _LONGEST))
        return Owner(str(content["host"]), int(content["process"]), str(content["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
