"""How a live PBX is addressed and logged in to."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Generator
from importlib.util import find_spec
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from auditor.errors import InputError, LoginError
from auditor.messages.message import Message, say
from auditor.model.site import Trust
from auditor.site.credentials import PASSWORD, USERNAME, Credentials
from auditor.sources.live.body import ACCEPTED
from auditor.sources.live.challenges import (
    BASIC,
    DIGEST,
    Challenge,
    plain_challenge,
    quoted_string,
    read_challenges,
)
from auditor.sources.live.read_only import ReadOnlyTransport
from auditor.sources.live.trust import TlsPlace, tls_context
from auditor.sources.options import LiveOptions
from auditor.values.devices_addresses import box_address, leads_through

_HOST: Final = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.?|[0-9A-Fa-f:.]+"
)
# Nothing with an @ in it: what stands before that may be a password.
_NEARLY: Final = re.compile(r"(https?):/*([A-Za-z0-9.-]+)(:\d{1,5})?(?:[/?#][^@]*)?")
_FIELD: Final = "www-authenticate"
_UTF8: Final = "utf-8"
_ASCII: Final = "ascii"
_QOP: Final = "auth"
_SENT: Final = ("realm", "nonce", "opaque", "algorithm")
# What httpx can compute.
_ALGORITHMS: Final = frozenset(
    name + mode for name in ("MD5", "SHA", "SHA-256", "SHA-512") for mode in ("", "-SESS")
)
NO_ACCOUNT: Final = say("no account of the box was given, so it was not asked for")
NOT_AS_A_PBX: Final = say("what answers asks for a login, but not as an innovaphone PBX does")
GO_TO_THE_PBX: Final = say("give the address of the PBX itself, past any portal or proxy")


def check_address(url: str, credentials: Credentials) -> str:
    """Return the address without what follows the port; of a box behind Devices, all of it.

    Where an App alone logs in, its TLS is needed. Raises InputError for an unusable address or
    missing credentials.
    """
    parts = parse_address(url)
    if (box := box_address(url)) is not None:
        _check_devices(credentials)
        return str(box)
    if not (credentials.by_app_alone and parts.scheme == "https"):
        check_account_of_box(credentials)
    return f"{parts.scheme}://{parts.netloc}"


def check_account_of_box(credentials: Credentials) -> None:
    """Raise InputError without an account of the box."""
    if not credentials.has_account:
        raise InputError(
            say("a live audit needs an account, a viewer is enough"),
            where=say("environment"),
            advice=give_account(credentials),
        )


def give_account(credentials: Credentials) -> Message:
    """Return how to hand an account over."""
    return say("set {username} and {password}", **credentials.places._asdict())


def _check_devices(credentials: Credentials) -> None:
    if not credentials.devices.password:
        raise InputError(
            say("reading a box through Devices needs a password of its domain or of the instance"),
            where=say("environment"),
            advice=say("set {name}", name=credentials.devices.place),
        )
    if find_spec("websockets") is None:
        raise InputError(
            say("the package that speaks WebSocket is not installed"),
            where="TARGET",
            advice=say("pip install 'pbx-auditor[websocket]'"),
        )


def parse_address(url: str) -> SplitResult:
    """Return the parts of the address of a PBX. Raises InputError for anything else."""
    parts = _split_address(url)
    if parts is None:
        raise InputError(
            say("this is not the address of a PBX"),
            where="TARGET",
            advice=_meant(url),
        )
    if parts.username or parts.password:
        raise InputError(
            say("credentials do not belong into an address, where other programs can see them"),
            where="TARGET",
            advice=say(
                "set {username} and {password} in the environment",
                username=USERNAME,
                password=PASSWORD,
            ),
        )
    return parts


def _meant(url: str) -> Message:
    """Return what to give instead of an address of the wrong form."""
    give = say("give it as https://host or https://host:port")
    found = _NEARLY.fullmatch(url)
    origin = parse_origin("{}://{}{}".format(*found.groups(default=""))) if found else None
    return say("did you mean {name}? Else {give}", name=origin, give=give) if origin else give


def parse_origin(url: str) -> str | None:
    """Return the origin of an address that has the form of one of a PBX; None if it has not."""
    parts = _split_address(url)
    if parts is None or parts.username or parts.password:
        return None
    box = box_address(url)
    return str(box) if box is not None else f"{parts.scheme}://{parts.netloc}"


def _split_address(url: str) -> SplitResult | None:
    """Return the parts of an address, None if it is not that of a PBX."""
    if not url.isascii() or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        usable = (
            parts.scheme in {"http", "https"}
            and parts.port != 0
            and _HOST.fullmatch(parts.hostname or "")
        )
    except ValueError:
        return None
    is_plain = parts.path in {"", "/"} and not parts.query
    return parts if usable and (is_plain or leads_through(url)) else None


def open_client(
    base: str,
    trust: Trust,
    credentials: Credentials | None,
    options: LiveOptions,
    way: Callable[[httpx.BaseTransport], httpx.BaseTransport] = lambda plain: plain,
) -> httpx.Client:
    """Return a client for one PBX that logs in by digest and sends only what is listed.

    Without credentials it never logs in. `way` is how what was let through is sent.
    """
    parts = urlsplit(base)
    secure = parts.scheme == "https"
    place = TlsPlace(
        parts.hostname or "", parts.port or 443, min(options.timeout, options.deadline)
    )
    verify = tls_context(trust, place) if secure else False
    return httpx.Client(
        base_url=base,
        auth=_Login(credentials.username, credentials.password) if credentials else None,
        headers={"Accept-Encoding": ACCEPTED},
        transport=ReadOnlyTransport(way(httpx.HTTPTransport(verify=verify)), base),
        timeout=options.timeout,
        trust_env=False,
        follow_redirects=False,
    )


class _Login(httpx.Auth):
    """A login of its own for each thread: the count of a digest must rise from one to the next."""

    def __init__(self, username: str, password: str) -> None:
        self._account = (username, password)
        self._threads = threading.local()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield requests with an answer to the challenge. Raises LoginError."""
        if not hasattr(self._threads, "login"):
            self._threads.login = _CarefulLogin(*self._account)
        yield from self._threads.login.auth_flow(request)


