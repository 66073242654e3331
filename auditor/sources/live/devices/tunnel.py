"""The way through Devices to one box, by HTTP under a key that lives as long as its socket.

Devices works on the box with the power of an administrator and needs no login there. So nothing
comes here that the read-only list has not let through before, and the key is put before its path at
the last moment: nothing outside this module has an address with a key in it. Source: SDK 13r3,
Devices; `websocket-apis.md` 7.4.

SOAP goes through as well: it is sent by POST, but its body is compared with the few requests that
show something, so it changes as little as a GET does, and without it nothing counts the objects a
second time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from typing import Final, Self

import httpx

from auditor.errors import CertificateError, Interruption, LoginError, TargetError
from auditor.messages.message import Message, say
from auditor.site.credentials import DevicesAccount
from auditor.sources.live.app_socket.refusal_advice import READ_AGAIN
from auditor.sources.live.app_socket.websocket_channel import ANSWER_SECONDS, Limits
from auditor.sources.live.devices.configurations import LIST, ONE, read_configurations
from auditor.sources.live.devices.devices_client import DevicesSession, open_session
from auditor.sources.live.devices.entries import DeviceEntry
from auditor.sources.live.devices.listing import (
    OF_DEVICES,
    list_domains,
    list_problem,
    misread_devices,
    read_devices,
    told_twice,
)
from auditor.sources.live.devices.neighbouring_devices import Beside
from auditor.sources.live.devices.rolled_out import RolledOut
from auditor.sources.live.http_connection import OUT_OF_TIME
from auditor.sources.live.refusals import RefusedError
from auditor.sources.live.retrying import Patience
from auditor.sources.options import LiveOptions
from auditor.values.devices_addresses import DevicesAddress

# Nothing says when an idle socket is ended; the vendor's own client speaks after a minute.
_KEEP_SECONDS: Final = 30.0
_OFFLINE: Final = say("Devices has no connection to the box now: it is offline")
_NO_BOX: Final = say("Devices shows this login no such box")
_NOT_TOLD_APART: Final = say(
    "Devices lists the box in more than one domain, so whose it is is open"
)
_NO_DOMAIN: Final = say("Devices shows no domain of the box, so what is rolled out is not known")
_GIVE_DOMAIN: Final = say("assign the box to a domain in Devices")
_ELSEWHERE: Final = say("the box is not in the domain that it has to be in, so it was not read")
_WHOSE: Final = say("check in Devices to which domain the box belongs")


class Tunnel:
    """The way to one box; a context manager that ends it.

    `beside` are the other devices of its domain, as they were listed when it was opened.
    """

    def __init__(
        self, address: DevicesAddress, account: DevicesAccount, options: LiveOptions
    ) -> None:
        self._address = address
        self._account = account
        self._timeout = options.timeout
        self._end = time.monotonic() + options.deadline
        self._patience = Patience(options, self._left)
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._session: DevicesSession | None = None
        self._key = ""
        self._number = 0
        self.beside = Beside()
        self._again: frozenset[str] = frozenset()
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        """Log in, see that the box is there, and hold the socket open. Raises TargetError."""
        try:
            self._patience.run("Devices", self.prefix)
        except RefusedError as error:
            self._drop()
            told = say("Devices: {reason}", reason=error.reason)
            raise TargetError(told, where=self._address.service) from None
        except BaseException:
            self._drop()
            raise
        threading.Thread(target=self._keep, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the way, and with it the key."""
        self._is_over.set()
        with self._lock:
            self._drop()
        told = told_twice(self._again & OF_DEVICES)
        self.beside = self.beside._replace(problems=(*self.beside.problems, *told))

    def prefix(self) -> str:
        """Return what a path of the box goes behind now; log in again if the socket ended.

        Raises RefusedError; TargetError and LoginError before the first login.
        """
        with self._lock:
            if self._session is None:
                self._begin(is_first=not self._key)
            way = f"{self._address.path}/passthrough/{self._address.hardware_id}"
            return f"{way}/{self._key}"

    def configurations(self, tell: Callable[[int], None], *, values: bool = True) -> RolledOut:
        """Return what the domain of the box rolls out to its devices; what fails is named.

        Without `values`, none of them is asked for.
        """
        with self._lock:
            try:
                if self._session is None:
                    self._begin(is_first=False)
                if self._session is None or not self._number:
                    return RolledOut(problems=(_NO_DOMAIN,), is_listed=False, advice=_GIVE_DOMAIN)
                told = read_configurations(self._session, self._number, tell, values=values)
            except RefusedError as error:
                self._drop()
                problem = list_problem(LIST, error)
                return RolledOut(problems=(problem.reason,), is_listed=False, advice=problem.advice)
            # A second answer to one question is seen while the next one is answered.
            self._ask_again()
            again = told_twice(self._contradicted() & {LIST, ONE})
            if not again:
                return told
            problems = (*told.problems, *again)
            return told._replace(problems=problems, advice=told.advice or READ_AGAIN)

    def was_lost(self, prefix: str) -> bool:
        """Return whether the key that a request was sent with is no longer the one that counts."""
        with self._lock:
            if self._session is not None:
                self._ask_again()
            return self._session is None or not prefix.endswith(f"/{self._key}")

    def _left(self) -> float:
        return self._end - time.monotonic()

    def _begin(self, *, is_first: bool) -> None:
        left = self._left()
        if left <= 0:
            raise RefusedError(OUT_OF_TIME)
        limits = Limits(left, min(self._timeout, ANSWER_SECONDS, left))
        try:
            session = self._open.enter_context(open_session(self._address, self._account, limits))
            self._check_box(session)
            self._key = session.key()
        except TargetError as error:
            self._drop()
            if is_first:
                raise
            # What was read so far stays; whether it is over depends on what happened.
            passing = not isinstance(error, LoginError | CertificateError)
            raise RefusedError(
                error.message, passing=passing, broken=passing, advice=error.advice
            ) from None
        except BaseException:
            self._drop()
            raise
        self._session = session

    def _check_box(self, session: DevicesSession) -> None:
        """Raise TargetError unless the login shows the box, in its domain, and it is there."""
        number = self._domain(session) if self._account.domain else 0
        devices, problems = read_devices(session, number)
        box = self._address.hardware_id
        found = [one for one in devices if one.hardware_id == box]
        if not found:
            if problems:
                raise RefusedError(problems[0])
            raise self._error(_ELSEWHERE if number else _NO_BOX)
        if number and any(one.domain != number for one in found):
            raise self._error(_ELSEWHERE)
        own = {one.domain for one in devices if one.one_spelling == box and one.names_domain}
        if len(own) > 1:
            raise self._error(_NOT_TOLD_APART)
        self._number = next(iter(own), 0)
        # Where a domain was asked for, one that names none may be of it; else it is unassigned.
        self.beside = _beside(devices, {*own, 0} if number else own, box, problems)
        if all(one.is_online is False for one in found):
            raise TargetError(_OFFLINE, where=str(self._address))

    def _domain(self, session: DevicesSession) -> int:
        """Return the number of the domain in which the box has to be."""
        domains, problems = list_domains(session)
        wanted = self._account.domain.casefold()
        numbers = [one.number for one in domains if one.name.casefold() == wanted]
        if len(numbers) == 1:
            return numbers[0]
        if numbers:
            raise self._error(
                say(
                    "Devices shows this login {count} domains called {name}, so in which of them "
                    "the box has to be is open",
                    count=len(numbers),
                    name=wanted,
                )
            )
        if problems:
            raise RefusedError(problems[0])
        raise self._error(say("Devices shows this login no domain {name}", name=wanted))

    def _error(self, reason: Message) -> TargetError:
        return TargetError(reason, where=str(self._address), advice=_WHOSE)

    def _keep(self) -> None:
        """Say something now and then, for a socket on which nothing is said may be ended."""
        while not self._is_over.wait(_KEEP_SECONDS):
            with self._lock:
                if self._session is not None:
                    self._ask_again()

    def _ask_again(self) -> None:
        """Ask for the key once more, which shows whether the socket is still there."""
        if self._session is None:
            return
        try:
            self._key = self._session.key()
        except (RefusedError, TargetError, Interruption):
            self._drop()

    def _contradicted(self) -> frozenset[str]:
        """Return the questions to which a second answer came, over any connection."""
        if self._session is not None:
            self._again |= self._session.contradicted
        return self._again

    def _drop(self) -> None:
        try:
            self._contradicted()
        finally:
            self._session = None
            self._open.close()
            self._open = ExitStack()


