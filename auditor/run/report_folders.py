"""The folders of reports: one for each target, the same every time, and if wanted one for each run.

Where runs are kept, `latest` leads to the last one that read its PBX: a night that failed never
stands in the place of a good one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import urlsplit

from auditor.files.writing import cannot_write
from auditor.report.schema import v1
from auditor.run.target import is_live
from auditor.values.file_names import readable

LATEST: Final = "latest"
_DIGITS: Final = 8
_NOBODY: Final = "pbx"
_REPORTS: Final = ("report.json", "report.html")
_DEPTH: Final = 2  # a folder for each target, and in it one for each run


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


def folder_of_run(folder: Path, report: v1.Report) -> Path:
    """Return the folder for one run among those that are kept, named after when it began."""
    name = "".join(c for c in report.run.started if c.isalnum()).removesuffix("0000") + "Z"
    found, number = folder / name, 2
    while os.path.lexists(found):
        found, number = folder / f"{name}-{number}", number + 1
    return found


def point_at(run: Path, report: v1.Report) -> None:
    """Let `latest` lead to a run, if it read its PBX whole. Raises OutputError.

    Where a system lets nobody make links, it is a file with the name of the folder.
    """
    if report.run.ended != "complete":
        return
    latest = run.parent / LATEST
    temporary = latest.with_name(f".{LATEST}.{os.getpid()}")
    try:
        try:
            temporary.symlink_to(run.name, target_is_directory=True)
        except OSError:
            temporary.write_text(f"{run.name}\n", encoding="utf-8")
        temporary.replace(latest)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(latest, error) from None


def reports_in(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield the saved reports in a folder and those inside, one of each folder.

    Links are not followed: what they lead to has a place of its own.
    """
    found = [folder / name for name in _REPORTS if (folder / name).is_file()]
    yield from found[:1]
    if not depth:
        return
    try:
        inside = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError:
        return
    for one in inside:
        yield from reports_in(one, depth - 1)


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
