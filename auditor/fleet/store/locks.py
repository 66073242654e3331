"""One run at a time on a history, and one that sends. A lock says whose it is, and ends with it.

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
from auditor.messages.message import Message, say, template

_OWNER: Final = ".owner"
_LONGEST: Final = 4096
_LATER: Final = say("wait until it is done; a lock of an owner that died is taken over")


class Work(NamedTuple):
    """What one process at a time does with a history.

    `suffix` is that of the file that is locked, `number` that of the lock in a database.
    """

    suffix: str
    number: int
    busy: Message
    busy_by: str


RUN: Final = Work(
    ".lock", 0x72756E, say("another run is at work"), template("another run is at work: {owner}")
)
SENDING: Final = Work(
    ".sending",
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


@contextmanager
def locked_file(history: Path, owner: Owner, work: Work = RUN) -> Iterator[None]:
    """Hold a lock beside a history. Raises BusyError, and OutputError if it cannot be made."""
    lock = FileLock(history.with_name(history.name + work.suffix), mode=0o600)
    noted = history.with_name(history.name + (_OWNER if work is RUN else work.suffix + _OWNER))
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise busy(str(history), _noted(noted), work) from None
    except OSError as error:
        raise cannot_write(Path(lock.lock_file), error) from None
    try:
        write_file(noted, json.dumps(owner._asdict()).encode())
        yield
    finally:
        noted.unlink(missing_ok=True)
        lock.release()


def busy(where: str, owner: Owner | None, work: Work = RUN) -> BusyError:
    """Return that another process is at work."""
    if owner is None:
        return BusyError(work.busy, where=where, advice=_LATER)
    text = Message(work.busy_by, {"owner": owner.words()})
    return BusyError(text, where=where, advice=_LATER)


def _noted(path: Path) -> Owner | None:
    """Return the owner that a lock names; None while it is being written."""
    try:
        content = parse_json(read_bytes(path, _LONGEST))
        return Owner(str(content["host"]), int(content["process"]), str(content["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
