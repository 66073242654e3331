"""Reads files that people name, and bounds what they hold once it is parsed.

Whoever wrote a file may have meant harm, or saved the wrong one. So a file is never read further
than what can be of use, and what TOML and JSON parsers return is never deeper, nor a number of it
longer, than whatever works with it afterwards can stand.
"""

from __future__ import annotations

import errno
import math
from pathlib import Path
from typing import Any, Final

from auditor.messages.message import say

MIB: Final = 1 << 20
# A site file with thousands of names, or a waiver file with thousands of waivers, with room.
MOST_TOML: Final = 4 * MIB
# A snapshot of a hundred thousand users, many times over.
MAX_SNAPSHOT_BYTES: Final = 1 << 30
MOST_DEPTH: Final = 64
# Where a shell hands something over, as /dev/fd/63 or /dev/stdin.
_HANDED_OVER: Final = (Path("/dev/fd"), Path("/dev"))
# Sign and digits of what 64 bits hold. TOML promises no more, and nothing in JSON counts further.
MOST_DIGITS: Final = 20


def read_bytes(path: Path, most: int) -> bytes:
    """Return what a file holds. Raises OSError, also for more than `most` bytes or no path."""
    try:
        # What a shell hands over has somebody who writes to it; any other may wait for ever.
        if path.is_fifo() and path.parent not in _HANDED_OVER:
            raise OSError(errno.EINVAL, say("it is a pipe, not a file"))
        with path.open("rb") as file:
            most = min(most, MIB) if path.is_char_device() else most  # which may never end
            content = file.read(most + 1)
    except ValueError:  # a NUL in it
        raise OSError(errno.EINVAL, say("there can be no such path")) from None
    if len(content) > most:
        size = f"{most / MIB:.3g}"
        raise OSError(errno.EFBIG, say("it is larger than {size} MiB", size=size))
    return content


def check_depth(value: object) -> None:
    """Raise ValueError for what nests too deep. It is asked of every document, so it is quick."""
    level: list[Any] = [[value]]
    for _ in range(MOST_DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return
    raise ValueError(say("values are nested too deep"))


def whole_number(text: str) -> int:
    """Return a number of at most 64 bits. Raises ValueError."""
    if len(text) > MOST_DIGITS:
        raise ValueError(say("a number is too long"))
    return int(text)


def real_number(text: str) -> float:
    """Return a number that is one: neither infinite nor NaN. Raises ValueError."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(say("a number is infinite, or none"))
    return number
