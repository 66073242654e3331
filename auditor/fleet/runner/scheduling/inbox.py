"""What threads have to say to the one that conducts a run, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue

from auditor.interrupt import exposed


class Inbox:
    """Holds what is to be done in the thread that takes it."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def post(self, act: Callable[[], None]) -> None:
        """Have something done in the thread that takes."""
        self._waiting.put(act)

    def take(self, seconds: float) -> Callable[[], None] | None:
        """Return what is to be done next, None if nothing came for so many seconds.

        Only here a run can be stopped. Raises Interruption.
        """
        with exposed():
            try:
                return self._waiting.get(timeout=seconds)
            except Empty:
                return None
