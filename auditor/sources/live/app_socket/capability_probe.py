"""Tries each right that an App may have over WebSocket once, with the smallest message for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from auditor.messages.message import NOTHING, Message
from auditor.model.site import Site
from auditor.sources.live.app_socket.asking_at_once import HAS_ADMIN, HAS_TABLE, ask_at_once
from auditor.sources.live.app_socket.login_session import App, LoginSession
from auditor.sources.live.app_socket.questions import Outcome
from auditor.sources.live.app_socket.refusal_advice import WITHOUT_LOGIN_AREA, what_to_do
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions


class Tried(NamedTuple):
    """A right, and why it is not there, with what to do about it; nothing if it is."""

    area: str
    problem: Message = NOTHING
    advice: Message = NOTHING


def try_sockets(
    base: str, site: Site, password: str, options: LiveOptions, *, further: bool = False
) -> Iterator[Tried]:
    """Yield what can be asked over WebSocket, as far as the site file wants it asked.

    A `further` PBX of a system is asked for what is its own, so not for the table of objects.
    """
    if site.websocket is None:
        return
    if not site.websocket.app:
        found = ask_at_once(base, site, options, None)
        yield _tried(WITHOUT_LOGIN_AREA, found.without_login[0])
        return
    with LoginSession.of(base, site.tls, App(site.websocket.app, password), options) as session:
        rights = (HAS_ADMIN,) if further else (HAS_ADMIN, HAS_TABLE)
        found = ask_at_once(base, site, options, session, rights)
    yield _tried(WITHOUT_LOGIN_AREA, found.without_login[0])
    for right, outcome in zip(rights, found.as_app, strict=True):
        yield _tried(right.api, outcome)


def _tried(area: str, outcome: Outcome) -> Tried:
    if isinstance(outcome, RefusedError):
        return Tried(area, outcome.reason, what_to_do(outcome, area))
    return Tried(area)
