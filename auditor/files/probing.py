"""Looks before the work whether its results can be written, and leaves nothing behind."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from auditor.files.folders import make_folder
from auditor.files.writing import cannot_write


def check_writable(folder: Path, names: Iterable[str] = ()) -> None:
    """Raise OutputError if a folder, made or not, cannot take files of these names.

    Only writing shows that: a folder is made and a nameless file opened as they will be, and what
    was made for it is removed.
    """
    missing = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    path = folder
    try:
        make_folder(folder)
        _open_file(folder)
        for path in (folder / name for name in names):
            _check(path, folder)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        for one in missing:
            with suppress(OSError):  # never made, or somebody uses it already
                one.rmdir()


def _check(path: Path, folder: Path) -> None:
    """Raise OSError if a file cannot be put there: something else is, or its folder is none."""
    if path.is_dir() and not path.is_symlink():  # a link is replaced, whatever it leads to
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    between = path.parent
    if between == folder or not os.path.lexists(between):
        return
    if not between.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    _open_file(between)


def _open_file(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass
