"""The number of a collector's next bundle: it only ever grows, whatever becomes of its files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Final

from auditor.errors import OutputError
from auditor.files.inputs import read_bytes
from auditor.files.os_reasons import why
from auditor.files.writing import write_file
from auditor.fleet.store.connection.locks import Hold, Work, locked_file, this_process
from auditor.messages.message import say, template

# So many are more seconds than there are until the year 9999, and far less than 64 bits hold.
_DIGITS: Final = 15
_MOST: Final = 64
# Nothing of it is in a database, so its number is nobody's.
_COLLECTING: Final = Work(
    ".lock",
    ".owner",
    0,
    say("this collector reads already"),
    template("this collector reads already: {owner}"),
)


def sequence_file(inventory: Path, collector: str) -> Path:
    """Return where the number of the last bundle is kept, beside the inventory."""
    return inventory.with_name(f".{collector}.sequence")


def collecting(file: Path, now: datetime) -> AbstractContextManager[Hold]:
    """Hold a lock beside the number, from before reading on, so that later numbers are read later.

    Raises BusyError, OutputError.
    """
    return locked_file(file, this_process(now), _COLLECTING)


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
