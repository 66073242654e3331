"""Saved evidence: one file or a folder of files, recognised by content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from auditor.dialects import Dialect, load_dialect
from auditor.errors import SourceError, StandardConfigurationError
from auditor.facts import FACTORY_LOGIN
from auditor.messages.message import say, together
from auditor.model.site import Site
from auditor.model.snapshot import STANDARD_CONFIGURATION, Gap, Snapshot, SourceRecord
from auditor.site.credentials import NOTHING_COMPARED, Compared
from auditor.sources.belonging import in_one_system
from auditor.sources.evidence_file import (
    GIVE_EVIDENCE,
    EvidenceFile,
    is_saved_snapshot,
    read_document,
)
from auditor.sources.folder import FolderEntry, Listing, Unread, list_folder, shown_name
from auditor.sources.generations import check_newest, newest_of_each
from auditor.sources.options import DEFAULTS, LiveOptions, Progress
from auditor.sources.parse.ledger import ALL_AREAS
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.registrations import unclear
from auditor.sources.snapshot.assemble import Batch, assemble
from auditor.sources.snapshot.saved import load_snapshot
from auditor.sources.update_server import as_saved

_STANDARD_FACT: Final = "standard_configurations_gone"
_NOT_USED: Final = say(
    "it is not used: a configuration with standard passwords (cfg-standard.txt): anyone can "
    "decrypt every password in it, so it is as good as clear text"
)
_NAMED: Final = 3
_DELETE_IT: Final = say("delete it wherever it is kept, and change the passwords it holds")


def read_files(
    path: Path,
    site: Site,
    pbx_password: str | None,
    options: LiveOptions = DEFAULTS,
    compared: Compared = NOTHING_COMPARED,
) -> Snapshot:
    """Return the snapshot of a file or folder of evidence.

    `compared` are passwords of others, with which those of the PBX are compared.

    Raises SourceError for a file that cannot be read, and for a folder in which none can, with more
    than one system, or in which the newest generation of a box cannot be used;
    StandardConfigurationError if there is nothing but a cfg-standard.txt. Beside other evidence
    such a file is named, and not used.
    """
    listing = listing_of(path)
    saved = [entry for entry in listing.files if is_saved_snapshot(entry.path)]
    if saved:
        if len(listing.files) > 1:
            raise SourceError(
                say("a saved snapshot stands beside other evidence"),
                where=str(path),
                advice=say("audit the snapshot by itself"),
            )
        return load_snapshot(saved[0].path)
    dialect = load_dialect(site.target.dialect)
    read = []
    for done, entry in enumerate(listing.files, 1):
        options.notify(Progress(entry.name, done, len(listing.files)))
        read.append(read_document(entry, dialect))
    documents = [as_saved(one, dialect) for one in newest_of_each(read)]
    check_newest(documents, listing.unread)
    used = in_one_system(documents, site, str(path))
    if not used:
        raise _nothing(path, listing, documents)
    gaps = [*_standard_gaps(documents), *_open_questions(documents, listing.unread, dialect)]
    records = [*(one.record for one in documents), *map(_record, listing.unread)]
    records.sort(key=lambda record: record.name)
    readings = [one.reading for one in used if one.reading is not None]
    readings += _unread_scripts(documents, listing.unread)
    batch = Batch(readings, records, dialect, gaps)
    return assemble(batch, site, pbx_password, options, compared)


def holds_snapshot(path: Path) -> bool:
    """Return whether a path is a saved snapshot, or a folder with one and no other evidence."""
    return snapshot_in(path) is not None


def snapshot_in(path: Path) -> Path | None:
    """Return the saved snapshot that a path is, or that is all the evidence of a folder."""
    try:
        return snapshot_among(listing_of(path).files)
    except SourceError:
        return None


def snapshot_among(files: Sequence[FolderEntry]) -> Path | None:
    """Return the saved snapshot that is all the evidence there is."""
    return files[0].path if len(files) == 1 and is_saved_snapshot(files[0].path) else None


def listing_of(path: Path) -> Listing:
    """Return what a folder holds, or the file that a path is. Raises SourceError."""
    return list_folder(path) if path.is_dir() else _one_file(path)


def _one_file(path: Path) -> Listing:
    if not path.is_file():  # a FIFO would never end
        reason = say("it is no regular file") if path.exists() else say("the file cannot be read")
        raise SourceError(reason, where=str(path), advice=GIVE_EVIDENCE)
    return Listing((FolderEntry(path, shown_name(path, path)),), ())


def _nothing(path: Path, listing: Listing, documents: Sequence[EvidenceFile]) -> SourceError:
    """Return why there is nothing to audit: the worst that became of a file."""
    problems = [one for one in documents if one.problem is not None]
    for one in sorted(problems, key=lambda one: not one.open_question):
        standards = any(other.record.kind == STANDARD_CONFIGURATION for other in documents)
        if one.problem is not None and (one.open_question or not standards):
            return one.problem
    if documents:
        return StandardConfigurationError(
            say(
                "this is a configuration with standard passwords (cfg-standard.txt): anyone can "
                "decrypt every password in it, so it is as good as clear text"
            ),
            where=str(documents[0].path),
            advice=say("{advice}; audit /cfg.txt instead", advice=_DELETE_IT),
        )
    unread = [
        say("{place}: {reason}", place=one.name, reason=one.open_question)
        for one in listing.unread
        if one.open_question
    ]
    problem = say("the folder holds no evidence")
    if unread:
        names = together(*unread[:_NAMED])
        problem = say("the folder holds no evidence; not read: {names}", names=names)
    return SourceError(problem, where=str(path), advice=GIVE_EVIDENCE)


def _standard_gaps(documents: Iterable[EvidenceFile]) -> Iterator[Gap]:
    for one in documents:
        if one.record.kind == STANDARD_CONFIGURATION:
            yield Gap(_STANDARD_FACT, _NOT_USED, one.name, advice=_DELETE_IT, doubtful=True)


def _open_questions(
    documents: Iterable[EvidenceFile], unread: Iterable[Unread], dialect: Dialect
) -> Iterator[Gap]:
    """Yield what evidence that was not read could have shown: all of it."""
    of_objects = [name for name, place in dialect.settings.items() if not place.in_lines]
    areas = (*ALL_AREAS, FACTORY_LOGIN, *sorted(of_objects))
    open_questions = [(one.name, one.open_question) for one in documents]
    open_questions += [(one.name, one.open_question) for one in unread]
    for name, question in open_questions:
        for area in areas if question else ():
            yield Gap(
                area,
                say("evidence that could not be read: {reason}", reason=question),
                name,
                advice=say("make it readable, or take it out of the folder if it is no evidence"),
            )


def _unread_scripts(
    documents: Iterable[EvidenceFile], unread: Iterable[Unread]
) -> Iterator[Reading]:
    """Yield for each piece of evidence that was not read that it may register phones."""
    names = [one.name for one in documents if one.open_question]
    names += [one.name for one in unread if one.open_question]
    for name in names:
        yield Reading(name, "configuration", scripted=[unclear(0)])


def _record(one: Unread) -> SourceRecord:
    return SourceRecord(one.name, one.kind, one.size, "", one.note)
