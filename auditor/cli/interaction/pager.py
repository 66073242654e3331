"""Long texts: page by page on a terminal, as they are everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from auditor.cli.interaction.console import show_text, wants_colour

# What git gives `less` too: leave the text on the screen, show colours, and end if it fits.
_LESS = "FRX"


def page_through(make: Callable[[bool], str]) -> None:
    """Show a text; `make` is told whether it may be styled. Raises OutputError."""
    is_terminal = all(one is not None and one.isatty() for one in (sys.stdin, sys.stdout))
    if not is_terminal or os.environ.get("TERM") == "dumb":
        show_text(make(False))  # noqa: FBT003 -- its only argument
        return
    import pydoc  # noqa: PLC0415 -- only here

    os.environ.setdefault("LESS", _LESS)
    pydoc.pager(make(wants_colour()))
