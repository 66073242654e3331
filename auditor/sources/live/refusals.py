"""Why a document did not arrive, in words for people, and whether asking again may help.

What passes by itself: answers by which a server says that it is busy or that something behind it is
away (RFC 9110, 15.5 and 15.6; RFC 6585, 4), and a connection that ended before the answer did.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from auditor.errors import ReasonedError
from auditor.messages.message import NOTHING, Message, say

PASSING_STATUSES: Final = frozenset({408, 425, 429, 502, 503, 504})
CLOSED: Final = say("the connection was closed before an answer came")
BROKEN: Final = say("the connection broke before the answer was whole")
CUT: Final = say("the answer ends in the middle")
NO_HTTP: Final = say("what answers does not speak HTTP")
# What OpenSSL says if the other side hangs up in the middle of a handshake.
_HUNG_UP: Final = frozenset({"UNEXPECTED_EOF_WHILE_READING"})
# What h11 says of a connection that ended too early, and httpcore of one that ended at once.
_TOO_EARLY: Final = ("without sending", "closed connection", "incomplete")


class RefusedError(ReasonedError):
    """The PBX did not deliver a document.

    `passing` marks trouble that may be over soon, `broken` a connection that failed. `wait` is how
    many seconds the PBX asked for before the next try, None if it did not say. `advice` is what to
    do about it, empty where that depends on what was asked for.
    """

    def __init__(
        self,
        reason: Message,
        *,
        passing: bool = False,
        broken: bool = False,
        wait: float | None = None,
        advice: Message = NOTHING,
    ) -> None:
        super().__init__(reason)
        self.passing = passing
        self.broken = broken
        self.wait = wait
        self.advice = advice


def of_status(response: httpx.Response) -> RefusedError:
    """Return the refusal that an answer with another status than 200 is."""
    status = response.status_code
    passing = status in PASSING_STATUSES
    wait = seconds_to_wait(response.headers) if passing else None
    return RefusedError(say("the PBX answers {status}", status=status), passing=passing, wait=wait)


def seconds_to_wait(headers: httpx.Headers) -> float | None:
    """Return what `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3).

    A date is compared with the clock of whoever states it, where the answer has its time.
    """
    stated = headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdecimal():
        return float(stated)
    until = _moment(stated)
    if until is None:
        return None
    now = _moment(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    # A date of HTTP is in GMT; the old forms of it do not say so.
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def hung_up(error: BaseException) -> bool:
    """Return whether the other side closed or reset the connection instead of going on."""
    return any(map(_is_end, causes(error)))


def _is_end(error: BaseException) -> bool:
    if isinstance(error, httpx.RemoteProtocolError):
        return any(words in str(error) for words in _TOO_EARLY)
    if isinstance(error, ssl.SSLError):
        return isinstance(error, ssl.SSLEOFError) or error.reason in _HUNG_UP
    ended = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
    return isinstance(error, (*ended, httpx.ReadError, httpx.WriteError, httpx.CloseError))


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came of; the pool of httpcore hides that from tracebacks."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def in_words(error: BaseException) -> Message:
    """Return why an answer failed that began, or was awaited, without the name of a class."""
    if hung_up(error):
        return BROKEN
    if any(isinstance(one, httpx.DecodingError) for one in causes(error)):
        return say("the answer is packed in a way that cannot be undone")
    return say("the answer breaks the rules of HTTP")
