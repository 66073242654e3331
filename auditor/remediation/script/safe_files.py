"""Files: none is reached through a link, none is one that others can write to, none is no file."""

import contextlib
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from auditor.remediation.script.script_messages import Said, say
from auditor.remediation.script.shared import KEY, LOCK, LOG, PASSWORDS, SCRIPT, STATE, StopError
from auditor.remediation.script.system_words import NO_FILE, why_not

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

Owner = TypeVar("Owner")
Rest = ParamSpec("Rest")
Result = TypeVar("Result")

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# Windows has none of these; there the folder's own rights have to do.
WITHIN = os.open in os.supports_dir_fd
FLAGS = sum(getattr(os, f"O_{name}", 0) for name in ("NOFOLLOW", "NONBLOCK", "CLOEXEC", "BINARY"))


def guarded(
    function: Callable[Concatenate[Owner, str, Rest], Result],
) -> Callable[Concatenate[Owner, str, Rest], Result]:
    """Turn what a file system says into the end of a run."""

    def inner(self: Owner, name: str, /, *more: Rest.args, **named: Rest.kwargs) -> Result:
        try:
            return function(self, name, *more, **named)
        except OSError as error:
            reason = why_not(error)
            raise StopError(
                6, say("{name} cannot be used ({reason})", name=name, reason=reason)
            ) from None

    return inner


class Files:
    """The files of one folder, which is opened once: whoever exchanges it later changes nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder: int | None = None

    def open(self) -> None:
        """Open the folder, unless it is open."""
        if self.folder is not None or not WITHIN:
            return
        try:
            self.folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            reason, path = why_not(error), str(self.path)
            raise StopError(
                2, say("{path} cannot be opened ({reason})", path=path, reason=reason)
            ) from None
        seen = os.fstat(self.folder)
        if seen.st_uid not in {0, os.geteuid()} or seen.st_mode & OTHERS_WRITE:
            self.close()
            raise StopError(
                6,
                say(
                    "{path} is not safe: others can write to it, or own it. What lies there "
                    "decides what is sent to the PBX: move the plan, or chmod go-w the folder",
                    path=str(self.path),
                ),
            )
        for folder in above(self.path):
            if is_open_to_all(folder):
                self.close()
                raise StopError(
                    6,
                    say(
                        "{path} is not safe: everybody can write to {folder} above it, and so "
                        "put another folder in its place: move the plan, or chmod o-w that folder",
                        path=str(self.path),
                        folder=str(folder),
                    ),
                )

    def close(self) -> None:
        """Close the folder, if it is open."""
        if self.folder is not None:
            os.close(self.folder)
            self.folder = None

    def check(self) -> None:
        """Refuse, before a request is sent, a folder with a file that could not be used later."""
        for name in (STATE, KEY, LOG, LOCK, PASSWORDS, SCRIPT):
            self.check_one(name)

    @guarded
    def check_one(self, name: str) -> None:
        """Refuse a file that could not be used."""
        with contextlib.suppress(FileNotFoundError):
            os.close(self.handle(name, os.O_RDONLY))

    def at(self, name: str) -> tuple[str | Path, dict[str, Any]]:
        """Return how a function of `os` is told which file is meant."""
        self.open()
        return (name, {"dir_fd": self.folder}) if WITHIN else (self.path / name, {})

    def handle(self, name: str, flags: int) -> int:
        """Return a handle of a regular file of our own, and of nothing else."""
        path, within = self.at(name)
        with contextlib.suppress(FileNotFoundError):
            # Before it is opened: to open a device can set something off.
            check_file(name, os.stat(path, follow_symlinks=False, **within))
        handle = os.open(path, flags | FLAGS, 0o600, **within)
        try:
            check_file(name, os.fstat(handle))
            if flags & os.O_CREAT and hasattr(os, "fchmod"):  # whatever the umask, and its past
                os.fchmod(handle, 0o600)
        except BaseException:
            os.close(handle)
            raise
        return handle

    @guarded
    def content(self, name: str) -> bytes:
        """Return what is in a file, nothing if it is not there."""
        try:
            handle = self.handle(name, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        with os.fdopen(handle, "rb") as file:
            return file.read()

    def lines(self, name: str) -> list[str]:
        """Return the lines of a file, none if it is not there."""
        try:
            return self.content(name).decode().splitlines()
        except UnicodeError:
            raise StopError(2, say("{name} is damaged", name=name)) from None

    @guarded
    def append(self, name: str, text: str) -> None:
        """Add a line to a file that only its owner can read, and see it on the disk."""
        with os.fdopen(self.handle(name, os.O_CREAT | os.O_APPEND | os.O_RDWR), "a+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - 1, 0))
            is_whole = file.read(1) in {b"", b"\n"}
            file.write(("" if is_whole else "\n").encode() + text.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if not end:
            self.settle()

    @guarded
    def shorten(self, name: str, length: int) -> None:
        """Cut off what the power cut short."""
        with os.fdopen(self.handle(name, os.O_RDWR), "r+b") as file:
            file.truncate(length)

    @guarded
    def replace(self, name: str, content: bytes) -> None:
        """Write a file that is there as a whole, or not at all."""
        new, within = self.at(f"{name}.new")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new, **within)
        with os.fdopen(
            self.handle(f"{name}.new", os.O_CREAT | os.O_EXCL | os.O_RDWR), "wb"
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        both = {"src_dir_fd": self.folder, "dst_dir_fd": self.folder} if WITHIN else {}
        os.replace(new, self.at(name)[0], **both)
        self.settle()

    def settle(self) -> None:
        """See the names of new files on the disk, where a file system can be asked for that."""
        if self.folder is not None:
            with contextlib.suppress(OSError):
                os.fsync(self.folder)

    @guarded
    def lock(self, name: str) -> int:
        """Hold a file until this process ends, however it ends; return its handle."""
        handle = self.handle(name, os.O_CREAT | os.O_RDWR)
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise StopError(2, say("another run is going on: it holds {name}", name=name)) from None
        return handle


def above(path: Path) -> list[Path]:
    """Return the folders above a path, as it is written and where it leads to."""
    return sorted({*path.absolute().parents, *path.resolve().parents})


def is_open_to_all(folder: Path) -> bool:
    """Return whether everybody can put something else in the place of what lies in a folder."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def check_file(name: str, seen: os.stat_result) -> None:
    """Refuse a link, a folder, a pipe, a device, and a file that is not ours alone."""
    problem: Said | None = None
    if not stat.S_ISREG(seen.st_mode):
        problem = say("it is no file, or a link")
    elif hasattr(os, "geteuid") and seen.st_uid != os.geteuid():
        problem = say("it belongs to somebody else")
    elif seen.st_nlink > 1:
        problem = say("it has a second name elsewhere")
    elif sys.platform != "win32" and seen.st_mode & OTHERS_WRITE:
        problem = say("others can write to it")
    if problem:
        raise StopError(6, say("{name} is not used: {problem}", name=name, problem=problem))


def read_file(path: Path) -> bytes:
    """Return what is in a file that may lie anywhere, but never wait for a pipe or a device."""
    handle = os.open(path, os.O_RDONLY | (FLAGS & ~getattr(os, "O_NOFOLLOW", 0)))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(NO_FILE, path)
        return file.read()
