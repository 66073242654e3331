"""Bounds the memory of a process, so that a document that takes all of it harms no other."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from typing import Final

# What the largest PBX that is known takes ten times over, so that nobody is refused for no reason.
_LEAST: Final = 1 << 30


def share_of_memory(processes: int) -> int:
    """Return how many bytes each of some processes may take; 0 if the system does not say."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return 0
    # A part is left to the program itself, and to others.
    return max(_LEAST, whole // (processes + 1)) if whole > 0 else 0


def bound_memory(size: int) -> None:
    """Let this process, and those it starts, take no more bytes: then memory is missing to it.

    What a system does not have is left out.
    """
    with suppress(ImportError, OSError, ValueError):
        resource = import_module("resource")  # not on Windows
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
