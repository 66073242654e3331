"""Asks for a document again while trouble may be passing: the one place that does so.

The time between two tries grows exponentially and is drawn at random up to that (full jitter), so
that many auditors do not come back at once; where the PBX says how long to wait, that counts. A
loop of this length is not worth a dependency: libraries for it know neither deadlines that several
documents share nor `Retry-After`.

Only reading is ever repeated: what is not on the read-only list is never sent, the first time or
the second (`auditor.sources.live.read_only`).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Final, TypeVar

from auditor.errors import HungUpError
from auditor.messages.message import Message
from auditor.model.account import Repeated, Requests
from auditor.sources.live.refusals import RefusedError
from auditor.sources.options import LiveOptions

_TRIES: Final = 5
# One document that never comes may not use up the time of the others.
_SHARE: Final = 0.25
_Result = TypeVar("_Result")


class Patience:
    """Repeats reading within the deadline, and keeps account of it; for several threads."""

    def __init__(self, options: LiveOptions, seconds_left: Callable[[], float]) -> None:
        self._options = options
        self._seconds_left = seconds_left
        self._in_trouble = False
        self._one_at_a_time = threading.Lock()
        self._sent = 0
        self._repeated: Counter[tuple[str, Message]] = Counter()
        self._given_up: set[str] = set()
        self._counting = threading.Lock()

    def run(self, document: str, work: Callable[[], _Result]) -> _Result:
        """Return what reading a document comes to; read it again after trouble that may pass.

        Raises what the last try raised. After the first trouble, tries come one at a time.
        """
        began = self._seconds_left()
        for pause in (*self._pauses(), None):
            try:
                with self._one_at_a_time if self._in_trouble else nullcontext():
                    self.count(1)
                    return work()
            except (RefusedError, HungUpError) as error:
                wait = error.wait if isinstance(error, RefusedError) else None
                passing = not isinstance(error, RefusedError) or error.passing
                if not passing or not self._may_wait(pause, wait, began):
                    self._give_up(document, after=passing)
                    raise
                self._in_trouble = True
                reason = error.message if isinstance(error, HungUpError) else error.reason
                self._note(document, reason)
                self._options.pause(max(pause or 0.0, wait or 0.0))
        raise AssertionError

    def account(self) -> Requests:
        """Return how many requests were sent, and which were repeated for which reason."""
        with self._counting:
            repeated = tuple(
                Repeated(document, reason, count, answered=document not in self._given_up)
                for (document, reason), count in sorted(self._repeated.items())
            )
            return Requests(self._sent, repeated)

    def _pauses(self) -> Iterator[float]:
        """Yield how long to wait before each further try, as far as nobody asks for more."""
        for attempt in range(_TRIES - 1):
            yield self._options.draw() * self._options.back_off * 2**attempt

    def _may_wait(self, pause: float | None, wait: float | None, began: float) -> bool:
        """Return whether there is a further try, and time for it."""
        left = self._seconds_left()
        if pause is None or max(pause, wait or 0.0) >= left:
            return False
        return wait is not None or began - left + pause <= began * _SHARE

    def count(self, requests: int) -> None:
        """Count requests that are sent, beside the one of each try."""
        with self._counting:
            self._sent += requests

    def _note(self, document: str, reason: Message) -> None:
        with self._counting:
            self._repeated[document, reason] += 1

    def _give_up(self, document: str, *, after: bool) -> None:
        if after:
            with self._counting:
                self._given_up.add(document)
