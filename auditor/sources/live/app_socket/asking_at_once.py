"""Asks both sockets of a PBX at once, and over each one question after another.

Which rights an App has, and what the train knows, shows only by what is answered: whether a right
is missing, a message unknown or an argument wrong, the PBX says nothing (SDK, AppWebsocket). How a
PBX deals with several questions at a time is documented nowhere, and the vendor's own clients do
not ask so. So each right is tried by its smallest message, and if that stays silent, nothing else
is asked of it: a right that is missing costs the time of one answer. A PBX that hangs up on one
message, though it answered others, is spared what would have followed here, and asked the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

from auditor.errors import TargetError
from auditor.messages.message import say
from auditor.model.site import Site
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TABLE_API, Socket
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.questions import Outcome, SilentError, SocketQuestion
from auditor.sources.live.app_socket.refusal_advice import as_refusal
from auditor.sources.live.app_socket.websocket_channel import Limits, open_channel
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions

# A right that is there leaves one question silent that a train does not know, but not many.
_MOST_SILENT: Final = 2
_NOT_ASKED: Final = say("it was not asked, because others before it were not answered")
WITHOUT_LOGIN: Final = (SocketQuestion("LoginInfo"), SocketQuestion("CheckBuild"))
# The smallest message of each right that an App may have.
HAS_ADMIN: Final = SocketQuestion("GetPbxConfig", ADMIN_API)
HAS_TABLE: Final = SocketQuestion(
    "ReplicateStart",
    TABLE_API,
    {"add": False, "del": False, "columns": {"guid": {}}, "pseudo": ["loc"]},
    "r0",
)


class AtOnce(NamedTuple):
    """What questions came to: those that need no login, and those of the App, in their order.

    `again` are answers without a login that contradict one that came before.
    """

    without_login: list[Outcome]
    as_app: list[Outcome]
    again: Sequence[Mapping[str, Any]] = ()


def ask_at_once(
    base: str,
    site: Site,
    options: LiveOptions,
    session: LoginSession | None,
    questions: Sequence[SocketQuestion] = (),
) -> AtOnce:
    """Return what both sockets answer; the App's, only if there is a session.

    What is begun with a replication ends with its connection, so the next question of the session
    opens a new one.
    """
    with ExitStack() as stack:
        without_login = _begin(stack, base, site, options)
        as_app: list[Outcome] = []
        if session is not None:
            as_app = _in_turn(session, questions)
            session.renew()
        told, again = without_login()
        return AtOnce(told, as_app, again)


def _in_turn(session: LoginSession, questions: Sequence[SocketQuestion]) -> list[Outcome]:
    """Return what questions come to; of each API the first one tries whether the right is there.

    What was answered stays if the PBX cannot be reached any more.
    """
    outcomes: list[Outcome] = []
    missing: dict[str, RefusedError] = {}
    silent: Counter[str] = Counter()
    tried: set[str] = set()
    for one in questions:
        if one.api in missing:
            outcomes.append(missing[one.api])
            continue
        try:
            outcomes.append(session.ask(one.api, one.mt, one.fields, one.mark))
        except RefusedError as error:
            outcomes.append(error)
            silent[one.api] += isinstance(error, SilentError)
            if silent[one.api] and one.api not in tried:
                missing[one.api] = error
            elif silent[one.api] == _MOST_SILENT or (error.broken and one.api in tried):
                session.go_on(after=error)
                missing[one.api] = RefusedError(_NOT_ASKED)
        except TargetError as error:
            left = len(questions) - len(outcomes)
            return [*outcomes, *[as_refusal(error)] * left]
        tried.add(one.api)
    return outcomes


def _begin(
    stack: ExitStack, base: str, site: Site, options: LiveOptions
) -> Callable[[], tuple[list[Outcome], Sequence[Mapping[str, Any]]]]:
    """Ask what needs no login; return what waits for the rest of the time of an answer.

    What the train does not know of the first question it does not know of the second.
    """
    opening = open_channel(base, Socket.CLIENTS, site.tls, Limits.of(options))
    first, *further = WITHOUT_LOGIN
    try:
        channel = stack.enter_context(opening)
        sent = channel.send([first])
    except (RefusedError, TargetError) as error:
        failure = as_refusal(error)
        return lambda: ([failure] * len(WITHOUT_LOGIN), ())

    def collect() -> tuple[list[Outcome], Sequence[Mapping[str, Any]]]:
        [found] = channel.collect(sent)
        if isinstance(found, SilentError):
            return [found] * len(WITHOUT_LOGIN), ()
        told = [found, *(channel.collect(channel.send([one]))[0] for one in further)]
        channel.finish()
        return told, channel.again

    return collect
