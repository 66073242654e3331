"""Keeps what a process knows from being written down by the system when it breaks."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def forbid_core_dumps() -> None:
    """Ask the system for no core dump of this process or of those it starts.

    On Linux other processes of the same user cannot look into it either. What a system does not
    have is left out: nothing is worse than without it.
    """
    with suppress(ImportError, OSError, ValueError):
        resource = import_module("resource")  # not on Windows
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 -- nowhere else

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
