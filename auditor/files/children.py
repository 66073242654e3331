"""How processes are started that end only when the one that started them wants it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Start threads and processes that Ctrl-C does not reach: whoever started them ends them.

    A process that is still being loaded would else die of it, with a stack trace for everybody.
    """
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 -- only where it is needed

    resource_tracker.ensure_running()  # it is started with the first process, and unblocks SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
