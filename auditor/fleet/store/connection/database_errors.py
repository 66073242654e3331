"""What a database says when it fails, as an error that a person can act on.

Its own text is never told: it may hold values, and a URL with a password. What is told is the code.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from auditor.errors import HistoryError
from auditor.fleet.compression import DamagedDocumentError
from auditor.messages.message import NOTHING, Message, say

_LOCKED: Final = say("another process did not let go of the history in time")
_TRY_AGAIN: Final = say("wait until it is done, and start again: nothing was lost")
_FULL: Final = say("there is no space left for the history")
_MAKE_SPACE: Final = say("make space, and start again: what was recorded before is still there")
DAMAGED: Final = say("the history is damaged")
DAMAGED_DOCUMENT: Final = say("a document of the history is damaged")
RESTORE: Final = say(
    "restore it from a backup, or move it away to begin a new one; it is read, but not written"
)
_READ_ONLY: Final = say("the history cannot be written")
_PERMIT: Final = say("let the user who runs this write the file and its folder")
_LET_IT: Final = say("let the server write: it is a standby, or was set to read only")
_FOREIGN: Final = say("the file is no history of pbx-auditor")
_NAME_ANOTHER: Final = say("name another file, or move this one away")
_GONE: Final = say("the database of the history cannot be reached")
_START_IT: Final = say(
    "see that it runs, that its URL is right, and if it is another computer, that it shows a"
    " certificate for that name which this one trusts"
)
_NOT_ALLOWED: Final = say("the login may not do that in the database of the history")
_USE_LOGIN: Final = say(
    "use the login of the owner or the runner, see `pbx-auditor help fleet-postgresql`"
)
_NO_OPTION: Final = say("the URL of the history has a part that PostgreSQL does not know")
_CHECK_OPTIONS: Final = say("check what stands behind the ? in it")
_REFUSED: Final = say("the database of the history refuses the login")
_CHECK_LOGIN: Final = say("check user and password in its URL")
_TURNED_AWAY: Final = say("the server of the history runs, and refuses the connection")
_CHECK_ALL: Final = say(
    "check user, password and database in its URL, whether the login may still connect to it, and"
    " how many connections there may be"
)
_NO_DATABASE: Final = say("there is no such database")
_CREATE_IT: Final = say("create it; `pbx-auditor help fleet` says how")
_CANCELLED: Final = say("the database of the history cancelled what was asked of it")
_CHECK_LIMITS: Final = say("ask who looks after it why: nothing was lost")

_Told = tuple[Message, Message]
_LOCK: Final[_Told] = (_LOCKED, _TRY_AGAIN)
_SPACE: Final[_Told] = (_FULL, _MAKE_SPACE)
_DAMAGE: Final[_Told] = (DAMAGED, RESTORE)
_FORBIDDEN: Final[_Told] = (_READ_ONLY, _PERMIT)
_RIGHTS: Final[_Told] = (_NOT_ALLOWED, _USE_LOGIN)
_LOST: Final[_Told] = (_GONE, _START_IT)
_LOGIN: Final[_Told] = (_REFUSED, _CHECK_LOGIN)
_STANDBY: Final[_Told] = (_READ_ONLY, _LET_IT)
# These are about no row in particular.
_OF_ALL: Final = frozenset({_LOCK, _SPACE, _FORBIDDEN, _RIGHTS, _LOGIN, _STANDBY})
# So are all of these classes of PostgreSQL's: what is asked for is not there, the server is short
# of something, or its disk fails.
_CLASSES_OF_ALL: Final = ("42", "53", "58")

# The beginning of a code of SQLite, or of a class of PostgreSQL's.
_KNOWN: Final[dict[str, _Told]] = {
    "SQLITE_BUSY": _LOCK,
    "SQLITE_LOCKED": _LOCK,
    "SQLITE_FULL": _SPACE,
    "SQLITE_IOERR_WRITE": _SPACE,
    "SQLITE_CORRUPT": _DAMAGE,
    "SQLITE_NOTADB": (_FOREIGN, _NAME_ANOTHER),
    "SQLITE_READONLY": _FORBIDDEN,
    "SQLITE_CANTOPEN": _FORBIDDEN,
    "SQLITE_PERM": _FORBIDDEN,
    "SQLITE_AUTH": _FORBIDDEN,
    "55P03": _LOCK,
    "40001": _LOCK,
    "40P01": _LOCK,
    "57014": (_CANCELLED, _CHECK_LIMITS),
    "53100": _SPACE,
    "XX001": _DAMAGE,
    "XX002": _DAMAGE,
    "42501": _RIGHTS,
    "25006": _STANDBY,
    "28": _LOGIN,
    "3D": (_NO_DATABASE, _CREATE_IT),
    "08": _LOST,
    "57P": _LOST,
    # It cut a transaction that took too long.
    "25P03": _LOST,
    "25P04": _LOST,
}


class UnavailableError(HistoryError):
    """The history as a whole cannot be asked or written now, whatever it is about."""


class OutgrownError(UnavailableError):
    """The history has the schema of a newer program by now: this one can do nothing more."""


class LostConnectionError(UnavailableError):
    """The database cannot be reached, or not any more: another time it may be."""


def failure(error: SQLAlchemyError | sqlite3.Error, where: str) -> HistoryError:
    """Return what a failure of the database at a place comes to."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = _code(original)
    known = of_code(code, where)
    if known is not None:
        return known
    if not code and type(original).__name__ == "ProgrammingError":
        return HistoryError(_NO_OPTION, where=where, advice=_CHECK_OPTIONS)
    if not code and type(original).__name__ == "OperationalError":
        # No connection came about, so there is nobody who could give a code.
        return _error(_LOST, where)
    name = code or type(original).__name__
    kind = UnavailableError if code.startswith(_CLASSES_OF_ALL) else HistoryError
    return kind(
        say("the database of the history failed ({code})", code=name),
        where=where,
        advice=NOTHING,
    )


def of_code(code: str, where: str = "") -> HistoryError | None:
    """Return what a code of a database means at a place; None if that is not known."""
    for beginning, told in _KNOWN.items():
        if code.startswith(beginning):
            return _error(told, where)
    return None


def refused(where: str) -> UnavailableError:
    """Return that a server runs and lets nobody in who comes like this."""
    return UnavailableError(_TURNED_AWAY, where=where, advice=_CHECK_ALL)


def _error(told: _Told, where: str) -> HistoryError:
    message, advice = told
    if told is _LOST:
        return LostConnectionError(message, where=where, advice=advice)
    kind = UnavailableError if told in _OF_ALL else HistoryError
    return kind(message, where=where, advice=advice)


def _code(error: BaseException | None) -> str:
    of_sqlite = getattr(error, "sqlite_errorname", None)
    return str(of_sqlite or getattr(error, "sqlstate", None) or "")


@contextmanager
def told_as_history_errors(where: str) -> Iterator[None]:
    """Turn each failure of a database into a HistoryError about a place, and quote nothing."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise failure(error, where) from None
    except DamagedDocumentError:
        raise HistoryError(DAMAGED_DOCUMENT, where=where) from None
