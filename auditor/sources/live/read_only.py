"""The read-only transport: what is not on the list below is never sent.

On this device a GET can change things (`/!config change …`, `cmd=submit-object`), so the method
alone proves nothing. A request passes only if its method, path and every argument match a row. The
body of a SOAP request is read as well, and must be what the auditor itself would have written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import httpx

from auditor.errors import ForbiddenRequestError
from auditor.messages.message import say
from auditor.sources.live.soap_envelope import (
    CONTENT_TYPE,
    PAGE_SIZE,
    SOAP_PATH,
    EnvelopeError,
    Request,
    read_request,
)
from auditor.values.frozen import frozen

LOCATION: Final = "location"
_ACTIVE: Final = frozenset({b"location", b"set-cookie"})
_WILDCARD: Final = "*"


@frozen
class AllowedRequest:
    """One row: arguments are compared after decoding, each against a full pattern.

    `operation` is that of a SOAP request, `command` the root element of what `Admin` is given.
    """

    method: str
    path: str
    arguments: Mapping[str, str]
    reason: str
    operation: str = ""
    command: str = ""


ALLOWED_REQUESTS: Final = (
    AllowedRequest("GET", "/CMD0/box_info.xml", {}, "version and serial number of the box"),
    AllowedRequest("GET", "/cfg.txt", {}, "the configuration, as Save config delivers it"),
    AllowedRequest(
        "GET",
        "/PBX0/ADMIN/mod_cmd_login.xml",
        {"cmd": r"show", "user": r"\*"},
        "the list of PBX objects",
    ),
    AllowedRequest(
        "GET",
        "/PBX0/ADMIN/mod_cmd_login.xml",
        {"cmd": r"show", "user-guid": r"[0-9a-fA-F]{1,64}"},
        "one PBX object",
    ),
    AllowedRequest("POST", SOAP_PATH, {}, "whether SOAP answers, and for which box", "Version"),
    AllowedRequest("POST", SOAP_PATH, {}, f"names of {PAGE_SIZE} PBX objects at most", "FindUser"),
    AllowedRequest("POST", SOAP_PATH, {}, "one PBX object", "Admin", "show"),
)


class ReadOnlyTransport(httpx.BaseTransport):
    """Passes listed requests on and raises ForbiddenRequestError for every other one.

    With an `origin`, those to another one are no listed ones.
    """

    def __init__(self, inner: httpx.BaseTransport, origin: str = "") -> None:
        self._inner = inner
        self._origin = _origin(httpx.URL(origin)) if origin else None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a listed request. Raises ForbiddenRequestError before a byte is sent."""
        is_elsewhere = self._origin is not None and _origin(request.url) != self._origin
        if is_elsewhere or not is_allowed(request):
            raise ForbiddenRequestError(
                say(
                    "{method} {path} is not on the read-only list; nothing was sent",
                    method=request.method,
                    path=f"{request.url.path!r:.80}",
                ),
                advice=say("this is a bug of pbx-auditor; please report it"),
            )
        return _inert(self._inner.handle_request(request))

    def close(self) -> None:
        """Close the connections of the inner transport."""
        self._inner.close()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _inert(response: httpx.Response) -> httpx.Response:
    """Return an answer without what a client acts upon by itself: redirections and cookies.

    Neither is ever followed or sent back, and what stands in them may be anything. Where an answer
    sends on to is kept apart.
    """
    response.extensions[LOCATION] = response.headers.get("location", "")
    kept = [(name, value) for name, value in response.headers.raw if name.lower() not in _ACTIVE]
    response.headers = httpx.Headers(kept)
    return response


def is_allowed(request: httpx.Request) -> bool:
    """Return whether a request matches a row exactly: raw path, all arguments, and body."""
    path, _, query = request.url.raw_path.decode("ascii", "replace").partition("?")
    arguments = parse_qsl(query, keep_blank_values=True)
    if len(dict(arguments)) != len(arguments):
        return False
    rows = [
        row
        for row in ALLOWED_REQUESTS
        if request.method == row.method
        and path == row.path
        and dict(arguments).keys() == row.arguments.keys()
        and all(re.fullmatch(row.arguments[name], value) for name, value in arguments)
    ]
    if request.method == "POST":
        asked = _soap_request(request) if request.url.raw_path == path.encode() else None
        return asked is not None and any(_is_row_of(row, asked) for row in rows)
    return bool(rows) and not _carries_body(request)


def _carries_body(request: httpx.Request) -> bool:
    return (
        request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    )


def _soap_request(request: httpx.Request) -> Request | None:
    """Return what a SOAP request asks for; None if any part of it is not as it must be."""
    if not isinstance(request.stream, httpx.ByteStream):
        return None
    body = b"".join(request.stream)
    headers = request.headers
    if "transfer-encoding" in headers or "content-encoding" in headers:
        return None
    if headers.get("content-length") != str(len(body)):
        return None
    try:
        asked = read_request(body)
    except EnvelopeError:
        return None
    stated = (headers.get("content-type"), headers.get("soapaction"))
    return asked if stated == (CONTENT_TYPE, asked.action) else None


def _is_row_of(row: AllowedRequest, asked: Request) -> bool:
    if (asked.operation, asked.command) != (row.operation, row.command):
        return False
    if asked.operation == "FindUser":
        return 0 < asked.count <= PAGE_SIZE and asked.cn.strip() != _WILDCARD
    # A name with an asterisk anywhere could select many objects at once.
    return asked.operation == "Version" or (asked.cn != "" and _WILDCARD not in asked.cn)
