"""The folder of each of several targets: named so that people find it, and the same every time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import urlsplit

from auditor.report import v1
from auditor.run.target import is_live
from auditor.values.file_names import readable

_DIGITS: Final = 8
_NOBODY: Final = "pbx"


def known_folder(out: Path, target: str) -> Path | None:
    """Return the folder that an earlier run made for a target, if there is one."""
    mark = f"-{_mark(target)}"
    try:
        return next((one for one in sorted(out.iterdir()) if one.name.endswith(mark)), None)
    except OSError:
        return None


def folder_of(out: Path, report: v1.Report, target: str) -> Path:
    """Return the folder for the report on one of several targets.

    What follows the name rests on the target alone, so that no two share a folder, whatever their
    boxes are called and whether the file system knows capitals. A PBX that cannot be read tonight,
    or has another name, is in the folder that it had: no old report stays beside a new one.
    """
    known = known_folder(out, target)
    if known is not None:
        return known
    names = [*(box.name for box in report.target.boxes), _short(target), _NOBODY]
    name = next(name for name in map(readable, names) if name)
    return out / f"{name}-{_mark(target)}"


def _mark(target: str) -> str:
    content = _one_spelling(target).encode("utf-8", "surrogateescape")
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def _one_spelling(target: str) -> str:
    """Return a target in the spelling that all of its spellings share."""
    if is_live(target):
        parts = urlsplit(target)
        return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
    try:
        path = os.path.relpath(target)
    except ValueError:  # on another drive of Windows
        path = os.path.normpath(target)
    return PurePath(path).as_posix()


def _short(target: str) -> str:
    """Return what people call a target by its address or path."""
    if is_live(target):
        return urlsplit(target).netloc.rpartition("@")[2]
    return Path(os.path.normpath(target)).stem
