"""A stored audit judged again: by the papers of its night, or by the rules of today."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import AuditorError, HistoryError, InputError
from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.drift.kept_documents import read_site, read_waiver_paper, unpack_rules
from auditor.fleet.drift.rejudge import with_papers_of_then
from auditor.fleet.history_model import Judgement, PaperKind, Standing
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.result_rows import ControlState, InForce, StoodAt
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.report.schema.v1branding import Branding
from auditor.rules.catalogue import Catalogue
from auditor.run.audit import Outcome
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.reader import Reader
from auditor.run.session import Audited, Expectations, Session
from auditor.run.setup import Choice, OptionFiles, Setup, branding_at, load_catalogue_of, prepare
from auditor.site.credentials import Credentials
from auditor.site.site_file import load_site_file
from auditor.sources.snapshot.saved import parse_snapshot

_STORED: Final = Path("history")
_NOBODY: Final = Credentials()


class Night(NamedTuple):
    """A stored audit with everything that it is judged again by; `pbx` is as today's inventory."""

    pbx: Pbx
    audit: InForce
    snapshot: Snapshot
    setup: Setup

    def outcome(self) -> Outcome:
        """Return what it comes to."""
        return self._session(None).judge(self.snapshot)

    def judgement(self, outcome: Outcome) -> Judgement:
        """Return an outcome as the history keeps it."""
        return judgement_of(outcome, self.setup.minimum_coverage)

    def report(self, outcome: Outcome, language: Language | None) -> tuple[Session, Audited]:
        """Return the full report, as of that night, and the session that makes its formats."""
        session = self._session(language)
        return session, session.report_on(self.pbx.target.text, outcome)

    def _session(self, language: Language | None) -> Session:
        """Return a session at the time of that night, which reads nothing."""
        started = self.audit.success.started
        return Session(
            self.setup,
            Reader(self.setup.site, _NOBODY),
            Expectations(language=language),
            SYSTEM_CLOCK._replace(now=lambda: started),
            lambda: f"{self.audit.pbx}-{self.audit.success.run}",
        )


class KeptAudit(NamedTuple):
    """What the history keeps of an audit."""

    audit: InForce
    snapshot: Snapshot
    papers: Mapping[PaperKind, bytes]

    @property
    def site(self) -> Site:
        """Return the site file of that night. Raises HistoryError."""
        content = self.papers.get(PaperKind.SITE)
        if content is None:
            return Site()
        try:
            return read_site(content)
        except ValueError:
            raise _unreadable(self.audit) from None


def kept(history: History, audit: InForce) -> KeptAudit:
    """Return what the history keeps of an audit. Raises HistoryError."""
    papers = {kind: history.document(digest) for kind, digest in audit.basis.papers.items()}
    content = history.document(audit.basis.snapshot)
    try:
        return KeptAudit(audit, parse_snapshot(content, _STORED), papers)
    except AuditorError:
        raise _unreadable(audit) from None


@contextmanager
def night_of(found: KeptAudit, pbx: Pbx) -> Iterator[Night]:
    """Give a stored audit with the papers of its night. Raises AuditorError.

    The controls of this program are those of today; own ones are those of that night.
    """
    with tempfile.TemporaryDirectory(prefix="pbx-auditor-") as folder:
        content = found.papers.get(PaperKind.RULES)
        try:
            folders = unpack_rules(content, Path(folder)) if content is not None else ()
        except (ValueError, KeyError, TypeError, OSError):
            raise _unreadable(found.audit) from None
        site = found.site
        catalogue = load_catalogue_of(_without_folders(site), folders)
        choice = Choice(found.audit.basis.versions.profile, (), _thresholds(found.audit))
        night = _night(found, pbx, site, catalogue, choice)
        yield night._replace(setup=night.setup._replace(branding=_branding_of_today(pbx)))


def _branding_of_today(pbx: Pbx) -> Branding | None:
    """Return whose report it is by the site file of today, None if that cannot be used."""
    try:
        return branding_at(load_site_file(pbx.site).branding_path)
    except InputError:
        return None


def night_by_rules_of_today(
    found: KeptAudit, pbx: Pbx, catalogue: Catalogue, control: str
) -> Night:
    """Return a stored audit with one control as it is today, and site file and waivers of then.

    Raises AuditorError.
    """
    return _night(found, pbx, found.site, catalogue, Choice(pbx.profile, (control,)))


def differences(judgement: Judgement, stood: StoodAt) -> list[str]:
    """Return the controls that do not come to what the history has of that night.

    A finding that it only kept, because nobody could look at it again, is no difference.
    """
    found = {
        one.control
        for seen in judgement.controls
        for one in seen.findings
        if stood.findings.get(one.key) is not one.standing
    }
    now: dict[str, ControlState] = {one.control: one.status for one in judgement.controls}
    asked = {name for name, status in stood.controls.items() if status is not Standing.NOT_ASKED}
    found.update(name for name in now.keys() | asked if now.get(name) != stood.controls.get(name))
    return sorted(found)


def _night(found: KeptAudit, pbx: Pbx, site: Site, catalogue: Catalogue, choice: Choice) -> Night:
    files = OptionFiles((), None, lambda _site, _folders: catalogue)
    day = found.audit.success.day
    setup = prepare(None, choice, files, today=day)
    content = found.papers.get(PaperKind.WAIVERS)
    try:
        waivers = read_waiver_paper(content, catalogue.rules) if content is not None else ()
    except (ValueError, KeyError, TypeError):
        raise _unreadable(found.audit) from None
    restored = with_papers_of_then(setup, site, waivers, choice.controls)
    return Night(pbx, found.audit, found.snapshot, _told(restored, pbx, has_waivers=bool(waivers)))


def _thresholds(audit: InForce) -> Thresholds:
    """Return from which severity on it counted that night; the usual one if nobody kept it."""
    fail_on = audit.basis.fail_on
    return Thresholds(fail_on) if fail_on is not None else Thresholds()


def _told(setup: Setup, pbx: Pbx, *, has_waivers: bool) -> Setup:
    """Return a setup that names files as today's inventory does."""
    return setup._replace(
        site_file=pbx.site.name if pbx.site is not None else "",
        waiver_file=pbx.waivers.name if pbx.waivers is not None and has_waivers else "",
    )


def _without_folders(site: Site) -> Site:
    """Return a site file without the folders of own controls: those of that night were kept."""
    rules = site.rules.model_copy(update={"folders": type(site.rules)().folders})
    return site.model_copy(update={"rules": rules})


def _unreadable(audit: InForce) -> HistoryError:
    return HistoryError(
        say("what run {run} kept of {pbx} cannot be read", run=audit.success.run, pbx=audit.pbx),
        advice=say("an earlier version of this program may read it"),
    )
