"""The number of a collector's next bundle: it only ever grows, whatever becomes of its files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from auditor.errors import OutputError
from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import why
from auditor.files.writing import write_file
from auditor.messages.message import say

_DIGITS: Final = 19
_MOST: Final = 64


def sequence_file(inventory: Path, collector: str) -> Path:
    """Return where the number of the last bundle is kept, beside the inventory."""
    return inventory.with_name(f".{collector}.sequence")


def next_sequence(file: Path, now: datetime) -> int:
    """Return a number that is larger than any before, and keep it. Raises OutputError.

    It counts seconds, so that a file that is lost begins no earlier than it ended; a clock that is
    set back counts on from the file.
    """
    number = max(_last(file) + 1, int(now.timestamp()))
    write_file(file, f"{number}\n".encode())
    return number


def _last(file: Path) -> int:
    try:
        text = read_bytes(file, _MOST).decode("ascii").strip()
    except FileNotFoundError:
        return 0
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise _unusable(file, say("it cannot be read ({reason})", reason=why(error))) from None
    if not text.isdecimal() or len(text) > _DIGITS:
        raise _unusable(file, say("it holds no number"))
    return int(text)


def _unusable(file: Path, reason: str) -> OutputError:
    return OutputError(
        say("the number of the last bundle is not known: {reason}", reason=reason),
        where=str(file),
        advice=say("remove the file if the clock of this computer is right"),
    )
