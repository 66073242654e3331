"""An App that is logged in at a PBX: one login, and a new connection where one broke.

Order and digest of a login: SDK, AppWebsocket. A login that is refused is not tried again, and what
was never answered is not waited for a second time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final, NamedTuple, Self

from auditor.errors import CertificateError, TargetError
from auditor.messages.message import NOTHING, Message, say
from auditor.model.account import Requests
from auditor.model.site import Trust
from auditor.sources.live.app_socket.allowed_messages import Socket
from auditor.sources.live.app_socket.digests import digest_of_login
from auditor.sources.live.app_socket.questions import (
    NO_FIELDS,
    DeniedError,
    MessageCounts,
    SilentError,
    SocketQuestion,
)
from auditor.sources.live.app_socket.refusal_advice import as_refusal
from auditor.sources.live.app_socket.websocket_channel import Limits, WebSocketChannel, open_channel
from auditor.sources.live.refusals import BROKEN, CLOSED, RefusedError
from auditor.sources.live.retrying import Patience
from auditor.sources.options import LiveOptions

NO_LOGIN: Final = say("the PBX refuses the login of the App")
NO_CHALLENGE: Final = say("nothing came to make a login of")
LOGIN_UNANSWERED: Final = say("the login was not answered, so whether it is right is open")
MUTE: Final = say("the PBX does not answer Apps over WebSocket")
_CHECK: Final = say("check [websocket] app, and the password of that App object")
_NO_APPS: Final = say("give the address of a PBX, past any portal or proxy")
_LONGEST_CHALLENGE: Final = 64
# So many questions in a row that stay without the answer that they had before end the asking.
_SILENCES: Final = 3
# Between tries at a PBX that answered before and now takes no connection.
_RESTART_SECONDS: Final = 3.0

# Gives a connection that has so many seconds in all.
Opener = Callable[[float], AbstractContextManager[WebSocketChannel]]


class App(NamedTuple):
    """The auditor's own App object: its name, and its password."""

    name: str
    password: str

    def __repr__(self) -> str:
        """Return the name alone."""
        return f"App({self.name!r})"


