"""Puts a schedule where it is started from: files, a crontab, or a command that takes them.

Nothing that is there and differs is replaced unless that is asked for, and each step says how to
take it back.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import AuditorError, InputError, OptionPlace, OutputError
from auditor.files.inputs import MIB, read_bytes
from auditor.files.writing import cannot_write, remove_file, write_file
from auditor.fleet.outward.units.job import UnitFile
from auditor.messages.message import Message, say

# What starts it may belong to another user; secrets are named in it, never held.
_FOR_ALL: Final = 0o644
_PATIENCE: Final = 60
_MOST: Final = 500
_FORCE: Final = say("compare them, then replace it with --force")


class InstallStep(NamedTuple):
    """What was done, and the command that takes it back, if anything was."""

    done: Message
    back: str = ""


def write_units(folder: Path, files: Iterable[UnitFile], *, force: bool) -> list[InstallStep]:
    """Write files. Raises InputError, before anything is written, if one is there that differs."""
    wanted = [(folder / one.name, one.content) for one in files]
    for path, content in wanted:
        if not force and _kept(path) not in {None, content}:
            raise InputError(
                say("it is there already, and differs"), where=str(path), advice=_FORCE
            )
    steps = []
    for path, content in wanted:
        if _kept(path) == content:
            steps.append(InstallStep(say("as it is to be: {path}", path=str(path))))
            continue
        write_file(path, content, _FOR_ALL)
        steps.append(
            InstallStep(say("written: {path}", path=str(path)), f"rm {shlex.quote(str(path))}")
        )
    return steps


@contextmanager
def as_before_if_it_fails(folder: Path, files: Iterable[UnitFile]) -> Iterator[None]:
    """Put files back as they were if what is done after them fails."""
    before = {path: _kept(path) for path in (folder / one.name for one in files)}
    try:
        yield
    except AuditorError:
        for path, content in before.items():
            if content is None:
                remove_file(path)
            else:
                write_file(path, content, _FOR_ALL)
        raise


def call(words: Sequence[str], *, given: str | None = None, nothing: str = "") -> str:
    """Run a program of the system, and return what it says. Raises OutputError, InputError.

    With `nothing`, an error that says so means that it has nothing to say.
    """
    program = shutil.which(words[0])
    if program is None:
        raise InputError(
            say("there is no {program} here", program=words[0]),
            where=OptionPlace("--install"),
            advice=say("write the files with --out, and install them where they are to run"),
        )
    try:
        ended = subprocess.run(  # noqa: S603 -- words of this package
            [program, *words[1:]],
            input=given or "",
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _failed(words, str(error)) from None
    if ended.returncode == 0:
        return ended.stdout
    if nothing and nothing in ended.stderr:
        return ""
    raise _failed(words, ended.stderr.strip())


def _failed(words: Sequence[str], reason: str) -> OutputError:
    return OutputError(
        say("{command} failed: {reason}", command=" ".join(words[:2]), reason=reason[:_MOST]),
        where=OptionPlace("--install"),
        advice=say("mend what it says, then start it again"),
    )


def _kept(path: Path) -> bytes | None:
    """Return what is in a file, None if there is none. Raises OutputError."""
    try:
        return read_bytes(path, MIB)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_write(path, error) from None
