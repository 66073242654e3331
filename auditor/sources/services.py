"""Looks at services of a PBX as a stranger: whether they answer, and whether they ask for a login.

A look is a connection that sends nothing, or a GET from the read-only list without credentials. A
port that refuses is closed; one that does not answer proves nothing, and is a gap.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from auditor.errors import TargetError
from auditor.facts import HTTP_PORT, INFO_PAGE, TELNET_PORT
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Setting
from auditor.model.vocabulary import Grade
from auditor.settings import Credentials, LiveOptions
from auditor.sources.boxpages import BOX_INFO
from auditor.sources.login import open_client
from auditor.sources.watchdog import Watchdog

CLOSED: Final = "closed"
OPEN: Final = "open"
ANSWERS: Final = "answers"
TO_HTTPS: Final = "redirects to HTTPS"
ASKS: Final = "asks for a login"
_SECONDS: Final = 5.0
_SILENT: Final = "it neither answers nor refuses, so something on the way may drop the packets"


class _NoAnswerError(Exception):
    """A look that proves nothing, with the reason."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of services, by fact, and what could not be seen."""

    settings: dict[str, Setting]
    gaps: list[Gap]


def look_at_services(base: str, site: Site, options: LiveOptions) -> Looks:
    """Return what services of the host of an address show to a stranger.

    Raises SiteFileError for trust settings that cannot be used.
    """
    found = Looks({}, [])
    host = urlsplit(base).hostname or ""
    seconds = max(0.1, min(_SECONDS, options.timeout, options.deadline))
    bounded = LiveOptions(timeout=seconds, deadline=seconds)
    for fact, port, look in _looks(base, host, site, bounded):
        place = f"{host}:{port}"
        try:
            value = look()
        except _NoAnswerError as error:
            advice = "run from a network that reaches it, or look at the box and attest it"
            found.gaps.append(Gap(fact, f"{place}: {error}", place, advice=advice))
        else:
            found.settings[fact] = Setting((value,), Grade.DOCUMENTED, place, place="a look at it")
    return found


def _looks(
    base: str, host: str, site: Site, options: LiveOptions
) -> Iterator[tuple[str, int, Callable[[], str]]]:
    ports = site.probe
    yield TELNET_PORT, ports.telnet_port, lambda: _port(host, ports.telnet_port, options.timeout)
    parts = urlsplit(base)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    yield INFO_PAGE, port, lambda: _info_page(base, site, options)
    if secure:
        yield HTTP_PORT, ports.http_port, lambda: _plain_http(host, ports.http_port, options)
    else:
        yield HTTP_PORT, port, lambda: ANSWERS


def _port(host: str, port: int, seconds: float) -> str:
    """Return whether a port takes connections; nothing is sent."""
    try:
        socket.create_connection((host, port), seconds).close()
    except ConnectionRefusedError:
        return CLOSED
    except TimeoutError:
        raise _NoAnswerError(_SILENT) from None
    except OSError as error:
        raise _NoAnswerError(f"it cannot be reached ({error.strerror or 'no route'})") from None
    return OPEN


def _plain_http(host: str, port: int, options: LiveOptions) -> str:
    """Return whether the box can be used without TLS, or only sends to HTTPS."""
    if _port(host, port, options.timeout) == CLOSED:
        return CLOSED
    name = f"[{host}]" if ":" in host else host
    answer = _ask(f"http://{name}:{port}", Site(), options)
    if answer.is_redirect:
        target = urlsplit(urljoin(str(answer.url), answer.headers["location"]))
        if target.scheme == "https" and target.hostname == host:
            return TO_HTTPS
    return ANSWERS


def _info_page(base: str, site: Site, options: LiveOptions) -> str:
    """Return whether the page that describes the box asks for a login."""
    answer = _ask(base, site, options)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return ASKS
    if answer.is_success:
        return OPEN
    raise _NoAnswerError(f"the page that describes the box answers with {answer.status_code}")


def _ask(base: str, site: Site, options: LiveOptions) -> httpx.Response:
    """Return status and headers of the page that describes the box, asked for by nobody."""
    watchdog = Watchdog(options.deadline)
    try:
        with (
            open_client(base, site.tls, Credentials(), options) as client,
            client.stream(
                "GET", BOX_INFO, auth=None, extensions={"trace": watchdog.trace}
            ) as answer,
        ):
            return answer
    except (httpx.HTTPError, TargetError) as error:
        raise _NoAnswerError(f"it does not answer by HTTP ({type(error).__name__})") from None
    finally:
        watchdog.stop()
