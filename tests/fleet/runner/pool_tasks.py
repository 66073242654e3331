"""What worker processes are asked to do by tests: end in every way that a process can."""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path


def answer(value):
    return value


def take_a_while(value):
    """Answer after the pool has looked several times whether the task is over its time."""
    threading.Event().wait(1)
    return value


def blocked(value):  # noqa: ARG001
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


def die_while_answering(mark):
    """Die in the middle of the answer, the first time."""
    if Path(mark).exists():
        return "alive"
    Path(mark).touch()

    def send(self, content, write=os.write):
        write(self.fileno(), content[: len(content) // 2])
        die("")

    Connection._send = send  # type: ignore[attr-defined]  # noqa: SLF001 -- writes the pipe
    return "x" * 1000


def fail(value):
    raise ZeroDivisionError(value)


def hang(value):  # noqa: ARG001
    threading.Event().wait()


def spin(value):  # noqa: ARG001
    while True:
        pass


def hang_deaf(value):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang(value)


def grow(value):  # noqa: ARG001
    """Take two gigabytes, of which nothing is used."""
    return str(len([bytes(1 << 26) for _ in range(32)]))


def leave(value):  # noqa: ARG001
    os._exit(3)


def leave_well(value):  # noqa: ARG001
    os._exit(0)


def die(value):  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGKILL)


def raise_exit(value):  # noqa: ARG001
    sys.exit(4)


def die_once(mark):
    path = Path(mark)
    if not path.exists():
        path.write_text("died")
        die(mark)
    return "alive"


def unpicklable(value):  # noqa: ARG001
    return lambda: None


def whoami(value):  # noqa: ARG001
    return os.getpid()
