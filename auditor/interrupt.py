"""Signals that stop the program: at once, or where a part of the work can be kept.

A signal raises `Interruption` wherever the program is just then. Work whose result would be lost by
that is shielded; it is exposed only while it waits, so that it ends there with what it has. Whoever
asks twice does not want to wait: the second signal always counts at once.

Signals arrive in the main thread, so only there anything has to be shielded: another thread sees
that a stop was asked for where it checks.

A signal that arrives in the moment before a system call waits is noticed by Python only when the
call is over. So a thread sends it once more, until it was noticed (POSIX only).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from auditor.errors import ExitCode, Interruption


class _State:
    """What was asked for; there is one program, so one state."""

    shields = 0
    asked: ExitCode | None = None
    noticed = threading.Event()


_STATE = _State()


_SECONDS_TO_NOTICE: Final = 0.2


@contextmanager
def listening(codes: Mapping[signal.Signals, ExitCode]) -> Iterator[None]:
    """Let these signals stop the program while the work inside runs."""
    _STATE.shields, _STATE.asked = 0, None
    before = {number: signal.getsignal(number) for number in codes}
    for number, code in codes.items():
        signal.signal(number, _stop_with(code))
    try:
        if os.name == "posix":
            with _repeated():
                yield
        else:
            yield
    finally:
        _STATE.shields, _STATE.asked = 0, None
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_with(code: ExitCode) -> Callable[[int, object], None]:
    def handle(_number: int, _frame: object) -> None:
        _STATE.noticed.set()
        stop(code)

    return handle


@contextmanager
def _repeated() -> Iterator[None]:
    """Send each signal again, until its handler has run."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    known = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    main = threading.get_ident()

    def repeat() -> None:
        while arrived := os.read(reader, 1):
            if not arrived[0]:
                return
            while not _STATE.noticed.wait(_SECONDS_TO_NOTICE):
                signal.pthread_kill(main, arrived[0])
            _STATE.noticed.clear()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(known)
        _STATE.noticed.set()
        os.write(writer, b"\0")
        thread.join()
        _STATE.noticed.clear()
        os.close(reader)
        os.close(writer)


def stop(code: ExitCode) -> None:
    """Stop the program, or the shielded work where it waits next. Raises Interruption."""
    is_first = _STATE.asked is None
    _STATE.asked = code
    if not _STATE.shields or not is_first:
        raise Interruption(code)


@contextmanager
def shielded() -> Iterator[None]:
    """Let the work inside come to where it waits before it is stopped."""
    if not _is_main():
        yield
        return
    _STATE.shields += 1
    try:
        yield
    finally:
        _STATE.shields -= 1


@contextmanager
def exposed() -> Iterator[None]:
    """Let shielded work be stopped while it waits. Raises Interruption if that was asked for."""
    if not _is_main():
        check()
        yield
        return
    shields, _STATE.shields = _STATE.shields, 0
    try:
        check()
        yield
    finally:
        _STATE.shields = shields


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def check() -> None:
    """Raise the interruption that was asked for while the work was shielded."""
    if _STATE.asked is not None:
        raise Interruption(_STATE.asked)
