"""Writes files whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from auditor.errors import OutputError
from auditor.files.folders import make_folder
from auditor.files.os_reasons import why
from auditor.messages.message import say

_PRIVATE: Final = 0o600
_PIECE: Final = 1 << 16


def write_file(path: Path, content: bytes | Iterable[bytes], mode: int = _PRIVATE) -> None:
    """Write a file atomically, readable by its owner only unless another mode is asked for.

    Raises OutputError if the folder or file cannot be written; nothing half-written stays.
    """
    try:
        make_folder(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise cannot_write(path, error) from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
        temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(path, error) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def encoded(text: str) -> Iterator[bytes]:
    """Yield a text in UTF-8 piece by piece, so that a large one is not there twice."""
    for at in range(0, len(text), _PIECE):
        yield text[at : at + _PIECE].encode()


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, readable by its owner only.

    Raises FileExistsError, also for a link that leads nowhere; OutputError if it cannot be written.
    """
    try:
        make_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from None
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError:
        raise
    except OSError as error:
        raise cannot_write(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


def remove_file(path: Path) -> None:
    """Remove a file, or the link that is there; no file is fine. Raises OutputError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from None


def mode_of(path: Path) -> int:
    """Return the mode of a file, or that of a private one if it is not there."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else _PRIVATE


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Return why a file or folder cannot be written."""
    return OutputError(
        say("cannot be written ({reason})", reason=why(error)),
        where=str(path),
        advice=say("choose a place that can be written, with --out or -o"),
    )
