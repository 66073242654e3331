"""What leads outside, and what callers dial to get there, wherever they and the trunks lie.

Trunks lead outside. A gateway may lead outside or to a fax machine: without stated prefixes it
counts as a trunk; beside stated ones it is unexplained until a list names it. So is an object that
does not show its kind. What the site states holds for everybody, and hides nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from auditor.messages.message import Message, say
from auditor.model.result import Evidence
from auditor.model.site import Site
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, PbxObject
from auditor.model.vocabulary import Grade
from auditor.pbx.numbering import ROOT, NodePath, Numbering, Spellings

_SITE: Final = say("site file")
_EXIT_KINDS: Final = frozenset({TRUNK_KIND, GATEWAY_KIND})


class WaysOut(NamedTuple):
    """What callers dial to get outside.

    `certain` leads outside. `possible` does so in an admissible reading, by the object that is
    named. `doubts` say why there may be more. `unexplained` are numbers of objects that nobody says
    where they lead. `assumed` are those of `certain` that lead to a gateway alone: whoever must not
    get outside must not get there, but it may be a fax machine.
    """

    certain: tuple[str, ...] = ()
    possible: Mapping[str, PbxObject] = {}
    doubts: tuple[Message, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    unexplained: Mapping[str, PbxObject] = {}
    assumed: Mapping[str, PbxObject] = {}

    @property
    def proven(self) -> tuple[str, ...]:
        """Return what leads outside whatever a gateway is."""
        return tuple(number for number in self.certain if number not in self.assumed)

    @property
    def every(self) -> tuple[str, ...]:
        """Return what is certain and what is possible."""
        return (*self.certain, *self.possible)


class Exits:
    """The ways out of one PBX. `grade` is how sure it is what the number of an object is."""

    def __init__(self, objects: Sequence[PbxObject], site: Site, grade: Grade) -> None:
        # A user that is shown as a whole makes no node, and leads nowhere outside.
        self._objects = [one for one in objects if one.kind or one.visible is not None]
        self._stated = site.dialling.trunk_prefixes or []
        self._internal = {name.casefold() for name in site.lists.internal_gateways}
        self._escapes = site.dialling.escapes
        self._grade = grade
        self._known: dict[frozenset[tuple[str | None, str]], WaysOut] = {}

    @cached_property
    def numbering(self) -> Numbering:
        """The numbering nodes."""
        return Numbering(self._objects, self._escapes)

    def is_internal(self, member: PbxObject) -> bool:
        """Return whether the site says that a gateway or trunk does not lead outside."""
        names = {member.h323.casefold(), member.cn.casefold(), member.e164} - {""}
        return not self._internal.isdisjoint(names)

    def spell(self, callers: Iterable[PbxObject], target: PbxObject) -> Spellings:
        """Return what any of some callers dials to reach an object."""
        found = [self.numbering.spell(places, target) for places in self._places(callers)]
        certain = dict.fromkeys(number for way in found for number in way.certain)
        possible = dict.fromkeys(n for way in found for n in way.possible if n not in certain)
        doubts = dict.fromkeys(doubt for way in found for doubt in way.doubts)
        return Spellings(tuple(certain), tuple(possible), tuple(doubts))

    def ways_out(self, callers: Iterable[PbxObject]) -> WaysOut:
        """Return what any of some callers may dial to get outside; none stand for the root."""
        somebody = _by_place(callers)
        key = frozenset(somebody)
        if key not in self._known:
            self._known[key] = self._ways_out(tuple(somebody.values()))
        return self._known[key]

    @staticmethod
    def apart(callers: Iterable[PbxObject]) -> Sequence[PbxObject]:
        """Return one caller of each place: what others of it dial is the same."""
        return tuple(_by_place(callers).values())

    def _places(self, callers: Iterable[PbxObject]) -> list[tuple[NodePath, ...]]:
        found = [self.numbering.places(member) for member in _by_place(callers).values()]
        return found or [(ROOT,)]

    @cached_property
    def _candidates(self) -> list[PbxObject]:
        """What has a number, and leads outside or may do so."""
        return [
            member
            for member in self._objects
            if member.e164 and member.shows("e164") and self._may_lead_out(member)
        ]

    @cached_property
    def _numberless(self) -> tuple[Message, ...]:
        """Return a doubt for each way out whose number nobody knows."""
        return tuple(
            say("the number of {name} is not known", name=member.label)
            for member in self._objects
            if not member.shows("e164") and self._may_lead_out(member)
        )

    def _may_lead_out(self, member: PbxObject) -> bool:
        may = member.kind in _EXIT_KINDS or not (member.kind or member.shows("pseudo"))
        return may and not self.is_internal(member)

    def _ways_out(self, callers: Sequence[PbxObject]) -> WaysOut:
        certain: dict[str, None] = dict.fromkeys(self._stated)
        evidence = [
            Evidence(_SITE, None, None, "[dialling] trunk_prefixes", prefix, grade=Grade.ATTESTED)
            for prefix in certain
        ]
        possible: dict[str, PbxObject] = {}
        unexplained: dict[str, PbxObject] = {}
        doubts: dict[Message, None] = dict.fromkeys(self._numberless)
        proven = set(self._stated)
        assumed: dict[str, PbxObject] = {}
        for member in self._candidates:
            spelled = self.spell(callers, member)
            doubts.update(dict.fromkeys(spelled.doubts))
            if not self._is_trunk(member, spelled):
                unexplained.update((number, member) for number in spelled.every)
                continue
            if not self._stated or not set(spelled.certain) <= certain.keys():
                evidence += self._evidence(member)
            certain.update(dict.fromkeys(spelled.certain))
            if member.kind == GATEWAY_KIND and not self._stated:
                assumed.update((number, member) for number in spelled.certain)
            else:
                proven.update(spelled.certain)
            possible.update((number, member) for number in spelled.possible)
        return WaysOut(
            tuple(certain),
            {number: member for number, member in possible.items() if number not in certain},
            tuple(doubts),
            tuple(evidence),
            {number: member for number, member in unexplained.items() if number not in certain},
            {number: member for number, member in assumed.items() if number not in proven},
        )

    def _is_trunk(self, member: PbxObject, spelled: Spellings) -> bool:
        if member.kind == TRUNK_KIND:
            return True
        if member.kind != GATEWAY_KIND:
            return False
        return not self._stated or not set(self._stated).isdisjoint(spelled.every)

    def _evidence(self, member: PbxObject) -> list[Evidence]:
        """Return where the number of a trunk, and of each node above it, was read."""
        nodes = [node.holder for place in self.numbering.places(member) for node in place.nodes]
        return [
            Evidence(one.source, one.line or None, one.label, "e164", one.e164, None, self._grade)
            for one in (member, *filter(None, nodes))
        ]


def _by_place(callers: Iterable[PbxObject]) -> dict[tuple[str | None, str], PbxObject]:
    return {Numbering.key(member): member for member in callers}
