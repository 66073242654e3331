"""Options of every command that reads a live PBX, and the progress that it shows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Final

import typer

from auditor.cli.console import width
from auditor.report.text import inert
from auditor.sources.options import LiveOptions, Progress

MAX_CONNECTIONS: Final = 4
_MAX_PROCESSES: Final = 8
_SECONDS_BETWEEN: Final = 0.1
_SECONDS_TO_JUDGE: Final = 2.0
_MINUTE: Final = 60

Timeout = Annotated[
    float, typer.Option(min=0.1, max=600, help="Seconds to wait for a PBX that is silent.")
]
Deadline = Annotated[
    float, typer.Option(min=1, max=86400, help="Seconds after which reading a PBX ends.")
]
Connections = Annotated[
    int, typer.Option(min=1, max=MAX_CONNECTIONS, help="Connections for pages of objects.")
]


def limits_of(timeout: float, deadline: float, connections: int = 1) -> LiveOptions:
    """Return the limits that the options state; passwords are scored on all cores."""
    return LiveOptions(timeout, deadline, connections, processes=_cores())


@contextmanager
def shown_progress(limits: LiveOptions) -> Iterator[LiveOptions]:
    """Give the limits; while they are in use, a terminal shows how far the reading is."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield limits
        return
    line = _Line()
    try:
        yield limits._replace(notify=line.show)
    finally:
        line.clear()


def time_left(progress: Progress, seconds: float) -> str:
    """Return how long an area will take, by what was done of it in so many seconds."""
    if not progress.done or progress.done >= progress.total or seconds < _SECONDS_TO_JUDGE:
        return ""
    left = round(seconds / progress.done * (progress.total - progress.done))
    return f", {left // 60} min {left % 60} s left" if left >= _MINUTE else f", {left} s left"


def _cores() -> int:
    """Return how many processes may score passwords at the same time."""
    usable = getattr(os, "sched_getaffinity", None)  # what the scheduler allows, where it says so
    return min(len(usable(0)) if usable else os.cpu_count() or 1, _MAX_PROCESSES)


class _Line:
    """One line of a terminal that is written over and over."""

    def __init__(self) -> None:
        self._written = 0.0
        self._length = 0
        self._area = ""
        self._began = 0.0

    def show(self, progress: Progress) -> None:
        """Write how far the work is; at most ten times a second within an area."""
        now = time.monotonic()
        if progress.done not in {0, progress.total} and now - self._written < _SECONDS_BETWEEN:
            return
        self._written = now
        if progress.area != self._area:
            self._area, self._began = progress.area, now
        count = f" {progress.done}" if progress.done else ""
        total = f" of {progress.total}" if progress.total else ""
        left = time_left(progress, now - self._began)
        text = inert(f"{progress.activity} {progress.area}{count}{total}{left}"[: width() - 1])
        self._write(f"\r{text:<{self._length}}")
        self._length = len(text)

    def clear(self) -> None:
        """Remove the line, so that what follows starts on an empty one."""
        self._write(f"\r{'':<{self._length}}\r")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # nobody looks any more; the audit goes on
            sys.stderr.write(text)
            sys.stderr.flush()
