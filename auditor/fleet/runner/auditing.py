"""Audits one PBX in a worker process: reads what was saved, judges, compares, reports.

The database is not for workers: what they have to know comes with the job, and what is to be
recorded goes back.
"""

from __future__ import annotations

import hashlib
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from auditor.errors import OutputError, SourceError
from auditor.fleet.compression import Packed, pack
from auditor.fleet.drift.changes import changes_between
from auditor.fleet.drift.content import content_digest
from auditor.fleet.drift.expiries import expiries
from auditor.fleet.drift.identity import (
    AcceptedBox,
    Conflict,
    Inventoried,
    guids_of,
    identify,
    is_same_box,
    serial_of,
)
from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.drift.rejudge import NewAudit, Rejudge, Stored
from auditor.fleet.drift.usable_evidence import remarks_on, why_less, why_outdated
from auditor.fleet.history_model import AuditedPbx, AuditEnding, AuditRecord, ControlSeen, Judgement
from auditor.fleet.inventory.inventory_reader import is_read_live
from auditor.fleet.runner.carry_forward import Rests, rests_on, unjudged, unread
from auditor.fleet.runner.chosen_evidence import generation_read, tonight, why_cut, why_older
from auditor.fleet.runner.failures import NoAuditError, failure_of
from auditor.fleet.runner.jobs import AuditResult, Failure, Job
from auditor.fleet.runner.live_reader import credentials_of
from auditor.fleet.runner.records import failed
from auditor.fleet.runner.reports import run_folder, write_reports
from auditor.fleet.runner.saved_long_ago import remarks_on_saved
from auditor.fleet.runner.setup_cache import Setups, setups_of, site_for
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import Box, Snapshot, hex_digits
from auditor.run.audit import Outcome
from auditor.run.reader import Reader
from auditor.run.session import Expectations, Session
from auditor.site.credentials import NOTHING_COMPARED, Credentials
from auditor.sources.snapshot.saved import dump_snapshot, head_of, parse_snapshot
from auditor.values.serials import serial_end

_NOBODY: Final = Credentials()
# How errors call what was stored.
_HISTORY: Final = Path("history")


def audit_pbx(job: Job, snapshot: Snapshot | None = None) -> AuditResult:
    """Return what an audit of a PBX comes to; without its snapshot, that is read first."""
    try:
        return _Audit(job, setups_of(job.asked.run, job.asked.papers)).result(snapshot)
    except Exception as error:  # noqa: BLE001 -- of one PBX; the others go on
        return failed(job, failure_of(error), _now())


def _now() -> datetime:
    return datetime.now(UTC)


class _Read(NamedTuple):
    """A snapshot, and what it says beside its objects."""

    snapshot: Snapshot
    head: Mapping[str, Any]


