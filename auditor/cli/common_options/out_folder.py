"""The option about output folders that others can write to, and the check before anything else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.interaction.console import tell
from auditor.errors import InputError
from auditor.files.folders import open_to_others
from auditor.files.probing import check_writable
from auditor.messages.message import say

SharedOut = Annotated[
    bool,
    typer.Option(
        "--shared-out", help="Write to a folder that others can write to, after a warning."
    ),
]


def check_folder(folder: Path | None, names: Iterable[str] = (), *, shared: bool) -> None:
    """Look at the folder for several files, of which these are known by their names.

    Raises InputError if others can write to it, OutputError if it cannot be written to.
    """
    if folder is not None:
        _check(folder, several=True, shared=shared)
        check_writable(folder, names)


def check_file(file: Path, *, shared: bool) -> None:
    """Look at the folder of a file to write.

    Raises InputError if others can replace the file, OutputError if it cannot be written.
    """
    _check(file.parent, several=False, shared=shared)
    check_writable(file.parent, [file.name])


def _check(folder: Path, *, several: bool, shared: bool) -> None:
    found = open_to_others(folder, several=several)
    if found is None:
        return
    reason = say("other users can write to this folder, and replace what is written there")
    if not shared:
        raise InputError(
            reason,
            where=str(found),
            advice=say("chmod go-w it, name another folder, or accept it with --shared-out"),
        )
    tell(say("warning: {where}: {text}", where=str(found), text=reason))
