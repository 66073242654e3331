"""Options of every command that reads a live PBX, and the progress that it shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from auditor.cli.interaction.progress import progress
from auditor.report.formats.terminal_style import Amount
from auditor.sources.options import LiveOptions

MAX_CONNECTIONS: Final = 4
_MAX_PROCESSES: Final = 8

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
def shown_progress(limits: LiveOptions, amount: Amount = Amount.NORMAL) -> Iterator[LiveOptions]:
    """Give the limits; while they are in use, people see how far the reading is."""
    with progress(amount) as notify:
        yield limits._replace(notify=notify)


def _cores() -> int:
    """Return how many processes may score passwords at the same time."""
    usable = getattr(os, "sched_getaffinity", None)  # what the scheduler allows, where it says so
    return min(len(usable(0)) if usable else os.cpu_count() or 1, _MAX_PROCESSES)
