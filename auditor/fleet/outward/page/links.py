"""Where the report of each PBX is, seen from a page: only reports that are there are linked to.

Those that were made again for the pages have the history of their PBX, and lie beside the folders
of the runs. Each says at its end of which run it is, so that none hides a newer one of a run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from auditor.files.inputs import read_bytes
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.runner.reports import LATEST

REPORT: Final = "report.html"
_LONGEST: Final = 40
_OF_RUN: Final = re.compile(rb"<!-- run (\d{1,18}) -->\n\Z")


class Link(NamedTuple):
    """The address of a report, and the run that it is of; 0 if that is not known."""

    address: str
    run: int


class _Found(NamedTuple):
    path: str
    run: int


def made_again(pages: Path, pbx: Pbx) -> Path:
    """Return the file for a report that is made again; ids are plain names without a dot."""
    return pages / pbx.tenant / pbx.id / REPORT


def with_run(report: str, run: int) -> bytes:
    """Return a report that says of which run it is."""
    return f"{report.rstrip()}\n<!-- run {run} -->\n".encode()


def link_of(page: Path, pages: Path, reports: Path, pbx: Pbx, *, only_below: bool) -> Link | None:
    """Return the newest report of a PBX that a browser shows and a page may lead to.

    Of the same run it is the one with the history.
    """
    found = sorted(_found(pages, reports, pbx), key=lambda one: -one.run)
    links = (Link(_address(page, one.path, only_below=only_below), one.run) for one in found)
    return next((one for one in links if one.address), None)


def _found(pages: Path, reports: Path, pbx: Pbx) -> Iterator[_Found]:
    # Plain paths: most PBXs have no report, and objects for where one may be took half of the time.
    path = os.path.join(pages, pbx.tenant, pbx.id, REPORT)  # noqa: PTH118
    run = _run_of(path)
    if run is not None:
        yield _Found(path, run)
    folder = os.path.join(reports, pbx.tenant, pbx.id)  # noqa: PTH118
    pointer = os.path.join(folder, LATEST)  # noqa: PTH118
    if not os.path.lexists(pointer):
        return
    name = _named(Path(pointer))
    path = os.path.join(folder, name if os.path.isfile(pointer) else LATEST, REPORT)  # noqa: PTH113, PTH118
    if os.path.isfile(path):  # noqa: PTH113
        yield _Found(path, int(name) if name.isdecimal() else 0)


def _run_of(path: str) -> int | None:
    """Return the run of a report that was made again, None if there is none."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            file.seek(max(os.fstat(file.fileno()).st_size - _LONGEST, 0))
            found = _OF_RUN.search(file.read())
    except OSError:
        return None
    return int(found[1]) if found else None


def _named(pointer: Path) -> str:
    """Return the folder that `latest` leads to: a link, or where there are none, a file."""
    try:
        if pointer.is_symlink():
            return pointer.readlink().name
        name = read_bytes(pointer, _LONGEST).decode("ascii").strip()
    except (OSError, ValueError):
        return LATEST
    return name if name.isalnum() else LATEST


def _address(page: Path, report: str, *, only_below: bool) -> str:
    """Return a relative address, empty if there is none, or if it leads out of the page's folder.

    What a tenant gets names no folder above its own.
    """
    try:
        way = os.path.relpath(report, page.parent)
    except ValueError:  # on another drive
        return ""
    parts = Path(way).parts
    if only_below and os.pardir in parts:
        return ""
    return quote("/".join(parts))
