"""Folders for what nobody else is to read or replace: made private, and looked at before use."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PRIVATE_FOLDER: Final = 0o700
_DEPTH: Final = 2  # a folder for each target, and in it one for the remediation


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner only. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(PRIVATE_FOLDER)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(PRIVATE_FOLDER)  # whatever the umask took away


def open_to_others(folder: Path, *, several: bool) -> Path | None:
    """Return a folder of an output that others can write to: itself, one inside, or one above.

    Where a file stands alone, one in which nobody can replace it (sticky, like /tmp) is private
    enough; where `several` stand together, others could put something beside them.
    """
    if os.name != "posix":
        return None  # its permissions say nothing here
    for one in (folder, *_inside(folder, _DEPTH if several else 0)):
        found = _seen(one)
        if found is not None and _is_open(found, several=several):
            return one
    for one in sorted({*folder.absolute().parents, *folder.resolve().parents}):
        found = _seen(one)
        if found is not None and _is_exchangeable(found):
            return one
    return None


def changeable_by_others(file: Path) -> Path | None:
    """Return what lets others change or replace a file: itself, its folder, or one above.

    Whoever owns the folder may own the file too: a checkout that is mounted into a container
    belongs to another user. Raises OSError.
    """
    if os.name != "posix":
        return None  # its permissions say nothing here
    found = file.stat()
    is_foreign = found.st_uid not in {0, os.geteuid(), file.parent.stat().st_uid}
    if is_foreign or _is_open(found, several=False):
        return file
    return open_to_others(file.parent, several=False)


def _seen(folder: Path) -> os.stat_result | None:
    try:
        return folder.stat()
    except OSError:
        return None  # not there yet, or found out by writing


def _is_exchangeable(found: os.stat_result) -> bool:
    """Return whether everybody can put another folder in the place of one that lies in it."""
    return bool(found.st_mode & stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX


def _inside(folder: Path, depth: int) -> Iterator[Path]:
    try:
        found = [entry for entry in folder.iterdir() if entry.is_dir()] if depth else []
    except OSError:
        return
    for entry in found:
        yield entry
        yield from _inside(entry, depth - 1)


def _is_open(found: os.stat_result, *, several: bool) -> bool:
    """Return whether anybody but this user and root can write to a folder or file.

    For a file that stands alone, whoever owns the folder may be its reader: a checkout that is
    mounted into a container belongs to another user.
    """
    if found.st_mode & stat.S_ISVTX and not several:
        return False
    is_own = found.st_uid in {0, os.geteuid()}
    by_group = found.st_mode & stat.S_IWGRP and not _is_alone_in(found.st_gid)
    is_foreign = several and not is_own
    return is_foreign or bool(by_group or found.st_mode & stat.S_IWOTH)


def _is_alone_in(group: int) -> bool:
    """Return whether a group is the user's own, with nobody else in it, as umask 002 expects."""
    if sys.platform == "win32":
        return False
    import grp  # noqa: PLC0415 -- not on Windows
    import pwd  # noqa: PLC0415 -- ditto

    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    is_own = user.pw_gid == group and found.gr_name == user.pw_name
    return is_own and not {*found.gr_mem} - {user.pw_name}