class LoginSession:
    """Asks a PBX as an App; a context that closes its connection."""

    @classmethod
    def of(cls, base: str, trust: Trust, app: App, options: LiveOptions) -> Self:
        """Return that of an App at the PBX at an address."""
        limits = Limits.of(options)
        return cls(
            lambda left: open_channel(base, Socket.APPS, trust, limits._replace(whole=left)),
            app,
            options,
        )

    def __init__(self, opener: Opener, app: App, options: LiveOptions) -> None:
        self._opener = opener
        self._app = app
        self._end = time.monotonic() + options.deadline
        self._patience = Patience(options, lambda: self.seconds_left)
        self._open = ExitStack()
        self._channel: WebSocketChannel | None = None
        self._known: set[str] = set()
        self._over: RefusedError | None = None
        self._silences = 0
        self._counts: list[MessageCounts] = []
        self._again: list[Mapping[str, Any]] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._close()

    @property
    def seconds_left(self) -> float:
        """Return how much time is left."""
        return self._end - time.monotonic()

    @property
    def requests(self) -> Requests:
        """Return how many messages were sent, the login apart, and which were repeated."""
        return self._patience.account()

    @property
    def counts(self) -> MessageCounts:
        """Return what arrived over all connections."""
        total = MessageCounts()
        for one in self._counts:
            total.octets += one.octets
            total.answers += one.answers
            total.aside += one.aside
            total.misread += one.misread
        return total

    @property
    def again(self) -> Sequence[Mapping[str, Any]]:
        """Return answers that contradict one that came before, over connections that ended."""
        return self._again

    @property
    def over(self) -> Message:
        """Return why nothing can be asked any more, empty if something can."""
        return self._over.reason if self._over is not None else NOTHING

    def ask(
        self, api: str, mt: str, fields: Mapping[str, object] = NO_FIELDS, mark: str = ""
    ) -> Mapping[str, Any]:
        """Return the answer to a message, over a new connection if the one before broke.

        Raises SilentError if none comes, RefusedError, and TargetError as `open_channel`.
        """
        if self._over is not None:
            raise RefusedError(self._over.reason, advice=self._over.advice)
        question = SocketQuestion(mt, api, fields, mark)
        try:
            answer = self._patience.run(f"{api} {mt}", lambda: self._once(question))
        except RefusedError as error:
            if error.broken:
                self._over = error
            raise
        self._known.add(mt)
        return answer

    def follow(self, api: str, mt: str, *, mark: str) -> Mapping[str, Any]:
        """Return the answer to what goes on over the connection that is open; never asked twice.

        Raises SilentError and RefusedError.
        """
        if self._channel is None:
            raise RefusedError(self.over or BROKEN)
        return self._channel.ask(mt, api, {}, mark)

    def renew(self) -> None:
        """Let the next question open a connection of its own."""
        self._close()

    def go_on(self, *, after: RefusedError | TargetError) -> None:
        """Let further questions be asked, although the connection may have broken at the last."""
        if isinstance(after, RefusedError) and after.broken:
            self._over = None

    def _once(self, question: SocketQuestion) -> Mapping[str, Any]:
        """Return the answer to a question, asked twice if it was answered before: it may be lost.

        What goes on under a mark of its own is begun once over a connection. Raises as `ask`.
        """
        channel = self._logged_in()
        try:
            answer = self._exchange(channel, question)
        except SilentError:
            if question.mt not in self._known or question.mark:
                raise
            self._patience.count(1)
            answer = self._exchange_again(channel, question)
        self._silences = 0
        return answer

    def _exchange_again(
        self, channel: WebSocketChannel, question: SocketQuestion
    ) -> Mapping[str, Any]:
        try:
            return self._exchange(channel, question)
        except SilentError as error:
            self._silences += 1
            if self._silences >= _SILENCES:
                self._over = error
            raise

    def _exchange(self, channel: WebSocketChannel, question: SocketQuestion) -> Mapping[str, Any]:
        try:
            return channel.ask(question.mt, question.api, question.fields, question.mark)
        except RefusedError as error:
            if error.broken:
                self._close()
            raise

    def _logged_in(self) -> WebSocketChannel:
        if self._channel is not None:
            return self._channel
        channel = self._connected()
        self._counts.append(channel.counts)
        try:
            self._log_in(channel)
        except RefusedError as error:
            if not error.broken:
                self._over = error
            self._close()
            raise
        self._channel = channel
        return channel

    def _connected(self) -> WebSocketChannel:
        """Return a new connection; where one was there before, the PBX may be starting again."""
        try:
            return self._open.enter_context(self._opener(self.seconds_left))
        except CertificateError:
            raise
        except (TargetError, RefusedError) as error:
            found = as_refusal(error)
            if not self._counts or (found is error and found.reason != CLOSED):
                raise
            raise RefusedError(
                found.reason,
                passing=True,
                broken=True,
                wait=_RESTART_SECONDS,
                advice=found.advice,
            ) from None

    def _log_in(self, channel: WebSocketChannel) -> None:
        try:
            challenge = challenge_of(channel.ask("AppChallenge"))
        except SilentError:
            raise RefusedError(MUTE, advice=_NO_APPS) from None
        digest = digest_of_login(self._app.name, challenge, self._app.password)
        empty = dict.fromkeys(("domain", "sip", "guid", "dn"), "")
        try:
            answer = channel.ask("AppLogin", "", {"app": self._app.name, **empty, "digest": digest})
        except SilentError:
            raise RefusedError(LOGIN_UNANSWERED, advice=_CHECK) from None
        except DeniedError:
            raise RefusedError(NO_LOGIN, advice=_CHECK) from None
        if answer.get("ok") is not True:
            raise RefusedError(NO_LOGIN, advice=_CHECK)

    def _close(self) -> None:
        channel, self._channel = self._channel, None
        try:
            if channel is not None:
                channel.finish()
                self._again += channel.again
        finally:
            self._open.close()
            self._open = ExitStack()


def challenge_of(answer: Mapping[str, Any]) -> str:
    """Return the challenge, which older builds write as a number (websocketphp8)."""
    found = answer.get("challenge")
    text = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_CHALLENGE:
        raise RefusedError(NO_CHALLENGE, advice=_NO_APPS)
    return text
