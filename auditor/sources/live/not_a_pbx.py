"""What answers in the place of a PBX: what it seems to be, and which address to try instead.

Looked at only where no page of a PBX came. What stands in an answer is never quoted, but for the
origin of an address that is one of a PBX by its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from auditor.errors import TargetError
from auditor.messages.message import Message, say
from auditor.sources.live.login import GO_TO_THE_PBX, parse_origin
from auditor.sources.live.read_only import LOCATION

NO_PBX: Final = say("what answers here does not show itself as an innovaphone PBX")
PROXY: Final = say("a proxy that wants a login of its own answers, not the PBX")
PORTAL: Final = say("a login portal answers, not an innovaphone PBX")
PAGE: Final = say("a web page in HTML answers, not an innovaphone PBX")
TO_HTTPS: Final = say("this port only sends on to HTTPS")
ELSEWHERE: Final = say("what answers sends on to another address, as a portal does")
NO_MODULE: Final = say("an innovaphone device answers, but none of the modules of a PBX")
VIEWER: Final = say("give the account the rights of a viewer of the box, under General/Admin")
_GATEWAYS: Final = frozenset({502, 503, 504})
_BUSY: Final = frozenset({408, 425, 429})
_PORTAL_STATUS: Final = 511
_KEPT: Final = 16
# What may stand before the first tag: a mark of the encoding, a declaration, comments.
_HTML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*|<!--(?:(?!-->).){0,2000}-->\s*){0,9}"
    rb"<(?:!doctype html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_FORM: Final = re.compile(rb"<form\b|type\s*=\s*[\"']?password", re.IGNORECASE)
_REFRESH: Final = re.compile(
    rb"http-equiv\s*=\s*[\"']?refresh[^>]{1,200}?url\s*=\s*[\"']?([^\"'> ]{1,500})", re.IGNORECASE
)
_UNKNOWN_MODULE: Final = b"?\r\n"


@dataclass(slots=True)
class _Answer:
    """What was seen of one answer."""

    status: int
    location: str
    asks_as_proxy: bool
    html: bool
    form: bool = False
    no_module: bool = False


def destination(base: str, location: str) -> SplitResult | None:
    """Return where an answer sends on to; None if that is no address at all."""
    try:
        return urlsplit(urljoin(base, location))
    except ValueError:
        return None


def no_pbx(status: int) -> Message:
    """Return that what answers with a status is no PBX."""
    return say(
        "what answers here does not show itself as an innovaphone PBX: it answers with {status}, "
        "and not as one does",
        status=status,
    )


def is_login_page(response: httpx.Response) -> bool:
    """Return whether an answer asks for a login by a web page, and not as HTTP does."""
    return "www-authenticate" not in response.headers and "html" in response.headers.get(
        "content-type", ""
    )


class Impressions:
    """The first answers of an address, as far as they tell what answers there."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._answers: list[_Answer] = []

    def watch(self, response: httpx.Response, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the body of an answer that was seen; its first block is looked at."""
        at = iter(blocks)
        first = next(at, b"")
        self._look(response, first)
        if first:
            yield first
        yield from at

    def see(self, response: httpx.Response) -> None:
        """Take notice of an answer, whatever its body is."""
        if len(self._answers) >= _KEPT:
            return
        headers = response.headers
        answer = _Answer(
            response.status_code,
            response.extensions.get(LOCATION, "") if response.is_redirect else "",
            response.status_code == httpx.codes.PROXY_AUTHENTICATION_REQUIRED
            or "proxy-authenticate" in headers,
            "html" in headers.get("content-type", ""),
        )
        self._answers.append(answer)
        response.extensions["seen"] = answer

    @property
    def statuses(self) -> list[int]:
        """Return the statuses of the first answers."""
        return [one.status for one in self._answers]

    def problem(self, *, logged_in: bool) -> TargetError:
        """Return what answers, as the error that ends the reading."""
        if logged_in:
            message = say(
                "the PBX lets this account read nothing: it answers {status}",
                status=self._refusal(),
            )
            return TargetError(message, where=self._base, advice=VIEWER)
        message, advice = next(self._guesses())
        return TargetError(message, where=self._base, advice=advice)

    def problem_behind_devices(self) -> TargetError:
        """Return that a way through Devices showed nothing of a PBX, as the error that ends it."""
        reason = say("Devices shows nothing of a PBX on this box: {status}", status=self._refusal())
        advice = say("check in Devices whether the box is online, and whether a PBX runs on it")
        return TargetError(reason, where=self._base, advice=advice)

    def _guesses(self) -> Iterator[tuple[Message, Message]]:
        """Yield what answers, and what to do about it, surest first."""
        if any(one.asks_as_proxy for one in self._answers):
            yield PROXY, GO_TO_THE_PBX
        places = [one.location for one in self._answers if one.location]
        if places:
            yield self._elsewhere(places[0])
        if any(one.form or one.status == _PORTAL_STATUS for one in self._answers):
            yield PORTAL, GO_TO_THE_PBX
        yield from self._trouble()
        if any(one.html and one.status == httpx.codes.OK for one in self._answers):
            yield PAGE, GO_TO_THE_PBX
        if any(one.no_module for one in self._answers):
            yield NO_MODULE, say("give the address of the box on which the PBX runs")
        if self._refusal() != httpx.codes.OK:
            yield no_pbx(self._refusal()), GO_TO_THE_PBX
        yield NO_PBX, GO_TO_THE_PBX

    def _trouble(self) -> Iterator[tuple[Message, Message]]:
        """Yield what did not pass while it was asked again."""
        if any(one.status in _GATEWAYS for one in self._answers):
            reason = say(
                "what stands before the PBX does not reach it: it answers {status}",
                status=self._refusal(),
            )
            yield reason, say("check whether the PBX is up, or give the address of the PBX itself")
        if any(one.status in _BUSY for one in self._answers):
            reason = say(
                "what answers has no time for this account: it answers {status}",
                status=self._refusal(),
            )
            yield (
                reason,
                say(
                    "try again later, or allow more time with --deadline, or `deadline` in an "
                    "inventory"
                ),
            )

    def _refusal(self) -> int:
        """Return the status of an answer that refused something, else 200."""
        return next((one for one in self.statuses if one != httpx.codes.OK), 200)

    def _elsewhere(self, location: str) -> tuple[Message, Message]:
        here, target = urlsplit(self._base), destination(self._base, location)
        if target is None:
            return ELSEWHERE, GO_TO_THE_PBX
        origin = parse_origin(f"{target.scheme}://{target.netloc}")
        if origin is None or origin == self._base:
            return (PORTAL if origin else ELSEWHERE), GO_TO_THE_PBX
        if here.scheme == "http" and target.scheme == "https" and here.hostname == target.hostname:
            return TO_HTTPS, say("give {address}", address=origin)
        return ELSEWHERE, say(
            "give the address of the PBX itself; if it is there, {address}", address=origin
        )

    def _look(self, response: httpx.Response, first: bytes) -> None:
        answer = response.extensions.get("seen")
        if not isinstance(answer, _Answer):
            return
        answer.no_module = first.startswith(_UNKNOWN_MODULE)
        answer.html = answer.html or _HTML.match(first) is not None
        if answer.html:
            answer.form = _FORM.search(first) is not None
            found = _REFRESH.search(first)
            if found is not None and not answer.location:
                answer.location = found[1].decode("ascii", "replace")
