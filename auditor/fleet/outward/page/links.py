"""Where the report of each PBX is, seen from a page: only reports that are there are linked to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import quote

from auditor.files.inputs import read_bytes
from auditor.fleet.inventory.model import Pbx
from auditor.fleet.runner.reports import LATEST

_REPORT: Final = "report.html"
_LONGEST: Final = 40


def report_of(reports: Path, pbx: Pbx) -> Path | None:
    """Return the newest report of a PBX that a browser shows, None if there is none."""
    pointer = reports / pbx.tenant / pbx.id / LATEST
    folder = pointer
    if pointer.is_file():
        folder = pointer.with_name(_named(pointer))
    found = folder / _REPORT
    return found if found.is_file() else None


def _named(pointer: Path) -> str:
    """Return the folder that a file leads to where the system makes no links."""
    try:
        name = read_bytes(pointer, _LONGEST).decode("ascii").strip()
    except (OSError, ValueError):
        return LATEST
    return name if name.isalnum() else LATEST


def link(page: Path, report: Path, *, only_below: bool) -> str:
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
