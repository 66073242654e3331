"""Signals that stop the program: at once, or where a part of the work can be kept.

A signal raises `Interruption` wherever the program is just then. Work whose result would be lost by
that is shielded; it is exposed only while it waits, so that it ends there with what it has. Whoever
asks twice does not want to wait: the second signal always counts at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.errors import ExitCode, Interruption


class _State:
    """What was asked for; there is one program, so one state."""

    shields = 0
    asked: ExitCode | None = None


_STATE = _State()


def begin() -> None:
    """Forget what was asked for before."""
    _STATE.shields, _STATE.asked = 0, None


def stop(code: ExitCode) -> None:
    """Stop the program, or the shielded work where it waits next. Raises Interruption."""
    is_first = _STATE.asked is None
    _STATE.asked = code
    if not _STATE.shields or not is_first:
        raise Interruption(code)


@contextmanager
def shielded() -> Iterator[None]:
    """Let the work inside come to where it waits before it is stopped."""
    _STATE.shields += 1
    try:
        yield
    finally:
        _STATE.shields -= 1


@contextmanager
def exposed() -> Iterator[None]:
    """Let shielded work be stopped while it waits. Raises Interruption if that was asked for."""
    shields, _STATE.shields = _STATE.shields, 0
    try:
        check()
        yield
    finally:
        _STATE.shields = shields


def check() -> None:
    """Raise the interruption that was asked for while the work was shielded."""
    if _STATE.asked is not None:
        raise Interruption(_STATE.asked)
