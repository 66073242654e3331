"""What is asked over a WebSocket, and what comes of it; silence is told apart from every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from auditor.messages.message import say
from auditor.sources.live.refusals import RefusedError

SILENT: Final = say("no answer came, so it is not granted or not supported")
NO_FIELDS: Final[Mapping[str, object]] = {}


class SilentError(RefusedError):
    """No answer came in time: the right is missing, or the message is not known."""


class DeniedError(RefusedError):
    """What came is an answer, and not the one that was asked for: an error, or another message."""


class SocketQuestion(NamedTuple):
    """A message to send; `mark` is that of several that belong together."""

    mt: str
    api: str = ""
    fields: Mapping[str, object] = NO_FIELDS
    mark: str = ""


# What a question comes to: the answer, or why there is none.
Outcome: TypeAlias = Mapping[str, Any] | RefusedError


class Sent(NamedTuple):
    """Questions that were sent together: name and mark of each answer, and how long to wait.

    `piece` is the name of messages that may come before an answer, and belong to it.
    """

    awaited: Sequence[tuple[str, str]]
    until: float
    failure: RefusedError | None = None
    piece: str = ""


class MessageCounts:
    """What arrived: octets, answers, other messages, and those that were not understood."""

    def __init__(self) -> None:
        self.octets = 0
        self.answers = 0
        self.aside = 0
        self.misread = 0
