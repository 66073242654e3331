"""Saved evidence: one file or a folder of files, recognised by content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from auditor.dialects import Dialect, load_dialect
from auditor.errors import SourceError, StandardConfigurationError
from auditor.model.site import Site
from auditor.model.snapshot import STANDARD_CONFIGURATION, Gap, Snapshot, SourceRecord
from auditor.settings import DEFAULTS, NOTHING_COMPARED, Compared, LiveOptions
from auditor.sources.assemble import Batch, assemble
from auditor.sources.factorylogin import kind_of_saved
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.table_users import API, read_table_users
from auditor.sources.saved import SNAPSHOT_MARK, load_snapshot

_BLOCK: Final = 1 << 20
_HEAD: Final = 4096
MAX_DOCUMENT_BYTES: Final = 256 << 20
_STANDARD_NAME: Final = re.compile(r"^(cfg-)?standard\b.*\.txt$", re.IGNORECASE)
_EVIDENCE_SUFFIXES: Final = frozenset({".txt", ".xml", ".json", ".cfg"})
_STANDARD_FACT: Final = "standard_configurations_gone"
_STANDARD: Final = (
    "a configuration with standard passwords (cfg-standard.txt): anyone can decrypt every password "
    "in it, so it is as good as clear text"
)
_DELETE_IT: Final = "delete it wherever it is kept, and change the passwords it holds"
_GIVE_EVIDENCE: Final = "give a cfg.txt, an object export (XML), an expert script or a snapshot"


def read_files(
    path: Path,
    site: Site,
    pbx_password: str | None,
    options: LiveOptions = DEFAULTS,
    compared: Compared = NOTHING_COMPARED,
) -> Snapshot:
    """Return the snapshot of a file or folder of evidence.

    `compared` are passwords of others, with which those of the PBX are compared.

    Raises SourceError for what cannot be read, StandardConfigurationError if there is nothing but a
    cfg-standard.txt. Beside other evidence such a file is named, and not used.
    """
    paths, ignored = _sorted_out(path) if path.is_dir() else ([path], [])
    saved = [p for p in paths if not _is_standard(p) and SNAPSHOT_MARK in _head(p)]
    if saved:
        if len(paths) > 1:
            raise SourceError(
                "a saved snapshot stands beside other evidence",
                where=str(path),
                advice="audit the snapshot by itself",
            )
        return load_snapshot(saved[0])
    dialect = load_dialect(site.target.dialect)
    read = [_read(p, _shown_name(p, path), dialect) for p in paths]
    readings = [reading for reading, _ in read if reading is not None]
    if not readings:
        raise StandardConfigurationError(
            f"this is {_STANDARD}",
            where=str(paths[0]),
            advice=f"{_DELETE_IT}; audit /cfg.txt instead",
        )
    records = [*(record for _, record in read), *(_ignored(p, path) for p in ignored)]
    gaps = [
        Gap(_STANDARD_FACT, f"it is not used: {_STANDARD}", record.name, advice=_DELETE_IT)
        for record in records
        if record.kind == STANDARD_CONFIGURATION
    ]
    batch = Batch(readings, records, gaps)
    return assemble(batch, site, pbx_password, options, compared)


def _shown_name(path: Path, root: Path) -> str:
    name = path.name if path == root else str(path.relative_to(root))
    return name.encode("utf-8", "replace").decode()


def _sorted_out(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of a folder that are evidence by their name, and the others."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    paths = [p for p in files if p.suffix.lower() in _EVIDENCE_SUFFIXES]
    if not paths:
        raise SourceError("the folder holds no evidence", where=str(folder), advice=_GIVE_EVIDENCE)
    return paths, [p for p in files if p.suffix.lower() not in _EVIDENCE_SUFFIXES]


def _ignored(path: Path, folder: Path) -> SourceRecord:
    note = f"not read: evidence ends in {', '.join(sorted(_EVIDENCE_SUFFIXES))}"
    return SourceRecord(_shown_name(path, folder), "ignored", path.stat().st_size, "", note)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise SourceError(
            f"the file cannot be read ({error.strerror})", where=str(path), advice=_GIVE_EVIDENCE
        ) from None


def _read(path: Path, name: str, dialect: Dialect) -> tuple[Reading | None, SourceRecord]:
    """Return the reading and record of a file; no reading of one named a standard configuration."""
    if _is_standard(path):
        return None, _standard(path, name, "recognised by its name")
    head = _head(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head and path.stat().st_size <= _HEAD:
        raise SourceError("the file is empty", where=str(path), advice=_GIVE_EVIDENCE)
    digest = hashlib.sha256()
    if head.startswith(b"<"):
        reading = read_export(_whole(path, digest), name, dialect)
    elif head.startswith((b"{", b"[")):
        content = _whole(path, digest)
        if API.encode() not in content:
            raise SourceError(
                "this JSON is neither a snapshot nor a PbxTableUsers message",
                where=str(path),
                advice=_GIVE_EVIDENCE,
            )
        reading = read_table_users(content, name, dialect)
    else:
        reading = read_configuration(_blocks(path, digest), name, dialect)
    kind = kind_of_saved(reading)
    record = SourceRecord(name, kind, path.stat().st_size, digest.hexdigest())
    return reading, record


def _is_standard(path: Path) -> bool:
    """Return whether a file calls itself a standard configuration; such a file is not opened."""
    return _STANDARD_NAME.match(path.name) is not None


def _standard(path: Path, name: str, why: str) -> SourceRecord:
    """Return the record of a standard configuration: nothing of its content, not even a digest."""
    note = f"not used: a standard configuration, {why}"
    return SourceRecord(name, STANDARD_CONFIGURATION, path.stat().st_size, "", note)


def _blocks(path: Path, digest: hashlib._Hash) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            yield block


def _whole(path: Path, digest: hashlib._Hash) -> bytes:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise SourceError(
            f"the document is larger than {MAX_DOCUMENT_BYTES >> 20} MiB",
            where=str(path),
            advice="give the cfg.txt, which is read line by line",
        )
    return b"".join(_blocks(path, digest)).removeprefix(b"\xef\xbb\xbf")
