"""Carries the last audit of a PBX forward where nothing can have changed what it came to.

That is: the same evidence, papers, rules and data, no code of somebody else's, and no day between
then and now on which anything that names a day could come to count, or end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from auditor.errors import ExitCode, SourceError
from auditor.files.inputs import MAX_SNAPSHOT_BYTES, read_bytes
from auditor.files.json_reading import parse_json
from auditor.fleet.compression import Packed
from auditor.fleet.drift.kept_documents import papers_of, versions_of
from auditor.fleet.history_model import AuditedPbx, Basis, Judgement, Paper, Versions
from auditor.fleet.runner.jobs import Job
from auditor.model.origin import DialectFile
from auditor.model.snapshot import FACTORY_CONFIGURATION, Snapshot, SourceRecord
from auditor.model.vocabulary import Status
from auditor.run.setup import Setup
from auditor.sources.folder import Listing
from auditor.sources.parse.lasting import Lasting
from auditor.sources.saved_evidence import listing_of, snapshot_among
from auditor.sources.snapshot.saved import SNAPSHOT_KEY
from auditor.values.kept_by_identity import kept_by_identity

_OBJECTS: Final = b',"objects":['
# Month and day: a year in front would be tried at every digit of a document.
_IN_YEAR: Final = re.compile(rb"-(\d{2})-(\d{2})")
_DIGITS_OF_YEAR: Final = 4
_DAY: Final = timedelta(days=1)
_LONGEST: Final = 40_000
_TELLING: Final = ("name", "kind", "size", "sha256", "lasting")
_CONFIGURATIONS: Final = frozenset({"configuration", FACTORY_CONFIGURATION})


class Rests(NamedTuple):
    """What an audit rests on beside the evidence."""

    papers: tuple[Paper, ...]
    versions: Versions


def rests_on(job: Job, setup: Setup, snapshot: Snapshot) -> Rests:
    """Return what the audit of a snapshot rests on. Raises RuleDocumentError."""
    return Rests(papers_of(setup, snapshot, job.pbx.rules), versions_of(setup))


def unread(job: Job, setup: Setup, target: str) -> AuditedPbx | None:
    """Return the last audit again if the files are those of then; None if they have to be read."""
    last = _last(job)
    if last is None or not _is_of_same_box(job):
        return None
    head = last.head
    if not _same_files(Path(target), last.basis, head["sources"]):
        return None
    file = head["dialect_file"]
    snapshot = Snapshot("", dialect_file=DialectFile(**file) if file else None)
    return _carried(job, setup, rests_on(job, setup, snapshot), last)


def unjudged(job: Job, setup: Setup, rests: Rests, content: str) -> AuditedPbx | None:
    """Return the last audit again if what was read says the same; None if it is to be judged."""
    last = _last(job)
    if last is None or last.basis.content != content:
        return None
    return _carried(job, setup, rests, last)


class _Last(NamedTuple):
    """The last audit of a PBX: what it rested on, and the snapshot that was kept of it."""

    basis: Basis
    kept: Packed
    stored: bytes

    @property
    def head(self) -> dict[str, Any]:
        """What the snapshot says beside its objects."""
        found: dict[str, Any] = parse_json(head_of(self.stored) + b"}}")[SNAPSHOT_KEY]
        return found


def _last(job: Job) -> _Last | None:
    """Return the last audit, None if it is not to be carried, or is not there undamaged."""
    basis = job.known.basis
    if basis is None or not job.asked.carries or job.known.rebound:
        return None
    stored = job.content(basis.snapshot)
    return _Last(basis, job.documents[basis.snapshot], stored) if stored is not None else None


def _is_of_same_box(job: Job) -> bool:
    """Return whether the inventory states no box of which the same files could not be."""
    return not job.pbx.serial


def _carried(job: Job, setup: Setup, rests: Rests, last: _Last) -> AuditedPbx | None:
    basis = last.basis
    if setup.site.rules.plugins:
        return None
    papers = {paper.kind: paper.digest for paper in rests.papers}
    if papers != dict(basis.papers) or rests.versions != basis.versions:
        return None
    if _counts_otherwise(job, basis):
        return None
    told = head_of(last.stored), [paper.content for paper in rests.papers]
    if may_have_turned(setup, *told, basis.day, job.day):
        return None
    return AuditedPbx(
        Judgement((), basis.code, basis.score, {}),
        (),
        job.known.serial,
        last.kept,
        basis.content,
        rests.papers,
        rests.versions,
        basis.expiries,
        basis.objects,
    )


def _counts_otherwise(job: Job, basis: Basis) -> bool:
    """Return whether what is known comes to another code by the threshold of this run.

    The code of then is by a threshold of then, which `--fail-on` may have changed since.
    """
    fails = any(
        one.status is Status.FAILED and one.severity.rank <= job.asked.fail_on.rank
        for one in job.known.controls.values()
    )
    return fails is not (basis.code is ExitCode.FINDINGS)


def may_have_turned(
    setup: Setup, head: bytes, papers: Iterable[bytes], since: date, today: date
) -> bool:
    """Return whether a verdict may be another by time alone than it was on a day.

    `head` is a snapshot without its objects. With the papers, that is all that names days on which
    the verdict rests.
    """
    dates = frozenset(_dates(head)).union(*map(_dates_of_paper, papers))
    return has_turned(since, today, dates, _spans(setup))


def has_turned(since: date, today: date, dates: Collection[date], spans: Collection[int]) -> bool:
    """Return whether a day came since on which something may begin to count, or end."""
    if today < since:
        return True
    first, last = since - _DAY, today + _DAY
    return any(
        first <= day + timedelta(days=sign * span) <= last
        for day in dates
        for span in spans
        for sign in (1, -1)
    )


@lru_cache(maxsize=64)
def _dates_of_paper(content: bytes) -> frozenset[date]:
    """Return every day that a paper names; many PBXs share one."""
    return frozenset(_dates(content))


def _dates(content: bytes) -> Iterator[date]:
    """Yield every day that a document names."""
    named = {
        (content[max(0, at.start() - _DIGITS_OF_YEAR) : at.start()], *at.groups())
        for at in _IN_YEAR.finditer(content)
    }
    for year, month, day in named:
        with suppress(ValueError):
            found = date(int(year), int(month), int(day))
            if date.min + timedelta(_LONGEST) < found < date.max - timedelta(_LONGEST):
                yield found


@kept_by_identity(64)
def _spans(setup: Setup) -> frozenset[int]:
    """Return how many days before or after a day anything may count, by what controls are told."""
    return frozenset(_numbers_of_days(setup))


def _numbers_of_days(setup: Setup) -> Iterator[int]:
    """Yield all numbers that controls are told: which of them count days, only checks know."""
    yield 0
    told: list[dict[str, Any]] = [dict(rule.params) for rule in setup.selection.rules]
    told += [dict(values) for values in setup.site.parameters.values()]
    for value in (value for values in told for value in values.values()):
        if type(value) is int and 0 < value < _LONGEST:
            yield value


def head_of(stored: bytes) -> bytes:
    """Return a stored snapshot without its objects, which name no days."""
    return stored.partition(_OBJECTS)[0]


def _same_files(target: Path, basis: Basis, sources: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a file or folder holds what was read the last time, and no more.

    `sources` are those that the last snapshot names. Lines of a configuration that change by
    themselves make no difference.
    """
    try:
        listing = listing_of(target)
        saved = snapshot_among(listing.files)
        if saved is not None:
            return (
                hashlib.sha256(read_bytes(saved, MAX_SNAPSHOT_BYTES)).hexdigest() == basis.snapshot
            )
        known = {one["name"]: SourceRecord(**_recorded(one)) for one in sources}
        return _are_same(listing, known)
    except (SourceError, OSError):
        return False


def _recorded(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a stored source what tells documents apart."""
    return {name: source[name] for name in _TELLING if name in source}


def _are_same(listing: Listing, known: Mapping[str, SourceRecord]) -> bool:
    """Return whether a folder holds what is known, but for lines that change by themselves."""
    names = [*(one.name for one in listing.files), *(one.name for one in listing.unread)]
    if sorted(names) != sorted(known) or any(one.open_question for one in listing.unread):
        return False
    is_left = all(one.size == known[one.name].size for one in listing.unread)
    return is_left and all(_is_same(entry.path, known[entry.name]) for entry in listing.files)


def _is_same(path: Path, known: SourceRecord) -> bool:
    """Return whether a file is what is known of it, of a configuration without what is noise."""
    content = read_bytes(path, MAX_SNAPSHOT_BYTES)
    if hashlib.sha256(content).hexdigest() == known.sha256:
        return True
    if known.kind not in _CONFIGURATIONS:
        return False
    lasting = Lasting()
    lasting.feed(content)
    return lasting.digest() == known.content
