"""Reads one file of evidence, whatever it is called, and says what became of it."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Final

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.files.kinds import TOML
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import STANDARD_CONFIGURATION, Box, SourceRecord
from auditor.sources.factory_state import kind_of_saved
from auditor.sources.folder import IGNORED, NOT_READ, FolderEntry, is_standard_name, problem_of
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.lasting import Lasting
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.table_users import API, read_table_users
from auditor.sources.recognise import MAX_DOCUMENT_BYTES, could_be_evidence
from auditor.sources.snapshot.saved import SNAPSHOT_MARK
from auditor.values.frozen import frozen

GIVE_EVIDENCE: Final = say("give a cfg.txt, an object export (XML), an expert script or a snapshot")
DAMAGED: Final = "damaged"
_BY_NAME: Final = say("not used: a standard configuration, recognised by its name")
_BLOCK: Final = 1 << 20
_HEAD: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"


@frozen
class EvidenceFile:
    """One file. `reading` is None if it is not used; `problem` is why it could not be read.

    `open_question` is why evidence may be missing on account of it, empty if none is.
    `has_saved_none` says that it has no line which innovaphone's update server would not save.
    """

    path: Path
    record: SourceRecord
    reading: Reading | None = None
    problem: SourceError | None = None
    open_question: Message = NOTHING
    modified: float = field(default=0.0, compare=False)
    has_saved_none: bool = False

    @property
    def name(self) -> str:
        """Return the name as the report shows it."""
        return self.record.name

    @property
    def box(self) -> Box:
        """Return what it says of the box that it is from."""
        return (self.reading and self.reading.box) or Box()

    def set_aside(self, kind: str, note: Message) -> EvidenceFile:
        """Return the document as one that is not used."""
        return replace(self, reading=None, record=replace(self.record, kind=kind, note=note))


def is_saved_snapshot(path: Path) -> bool:
    """Return whether a file is a saved snapshot; what cannot be opened is none."""
    try:
        return not is_standard_name(path) and SNAPSHOT_MARK in _head(path)
    except OSError:
        return False


def read_document(entry: FolderEntry, dialect: Dialect) -> EvidenceFile:
    """Return a file with what it says, or with why it says nothing. Raises nothing for a file."""
    path, name = entry.path, entry.name
    if is_standard_name(path):
        return _standard(path, name)
    content = _Content(path)
    try:
        reading = _read(content, name, dialect)
        modified = path.stat().st_mtime
    except OSError as error:
        return _unread(path, name, problem_of(error))
    except SourceError as error:
        return _refused(path, name, error)
    kind = kind_of_saved(reading)
    record = SourceRecord(name, kind, content.size, content.digest.hexdigest())
    if content.lasting is None:
        return EvidenceFile(path, record, reading, modified=modified)
    record = replace(record, lasting=lasting_of(content.lasting))
    has_none = content.lasting.has_saved_none
    return EvidenceFile(path, record, reading, modified=modified, has_saved_none=has_none)


def _read(content: _Content, name: str, dialect: Dialect) -> Reading:
    head = _head(content.path).removeprefix(_BOM).lstrip()
    if not head and content.path.stat().st_size <= _HEAD:
        raise SourceError(say("the file is empty"), where=str(content.path), advice=GIVE_EVIDENCE)
    if head.startswith(b"<"):
        return read_export(content.whole(), name, dialect)
    if head.startswith((b"{", b"[")) and content.path.suffix.lower() != TOML:
        whole = content.whole()
        if API.encode() not in whole:
            raise SourceError(
                say("this JSON is neither a snapshot nor a PbxTableUsers message"),
                where=str(content.path),
                advice=GIVE_EVIDENCE,
            )
        return read_table_users(whole, name, dialect)
    return read_configuration(content.lines(), name, dialect)


def lasting_of(lasting: Lasting) -> str:
    """Return the digest of what does not change by itself; empty where it is that of all."""
    digest = lasting.digest()
    return digest if lasting.leaves_out else ""


def _refused(path: Path, name: str, error: SourceError) -> EvidenceFile:
    """Return a document that could not be understood: unrelated to a PBX, or damaged evidence."""
    content = _Content(path)
    try:
        blocks = content.blocks()
        matters = could_be_evidence(blocks)
        deque(blocks, maxlen=0)  # the rest counts for size and digest
    except OSError as failure:
        return _unread(path, name, problem_of(failure))
    reason = error.message
    digest, size = content.digest.hexdigest(), content.size
    if matters:
        record = SourceRecord(name, DAMAGED, size, digest, say("not used: {reason}", reason=reason))
        return EvidenceFile(path, record, problem=error, open_question=reason)
    note = say("not used, for it is no evidence of a PBX: {reason}", reason=reason)
    return EvidenceFile(path, SourceRecord(name, IGNORED, size, digest, note), problem=error)


def _unread(path: Path, name: str, reason: Message) -> EvidenceFile:
    record = SourceRecord(name, NOT_READ, 0, "", say("not read: {reason}", reason=reason))
    error = SourceError(reason, where=str(path), advice=GIVE_EVIDENCE)
    return EvidenceFile(path, record, problem=error, open_question=reason)


def _standard(path: Path, name: str) -> EvidenceFile:
    """Return a standard configuration: nothing of its content, not even a digest."""
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return EvidenceFile(path, SourceRecord(name, STANDARD_CONFIGURATION, size, "", _BY_NAME))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


class _Content:
    """The bytes of a file, counted and digested as they are read, once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.digest = hashlib.sha256()
        self.lasting: Lasting | None = None

    def lines(self) -> Iterator[bytes]:
        """Yield the bytes of a configuration, of which some lines change by themselves."""
        self.lasting = Lasting()
        for block in self.blocks():
            self.lasting.feed(block)
            yield block

    def blocks(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK):
                self.size += len(block)
                self.digest.update(block)
                yield block

    def whole(self) -> bytes:
        if self.path.stat().st_size > MAX_DOCUMENT_BYTES:
            raise SourceError(
                say("the document is larger than {size} MiB", size=MAX_DOCUMENT_BYTES >> 20),
                where=str(self.path),
                advice=say("give the cfg.txt, which is read line by line"),
            )
        return b"".join(self.blocks()).removeprefix(_BOM)
