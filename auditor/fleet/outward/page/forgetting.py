"""Removes what was written about a tenant that is forgotten: reports, and pages that name it."""

from __future__ import annotations

import shutil
from pathlib import Path

from auditor.errors import OutputError
from auditor.files.writing import remove_file
from auditor.fleet.outward import PAGE
from auditor.messages.message import say


def remove_reports_of(reports: Path, tenant: str) -> int:
    """Remove the reports of a tenant, and return how many files these were. Raises OutputError.

    The page about all PBXs goes too: it names those of the tenant, and is made anew in a second.
    """
    page = reports / PAGE
    is_there = page.is_file()
    remove_file(page)
    folder = reports / tenant
    if folder.is_symlink() or not folder.is_dir():
        return int(is_there)
    files = sum(one.is_file() and not one.is_symlink() for one in folder.rglob("*"))
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise OutputError(
            say("the reports cannot be removed ({reason})", reason=error.strerror or ""),
            where=str(folder),
            advice=say("remove the folder by hand: the history is forgotten already"),
        ) from None
    return files + is_there
