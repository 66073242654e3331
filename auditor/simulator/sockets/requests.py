"""What the answer to a message is made of, and the tables of messages that the APIs are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.simulator.simulated_pbx import SimulatedObject, SimulatedPbx
from auditor.simulator.sockets.json_messages import Message, answer_to
from auditor.simulator.state import SimulatorState


class RestartError(Exception):
    """The PBX does not survive the request: it starts again, and every socket ends."""


@dataclass(frozen=True, slots=True)
class AppRequest:
    """A message of an App that is logged in: `app` is its object, `key` that of the session."""

    state: SimulatorState
    message: Message
    app: SimulatedObject
    key: str = field(repr=False)

    @property
    def pbx(self) -> SimulatedPbx:
        """Return the PBX as it is now."""
        return self.state.pbx

    def answer(self, **fields: object) -> list[Message]:
        """Return the one answer with these fields."""
        return [answer_to(self.message, fields)]


# A request to all messages that it is answered with; none is silence.
Answer = Callable[[AppRequest], list[Message]]
Answers = Mapping[str, Answer]


def silence(_request: AppRequest) -> list[Message]:
    """Answer nothing, which is what a missing right and an unknown message get."""
    return []


def refused_write(request: AppRequest) -> list[Message]:
    """Count a request that would change something, and answer that it does not."""
    request.state.count_write()
    return request.answer(error="the simulated PBX changes nothing by a socket")
