"""Finds a file in the working directory, or above it as far as one repository goes.

Whoever can put a file above the folder that somebody works in could decide for them. So nothing is
looked for above the root of a repository, in another file system, above the home folder, or where
there is no repository at all; and a repository that a stranger began is none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_REPOSITORY: Final = ".git"


class DiscoveredFile(NamedTuple):
    """A file that was found, and the folder that everything it names must lie in."""

    path: Path
    root: Path


def find_file(name: str, start: Path) -> DiscoveredFile | None:
    """Return the nearest file of a name in a folder or above it, as far as may be looked."""
    folders = _folders(start)
    for folder in folders:
        if os.path.lexists(folder / name):
            return DiscoveredFile(folder / name, folders[-1])
    return None


def root_of(folder: Path) -> Path:
    """Return the root of the repository that a folder is in; the folder itself if it is in none."""
    return _folders(folder)[-1]


def _folders(start: Path) -> list[Path]:
    """Return a folder and those above it up to the root of its repository; else it alone."""
    found: list[Path] = []
    for folder in _within_bounds(start):
        found.append(folder)
        if _is_root(folder, start):
            return found
    return [start]


def _within_bounds(start: Path) -> Iterator[Path]:
    device, home = start.stat().st_dev, _home()
    for folder in (start, *start.parents):
        if folder.stat().st_dev != device:
            return
        yield folder
        if folder == home:
            return


def _is_root(folder: Path, start: Path) -> bool:
    """Return whether a repository begins here that the user, or the owner of `start`, began."""
    try:
        owner = (folder / _REPOSITORY).lstat().st_uid
    except OSError:
        return False
    return os.name != "posix" or owner in {0, os.geteuid(), start.stat().st_uid}


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):  # nobody's home
        return None