def _beside(
    devices: Sequence[DeviceEntry],
    domains: Collection[int],
    box: str,
    problems: Sequence[Message],
) -> Beside:
    """Return what is listed beside a box: the devices that are of its domains, or may be.

    What is listed once more in another domain is among them twice: whose it is is open. Of a box
    that names no domain, whatever is listed may be beside it. It may be another customer's as well,
    so it is not among them, and that this is open is said.
    """

    def may_be_near(one: DeviceEntry) -> bool:
        return one.domain in domains or not one.names_domain

    ids = {one.one_spelling for one in devices if one.hardware_id and may_be_near(one)}
    near = [one for one in devices if one.one_spelling in ids or may_be_near(one)]
    own = [one for one in near if one.one_spelling == box]
    others = [one for one in near if one.one_spelling != box]
    nameless = misread_devices(sum(not one.hardware_id for one in others))
    said = {one.version for one in own if one.version}
    is_open = not any(one.names_domain for one in own)
    return Beside(others, (*problems, *nameless), sorted(said), is_open)


class PassthroughTransport(httpx.BaseTransport):
    """Sends to a box, by its way through Devices, what was let through for it."""

    def __init__(self, inner: httpx.BaseTransport, tunnel: Tunnel) -> None:
        self._inner = inner
        self._tunnel = tunnel

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the way. Raises RefusedError if there is none any more."""
        prefix = self._tunnel.prefix()
        passed = httpx.Request(
            request.method,
            request.url.copy_with(raw_path=prefix.encode("ascii") + request.url.raw_path),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        response = self._inner.handle_request(passed)
        if response.status_code != httpx.codes.OK and self._tunnel.was_lost(prefix):
            response.close()
            raise httpx.ReadError("the socket ended that the key hangs on")
        return response

    def close(self) -> None:
        """Close the connections of the inner transport."""
        self._inner.close()
