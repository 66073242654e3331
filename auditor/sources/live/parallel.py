"""Runs the same work on many items with a few threads, and hands the results out in order."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final, Generic, NoReturn, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
# So long may threads that were stopped take to end what they are at, in seconds.
_PATIENCE: Final = 1.0


class ParallelWork(Generic[_Item, _Result]):
    """The same work on many items: iterate over it for each item with its result, in order.

    An exception of the work is raised in its turn. The threads stop with the iteration: each ends
    what it is at, so that it leaves nothing open. They are daemons, so that an interrupted program
    ends even if one of them hangs.
    """

    def __init__(
        self, work: Callable[[_Item], _Result], items: Sequence[_Item], workers: int
    ) -> None:
        self._items = items
        self._crew = _Crew(work, items)
        self._workers = min(workers, len(items))

    def __iter__(self) -> Generator[tuple[_Item, _Result], None, None]:
        """Yield each item with its result."""
        threads = [
            threading.Thread(target=self._crew.run, daemon=True) for _ in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        try:
            for index, item in enumerate(self._items):
                yield item, self._crew.result(index)
        finally:
            self._crew.stopped.set()
            patience = time.monotonic() + _PATIENCE
            for thread in threads:
                thread.join(max(0.0, patience - time.monotonic()))

    def finished(self) -> Iterator[tuple[_Item, _Result]]:
        """Yield what was finished out of turn when the iteration was broken off."""
        for index, outcome in self._crew.early():
            yield self._items[index], outcome()


class _Crew(Generic[_Item, _Result]):
    def __init__(self, work: Callable[[_Item], _Result], items: Sequence[_Item]) -> None:
        self.stopped = threading.Event()
        self._work = work
        self._items = items
        self._waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[tuple[int, Callable[[], _Result]]] = queue.SimpleQueue()
        self._early: dict[int, Callable[[], _Result]] = {}
        for index in range(len(items)):
            self._waiting.put(index)

    def run(self) -> None:
        """Work until nothing waits or the crew is stopped."""
        while not self.stopped.is_set():
            try:
                index = self._waiting.get_nowait()
            except queue.Empty:
                return
            self._finished.put((index, self._outcome(self._items[index])))

    def result(self, index: int) -> _Result:
        """Return the result of one item once it is there, or raise what the work raised."""
        while index not in self._early:
            at, outcome = self._finished.get()
            self._early[at] = outcome
        return self._early.pop(index)()

    def early(self) -> list[tuple[int, Callable[[], _Result]]]:
        """Return what is finished and was not handed out."""
        while not self._finished.empty():
            at, outcome = self._finished.get()
            self._early[at] = outcome
        return sorted(self._early.items())

    def _outcome(self, item: _Item) -> Callable[[], _Result]:
        try:
            result = self._work(item)
        except BaseException as error:  # noqa: BLE001 -- raised again in the caller's thread
            return _raising(error)
        return lambda: result


def _raising(error: BaseException) -> Callable[[], NoReturn]:
    def outcome() -> NoReturn:
        raise error

    return outcome
