"""The read-only transport: what is not on the list below is never sent.

On this device a GET can change things (`/!config change …`, `cmd=submit-object`), so the method
alone proves nothing. A request passes only if its method, path and every argument match a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import httpx

from auditor.errors import ForbiddenRequestError


@dataclass(frozen=True, slots=True)
class AllowedRequest:
    """One row: arguments are compared after decoding, each against a full pattern."""

    method: str
    path: str
    arguments: Mapping[str, str]
    reason: str


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
)


class ReadOnlyTransport(httpx.BaseTransport):
    """Passes listed requests on and raises ForbiddenRequestError for every other one."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a listed request. Raises ForbiddenRequestError before a byte is sent."""
        if not is_allowed(request):
            raise ForbiddenRequestError(
                f"{request.method} {request.url.path!r:.80} is not on the read-only list; "
                "nothing was sent",
                advice="this is a bug of pbx-auditor; please report it",
            )
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections of the inner transport."""
        self._inner.close()


def is_allowed(request: httpx.Request) -> bool:
    """Return whether a request matches a row exactly, in its raw path and all arguments."""
    path, _, query = request.url.raw_path.decode("ascii", "replace").partition("?")
    arguments = parse_qsl(query, keep_blank_values=True)
    carries_body = (
        request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    )
    if carries_body or len(dict(arguments)) != len(arguments):
        return False
    return any(
        request.method == row.method
        and path == row.path
        and dict(arguments).keys() == row.arguments.keys()
        and all(re.fullmatch(row.arguments[name], value) for name, value in arguments)
        for row in ALLOWED_REQUESTS
    )