class _CarefulLogin(httpx.DigestAuth):
    """Digest login, or basic over TLS where the PBX offers no digest; says what it cannot do."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        pair = f"{username}:{password}".encode()
        self._basic = f"Basic {base64.b64encode(pair).decode()}"
        self._is_basic = False
        self._encoding = _ASCII
        self._quoted = {"username": username}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield requests with an answer to the challenge. Raises LoginError."""
        if self._is_basic:
            request.headers["Authorization"] = self._basic
            yield request
            return
        response = yield from self._digest(request)
        if response.status_code != httpx.codes.UNAUTHORIZED or "authorization" in request.headers:
            return
        schemes = {one.scheme for one in _challenges(response)}
        if BASIC in schemes and request.url.scheme == "https":
            self._is_basic = True
            request.headers["Authorization"] = self._basic
            yield request
        elif DIGEST in schemes:
            raise _error(
                request,
                say("the PBX asks for a kind of login that cannot be answered"),
                say("use HTTP digest with MD5 or SHA-256, and qop auth"),
            )
        elif BASIC in schemes:
            raise _error(
                request,
                say("the PBX offers only a login that sends the password in clear"),
                say("use https://, or let the PBX ask for HTTP digest"),
            )
        elif schemes:
            raise _error(request, NOT_AS_A_PBX, GO_TO_THE_PBX)

    def _digest(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        """Log in by digest as far as the PBX offers it; return the last answer."""
        request.headers.encoding = self._encoding
        flow = super().auth_flow(request)
        outgoing = next(flow)
        while True:
            self._quote(outgoing)
            response = yield outgoing
            try:
                outgoing = flow.send(self._with_digest_alone(response))
            except StopIteration:
                return response
            except (LookupError, NotImplementedError, ValueError, httpx.ProtocolError):
                raise _error(
                    request,
                    say("the PBX asks for a kind of login that cannot be answered"),
                    say(
                        "use an account with ASCII characters, and HTTP digest with MD5 or SHA-256"
                    ),
                ) from None

    def _with_digest_alone(self, response: httpx.Response) -> httpx.Response:
        """Return an answer as httpx can read it: one challenge in one field, in plain form.

        Of several that can be answered the first is taken, for the server prefers it (RFC 7616).
        """
        usable = next(filter(_is_usable, _challenges(response)), None)
        headers = [(k, v) for k, v in response.headers.raw if k.lower() != _FIELD.encode()]
        if usable is not None:
            given = usable.parameters
            # Names beyond ASCII count as UTF-8 only where that is said (RFC 7616, 4).
            is_utf8 = given.get("charset", "").lower() == _UTF8
            self._encoding = response.request.headers.encoding = _UTF8 if is_utf8 else _ASCII
            plain: dict[str, str] = {name: given[name] for name in _SENT if name in given}
            self._quoted |= {name: plain[name] for name in plain if name != "algorithm"}
            if given.get("qop", "").strip():
                plain["qop"] = _QOP
            headers.append((_FIELD.encode(), plain_challenge("Digest", plain).encode()))
        shown = httpx.Response(response.status_code, headers=headers)
        shown.request = response.request
        return shown

    def _quote(self, request: httpx.Request) -> None:
        """Escape what stands in quotes, which httpx leaves as it is."""
        text = request.headers.get("authorization", "")
        for name, value in self._quoted.items():
            if quoted_string(value) != f'"{value}"':
                text = text.replace(f'{name}="{value}"', f"{name}={quoted_string(value)}", 1)
        if text:
            request.headers["Authorization"] = text


def _challenges(response: httpx.Response) -> list[Challenge]:
    return read_challenges(response.headers.get_list(_FIELD))


def _is_usable(challenge: Challenge) -> bool:
    """Return whether a challenge is a digest of which everything is known that an answer needs."""
    given = challenge.parameters
    offered = {part.strip().lower() for part in given.get("qop", "").split(",")}
    return (
        challenge.scheme == DIGEST
        and not challenge.damaged
        and {"realm", "nonce"} <= given.keys()
        and given.get("algorithm", "MD5").upper() in _ALGORITHMS
        and (_QOP in offered or offered == {""})
    )


def _error(request: httpx.Request, message: Message, advice: Message) -> LoginError:
    where = f"{request.url.scheme}://{request.url.netloc.decode()}"
    return LoginError(message, where=where, advice=advice)
