"""What people read: results go to stdout, everything else to stderr."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import suppress
from typing import Final

from auditor.errors import OutputError
from auditor.report.text import inert, inert_json

_MAX_WIDTH: Final = 100


def prepare_streams() -> None:
    """Make sure that no character can crash the console, whatever its code page is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def tell(text: str) -> None:
    """Write a message for people to stderr, with control characters made visible."""
    shown = inert("".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text))
    with suppress(OSError, AttributeError):  # nobody reads it; the exit code still speaks
        sys.stderr.write(f"{shown}\n")
        sys.stderr.flush()


def show(text: str) -> None:
    """Write a result to stdout, as text that nothing acts upon. Raises OutputError."""
    _write(inert(text.rstrip()))


def show_json(text: str) -> None:
    """Write JSON to stdout, spelt so that nothing acts upon it. Raises OutputError."""
    _write(inert_json(text.rstrip()))


def _write(text: str) -> None:
    """Write to stdout. Raises OutputError if nobody takes it."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except (OSError, AttributeError):  # a full disk, a closed pipe, no stdout at all
        sys.stdout = io.StringIO()  # or Python complains again when it exits
        raise OutputError(
            "the result could not be written to standard output",
            advice="read the reports; --out names their folder",
        ) from None


def width() -> int:
    """Return the width to write for."""
    return min(shutil.get_terminal_size((80, 24)).columns, _MAX_WIDTH)


def wants_colour() -> bool:
    """Return whether stdout is a terminal that may be coloured (https://no-color.org)."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def speaks_unicode() -> bool:
    """Return whether stdout can show more than ASCII."""
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").startswith("utf")
