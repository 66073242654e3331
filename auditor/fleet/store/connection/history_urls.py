"""Where a history is: a file of SQLite, or the URL of a PostgreSQL database."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from auditor.errors import HistoryError
from auditor.fleet.store.connection.database_errors import told_as_history_errors
from auditor.fleet.store.connection.network_folders import share_of
from auditor.fleet.store.connection.server_tls import verified_url
from auditor.messages.message import NOTHING, Message, say

_PRIVATE: Final = 0o600
_HEADER: Final = b"SQLite format 3\x00"
_POSTGRESQL: Final = ("postgresql", "postgres")
# Of a database in WAL mode that was never closed.
_BESIDE: Final = ("-wal", "-shm")


class Place(NamedTuple):
    """Where a history is; `url` holds a password, `shown` does not.

    `remark` is what is to be said of the way to it.
    """

    url: URL
    shown: str
    file: Path | None
    remark: Message = NOTHING


def place_of(place: Path | str) -> Place:
    """Return a place by its path or URL. Raises HistoryError, which never shows the URL."""
    if isinstance(place, Path):
        return _file(place)
    return database_of(place) if "://" in place else _file(Path(place))


def database_of(text: str) -> Place:
    """Return the place of a URL. Raises HistoryError, which shows nothing of it.

    A second @ is one of the password that was not escaped: what looks like the host is none then.
    """
    scheme, separator, _ = text.partition("://")
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        raise _no_url() from None
    is_known = separator and scheme.partition("+")[0] in _POSTGRESQL
    if not is_known or not url.database or "@" in f"{url.host}{url.database}":
        raise _no_url()
    shown = f"postgresql://{url.host or ''}/{url.database}"
    safe, remark = verified_url(url.set(drivername="postgresql+psycopg"))
    return Place(safe, shown, None, remark)


def real_file(path: Path) -> Path:
    """Return where the file of a history lies, behind all links: there is one lock for it."""
    return Path(os.path.realpath(path))


def _file(path: Path) -> Place:
    path = real_file(path)
    return Place(URL.create("sqlite", database=str(path)), str(path), path)


def _no_url() -> HistoryError:
    return HistoryError(
        say("the history has no URL of a PostgreSQL database"),
        advice=say(
            "give one like {example}, special characters of the password percent-encoded",
            example="postgresql://USER:PASSWORD@HOST/DATABASE",
        ),
    )


def check_history_file(path: Path) -> bool:
    """Return whether a file of a history is there and can be one. Raises HistoryError.

    Nothing is written, so that a file of something else stays as it is.
    """
    where = str(path)
    try:
        kind = share_of(path.parent)
        size = path.stat().st_size if path.exists() else None
        beginning = _beginning(path) if size else b""
    except OSError as error:
        raise _unreadable(where, error) from None
    if kind:
        raise HistoryError(
            say("a history cannot be on a network file system ({kind})", kind=kind),
            where=where,
            advice=say("name a file on a disk of this machine, or a PostgreSQL database"),
        )
    if size is None:
        return False
    if beginning != _HEADER:
        raise _no_history(where, is_empty=not size)
    return True


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_HEADER))


def _unreadable(where: str, error: OSError) -> HistoryError:
    return HistoryError(
        say("the history cannot be read ({reason})", reason=error.strerror or ""),
        where=where,
        advice=say("let the user who runs this read and write the file and its folder"),
    )


def _no_history(where: str, *, is_empty: bool) -> HistoryError:
    if is_empty:
        message = say("the history is an empty file: what was in it is lost")
    else:
        message = say("the file is no history of pbx-auditor")
    return HistoryError(
        message,
        where=where,
        advice=say("restore it from a backup, or move it away to begin a new one"),
    )


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the file of a history and those that SQLite puts beside it."""
    return path, *(path.with_name(path.name + ending) for ending in _BESIDE)


def make_private(path: Path) -> None:
    """Let nobody but their owner read the files of a history. Raises HistoryError."""
    for file in files_of(path):
        try:
            if file.exists() and file.stat().st_mode & 0o077:
                file.chmod(_PRIVATE)
        except OSError as error:
            raise _unreadable(str(file), error) from None


def is_at_rest(path: Path) -> bool:
    """Return whether nobody can write the file of a history: it lies on a read-only medium.

    One that was not closed has its last audits in a file beside it, and is not at rest.
    """
    read_only = getattr(os, "ST_RDONLY", 0)  # POSIX
    try:
        if not read_only or not os.statvfs(path).f_flag & read_only:
            return False
    except OSError:  # it is not there yet
        return False
    return not any(file.exists() for file in files_of(path)[1:])


def begin_history_file(path: Path) -> Path:
    """Return an empty file beside the one of a history that is to be, for its owner only.

    What is made there becomes the history by `finish_file` as a whole. Raises HistoryError.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
    except OSError as error:
        raise _unreadable(str(path), error) from None
    return new


def finish_file(new: Path, path: Path) -> None:
    """Let a finished file become a history, unless another process was faster."""
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without hard links: nobody else starts with the same new history here.
        new.replace(path)
    new.unlink(missing_ok=True)


def is_sound(path: Path) -> bool:
    """Return whether SQLite finds its file in order, page by page. Raises HistoryError."""
    with told_as_history_errors(str(path)):
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(
                ("SQLITE_CORRUPT", "SQLITE_NOTADB")
            ):
                return False
            raise
        finally:
            connection.close()
