"""SOAP sessions: what `Initialize` begins and `End` ends, and the users that `Poll` reports."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from auditor.simulator.simulated_pbx import SimulatedObject

_PAGE: Final = 50
_LARGEST: Final = 2**31 - 1


class Sessions:
    """The sessions of a PBX and the handles of the users in them; safe to use from threads."""

    def __init__(self) -> None:
        self._waiting: dict[int, Iterator[SimulatedObject | None]] = {}
        self._lock = threading.Lock()

    def begin(self, users: Sequence[SimulatedObject]) -> int:
        """Return a new session, in which all users are still to be reported."""
        with self._lock:
            session = handle()
            self._waiting[session] = iter([*users, None])
            return session

    def end(self, session: int) -> None:
        """End a session, if there is one of that number."""
        with self._lock:
            self._waiting.pop(session, None)

    def lives(self, session: int) -> bool:
        """Return whether there is a session of that number."""
        return session in self._waiting

    def poll(self, session: int) -> list[SimulatedObject | None]:
        """Return the next users; None stands for the mark behind the last. Empty when all are told.

        A real PBX would now wait up to 60 seconds for news; there are none here.
        """
        with self._lock:
            waiting = self._waiting.get(session)
            return [] if waiting is None else list(islice(waiting, _PAGE))


def handle() -> int:
    """Return a number for a session, its key or a user: never zero."""
    return secrets.randbelow(_LARGEST) + 1
