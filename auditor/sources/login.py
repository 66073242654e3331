"""How a live PBX is addressed and logged in to."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from auditor.errors import InputError, LoginError
from auditor.model.site import Site
from auditor.settings import PASSWORD, USERNAME, Credentials
from auditor.sources.readonly import ReadOnlyTransport
from auditor.sources.trust import tls_context

_HOST: Final = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.?|[0-9A-Fa-f:.]+"
)
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)


def check_address(url: str, credentials: Credentials) -> str:
    """Return the address without what follows the port.

    Raises InputError for an unusable address or missing credentials.
    """
    parts = _split_address(url)
    if parts is None:
        raise InputError(
            "this is not the address of a PBX",
            where="TARGET",
            advice="give it as https://host or https://host:port",
        )
    if parts.username or parts.password:
        raise InputError(
            "credentials do not belong into an address, where other programs can see them",
            where="TARGET",
            advice=f"set {USERNAME} and {PASSWORD} in the environment",
        )
    if not credentials.username or not credentials.password:
        raise InputError(
            "a live audit needs an account, a viewer is enough",
            where="environment",
            advice=f"set {USERNAME} and {PASSWORD}",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _split_address(url: str) -> SplitResult | None:
    """Return the parts of an address, None if it is not that of a PBX."""
    if not url.isascii() or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        usable = parts.port != 0 and _HOST.fullmatch(parts.hostname or "")
    except ValueError:
        return None
    return parts if usable and parts.path in {"", "/"} and not parts.query else None


def open_client(base: str, site: Site, credentials: Credentials) -> httpx.Client:
    """Return a client for one PBX that logs in by digest and sends only what is listed."""
    parts = urlsplit(base)
    secure = parts.scheme == "https"
    verify = tls_context(site.tls, parts.hostname or "", parts.port or 443) if secure else False
    return httpx.Client(
        base_url=base,
        auth=_CarefulDigest(credentials.username, credentials.password),
        transport=ReadOnlyTransport(httpx.HTTPTransport(verify=verify)),
        timeout=_TIMEOUT,
        trust_env=False,
        follow_redirects=False,
    )


class _CarefulDigest(httpx.DigestAuth):
    """Digest login that says so when the PBX asks for something it cannot do."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield requests with an answer to the challenge. Raises LoginError."""
        try:
            yield from super().auth_flow(request)
        except (LookupError, NotImplementedError, ValueError):
            raise LoginError(
                "the PBX asks for a kind of login that cannot be answered",
                where=f"{request.url.scheme}://{request.url.netloc.decode()}",
                advice="use an account with ASCII characters, and HTTP digest with MD5 or SHA-256",
            ) from None
