"""Judges the last snapshot of a PBX again, with one thing after the other as it is now.

First with the new rules, the site file and the waivers of that day, and that day; then with the new
site file and waivers; then on the new day; then without what only one of both audits could see.
Whoever compares these sees what each of them changes.
Evidence is not read again, but what the site file and its dialect have a say in is taken as it is
read now. Nothing is judged until somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import AuditorError, SiteFileError
from auditor.fleet.drift.changes import Read, RejudgeStep
from auditor.fleet.drift.common_view import more, seen_by_both, was_told_more
from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.drift.kept_documents import as_kept, read_site, read_waiver_paper
from auditor.fleet.drift.read_anew import ReadAgain, ReadWith
from auditor.fleet.history_model import Basis, Cause, Judgement, Paper, PaperKind, Versions
from auditor.messages.message import NOTHING, Message, say
from auditor.model.attestation import Attestation, Facts
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Coverage
from auditor.model.waiver import WaiverEntry
from auditor.rules.catalogue import Catalogue
from auditor.run.audit import audit
from auditor.run.setup import Setup
from auditor.sources.snapshot.saved import parse_snapshot

_STORED: Final = Path("history")
# What comes of a paper that another version wrote otherwise.
_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError)


class Stored(NamedTuple):
    """What the history kept of the last audit: its snapshot, and its papers by kind."""

    basis: Basis
    snapshot: bytes
    papers: Mapping[PaperKind, bytes] = {}


class NewAudit(NamedTuple):
    """What the new audit rests on: its snapshot as it was read, papers, versions, judgement."""

    setup: Setup
    snapshot: Snapshot
    papers: Sequence[Paper]
    versions: Versions
    judgement: Judgement


class Rejudge:
    """Judges a stored snapshot again. `problem` says why that could not be done as it should.

    `last` finds what was stored, None if nothing was, and is asked only if something has changed.
    """

    def __init__(self, last: Callable[[], Stored | None], new: NewAudit) -> None:
        self._last = last
        self._new = new
        self._steps: Sequence[RejudgeStep] | None = None
        self._coverage_before: Mapping[str, Coverage] = {}
        self.problem: Message = NOTHING

    def steps(self) -> Sequence[RejudgeStep]:
        """Return what the old snapshot comes to, one thing after the other as it is now.

        There is none if nothing was stored, or if what was cannot be read any more.
        """
        if self._steps is None:
            self._steps = tuple(self._judged())
        return self._steps

    def evidence(self, needs: Sequence[str], reading: Read) -> Cause:
        """Return why what was read makes a difference to a control that needs areas and facts.

        Who sees less decides less, so what is decided with less is a change of the PBX; who sees
        more may only now see what was so before.
        """
        read_again = self._reading
        cause = read_again.cause(needs, fails=reading.fails) if read_again is not None else None
        if cause is not None:
            return cause
        before = self._coverage_before
        known = {name: before[name] for name in needs if name in before}
        now = {name: self._new.judgement.coverage.get(name, Coverage.MISSING) for name in known}
        then, today = self._old or self._new.snapshot, self._new.snapshot
        if reading.is_open and (more(known, now) or was_told_more(then, today)):
            return Cause.VIEW
        sees_more = bool(more(now, known)) or was_told_more(today, then)
        may_be_seen_now = reading.was_open or not reading.is_common
        return Cause.VIEW if may_be_seen_now and sees_more else Cause.PBX

    def _judged(self) -> Iterator[RejudgeStep]:
        stored, old = self._stored, self._old
        if stored is None or old is None:
            return
        setup, day = self._new.setup, stored.basis.day
        last = self._judge(old, with_papers_of_then(setup, self._old_site, self._old_waivers), day)
        yield RejudgeStep(Cause.RULES, last)
        reread = self._reading.snapshot if self._reading is not None else old
        if self._is_edited or reread is not old:
            last = self._judge(reread, _as_of(setup, day), day)
        yield RejudgeStep(Cause.SITE, last)
        if day != setup.today:
            last = self._judge(reread, setup, setup.today)
        yield RejudgeStep(Cause.TIME, last)
        self._coverage_before = last.coverage
        yield from self._seen(reread)

    def _seen(self, old: Snapshot) -> Iterator[RejudgeStep]:
        """Yield what was to be seen by both audits, if one could see less than the other."""
        setup, new = self._new.setup, self._new.snapshot
        both = seen_by_both(old, new)
        if both.before is not old:
            yield RejudgeStep(Cause.VIEW, self._judge(both.before, setup, setup.today))
        if both.now is not new:
            yield RejudgeStep(Cause.PBX, self._judge(both.now, setup, setup.today))

    def _judge(self, snapshot: Snapshot, setup: Setup, day: date) -> Judgement:
        outcome = audit(snapshot, setup.site, setup.selection, day)
        return judgement_of(outcome, setup.minimum_coverage)

    @cached_property
    def _stored(self) -> Stored | None:
        return self._last()

    @cached_property
    def _old(self) -> Snapshot | None:
        if self._stored is None:
            return None
        try:
            return parse_snapshot(self._stored.snapshot, _STORED)
        except AuditorError as error:
            self.problem = say(
                "what the last audit read cannot be judged again: {reason}", reason=error.message
            )
            return None

    @cached_property
    def _old_site(self) -> Site:
        """Return the site file of then; the one of now if that one cannot be read any more."""
        content = self._stored.papers.get(PaperKind.SITE) if self._stored else None
        if content is None:
            return self._new.setup.site
        try:
            return read_site(content)
        except _UNREADABLE:
            self.problem = say("the site file of the last audit cannot be read any more")
            return self._new.setup.site

    @cached_property
    def _old_waivers(self) -> tuple[WaiverEntry, ...]:
        content = self._stored.papers.get(PaperKind.WAIVERS) if self._stored else None
        if content is None:
            return ()
        try:
            return read_waiver_paper(content, self._new.setup.catalogue.rules)
        except _UNREADABLE:
            self.problem = say("the waivers of the last audit cannot be read any more")
            return tuple(self._new.setup.selection.waivers)

    @property
    def _is_edited(self) -> bool:
        """Whether the site file or the waivers say something else than then."""
        known = self._stored.basis.papers if self._stored else {}
        now = {paper.kind: paper.digest for paper in self._new.papers}
        return any(known.get(kind) != now.get(kind) for kind in (PaperKind.SITE, PaperKind.WAIVERS))

    @cached_property
    def _reading(self) -> ReadAgain | None:
        stored, old, new = self._stored, self._old, self._new
        if stored is None or old is None:
            return None
        papers = {paper.kind: paper.content for paper in new.papers}
        dialect, site = PaperKind.DIALECT, as_kept(new.setup.site)
        known = site if self._old_site is new.setup.site else self._old_site
        versions = stored.basis.versions
        return ReadAgain(
            ReadWith(old, known, stored.papers.get(dialect), versions),
            ReadWith(new.snapshot, site, papers.get(dialect), new.versions),
        )


def with_papers_of_then(
    setup: Setup, site: Site, waivers: Sequence[WaiverEntry], controls: Sequence[str] = ()
) -> Setup:
    """Return a setup with its rules and profile, and the site file and waivers of then.

    Without `controls`, those of the profile run.
    """
    fitting = _fitting(site, setup.catalogue)
    rules = setup.catalogue.select(setup.profile_id, controls, fitting.controls)
    terms = setup.selection.terms._replace(choices=fitting.controls)
    chosen = setup.selection._replace(rules=rules, terms=terms, waivers=tuple(waivers))
    return setup._replace(site=fitting, selection=chosen)


def _fitting(site: Site, catalogue: Catalogue) -> Site:
    """Return a site file without what it says of controls or parameters that are no more."""
    parameters = {}
    for name, values in site.parameters.items():
        try:
            catalogue.check_overrides({name: values})
        except SiteFileError:
            continue
        parameters[name] = values
    controls = {name: one for name, one in site.controls.items() if name in catalogue.rules}
    return site.model_copy(update={"parameters": parameters, "controls": controls})


def _as_of(setup: Setup, day: date) -> Setup:
    """Return a setup as it could have been on an earlier day.

    What somebody attested since is an edit: it counts then too, for nothing begins by time alone.
    """
    facts = setup.site.facts
    if facts is None:
        return setup
    return setup._replace(site=setup.site.model_copy(update={"facts": _begun(facts, day)}))


def _begun(facts: Facts, day: date) -> Facts:
    begun: dict[str, object] = {}
    for name in type(facts).model_fields:
        value = getattr(facts, name)
        if isinstance(value, dict):
            begun[name] = {key: _earlier(one, day) for key, one in value.items()}
        elif isinstance(value, Attestation):
            begun[name] = _earlier(value, day)
    return facts.model_copy(update=begun)


def _earlier(entry: Attestation, day: date) -> Attestation:
    return entry.model_copy(update={"on": min(entry.on, day)})
