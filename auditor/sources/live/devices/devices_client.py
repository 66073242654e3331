"""A login at Devices, and what is asked over its socket: one login, one question at a time.

A login is with the password of a domain, or with that of the instance and its domain, which then
reaches all domains. Lists come in several messages, of which the last says so. What is never
answered is not granted or not supported, which the vendor does not tell apart. Source: SDK 13r3,
Devices; AppWebsocket for the login.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, TypeAlias

from auditor.errors import LoginError
from auditor.messages.message import say
from auditor.site.credentials import DevicesAccount
from auditor.sources.live.app_socket.digests import digest_of_login
from auditor.sources.live.app_socket.login_session import LOGIN_UNANSWERED, challenge_of
from auditor.sources.live.app_socket.message_rows import Socket
from auditor.sources.live.app_socket.questions import (
    NO_FIELDS,
    DeniedError,
    MessageCounts,
    SilentError,
    SocketQuestion,
)
from auditor.sources.live.app_socket.websocket_channel import Limits, WebSocketChannel, open_channel
from auditor.sources.live.devices.allowed_requests import APP
from auditor.sources.live.refusals import RefusedError
from auditor.values.devices_addresses import DevicesAddress

MOST_MESSAGES: Final = 10_000
MAX_BYTES: Final = 64 << 20
MUTE: Final = say("what answers at this address is not Devices: it gives nothing to log in with")
NO_LOGIN: Final = say("Devices refuses the login")
_CHECK: Final = say(
    "check domain and password: that of a domain, or that of the instance with its own domain"
)
_NO_KEY: Final = say("Devices gives no key for the way to boxes")
# Long values of an answer come in messages of this name before it.
_PIECE: Final = "ValueResult"
Values: TypeAlias = Mapping[str, str]
_KEY: Final = re.compile(r"[0-9A-Za-z-]{8,64}")


class DevicesSession:
    """Asks Devices over a socket that is open."""

    def __init__(self, channel: WebSocketChannel, address: DevicesAddress) -> None:
        self._channel = channel
        self._address = address
        self._marks = count(1)
        # The text of 13r1 has the second name.
        self._asks_for_key: tuple[str, ...] = ("GetUserInfo", "GetLoginInfo")

    @property
    def counts(self) -> MessageCounts:
        """Return what arrived."""
        return self._channel.counts

    @property
    def contradicted(self) -> frozenset[str]:
        """Return the questions to which a second answer came so far, and another one."""
        self._channel.drain()
        names = (str(one["mt"]).removesuffix(_PIECE) for one in self._channel.again)
        return frozenset(one.removesuffix("Result") for one in names)

    def log_in(self, account: DevicesAccount) -> None:
        """Log in. Raises LoginError if that is refused, RefusedError if nothing answers."""
        try:
            challenge = challenge_of(self._channel.ask("AppChallenge"))
        except SilentError:
            raise RefusedError(MUTE) from None
        domain = account.login_domain or self._address.domain
        digest = digest_of_login(APP, challenge, account.password, of_user=(domain, "", "", ""))
        login = {"app": APP, "domain": domain, **dict.fromkeys(("sip", "guid", "dn"), "")}
        try:
            answer = self._channel.ask("AppLogin", "", {**login, "digest": digest})
        except SilentError:
            raise RefusedError(LOGIN_UNANSWERED) from None
        except DeniedError:
            raise self._refused() from None
        if answer.get("ok") is not True:
            raise self._refused()

    def key(self) -> str:
        """Return the key that opens boxes, as it is now; it is secret. Raises RefusedError."""
        first, *others = self._asks_for_key
        try:
            answer = self._channel.ask(first, mark=self._mark())
        except SilentError:
            if not others:
                raise
            self._asks_for_key = (*others,)
            return self.key()
        self._asks_for_key = (first,)
        key = answer.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise RefusedError(_NO_KEY)
        return key

    def pages(
        self, mt: str, fields: Mapping[str, object] = NO_FIELDS
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the messages of a list. Raises RefusedError, if the last one does not come too."""
        mark = self._mark()
        answer = self._channel.ask(mt, "", fields, mark)
        said: list[Mapping[str, Any]] = []
        for _ in range(MOST_MESSAGES):
            said.append(answer)
            if answer.get("last") is True:
                self._channel.answered.close(f"{mt}Result", mark, said)
            yield answer
            if answer.get("last") is True:
                return
            if self.counts.octets > MAX_BYTES:
                raise RefusedError(say("the list is larger than {size} MiB", size=MAX_BYTES >> 20))
            try:
                answer = self._channel.further(mt, mark)
            except SilentError:
                raise RefusedError(say("the rest of the list did not come")) from None
        raise RefusedError(say("the list has no end"))

    def values(self, mt: str, fields: Mapping[str, object]) -> tuple[Mapping[str, Any], Values]:
        """Return an answer, and the long values that came in pieces before it, by their name.

        Raises RefusedError, also if the answer itself does not come.
        """
        mark = self._mark()
        piece = f"{mt}{_PIECE}"
        long: dict[str, list[str]] = {}
        pieces: list[Mapping[str, Any]] = []
        sent = self._channel.send([SocketQuestion(mt, "", fields, mark)])
        [found] = self._channel.collect(sent._replace(piece=piece))
        for _ in range(MOST_MESSAGES):
            if isinstance(found, RefusedError):
                raise found
            if found["mt"] != piece:
                self._channel.answered.close(f"{mt}Result", mark, [found])
                self._channel.answered.close(piece, mark, pieces)
                return found, {name: "".join(parts) for name, parts in long.items()}
            pieces.append(found)
            name, value = found.get("name"), found.get("value")
            if not isinstance(name, str) or not isinstance(value, str):
                raise RefusedError(say("a piece of a value is not as documented"))
            if self.counts.octets > MAX_BYTES:
                raise RefusedError(say("the list is larger than {size} MiB", size=MAX_BYTES >> 20))
            long.setdefault(name, []).append(value)
            found = self._channel.further(mt, mark, piece)
        raise RefusedError(say("the list has no end"))

    def _mark(self) -> str:
        return f"d{next(self._marks)}"

    def _refused(self) -> LoginError:
        return LoginError(NO_LOGIN, where=self._address.service, advice=_CHECK)


@contextmanager
def open_session(
    address: DevicesAddress, account: DevicesAccount, limits: Limits
) -> Iterator[DevicesSession]:
    """Give a session that is logged in.

    Raises RefusedError, LoginError, TargetError if the platform cannot be reached or proves to be
    another one, SiteFileError for trust settings that cannot be used.
    """
    with open_channel(address.service, Socket.DEVICES, account.tls, limits) as channel:
        session = DevicesSession(channel, address)
        session.log_in(account)
        yield session