class _Audit:
    """One audit of one PBX."""

    def __init__(self, job: Job, setups: Setups) -> None:
        self._job = job
        self._target = tonight(job.pbx.target)
        self._setup = setups.of(job.pbx, job.day, job.asked.fail_on, self._target)

    def result(self, snapshot: Snapshot | None) -> AuditResult:
        """Return what it comes to. Raises AuditorError, and NoAuditError."""
        older = self._why_older()
        if snapshot is None:
            credentials = credentials_of(self._job.pbx, site_for(self._job.pbx, self._setup.site))
            if not older and not _holds_secrets(credentials):
                carried = unread(self._job, self._setup, self._target)
                if carried is not None:
                    return self._recorded(carried, self._remarks_on_saved())
            snapshot = self._session(credentials).read(self._target)
        self._check_whole(snapshot)
        accepted = self._identified(snapshot)
        older = older or why_outdated(self._job.known, snapshot, lambda: self._last)
        if older:
            raise NoAuditError(Failure(AuditEnding.UNREACHABLE, older))
        remarks = (*accepted.remarks, *remarks_on(self._job.known, snapshot))
        remarks = (*remarks, *self._remarks_on_saved(snapshot.boxes))
        rests = rests_on(self._job, self._setup, snapshot)
        head = head_of(snapshot)
        content = content_digest(snapshot, head)
        carried = unjudged(self._job, self._setup, rests, content)
        if carried is not None:
            return self._recorded(carried, remarks)
        outcome = self._session(_NOBODY).judge(snapshot)
        audited, problem = self._audited(_Read(snapshot, head), rests, outcome)
        audited = audited._replace(serial=accepted.serial, content=content)
        recorded = self._recorded(audited, (*remarks, *((problem,) if problem else ())))
        return self._with_report(recorded, outcome)

    def _recorded(self, audited: AuditedPbx, remarks: tuple[Message, ...] = ()) -> AuditResult:
        job = self._job
        audited = audited._replace(
            judgement=_kept(audited.judgement),
            fail_on=job.asked.fail_on,
            generation=self._generation,
        )
        record = AuditRecord(
            job.pbx.id,
            job.pbx.tenant,
            job.read or job.started,
            job.read or _now(),
            job.day,
            AuditEnding.AUDITED,
            audited=audited,
            remarks=remarks,
        )
        return AuditResult(record)

    def _session(self, credentials: Credentials) -> Session:
        expected = Expectations(language=self._job.pbx.language)
        site = site_for(self._job.pbx, self._setup.site)
        return Session(self._setup, Reader(site, credentials), expected)

    @property
    def _generation(self) -> str:
        return generation_read(self._job.pbx.target, self._target)

    def _remarks_on_saved(self, boxes: Iterable[Box] = ()) -> tuple[Message, ...]:
        pbx = self._job.pbx
        if is_read_live(pbx):
            return ()
        longest = timedelta(seconds=pbx.max_age)
        return remarks_on_saved(self._target, self._job.day, longest, boxes)

    def _why_older(self) -> Message:
        """Return why what a pattern finds is older than the last time; empty if it is not.

        It may be of another box, which is told before, so this alone says nothing yet.
        """
        known = self._job.known
        if known.basis is None or known.rebound:
            return NOTHING
        return why_older(known.basis.generation, self._generation)

    def _check_whole(self, snapshot: Snapshot) -> None:
        """Raise NoAuditError for a part of what there is."""
        is_saved = not is_read_live(self._job.pbx)
        why = why_cut(snapshot) if is_saved else NOTHING
        why = why or why_less(self._job.known, snapshot, lambda: self._last)
        if why:
            raise NoAuditError(Failure(AuditEnding.UNREACHABLE, why))

    def _identified(self, snapshot: Snapshot) -> AcceptedBox:
        """Return which box was read. Raises NoAuditError if it is not the one of the PBX."""
        job, asked = self._job, self._job.asked
        serial = serial_of(snapshot)
        about = Inventoried(
            job.pbx.id,
            tuple(asked.tenants),
            _same_box(job.bound, serial),
            job.pbx.serial,
            asked.histories,
            [pbx for pbx, tenant in asked.tenants.items() if tenant == job.pbx.tenant],
        )
        found = identify(
            job.known, snapshot, about, lambda: guids_of(self._last) if self._last else ()
        )
        if isinstance(found, Conflict):
            raise NoAuditError(Failure(AuditEnding.CONFLICT, found.reason))
        return found

    @cached_property
    def _last(self) -> Snapshot | None:
        """The snapshot of the last audit, None if there was none or it is damaged."""
        stored = self._stored
        try:
            return parse_snapshot(stored.snapshot, _HISTORY) if stored is not None else None
        except SourceError:
            return None

    @cached_property
    def _stored(self) -> Stored | None:
        """What the last audit rested on, None if there was none or it is not there any more."""
        basis = self._job.known.basis
        if basis is None:
            return None
        snapshot = self._job.content(basis.snapshot)
        found = {kind: self._job.content(digest) for kind, digest in basis.papers.items()}
        papers = {kind: content for kind, content in found.items() if content is not None}
        if snapshot is None or len(papers) < len(found):
            return None
        return Stored(basis, snapshot, papers)

    def _audited(self, read: _Read, rests: Rests, outcome: Outcome) -> tuple[AuditedPbx, Message]:
        """Return what is to be recorded, and why causes are perhaps not what they were."""
        job, setup, snapshot = self._job, self._setup, read.snapshot
        judgement = judgement_of(outcome, setup.minimum_coverage)
        new = NewAudit(setup, snapshot, rests.papers, rests.versions, judgement)
        again = Rejudge(lambda: self._stored, new)
        audited = AuditedPbx(
            judgement,
            changes_between(job.known, judgement, again),
            serial="",
            snapshot=self._packed(read),
            content="",
            papers=rests.papers,
            versions=rests.versions,
            expiries=expiries(setup, snapshot, zoneinfo.ZoneInfo(job.asked.zones[job.pbx.tenant])),
            objects=len(snapshot.objects),
        )
        return audited, again.problem

    def _packed(self, read: _Read) -> Packed:
        """Return a snapshot as it is kept; that of the last audit if it says the same."""
        content = b"".join(dump_snapshot(read.snapshot, read.head))
        digest = hashlib.sha256(content).hexdigest()
        return self._job.documents.get(digest) or pack(content, digest)

    def _with_report(self, result: AuditResult, outcome: Outcome) -> AuditResult:
        """Return a result with the folder of its report, or why there is none."""
        asked = self._job.asked
        report = self._session(_NOBODY).report_on(self._target, outcome).report
        folder = run_folder(asked.reports, self._job.pbx, asked.run)
        try:
            write_reports(folder, asked.formats, report)
        except OutputError as error:
            text = say("{where}: {message}", where=error.where, message=error.message)
            return result._replace(unwritten=text)
        return result._replace(folder=folder)


def _kept(judgement: Judgement) -> Judgement:
    """Return what is recorded of a judgement, without what only changes are found by."""
    controls = [
        ControlSeen(one.control, one.version, one.status, one.severity, one.findings)
        for one in judgement.controls
    ]
    return Judgement(tuple(controls), judgement.code, judgement.score, {})


def _same_box(bound: Mapping[str, str], serial: str) -> dict[str, str]:
    """Return what is bound to a box; there may be thousands that are not."""
    end = serial_end(hex_digits(serial))
    near = [one for one in bound if one.endswith(end)]
    return {one: bound[one] for one in near if is_same_box(one, serial)}


def _holds_secrets(credentials: Credentials) -> bool:
    """Return whether stored passwords are looked into, so that the same files could say more."""
    return credentials.pbx_password is not None or credentials.compared != NOTHING_COMPARED
