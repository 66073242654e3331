"""One WebSocket of a PBX: opened within its time, one question in flight, closed at the end.

TLS is trusted as for HTTPS, proxies are not looked for, redirections not followed, nothing is
packed. A message that is not on the list of `allowed_messages` is never sent. An answer is the one
that repeats the mark of the question (`src`); whatever else arrives meanwhile is counted and let
be.

No answer may mean that the App lacks the right, or that this PBX does not know the message: the
vendor documents neither (SDK, AppWebsocket). So silence is told apart from every answer, an empty
one too. An answer that comes late is told from the next one by its mark.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    WebSocketException,
)
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection
from websockets.uri import parse_uri

from auditor import interrupt
from auditor.messages.message import say
from auditor.model.site import Trust
from auditor.sources.live.app_socket.allowed_messages import ReadOnlyGuard, allowed_message
from auditor.sources.live.app_socket.message_rows import Socket
from auditor.sources.live.app_socket.questions import (
    NO_FIELDS,
    SILENT,
    DeniedError,
    MessageCounts,
    Outcome,
    Sent,
    SilentError,
    SocketQuestion,
)
from auditor.sources.live.app_socket.received_messages import (
    SecondAnswers,
    is_answer,
    message_of,
)
from auditor.sources.live.app_socket.tls_socket import OneAtATimeSocket
from auditor.sources.live.http_connection import MORE_TIME, OUT_OF_TIME
from auditor.sources.live.refusals import BROKEN, CLOSED, RefusedError
from auditor.sources.live.tls_errors import expected_by, explain_failure
from auditor.sources.live.trust import TlsPlace, tls_context
from auditor.sources.live.watchdog import shut_after
from auditor.sources.options import LiveOptions

ANSWER_SECONDS: Final = 10.0
MAX_MESSAGE_BYTES: Final = 16 << 20
# What the PBX may say beside answers, per question: enough for news, too little to be held up by.
MOST_ASIDE: Final = 1000
NO_TLS: Final = say("there is no TLS, without which nothing is asked over WebSocket")
_USE_TLS: Final = say("give the address as https://")
_PAST_PROXIES: Final = say(
    "give the address of the PBX itself, or let what stands in front of it pass WebSockets on"
)
_RUN_AGAIN: Final = say(
    "run again when the PBX is up; if it stays so, see whether something in front of it ends "
    "WebSockets"
)
SLOW: Final = say("no WebSocket was opened in time")
NO_SOCKET: Final = say("what answers does not speak WebSocket")
_CLOSE_SECONDS: Final = 0.5
_QUEUE: Final = 4
# The library logs all that is sent and received; digests and passwords are among it.
_NO_LOG: Final = logging.getLogger("pbx-auditor.websocket")
_NO_LOG.disabled = True


class Limits(NamedTuple):
    """How many seconds a socket may take in all, and one answer."""

    whole: float
    answer: float = ANSWER_SECONDS

    @classmethod
    def of(cls, options: LiveOptions) -> Limits:
        """Return what is left of a deadline, and what an answer may take of it."""
        return cls(options.deadline, min(options.timeout, ANSWER_SECONDS))


class WebSocketChannel:
    """A WebSocket that is open. Not for several threads."""

    def __init__(self, connection: ClientConnection, where: Socket, limits: Limits) -> None:
        self.counts = MessageCounts()
        self._connection = connection
        self._socket = where
        self._guard = ReadOnlyGuard(where)
        self._limits = limits
        self._until = time.monotonic() + limits.whole
        self._marks = count(1)
        self.answered = SecondAnswers()

    def ask(
        self, mt: str, api: str = "", fields: Mapping[str, object] = NO_FIELDS, mark: str = ""
    ) -> Mapping[str, Any]:
        """Return the answer to a message; `mark` is that of several that belong together.

        What names no API has a mark only if one is given.

        Raises SilentError if none comes in time, RefusedError for an error, another answer or a
        connection that broke, ForbiddenRequestError for what is not listed.
        """
        return self._only(self.send([SocketQuestion(mt, api, fields, mark)]))

    def further(self, mt: str, mark: str, piece: str = "") -> Mapping[str, Any]:
        """Return the next message of an answer, or one with the name `piece`. Raises as `ask`."""
        interrupt.check()
        return self._only(Sent([(f"{mt}Result", mark)], self._answer_until(), piece=piece))

    def _only(self, sent: Sent) -> Mapping[str, Any]:
        [found] = self.collect(sent)
        if isinstance(found, RefusedError):
            raise found
        return found

    def _answer_until(self) -> float:
        return min(self._until, time.monotonic() + self._limits.answer)

    def send(self, questions: Sequence[SocketQuestion]) -> Sent:
        """Send messages, and wait for nothing; their time begins.

        Raises ForbiddenRequestError for what is not listed, before any of them is sent.
        """
        interrupt.check()
        awaited, texts = [], []
        for one in questions:
            mark = one.mark or (f"a{next(self._marks)}" if one.api else "")
            message = {"mt": one.mt, **one.fields}
            message |= {"api": one.api} if one.api else {}
            message |= {"src": mark} if mark else {}
            text = allowed_message(self._socket, message)
            self._guard.check(text)
            texts.append(text)
            awaited.append((f"{one.mt}Result", mark))
            self.answered.expect(*awaited[-1], alone=not one.mark)
        until = self._answer_until()
        try:
            for text in texts:
                self._connection.send(text)
        except ConnectionClosed as error:
            return Sent(awaited, until, self._ended(error))
        return Sent(awaited, until)

    def collect(self, sent: Sent) -> list[Outcome]:
        """Return what questions come to, in their order; what arrived counts, however late."""
        found: dict[int, Outcome] = {}
        failure = sent.failure or self._receive(sent, found)
        return [found.get(at, failure) for at in range(len(sent.awaited))]

    @property
    def again(self) -> Sequence[Mapping[str, Any]]:
        """Return answers to questions that were answered before, and otherwise."""
        return self.answered.others

    def finish(self) -> None:
        """Close the connection, and take what was said until the other side closed it, too."""
        self.drain()
        self._connection.close()
        self.drain()

    def drain(self) -> None:
        """Take what has arrived already, and wait for nothing."""
        nothing: dict[int, Outcome] = {}
        with suppress(TimeoutError, ConnectionClosed):
            for _ in range(MOST_ASIDE):
                self._take(self._connection.recv(0), Sent((), 0.0), nothing)

    def _receive(self, sent: Sent, into: dict[int, Outcome]) -> RefusedError:
        """Take answers until all are there; return why those that are missing are."""
        try:
            for _ in range(MOST_ASIDE * len(sent.awaited)):
                if len(into) == len(sent.awaited):
                    break
                self._take(self._connection.recv(sent.until - time.monotonic()), sent, into)
        except ConnectionClosed as error:
            return self._ended(error)
        except TimeoutError:
            is_over = time.monotonic() >= self._until
            return _too_late() if is_over else SilentError(SILENT)
        return RefusedError(say("other things are said all the time instead of an answer"))

    def _take(self, text: str | bytes, sent: Sent, into: dict[int, Outcome]) -> None:
        interrupt.check()
        self.counts.octets += len(text)
        message = message_of(text)
        if message is None:
            self.counts.misread += 1
            return
        for at, (mt, mark) in enumerate(sent.awaited):
            names = (mt, sent.piece or mt)
            if at not in into and is_answer(message, names, mark):
                into[at] = self._checked(message, names)
                self.answered.take(mt, mark, message)
                return
        self.counts.aside += 1
        self.answered.compare(message)

    def _ended(self, error: ConnectionClosed) -> RefusedError:
        """Return why a connection ended: our own limits, or the other side."""
        if time.monotonic() >= self._until:
            return _too_late()
        if error.sent is not None and error.sent.code == CloseCode.MESSAGE_TOO_BIG:
            return RefusedError(
                say("a message is larger than {size} MiB", size=MAX_MESSAGE_BYTES >> 20),
                broken=True,
            )
        return RefusedError(BROKEN, passing=True, broken=True, advice=_RUN_AGAIN)

    def _checked(self, message: Mapping[str, Any], names: Collection[str]) -> Outcome:
        self.counts.answers += 1
        if message.get("mt") not in names:
            self.counts.misread += 1
            return DeniedError(say("the answer is another message than the one that was asked for"))
        if message.get("error") or message.get("errorText"):
            return DeniedError(say("the answer is an error"))
        return message


@contextmanager
def open_channel(
    base: str, where: Socket, trust: Trust, limits: Limits
) -> Iterator[WebSocketChannel]:
    """Give a WebSocket of the PBX at an address, which ends with its time however bytes arrive.

    A path of the address comes before that of the socket.

    Raises SiteFileError for trust settings that cannot be used, TargetError if no PBX can be
    reached or it is another one, RefusedError if it opens no WebSocket, or without TLS: what comes
    in clear may be anybody's, and no login would bind it.
    """
    parts = urlsplit(base)
    if parts.scheme != "https":
        raise RefusedError(NO_TLS, advice=_USE_TLS)
    end = time.monotonic() + limits.whole
    place = TlsPlace(parts.hostname or "", parts.port or 443, min(limits.answer, limits.whole))
    context = tls_context(trust, place)
    uri = f"wss://{parts.netloc}{parts.path}{where}"
    with (
        _connected(place, trust, base) as plain,
        shut_after(plain, max(0.0, end - time.monotonic())) as over,
    ):
        secured = _secured(plain, context, place, trust, base)
        secured.settimeout(None)  # what follows is read by a thread of its own
        protocol = ClientProtocol(parse_uri(uri), max_size=MAX_MESSAGE_BYTES, logger=_NO_LOG)
        opened = ClientConnection(
            secured, protocol, ping_interval=None, close_timeout=_CLOSE_SECONDS, max_queue=_QUEUE
        )
        try:
            _shake_hands(opened, place.timeout)
            left = limits._replace(whole=max(0.0, end - time.monotonic()))
            with opened:
                yield WebSocketChannel(opened, where, left)
        except RefusedError:
            if over.is_set():
                raise _too_late() from None
            raise
        finally:
            opened.close_socket()
            opened.recv_events_thread.join(_CLOSE_SECONDS)


@contextmanager
def _connected(place: TlsPlace, trust: Trust, base: str) -> Iterator[socket.socket]:
    try:
        plain = socket.create_connection((place.host, place.port), max(0.01, place.timeout))
    except OSError as error:
        raise explain_failure(error, expected_by(trust), base) from None
    with plain:
        # A short message is not kept back until the one before it was confirmed.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield plain


def _secured(
    plain: socket.socket, context: ssl.SSLContext, place: TlsPlace, trust: Trust, base: str
) -> socket.socket:
    """Return the connection after its handshake, however slowly that goes. Raises TargetError."""
    context.sslsocket_class = OneAtATimeSocket
    with shut_after(plain, place.timeout) as over:
        try:
            return context.wrap_socket(plain, server_hostname=place.host)
        except (OSError, ValueError) as error:
            cause = TimeoutError() if over.is_set() else error
            raise explain_failure(cause, expected_by(trust), base) from None


def _shake_hands(opened: ClientConnection, seconds: float) -> None:
    """Open the WebSocket. Raises RefusedError."""
    try:
        opened.handshake(user_agent_header=None, timeout=seconds)
    except InvalidStatus as error:
        raise RefusedError(
            say(
                "the answer is {status}, and no WebSocket was opened",
                status=error.response.status_code,
            ),
            advice=_PAST_PROXIES,
        ) from None
    except InvalidMessage:
        raise RefusedError(CLOSED, advice=_RUN_AGAIN) from None
    except InvalidHandshake:
        raise RefusedError(NO_SOCKET, advice=_PAST_PROXIES) from None
    except (TimeoutError, EOFError, OSError):
        raise RefusedError(SLOW, advice=_PAST_PROXIES) from None
    except WebSocketException:
        raise RefusedError(NO_SOCKET, advice=_PAST_PROXIES) from None


def _too_late() -> RefusedError:
    return RefusedError(OUT_OF_TIME, advice=MORE_TIME)
