"""Where reports are: a folder per tenant, PBX and run, and `latest`, which leads to the newest.

`latest` is moved only when an audit is in the history, so it never leads to a PBX that could not
be read. It is a link, or where the system makes none, a file with the name of the folder.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from auditor.errors import OutputError
from auditor.files.writing import cannot_write, write_file
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.messages.message import say
from auditor.report.schema import v1
from auditor.run.report_writer import write_formats

LATEST: Final = "latest"
_DIGITS: Final = 6


def run_folder(reports: Path, pbx: Pbx, run: int) -> Path:
    """Return the folder of a PBX's reports of a run; ids are plain names, so it is in `reports`."""
    return reports / pbx.tenant / pbx.id / f"{run:0{_DIGITS}}"


def write_reports(folder: Path, formats: tuple[str, ...], report: v1.Report) -> None:
    """Write the formats of a report. Raises OutputError, and then leaves nothing of it behind.

    What a run left there that was killed meanwhile is not kept beside it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for _ in write_formats(folder, formats, report):
            pass
    except OutputError:
        remove_reports(folder)
        raise


def remove_reports(folder: Path) -> None:
    """Remove the reports of one PBX of one run, and the folder of a PBX that has no others."""
    shutil.rmtree(folder, ignore_errors=True)
    pointer = folder.parent / LATEST
    if pointer.is_symlink() and not pointer.exists():
        pointer.unlink()
    for empty in (folder.parent, folder.parent.parent):
        with suppress(OSError):  # it is not empty, or was never made
            empty.rmdir()


def point_to(folder: Path) -> None:
    """Let `latest` lead to a folder beside it, from one moment to the next. Raises OutputError."""
    try:
        _point_to(folder)
    except OutputError as error:  # which knows of --out alone
        error.advice = say("name a place that can be written as `reports` of the inventory")
        raise


def _point_to(folder: Path) -> None:
    pointer = folder.parent / LATEST
    made = folder.parent / f".{LATEST}.{folder.name}"
    try:
        made.unlink(missing_ok=True)  # of a run that was killed just then
        made.symlink_to(folder.name)
    except (OSError, NotImplementedError):
        write_file(pointer, f"{folder.name}\n".encode())
        return
    try:
        made.replace(pointer)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise cannot_write(pointer, error) from None
