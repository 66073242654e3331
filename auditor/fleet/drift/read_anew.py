"""What old evidence would say if it were read as evidence is read now.

Evidence itself is not kept, so it cannot be read again. But it is known what the site file and its
dialect have a say in: of that, the old snapshot is given what the new one has, and all the rest
stays. Whoever judges it sees what the site changed, apart from what the PBX did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from auditor.dialects import Dialect, SettingPlace, dialect_names, load_dialect
from auditor.dialects.bundled import bundled
from auditor.dialects.document import merged
from auditor.facts import SAID_BY_MESSAGES, Scope, known_facts
from auditor.fleet.drift.kept_documents import read_dialect_paper
from auditor.fleet.history_model import Cause, Versions
from auditor.model.pbx_object import PasswordEvidence, PbxObject
from auditor.model.site import Site
from auditor.model.snapshot import TEMPLATE_KIND, Snapshot
from auditor.model.vocabulary import Area, EvidenceMode

# What tells of the objects themselves is taken from the new snapshot only if these are the same.
_OBJECTS: Final = (Area.OBJECTS.value, Area.DEVICES.value)
_TOLD: Final = frozenset({"learned_on", "learned_by", "seen_in", "absent_source"})
# What of a password the words of the site file have a say in.
_SCORES: Final[Mapping[str, Any]] = {"score": None, "guesses_log10": None, "patterns": ()}


class ReadWith(NamedTuple):
    """A snapshot, and what it was read with; `dialect` is the document that was kept of a file."""

    snapshot: Snapshot
    site: Site
    dialect: bytes | None
    versions: Versions


class ReadAgain:
    """The evidence of two audits, and what it was read with."""

    def __init__(self, old: ReadWith, new: ReadWith) -> None:
        self._old = old
        self._new = new

    @cached_property
    def snapshot(self) -> Snapshot:
        """The old snapshot as the site file and the dialect of now would have it read."""
        old, new = self._old.snapshot, self._new.snapshot
        topics = self._topics
        if topics:
            old = with_topics(old, new, topics)
        if Area.CALL_FILTERS.value in topics:
            rows = {one.name: one for one in new.filters}
            old = replace(old, filters=tuple(rows.get(one.name, one) for one in old.filters))
        if self._has_other_dialect:
            old = _with_dialect(old, new)
        if self._old.site.websocket != self._new.site.websocket:
            old = replace(old, listed_parents=new.listed_parents, confirmed=new.confirmed)
        if self._old.site.tls != self._new.site.tls and _shown(old) == _shown(new):
            old = replace(old, tls=new.tls)
        if _words(self._old.site) != _words(self._new.site):
            old = _with_scores(old, new)
        return old

    def cause(self, needs: Sequence[str], *, fails: bool) -> Cause | None:
        """Return what reads otherwise what a control needs; None if it is the evidence.

        `fails` says that it is violated now, which nobody sees for seeing less.
        """
        old, new = self._old.snapshot, self._new.snapshot
        has_other_mode = old.evidence_mode is not new.evidence_mode
        sees_more = new.evidence_mode is EvidenceMode.PBX_PASSWORD
        if Area.PASSWORDS in needs and has_other_mode and (sees_more or not fails):
            return Cause.VIEW  # the password with which stored ones are opened came or went
        if not self._has_same_documents:
            return None
        if self._old.site != self._new.site or self._has_other_dialect:
            return Cause.SITE
        return Cause.RULES if self._old.versions.tool != self._new.versions.tool else Cause.VIEW

    @cached_property
    def _has_same_documents(self) -> bool:
        """Whether two snapshots were made of the same, but for what changes by itself."""
        both = (self._old.snapshot, self._new.snapshot)
        if any(one.requests.sent or one.tls or not one.sources for one in both):
            return False
        first, second = (sorted(source.content for source in one.sources) for one in both)
        return first == second

    @cached_property
    def _has_other_dialect(self) -> bool:
        old, new = self._old.snapshot, self._new.snapshot
        return (old.dialect, _digest(old)) != (new.dialect, _digest(new))

    @cached_property
    def _topics(self) -> Collection[str]:
        """The areas and facts that the site file and its dialect have read otherwise."""
        old, new = self._old.site, self._new.site
        topics: set[str] = set()
        if self._has_other_dialect:
            topics.update(self._of_dialect())
        if old.target.objects != new.target.objects:
            topics.add(Area.OBJECTS.value)
        if old.probe != new.probe:
            topics.update(name for name, one in known_facts().items() if one.scope is Scope.LOOK)
        if old.websocket != new.websocket:
            topics.update(SAID_BY_MESSAGES)
        if old.boxes != new.boxes:
            topics.update([*known_facts(), Area.SETTINGS.value, Area.BOX.value])
        if topics & set(_OBJECTS) and _keys(self._old.snapshot) != _keys(self._new.snapshot):
            topics.difference_update(_OBJECTS)  # what the list lacks, the PBX may lack
        return topics

    def _of_dialect(self) -> Iterator[str]:
        """Yield what two dialects have different entries for; all, if one is not there."""
        old, new = _dialect(self._old), _dialect(self._new)
        if old is None or new is None:
            yield from (*known_facts(), Area.CALL_FILTERS.value, *_OBJECTS)
            return
        for fact in {*old.settings, *new.settings}:
            if _reads_otherwise(old.settings.get(fact), new.settings.get(fact)):
                yield fact
        if old.filter_rows != new.filter_rows:
            yield Area.CALL_FILTERS.value
        if old.irrelevant != new.irrelevant:
            yield from (*_OBJECTS, Area.PASSWORDS.value, Area.SETTINGS.value)


def _reads_otherwise(one: SettingPlace | None, other: SettingPlace | None) -> bool:
    """Return whether two entries are read, or are worth, otherwise; who learned them is neither."""
    if one is None or other is None:
        return one is not other
    said, wanted = (place.model_dump(exclude={*_TOLD}) for place in (one, other))
    return said != wanted


def with_topics(old: Snapshot, new: Snapshot, topics: Collection[str]) -> Snapshot:
    """Return a snapshot with what another one says of some areas and facts."""

    def chosen(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: one for name, one in first.items() if name not in topics}
        return kept | {name: one for name, one in second.items() if name in topics}

    gaps = (
        *(gap for gap in old.gaps if gap.area not in topics),
        *(gap for gap in new.gaps if gap.area in topics),
    )
    return replace(
        old,
        settings=chosen(old.settings, new.settings),
        areas=chosen(old.areas, new.areas),
        proofs=chosen(old.proofs, new.proofs),
        gaps=gaps,
    )


def _with_dialect(old: Snapshot, new: Snapshot) -> Snapshot:
    """Return a snapshot with what another dialect explains of objects, templates above all."""
    known = {one.key: one for one in new.objects}
    objects = []
    for one in old.objects:
        other = known.get(one.key, one)
        is_template = one.kind == TEMPLATE_KIND
        templates = other.templates if is_template else one.templates
        is_same = (one.unexplained, one.templates) == (other.unexplained, templates)
        objects.append(
            one if is_same else one._replace(unexplained=other.unexplained, templates=templates)
        )
    return replace(
        old,
        objects=tuple(objects),
        dialect=new.dialect,
        dialect_file=new.dialect_file,
        attribute_grades=new.attribute_grades,
        reads_template_parents=new.reads_template_parents,
        template_parent_place=new.template_parent_place,
    )


def _with_scores(old: Snapshot, new: Snapshot) -> Snapshot:
    """Return a snapshot with the scores of another, of passwords that seem to be the same."""
    known = {one.key: one.password for one in new.objects}

    def scored(one: PbxObject) -> PbxObject:
        other = known.get(one.key, one.password)
        is_same = _without_score(other) == _without_score(one.password)
        return one._replace(password=other) if is_same and other != one.password else one

    return replace(old, objects=tuple(map(scored, old.objects)))


def _without_score(evidence: PasswordEvidence) -> PasswordEvidence:
    return replace(evidence, **_SCORES)


def _words(site: Site) -> tuple[object, ...]:
    return site.target.name, site.target.company, tuple(site.target.words)


def _shown(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return which certificates endpoints showed, whoever vouches for them."""
    return sorted(
        (one.address, one.certificate.fingerprint if one.certificate else "")
        for one in snapshot.tls
    )


def _keys(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(one.key for one in snapshot.objects)


def _digest(snapshot: Snapshot) -> str:
    return snapshot.dialect_file.sha256 if snapshot.dialect_file is not None else ""


def _dialect(read: ReadWith) -> Dialect | None:
    """Return a dialect with what it extends, None if its file was not kept."""
    if read.dialect is not None:
        try:
            document = read_dialect_paper(read.dialect)
        except ValueError:
            return None
        is_known = document.extends in dialect_names()
        return merged(bundled(document.extends), document) if is_known else None
    name = read.snapshot.dialect
    is_bundled = read.snapshot.dialect_file is None and name in dialect_names()
    return load_dialect(name) if is_bundled else None
