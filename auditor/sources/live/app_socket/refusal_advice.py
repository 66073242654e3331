"""What to do about a question that was not answered over WebSocket: it follows from the reason.

Only silence may mean that a right is missing. Whoever is refused the login, finds no WebSocket, or
loses the connection would look in vain at the check marks of the App.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.errors import TargetError
from auditor.messages.message import Message, say
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TABLE_API
from auditor.sources.live.app_socket.questions import SilentError
from auditor.sources.live.object_pages import reason_without_place
from auditor.sources.live.refusals import RefusedError

WITHOUT_LOGIN_AREA: Final = "LoginInfo"
# What silence to a question of a right may be mended by.
GRANTS: Final[Mapping[str, Message]] = {
    WITHOUT_LOGIN_AREA: say(
        "it needs 13r3 or later, and nothing in front that keeps WebSockets out"
    ),
    ADMIN_API: say("give the App object of [websocket] app the check mark Admin"),
    TABLE_API: say("give the App object of [websocket] app the check mark TableUsers"),
}
READ_AGAIN: Final = say("read it again; if it stays so, report this answer")


def what_to_do(refusal: RefusedError, area: str) -> Message:
    """Return what to do about a refusal in an area: a right, or what needs no login."""
    if refusal.advice:
        return refusal.advice
    return GRANTS[area] if isinstance(refusal, SilentError) else READ_AGAIN


def as_refusal(error: RefusedError | TargetError) -> RefusedError:
    """Return the refusal that an error is for whoever asks on, with its reason and its advice."""
    if isinstance(error, RefusedError):
        return error
    return RefusedError(reason_without_place(error), advice=error.advice)
