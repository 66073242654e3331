"""Looks at services of a PBX as a stranger: whether they answer, and whether they ask for a login.

A look is a connection that sends nothing, or a GET from the read-only list without credentials. A
port that refuses is closed; one that does not answer proves nothing, and is a gap. So is whatever
another program than an innovaphone device shows: a portal, a proxy, a page of errors. How such a
device answers: its page `box_info.xml` has a child `sys` whose version has brackets, or asks for a
login by digest (wire facts 1, 3 and 5); an unknown module is `?` (wire fact 6).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from auditor.errors import ReasonedError, TargetError
from auditor.facts import HTTP_PORT, INFO_PAGE, TELNET_PORT
from auditor.messages.message import Message, say
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Setting
from auditor.model.vocabulary import Grade
from auditor.site.credentials import Credentials
from auditor.sources.live.box_pages import BOX_INFO
from auditor.sources.live.challenges import DIGEST, read_challenges
from auditor.sources.live.http_connection import OUT_OF_TIME
from auditor.sources.live.login import open_client
from auditor.sources.live.not_a_pbx import NO_PBX, destination, no_pbx
from auditor.sources.live.read_only import LOCATION
from auditor.sources.live.watchdog import Watchdog
from auditor.sources.options import LiveOptions
from auditor.sources.parse.xml import XmlError, parse_xml
from auditor.values.frozen import frozen

CLOSED: Final = "closed"
OPEN: Final = "open"
ANSWERS: Final = "answers"
TO_HTTPS: Final = "redirects to HTTPS"
ASKS: Final = "asks for a login"
_SECONDS: Final = 5.0
_MAX_BODY: Final = 65_536
_UNKNOWN_MODULE: Final = b"?\r\n"
NOT_BY_HTTP: Final = say("it does not answer by HTTP")
_LOOK_YOURSELF: Final = say("run from a network that reaches it, or look at the box and attest it")
_SILENT: Final = say("it neither answers nor refuses, so something on the way may drop the packets")


class _NoAnswerError(ReasonedError):
    """A look that proves nothing, with the reason."""


@frozen
class Looks:
    """What was seen of services, by fact, and what could not be seen."""

    settings: dict[str, Setting]
    gaps: list[Gap]


def look_at_services(
    base: str, site: Site, options: LiveOptions, *, identified: bool = False
) -> Looks:
    """Return what services of the host of an address show to a stranger.

    `identified` says that pages of a PBX were read from there. Else the host must show itself as
    one, or nothing that it does says anything about the PBX.

    Raises SiteFileError for trust settings that cannot be used.
    """
    found = Looks({}, [])
    end = time.monotonic() + options.deadline
    for fact, place, look in _looks(base, site):
        try:
            value = look(_bounded(options, end))
        except _NoAnswerError as error:
            found.gaps.append(
                Gap(
                    fact,
                    say("{place}: {reason}", place=place, reason=error.reason),
                    place,
                    advice=_LOOK_YOURSELF,
                )
            )
        else:
            found.settings[fact] = Setting((value,), Grade.DOCUMENTED, place)
    if not identified and INFO_PAGE not in found.settings:
        return Looks({}, [*found.gaps, *_about_somebody_else(base, found.settings)])
    return found


def _bounded(options: LiveOptions, end: float) -> LiveOptions:
    """Return the limits of one look, which is a short one and ends with the time of all."""
    left = end - time.monotonic()
    if left <= 0:
        raise _NoAnswerError(OUT_OF_TIME)
    seconds = min(_SECONDS, options.timeout, left)
    return LiveOptions(timeout=seconds, deadline=seconds)


def answers_by_http(base: str, options: LiveOptions) -> bool:
    """Return whether an address answers a stranger by HTTP, whatever it says."""
    try:
        _ask(base, Site(), options)
    except _NoAnswerError:
        return False
    return True


def _about_somebody_else(base: str, facts: Iterable[str]) -> Iterator[Gap]:
    parts = urlsplit(base)
    place = f"{parts.hostname}:{_port_of(parts)}"
    for fact in facts:
        yield Gap(
            fact, say("{place}: {reason}", place=place, reason=NO_PBX), place, advice=_LOOK_YOURSELF
        )


def _looks(base: str, site: Site) -> Iterator[tuple[str, str, Callable[[LiveOptions], str]]]:
    """Yield each fact with the place where a look shows it, and the look."""
    ports, parts = site.probe, urlsplit(base)
    host, own = parts.hostname or "", _port_of(parts)
    telnet, plain = ports.telnet_port, ports.http_port
    yield TELNET_PORT, f"{host}:{telnet}", lambda limits: _port(host, telnet, limits.timeout)
    yield INFO_PAGE, f"{host}:{own}", lambda limits: _info_page(base, site, limits)
    if parts.scheme == "https":
        yield HTTP_PORT, f"{host}:{plain}", lambda limits: _plain_http(host, plain, limits)
    else:
        yield HTTP_PORT, f"{host}:{own}", lambda _: ANSWERS


def _port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _port(host: str, port: int, seconds: float) -> str:
    """Return whether a port takes connections; nothing is sent."""
    try:
        socket.create_connection((host, port), seconds, all_errors=True).close()
    except ExceptionGroup as several:
        return _closed(several)
    except OSError as error:  # the name could not be resolved
        raise _unreachable(error) from None
    return OPEN


def _closed(several: ExceptionGroup[Exception]) -> str:
    """Return closed if each address of the name refused: one that is silent may be open."""
    for error in several.exceptions:
        if isinstance(error, TimeoutError):
            raise _NoAnswerError(_SILENT)
        if isinstance(error, OSError) and not isinstance(error, ConnectionRefusedError):
            raise _unreachable(error)
    return CLOSED


def _unreachable(error: OSError) -> _NoAnswerError:
    return _NoAnswerError(
        say("it cannot be reached ({problem})", problem=error.strerror or "no route")
    )


def _plain_http(host: str, port: int, options: LiveOptions) -> str:
    """Return whether the box can be used without TLS, or only sends to HTTPS."""
    if _port(host, port, options.timeout) == CLOSED:
        return CLOSED
    name = f"[{host}]" if ":" in host else host
    answer, body = _ask(f"http://{name}:{port}", Site(), options)
    if answer.is_redirect:
        target = destination(str(answer.url), answer.extensions.get(LOCATION, ""))
        if target is not None and target.scheme == "https" and target.hostname == host:
            return TO_HTTPS
    if _asks_as_a_box(answer) or (answer.is_success and _is_of_a_box(body)):
        return ANSWERS
    raise _NoAnswerError(_of_somebody_else(answer))


def _info_page(base: str, site: Site, options: LiveOptions) -> str:
    """Return whether the page that describes the box asks for a login."""
    answer, body = _ask(base, site, options)
    if _asks_as_a_box(answer):
        return ASKS
    if answer.is_success and _describes_a_box(body):
        return OPEN
    raise _NoAnswerError(_of_somebody_else(answer))


def _of_somebody_else(answer: httpx.Response) -> Message:
    return no_pbx(answer.status_code)


def _asks_as_a_box(answer: httpx.Response) -> bool:
    """Return whether an answer asks for a login in the way that every box offers, by digest."""
    offered = read_challenges(answer.headers.get_list("www-authenticate"))
    by_digest = any(one.scheme == DIGEST for one in offered)
    return answer.status_code == httpx.codes.UNAUTHORIZED and by_digest


def _is_of_a_box(body: bytes) -> bool:
    return body == _UNKNOWN_MODULE or _describes_a_box(body)


def _describes_a_box(body: bytes) -> bool:
    """Return whether a page is the one that describes a box, with its version in brackets."""
    try:
        root = parse_xml(body)
    except XmlError:
        return False
    return any(child.tag == "sys" and "[" in child.get("version", "") for child in root)


def _ask(base: str, site: Site, options: LiveOptions) -> tuple[httpx.Response, bytes]:
    """Return what comes of asking for the page that describes the box, without credentials."""
    watchdog = Watchdog(options.deadline)
    body = b""
    try:
        with (
            open_client(base, site.tls, Credentials(), options) as client,
            client.stream(
                "GET", BOX_INFO, auth=None, extensions={"trace": watchdog.trace}
            ) as answer,
        ):
            for block in answer.iter_bytes():
                body += block
                if len(body) > _MAX_BODY:
                    break
            return answer, body
    except (httpx.HTTPError, TargetError) as error:
        raise _NoAnswerError(NOT_BY_HTTP) from error
    finally:
        watchdog.stop()
