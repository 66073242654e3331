"""One PBX over HTTP: small documents, streams and SOAP, with limits on time and size.

Until the PBX has answered once, trouble is an error that ends the run. From then on it is a
refusal of one document: what was read is kept, and what is missing becomes a gap.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import httpx

from auditor import interrupt
from auditor.errors import CertificateError, Interruption, LoginError, TargetError
from auditor.messages.message import Message, say
from auditor.model.account import Repeated, Requests
from auditor.model.site import Trust
from auditor.model.snapshot import Box, SourceRecord
from auditor.site.credentials import AccountPlaces
from auditor.sources.live.body import Body, BodyError, is_undelimited, read_body
from auditor.sources.live.devices.neighbouring_devices import Beside
from auditor.sources.live.devices.rolled_out import AskForConfigurations
from auditor.sources.live.login import GO_TO_THE_PBX
from auditor.sources.live.not_a_pbx import PORTAL, Impressions, is_login_page
from auditor.sources.live.refusals import CUT, RefusedError, in_words, of_status
from auditor.sources.live.retrying import Patience
from auditor.sources.live.soap_envelope import CONTENT_TYPE, SOAP_PATH, Request
from auditor.sources.live.tls_errors import expected_by, explain_failure
from auditor.sources.live.watchdog import Watchdog
from auditor.sources.options import LiveOptions, Progress
from auditor.sources.snapshot.merge import is_another_box
from auditor.values.devices_addresses import box_address

OUT_OF_TIME: Final = say("the time for reading ran out")
MORE_TIME: Final = say("allow more time with --deadline, or `deadline` in an inventory")
OTHER_BOX: Final = say("what comes through Devices is of another box than the address names")
MAX_PAGE_BYTES: Final = 64 << 20
# What further boxes, TLS and services need at least after a second list of the objects.
_SPARED_SECONDS: Final = 60.0
_SPARED_SHARE: Final = 0.25
_UNKNOWN_MODULE: Final = b"?\r\n"
_Result = TypeVar("_Result")
__all__ = ["MAX_PAGE_BYTES", "MORE_TIME", "OUT_OF_TIME", "Connection", "RefusedError"]


class Connection:
    """Reads documents of one PBX and keeps a record of each; may be used by several threads."""

    def __init__(self, client: httpx.Client, base: str, trust: Trust, options: LiveOptions) -> None:
        self.base = base
        self.records: list[SourceRecord] = []
        self.options = options
        self.logged_in = False
        self.account = AccountPlaces()
        self.clock_skew: timedelta | None = None
        self.interruption: Interruption | None = None
        self.beside = Beside()
        self.configurations: AskForConfigurations | None = None
        self.impressions = Impressions(base)
        self.repeated_before: tuple[Repeated, ...] = ()
        self._client = client
        self._trust = trust
        self._reached = False
        self._distrusted: CertificateError | None = None
        self._deadline = time.monotonic() + options.deadline
        self._patience = Patience(options, lambda: self.seconds_left)
        self._watchdog = Watchdog(options.deadline)

    def close(self) -> None:
        """End the watch over the deadline; the client is closed by whoever opened it."""
        self._watchdog.stop()

    def tell(self, area: str, done: int = 0, total: int = 0) -> None:
        """Say how far the reading is."""
        self.options.notify(Progress(area, done, total))

    def go_on(self) -> None:
        """Raise the interruption that a part of the reading took notice of and survived."""
        interrupt.check()
        if self.interruption is not None:
            raise self.interruption

    @property
    def seconds_left(self) -> float:
        """Return how much time is left for reading."""
        return self._deadline - time.monotonic()

    @contextmanager
    def sparing(self) -> Iterator[None]:
        """Let a list that others could replace leave some of the time to what only one place shows.

        While it lasts, that part of the time seems to be over.
        """
        spared = max(0.0, min(_SPARED_SECONDS, self.seconds_left * _SPARED_SHARE))
        self._deadline -= spared
        try:
            yield
        finally:
            self._deadline += spared

    @property
    def requests(self) -> Requests:
        """Return how many documents were asked for, and what was asked for again."""
        return Requests(0, self.repeated_before) + self._patience.account()

    def check_box(self, box: Box) -> None:
        """Raise TargetError if a document is of another box than a way through Devices leads to.

        What Devices gives away may be another customer's.
        """
        way = box_address(self.base)
        if way is not None and is_another_box(Box(serial=way.hardware_id), Box(serial=box.serial)):
            advice = say("check in Devices which box this is; nothing of it was kept")
            raise TargetError(OTHER_BOX, where=self.base, advice=advice)

    def problem(self) -> TargetError:
        """Return why nothing of a PBX came: another certificate, no time, or no PBX."""
        if self._distrusted is not None:
            return self._distrusted
        if self.seconds_left <= 0 or not self.impressions.statuses:
            return TargetError(OUT_OF_TIME, where=self.base, advice=MORE_TIME)
        if box_address(self.base) is not None:
            return self.impressions.problem_behind_devices()
        return self.impressions.problem(logged_in=self.logged_in)

    def page(self, address: str, kind: str = "") -> bytes:
        """Return one small document; with a kind, record it.

        Raises RefusedError; TargetError as long as nothing was answered; LoginError.
        """
        content = self._patience.run(
            address, lambda: self._small(self._client.build_request("GET", address))
        )
        if kind:
            digest = hashlib.sha256(content).hexdigest()
            self.records.append(SourceRecord(address, kind, len(content), digest))
        return content

    def ask(self, request: Request) -> bytes:
        """Return the answer to a SOAP request, which only reads. Raises as `page`."""
        content = request.to_bytes()
        headers = {"Content-Type": CONTENT_TYPE, "SOAPAction": request.action}
        return self._patience.run(
            f"{SOAP_PATH} {request.operation} {request.cn}".rstrip(),
            lambda: self._small(
                self._client.build_request("POST", SOAP_PATH, headers=headers, content=content)
            ),
        )

    def stream(self, address: str, consume: Callable[[Body], _Result]) -> _Result:
        """Return what is made of the unpacked body of a document while it arrives.

        Where the body breaks off and is sent again, it is consumed anew. Raises as `page`.
        """

        def attempt() -> _Result:
            with self._send(self._client.build_request("GET", address)) as response:
                return consume(Body(self._body(response), undelimited=is_undelimited(response)))

        return self._patience.run(address, attempt)

    def page_stream(self, address: str, consume: Callable[[Iterator[bytes]], _Result]) -> _Result:
        """Return what is made of the unpacked body of a page while it arrives. As `stream`."""
        return self.stream(address, lambda body: consume(_limited(body)))

    def _small(self, request: httpx.Request) -> bytes:
        content = bytearray()
        with self._send(request) as response:
            for block in _limited(self._body(response)):
                content += block
        return bytes(content)

    @contextmanager
    def _send(self, request: httpx.Request) -> Iterator[httpx.Response]:
        seconds = min(self.options.timeout, self.seconds_left)
        if seconds <= 0:
            raise RefusedError(OUT_OF_TIME)
        request.extensions["timeout"] = httpx.Timeout(seconds).as_dict()
        request.extensions["trace"] = self._watchdog.trace
        try:
            response = self._client.send(request, stream=True)
        except LoginError as error:
            raise RefusedError(error.message) if self.logged_in else error from None
        except httpx.TransportError as error:
            raise self._failed(error) from None
        except httpx.HTTPError as error:
            raise RefusedError(in_words(error)) from None
        try:
            self._reached = True
            self.impressions.see(response)
            self._compare_clocks(response.headers.get("date", ""))
            self._check(response)
            yield response
        finally:
            response.close()

    def _body(self, response: httpx.Response) -> Iterator[bytes]:
        try:
            for block in self.impressions.watch(response, read_body(response)):
                if self.seconds_left <= 0:
                    raise RefusedError(OUT_OF_TIME)
                yield block
        except BodyError as error:
            raise RefusedError(error.reason, passing=error.is_short) from None
        except httpx.TimeoutException:
            raise RefusedError(self._too_slow(), passing=True, broken=True) from None
        except httpx.HTTPError as error:
            if self.seconds_left <= 0:
                raise RefusedError(OUT_OF_TIME) from None
            raise RefusedError(in_words(error), passing=True, broken=True) from None

    def _check(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            if self.logged_in:
                raise RefusedError(say("the PBX refuses it to this account (401)"))
            if is_login_page(response):
                raise LoginError(PORTAL, where=self.base, advice=GO_TO_THE_PBX)
            raise LoginError(
                say("the PBX refuses the login"),
                where=self.base,
                advice=say(
                    "check {user} and {password}; a viewer account is enough",
                    user=self.account.username,
                    password=self.account.password,
                ),
            )
        if "authorization" in response.request.headers:
            self.logged_in = True
        if response.is_redirect:
            raise RefusedError(say("the PBX redirects elsewhere, which is not followed"))
        if response.status_code != httpx.codes.OK:
            raise of_status(response)

    def _compare_clocks(self, stated: str) -> None:
        """Note how far the clock of the PBX is ahead of ours, if it states its time."""
        try:
            self.clock_skew = parsedate_to_datetime(stated) - datetime.now(UTC)
        except (TypeError, ValueError, OverflowError):  # nothing, nonsense, or no time zone
            return

    def _failed(self, error: httpx.TransportError) -> Exception:
        is_over = self.seconds_left <= 0
        cause = TimeoutError() if is_over else error
        found = explain_failure(cause, expected_by(self._trust), self.base)
        if not self._reached:
            return found
        if isinstance(found, CertificateError):
            self._distrusted = found
        if is_over:
            return RefusedError(OUT_OF_TIME)
        slow = isinstance(error, httpx.TimeoutException)
        reason = self._too_slow() if slow else found.message
        return RefusedError(reason, passing=True, broken=True)

    def _too_slow(self) -> Message:
        if self.seconds_left <= 0:
            return OUT_OF_TIME
        return say("the PBX was silent for {seconds} seconds", seconds=f"{self.options.timeout:g}")


def _limited(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the body of a page up to the limit, unless it says that there is no such module.

    A page that ends within an element is not whole, whatever length was stated.
    """
    size, start, end = 0, b"", b""
    for block in blocks:
        size += len(block)
        end = block.rstrip()[-1:] or end
        if size > MAX_PAGE_BYTES:
            raise RefusedError(say("the page is larger than {size} MiB", size=MAX_PAGE_BYTES >> 20))
        if size - len(block) < len(_UNKNOWN_MODULE):
            start += block[: len(_UNKNOWN_MODULE)]
            if start.startswith(_UNKNOWN_MODULE):
                raise RefusedError(say("the PBX has no such module"))
        yield block
    if start.startswith(b"<") and end != b">":
        raise RefusedError(CUT, passing=True)
