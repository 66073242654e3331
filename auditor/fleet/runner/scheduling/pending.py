"""The PBXs that are not begun yet, each where its turn is found without looking at all others."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.inventory.inventory_reader import is_collected, is_read_live
from auditor.fleet.runner.scheduling.concurrency_limits import platform_of


class PendingPbx(NamedTuple):
    """A PBX, the moment from which it may begin, and how many of its tenant may be read at once."""

    pbx: Pbx
    begins: float
    at_once: int | None = None


class _Kind(NamedTuple):
    """What makes PBXs wait for the same: how and through what they are read, whose they are."""

    is_read_apart: bool
    tenant: str
    platform: str


class _Turn(NamedTuple):
    begins: float
    number: int
    planned: PendingPbx


class PendingQueue:
    """PBXs of a run in the order of their moments, and of the plan where these are the same."""

    def __init__(self, planned: Iterable[PendingPbx]) -> None:
        self._turns: defaultdict[_Kind, deque[_Turn]] = defaultdict(deque)
        ordered = sorted(planned, key=lambda one: one.begins)
        for number, one in enumerate(ordered):
            kind = _Kind(is_read_apart(one.pbx), one.pbx.tenant, platform_of(one.pbx))
            self._turns[kind].append(_Turn(one.begins, number, one))
        self._left = len(ordered)

    def __len__(self) -> int:
        """Return how many wait."""
        return self._left

    def take(self, now: float, can_begin: Callable[[PendingPbx], bool]) -> PendingPbx | None:
        """Return the next one whose moment is come and that can begin, None if there is none.

        Whether one can begin depends on how and through what it is read, and on its tenant alone.
        """
        ready = [
            (turns[0], turns)
            for turns in self._turns.values()
            if turns and turns[0].begins <= now and can_begin(turns[0].planned)
        ]
        if not ready:
            return None
        _, turns = min(ready, key=lambda one: one[0][:2])
        self._left -= 1
        return turns.popleft().planned

    def next_moment(self, now: float) -> float | None:
        """Return the next moment at which one may begin that may not yet, None without one."""
        heads = (turns[0].begins for turns in self._turns.values() if turns)
        return min((one for one in heads if one > now), default=None)


def is_read_apart(pbx: Pbx) -> bool:
    """Return whether a PBX is read before it is given to a worker process."""
    return is_read_live(pbx) or is_collected(pbx)
