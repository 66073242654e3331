"""Sends a payload to a URL by HTTPS, and says what the answer means.

The URL is a secret, for it may hold a token: nothing that is raised here names it. No redirect is
followed, and of an answer nothing but its status and how long to wait is looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from auditor.errors import InputError
from auditor.fleet.outward.channels.channel import DeliveryError
from auditor.fleet.outward.channels.verified_tls import (
    NO_SERVER,
    NOT_REACHED,
    NOT_TRUSTED,
    TOO_LATE,
    context_of,
    is_refused,
)
from auditor.messages.message import say

SECONDS: Final = 20.0
NO_PROXY: Final = say("the proxy that the environment names cannot be used")
LONGEST_WAIT: Final = timedelta(hours=6)
_SUCCESS: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_GONE: Final = 410
# Too early, too many, took too long: it may go at another time.
_LATER: Final = frozenset({408, 425, 429, *range(500, 600)})
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def check_url(url: str, where: str) -> str:
    """Return a URL that can be sent to. Raises InputError, which does not quote it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    if not host or not is_safe or not url.isascii() or not url.isprintable() or " " in url:
        raise InputError(
            say("this is no URL that begins with https://"),
            where=where,
            advice=say("put the whole URL there, and nothing else"),
        )
    return url


class Upload(NamedTuple):
    """What is sent where; the URL may be secret."""

    method: str
    url: str
    payload: bytes
    headers: Mapping[str, str]


def post(
    url: str, payload: bytes, headers: Mapping[str, str], ca_file: Path | None, now: datetime
) -> None:
    """Send a payload. Raises DeliveryError."""
    send(Upload("POST", url, payload, headers), ca_file, now)


def send(upload: Upload, ca_file: Path | None, now: datetime) -> None:
    """Send something. Raises DeliveryError."""
    # It logs the whole URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        with (
            _client(upload.url, ca_file) as client,
            client.stream(
                upload.method, upload.url, content=upload.payload, headers=dict(upload.headers)
            ) as response,
        ):
            _judge(response.status_code, response.headers.get("retry-after", ""), now)
    except httpx.TimeoutException:
        raise DeliveryError(TOO_LATE, is_silent=True) from None
    except UnicodeError:
        raise DeliveryError(NO_SERVER, is_final=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        if is_refused(error):
            raise DeliveryError(NOT_TRUSTED, is_final=True) from None
        raise DeliveryError(NOT_REACHED, is_silent=True) from None


def _client(url: str, ca_file: Path | None) -> httpx.Client:
    """Return a client. Raises DeliveryError if a proxy of the environment is none that is known.

    What goes to this computer without TLS goes through no proxy, which would read it.
    """
    try:
        return httpx.Client(
            verify=context_of(ca_file),
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=urlsplit(url).scheme == "https",
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        raise DeliveryError(NO_PROXY, is_final=True) from None


def _judge(status: int, retry_after: str, now: datetime) -> None:
    """Raise DeliveryError unless a status says that the payload was taken."""
    if status in _SUCCESS:
        return
    if status in _REDIRECTS:
        raise DeliveryError(
            say("the server sends elsewhere ({status}), where nothing is sent", status=status),
            is_final=True,
        )
    if status == _GONE:
        raise DeliveryError(say("the server says that this address is gone for good"), is_gone=True)
    reason = say("the server answers {status}", status=status)
    if status in _LATER:
        raise DeliveryError(reason, wait=waited(retry_after, now))
    raise DeliveryError(reason, is_final=True)


def waited(retry_after: str, now: datetime) -> timedelta | None:
    """Return how long a server asks to wait, in seconds or until a date; never very long."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        seconds = timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
        return min(seconds, LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_WAIT)
