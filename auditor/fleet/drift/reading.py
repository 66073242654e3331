"""Whether evidence was read in another way, so that what differs is not the PBX's doing.

Evidence itself is not kept, so it cannot be read again. What can be known: that the same documents
were read, and in which entries two dialects differ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from auditor.dialects import Dialect, dialect_names, is_dialect_file, load_dialect
from auditor.dialects.bundled import bundled
from auditor.dialects.document import merged
from auditor.facts import Scope, known_facts
from auditor.fleet.drift.papers import read_dialect_paper
from auditor.fleet.model import Cause, Versions
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area

_OF_OBJECTS: Final = (Area.OBJECTS.value, Area.DEVICES.value)


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

    def cause(self, needs: Sequence[str]) -> Cause | None:
        """Return what reads otherwise what a control needs; None if it is the evidence."""
        if any(name in self._sited and self._differs(name) for name in needs):
            return Cause.SITE
        if Area.PASSWORDS in needs and self._opens_otherwise:
            return Cause.VIEW
        if not self._has_same_documents:
            return None
        if self._old.site != self._new.site:
            return Cause.SITE
        return Cause.RULES if self._old.versions.tool != self._new.versions.tool else Cause.VIEW

    def _differs(self, topic: str) -> bool:
        """Return whether two snapshots say different things of an area or fact, or how much."""
        old, new = self._old.snapshot, self._new.snapshot
        if old.coverage(topic) != new.coverage(topic):
            return True
        if topic == Area.CALL_FILTERS:
            return {one.name: one.rows for one in old.filters} != {
                one.name: one.rows for one in new.filters
            }
        one, other = old.settings.get(topic), new.settings.get(topic)
        return (one and one.values) != (other and other.values)

    @property
    def _opens_otherwise(self) -> bool:
        """Whether the password of the PBX, with which stored ones are opened, came or went."""
        return self._old.snapshot.evidence_mode is not self._new.snapshot.evidence_mode

    @cached_property
    def _has_same_documents(self) -> bool:
        """Whether two snapshots were made of the same bytes, and of nothing else."""
        old, new = self._old.snapshot, self._new.snapshot
        are_saved = not any(one.requests.sent or one.tls for one in (old, new))
        return are_saved and bool(old.sources) and _documents(old) == _documents(new)

    @cached_property
    def _sited(self) -> Collection[str]:
        """The areas and facts that the site file and its dialect have read otherwise."""
        old, new = self._old.site, self._new.site
        topics = set(self._of_dialect())
        if old.target.objects != new.target.objects:
            topics.add(Area.OBJECTS.value)
        if old.tls != new.tls:
            topics.add(Area.TLS.value)
        if old.probe != new.probe:
            topics.update(name for name, one in known_facts().items() if one.scope is Scope.LOOK)
        if old.boxes != new.boxes:
            topics.update([*Area, *known_facts()])
        return topics

    def _of_dialect(self) -> Collection[str]:
        """Return what two dialects have different entries for; anything, if one is not there."""
        old, new = _dialect(self._old), _dialect(self._new)
        one, other = self._old.snapshot, self._new.snapshot
        if one.dialect == other.dialect and _digest(one) == _digest(other):
            return ()
        if old is None or new is None:
            return (*known_facts(), Area.CALL_FILTERS.value, *_OF_OBJECTS)
        topics = {
            fact
            for fact in {*old.settings, *new.settings}
            if old.settings.get(fact) != new.settings.get(fact)
        }
        if old.filter_rows != new.filter_rows:
            topics.add(Area.CALL_FILTERS.value)
        if (old.template_parents, old.attributes, old.irrelevant) != (
            new.template_parents,
            new.attributes,
            new.irrelevant,
        ):
            topics.update([*_OF_OBJECTS, Area.PASSWORDS.value, Area.SETTINGS.value])
        return topics


def _documents(snapshot: Snapshot) -> Sequence[str]:
    return sorted(one.sha256 for one in snapshot.sources)


def _digest(snapshot: Snapshot) -> str:
    return snapshot.dialect_file.sha256 if snapshot.dialect_file is not None else ""


def _dialect(read: ReadWith) -> Dialect | None:
    """Return a dialect with what it extends, None if its file was not kept."""
    if read.dialect is not None:
        try:
            document = read_dialect_paper(read.dialect)
        except ValueError:
            return None
        return merged(bundled(document.extends), document) if document.extends else None
    name = read.snapshot.dialect
    is_bundled = read.snapshot.dialect_file is None and name in dialect_names()
    return load_dialect(name) if is_bundled and not is_dialect_file(name) else None
