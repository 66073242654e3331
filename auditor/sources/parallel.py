"""Runs the same work on many items with a few threads, and hands the results out in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NoReturn, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def work_through(
    work: Callable[[_Item], _Result], items: Sequence[_Item], workers: int
) -> Iterator[tuple[_Item, _Result]]:
    """Yield each item with its result, in order; an exception of the work is raised in its turn.

    The threads are daemons and stop with the generator, so that an interrupted program ends.
    """
    crew = _Crew(work, items)
    for _ in range(min(workers, len(items))):
        threading.Thread(target=crew.run, daemon=True).start()
    try:
        for index, item in enumerate(items):
            yield item, crew.result(index)
    finally:
        crew.stopped.set()


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
