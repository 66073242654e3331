"""Asks both sockets of a PBX at once, so that all that stays silent costs the time of one answer.

Which rights an App has, and what the train knows, shows only by what is answered: whether a right
is missing, a message unknown or an argument wrong, the PBX says nothing (SDK, AppWebsocket).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final, NamedTuple

from auditor.errors import TargetError
from auditor.model.site import Site
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TABLE_API, Socket
from auditor.sources.live.app_socket.channel import Limits, open_channel
from auditor.sources.live.app_socket.questions import Outcome, Question
from auditor.sources.live.app_socket.session import Session
from auditor.sources.live.object_pages import reason_of
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions

WITHOUT_LOGIN: Final = (Question("LoginInfo"), Question("CheckBuild"))
# The smallest message of each right that an App may have.
HAS_ADMIN: Final = Question("GetPbxConfig", ADMIN_API)
HAS_TABLE: Final = Question(
    "ReplicateStart",
    TABLE_API,
    {"add": False, "del": False, "columns": {"guid": {}}, "pseudo": ["loc"]},
    "r0",
)


class AtOnce(NamedTuple):
    """What questions came to: those that need no login, and those of the App, in their order."""

    without_login: list[Outcome]
    as_app: list[Outcome]


def ask_at_once(
    base: str,
    site: Site,
    options: LiveOptions,
    session: Session | None,
    questions: Sequence[Question] = (),
) -> AtOnce:
    """Return what both sockets answer; the App's, only if there is a session.

    What is begun with a replication ends with its connection, so the next question of the session
    opens a new one.
    """
    with ExitStack() as stack:
        without_login = _begin(stack, base, site, options)
        as_app: list[Outcome] = []
        if session is not None:
            try:
                as_app = session.ask_together(questions)
            except TargetError as error:
                as_app = [RefusedError(reason_of(error))] * len(questions)
            session.renew()
        return AtOnce(without_login(), as_app)


def _begin(
    stack: ExitStack, base: str, site: Site, options: LiveOptions
) -> Callable[[], list[Outcome]]:
    """Ask what needs no login; return what waits for the rest of the time of an answer."""
    opening = open_channel(base, Socket.CLIENTS, site.tls, Limits.of(options), secure_only=False)
    try:
        channel = stack.enter_context(opening)
        sent = channel.send(WITHOUT_LOGIN)
    except (RefusedError, TargetError) as error:
        failure = RefusedError(reason_of(error))
        return lambda: [failure] * len(WITHOUT_LOGIN)
    return lambda: channel.collect(sent)
