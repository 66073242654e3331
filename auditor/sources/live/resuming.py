"""Goes on with a collection that was interrupted: which objects need not be asked for again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from auditor.messages.message import say, say_count
from auditor.model.site import Site
from auditor.model.snapshot import PbxObject
from auditor.passwords.tags import is_tag
from auditor.pbx.hot_desk_roles import base_names, is_base_user, temporary_names
from auditor.sources.live.journal import Journal, JournaledObject, JournalIdentity
from auditor.sources.parse.reading import Reading


class Resume:
    """A journal, and the objects of this collection that it may stand for.

    Where passwords are scored, an object that has one is asked for again: a tag has no score.
    """

    def __init__(self, journal: Journal, site: Site, *, scores: bool) -> None:
        self.journal = journal
        self._scores = scores
        self._base = base_names(site.hot_desk, ())
        self._temporary = temporary_names(site.hot_desk)
        self._hot_desk = site.hot_desk

    def known(self, listed: Iterable[PbxObject]) -> dict[str, JournaledObject]:
        """Return what an earlier part holds of the listed objects, by guid.

        An object whose names changed since is asked for again.
        """
        found = {}
        for candidate in listed:
            kept = self.journal.kept.get(candidate.guid.lower())
            if kept is None or (self._scores and kept.tag is not None and is_tag(kept.tag)):
                continue
            if _names(kept.subject) == _names(candidate):
                found[candidate.guid.lower()] = kept
        return found

    def note(self, subject: PbxObject, stored: str | None) -> None:
        """Note an object, unless its password is judged by itself."""
        is_judged = subject.h323.casefold() in self._temporary or is_base_user(
            subject, self._base, self._hot_desk
        )
        if subject.guid and not is_judged:
            self.journal.add(subject, stored)

    def begin(self, reading: Reading, known: Iterable[JournaledObject]) -> None:
        """Put what is known into a reading, and say so."""
        count = 0
        for kept in known:
            reading.objects.append(kept.subject)
            reading.secrets.append(kept.tag)
            count += 1
        if count:
            reading.tagger = self.journal.tag
            reading.notes.append(
                say_count(
                    "{count} object was read before an interruption",
                    "{count} objects were read before an interruption",
                    count=count,
                )
            )
        elif self.journal.refused:
            reading.notes.append(
                say("everything was read anew: {reason}", reason=self.journal.refused)
            )


def _names(subject: PbxObject) -> tuple[str, str, str]:
    return subject.cn, subject.h323, subject.e164


def collection_identity(base: str, serial: str, site: Site) -> JournalIdentity:
    """Return what must be the same for two parts of a collection."""
    digest = hashlib.sha256(site.model_dump_json().encode()).hexdigest()
    return JournalIdentity(base, serial, digest)
