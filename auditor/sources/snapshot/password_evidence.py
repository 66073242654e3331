"""Stored and scripted passwords of one target to evidence; nothing secret leaves this module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Final

from auditor.model.pbx_object import with_passwords
from auditor.model.site import Site
from auditor.model.snapshot import PbxObject, ScriptedRegistration
from auditor.passwords import NOT_UNDERSTOOD, PasswordBook, Workload
from auditor.pbx.hot_desk_roles import (
    BASE_LONG_NAME,
    base_names,
    bear,
    is_base_user,
    temporary_names,
)
from auditor.sources.options import Activity, LiveOptions, Progress
from auditor.sources.parse.reading import Reading

_PASSWORDS: Final = "passwords"
# So many objects are there twice at a time, with and without evidence.
_AT_ONCE: Final = 1024


def site_words(site: Site) -> list[str]:
    """Return the words of the site file that no password must be made of."""
    return [site.target.name, site.target.company, *site.target.words]


def in_order(objects: Iterable[PbxObject], stored: Iterable[str | None]) -> list[str | None]:
    """Return stored passwords in an order that does not depend on who showed the objects."""
    keys = [one.key for one in objects]
    secrets = list(stored)
    return [secrets[i] for i in sorted(range(len(keys)), key=keys.__getitem__)]


class Judge:
    """Judges the passwords of one target. `scripted` names the users that scripts register."""

    def __init__(
        self, book: PasswordBook, site: Site, options: LiveOptions, scripted: Iterable[str]
    ) -> None:
        self._book = book
        self._hot_desk = site.hot_desk
        self._options = options
        self._scripted = frozenset(name.casefold() for name in scripted)
        self._base = base_names(site.hot_desk, self._scripted)
        self._temporary = temporary_names(site.hot_desk)

    def judge(self, objects: list[PbxObject], stored: Sequence[str | None]) -> None:
        """Replace objects by those with evidence about their stored passwords.

        There are tens of thousands, and no time at which all of them are there twice.
        """
        scored = set(self._scored(objects))
        entries = ((stored[i], _words(objects[i])) for i in sorted(scored))
        judged = iter(self._book.judge_all(entries, self._work))
        others = [one for i, one in enumerate(stored) if i not in scored] if scored else stored
        looked = self._book.look_all(others)
        for at in range(0, len(objects), _AT_ONCE):
            some = range(at, min(at + _AT_ONCE, len(objects)))
            evidence = [next(judged if i in scored else looked) for i in some]
            objects[at : at + _AT_ONCE] = with_passwords(objects[at : at + _AT_ONCE], evidence)

    def _scored(self, objects: Sequence[PbxObject]) -> Iterable[int]:
        """Return the places of the objects whose passwords are scored: none that stay closed."""
        if not self._book.decrypts:
            return ()
        if self._options.scores_everybody:
            return range(len(objects))
        names = self._temporary | self._base | {BASE_LONG_NAME}
        named = compress(enumerate(objects), bear(objects, names))
        return [
            place
            for place, one in named
            if one.h323.casefold() in self._temporary
            or is_base_user(one, self._base, self._hot_desk)
        ]

    @property
    def _work(self) -> Workload:
        def tell(done: int, total: int) -> None:
            self._options.notify(Progress(_PASSWORDS, done, total, Activity.SCORING))

        return Workload(self._options.processes, tell)

    def judge_scripted(
        self, readings: Iterable[Reading], known: Iterable[tuple[PbxObject, str | None]]
    ) -> Iterator[ScriptedRegistration]:
        """Yield the registrations of expert scripts; `known` are objects with what they store."""
        names = self._scripted
        stored: dict[str, list[str | None]] = {}
        for candidate, secret in known if names else ():
            if candidate.h323.casefold() in names:
                stored.setdefault(candidate.h323.casefold(), []).append(secret)
        for reading in readings:
            for entry in reading.scripted:
                own = stored.get(entry.h323.casefold(), ())
                words = [entry.h323]
                evidence = (
                    NOT_UNDERSTOOD
                    if entry.is_unclear
                    else self._book.judge_scripted(entry.secret, words, own)
                )
                yield ScriptedRegistration(entry.h323, evidence, reading.source, entry.line)


def _words(candidate: PbxObject) -> list[str]:
    """Return the words around an object that a password must not be made of."""
    attributes = candidate.attributes
    return [
        candidate.h323,
        candidate.cn,
        candidate.e164.strip("#*"),
        *(attributes.get(name, "") for name in ("dn", "text", "node", "loc")),
        *candidate.templates,
        *(word for device in candidate.devices for word in (device.hw, device.hw[-6:])),
    ]
