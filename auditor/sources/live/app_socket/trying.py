"""Tries each right that an App may have over WebSocket once, with the smallest message for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from auditor.errors import TargetError
from auditor.messages.message import NOTHING, Message
from auditor.model.site import Site
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TABLE_API, Socket
from auditor.sources.live.app_socket.channel import Limits, open_channel
from auditor.sources.live.app_socket.session import App, Session
from auditor.sources.live.object_pages import reason_of
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions

WITHOUT_LOGIN: Final = "LoginInfo"


class Tried(NamedTuple):
    """A right, and why it is not there; nothing if it is."""

    area: str
    problem: Message = NOTHING


def try_sockets(base: str, site: Site, password: str, options: LiveOptions) -> Iterator[Tried]:
    """Yield what can be asked over WebSocket, as far as the site file wants it asked."""
    if site.websocket is None:
        return
    limits = Limits.of(options)

    def login_info() -> None:
        with open_channel(base, Socket.CLIENTS, site.tls, limits, secure_only=False) as channel:
            channel.ask("LoginInfo")

    yield _tried(WITHOUT_LOGIN, login_info)
    if not site.websocket.app:
        return
    with Session(
        lambda left: open_channel(base, Socket.APPS, site.tls, limits._replace(whole=left)),
        App(site.websocket.app, password),
        options,
    ) as session:
        yield _tried(ADMIN_API, lambda: session.ask(ADMIN_API, "GetPbxConfig"))
        start = {"add": False, "del": False, "columns": {"guid": {}}, "pseudo": ["loc"]}
        yield _tried(TABLE_API, lambda: session.ask(TABLE_API, "ReplicateStart", start, "r1"))


def _tried(area: str, attempt: Callable[[], object]) -> Tried:
    try:
        attempt()
    except (RefusedError, TargetError) as error:
        return Tried(area, reason_of(error))
    return Tried(area)
