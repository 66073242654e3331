"""Where a target lies in a repository, so that a finding can be shown in the file it is about.

GitHub takes relative URIs as relative to the root of the repository, and shows nothing at a link:
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import quote, urlsplit

from auditor.errors import SourceError
from auditor.model.snapshot import SourceRecord
from auditor.report.build import Locations
from auditor.report.schema.v1sources import BaseName, Location
from auditor.run.target import is_live
from auditor.sources.folder import FolderEntry, shown_name
from auditor.sources.saved_evidence import listing_of, snapshot_among
from auditor.values.frozen import frozen

_MARK: Final = ".git"  # a folder, or in a worktree or submodule a file


@frozen
class Base:
    """The folder that URIs are relative to, and what it is."""

    folder: Path
    name: BaseName

    def uri(self, path: Path) -> str:
        """Return the reference to a file, of a link to what it leads to; empty if it is outside."""
        real = _real(path)
        for candidate in (real, _real(path.parent) / path.name):
            if candidate.is_relative_to(self.folder):
                return reference(candidate.relative_to(self.folder))
        return ""


def locations_of(target: str, records: Iterable[SourceRecord], site_file: Path | None) -> Locations:
    """Return where a target lies, and where the documents do that were read of it."""
    if is_live(target):
        base = _base(Path.cwd() / "nothing")
        site = base.uri(site_file) if site_file else ""
        return Locations(Location("address", base.name, site or _of_address(target)))
    path = Path(target)
    files = _files_of(path)
    snapshot = snapshot_among(files)
    if snapshot is not None:
        return _of_file("snapshot", snapshot)
    return _of_folder(path, files, records) if path.is_dir() else _of_file("file", path)


def _files_of(path: Path) -> Sequence[FolderEntry]:
    """Return the evidence that a path is, or that a folder holds; none that is gone by now."""
    try:
        return listing_of(path).files
    except SourceError:  # it was there when it was read
        return ()


def documents_of(target: Path) -> dict[str, Path]:
    """Return the documents of a folder or a file, by the names that they have in a report."""
    if not target.is_dir():
        return {shown_name(target, target): target}
    return {one.name: one.path for one in _files_of(target)}


def reference(path: PurePath) -> str:
    """Return a relative path as a URI reference, whatever characters or bytes it has."""
    return "/".join(quote(os.fsencode(part), safe="") for part in path.parts)


def _of_file(kind: str, path: Path) -> Locations:
    base = _base(path)
    uri = base.uri(path)
    if kind == "snapshot":
        return Locations(Location("snapshot", base.name, uri))
    return Locations(Location("file", base.name, uri), dict.fromkeys(documents_of(path), uri))


def _of_folder(
    root: Path, found: Iterable[FolderEntry], records: Iterable[SourceRecord]
) -> Locations:
    base = _base(root / "nothing")
    files = {one.name: base.uri(one.path) for one in found}
    used = [one.name for one in records if one.account and files.get(one.name)]
    named = [files[name] for name in used or sorted(files) if files[name]]
    return Locations(Location("folder", base.name, next(iter(named), "")), files)


def _of_address(target: str) -> str:
    """Return a name for a PBX that no file stands for."""
    parts = urlsplit(target)
    host = parts.netloc.rpartition("@")[2]
    return quote(host, safe="") or "pbx"


def _base(path: Path) -> Base:
    """Return what URIs of a file are relative to: the nearest repository above it comes first."""
    folder = _real(path.parent)
    for start in dict.fromkeys((_real(path).parent, folder)):
        for above in (start, *start.parents):
            if _is_there(above / _MARK):
                return Base(above, "repository")
    here = _real(Path.cwd())
    if folder.is_relative_to(here):
        return Base(here, "working-directory")
    return Base(folder, "folder")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
