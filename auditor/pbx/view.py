"""The view that checks look through: one snapshot with the site's knowledge, and indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

from auditor.messages.message import say
from auditor.model.result import Evidence
from auditor.model.site import Site
from auditor.model.snapshot import (
    TEMPLATE_KIND,
    CallFilter,
    FilterRow,
    PbxObject,
    Setting,
    Snapshot,
)
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.pbx.grades import Grades
from auditor.pbx.hot_desk_members import HotDeskMembers, RoleMembers
from auditor.pbx.relays import leads_of
from auditor.pbx.ways_out import Exits, WaysOut

DEFAULT_EMERGENCY_NUMBERS = ("110", "112")
_SITE = say("site file")
# What a flag of a hardware id is where nobody set it.
UNSET = frozenset({None, "", "false"})


class AuditView:
    """Read-only access to everything a check may use.

    `today` is the day as of which is judged, None if nobody says.
    """

    def __init__(self, snapshot: Snapshot, site: Site, today: date | None = None) -> None:
        self.snapshot = snapshot
        self.site = site
        self.today = today
        self._grades = Grades(snapshot)
        self._flagged: dict[str, Sequence[PbxObject]] = {}

    def was_read(self, area: Area) -> bool:
        """Return whether at least a part of the area was read."""
        return self.snapshot.coverage(area) is not Coverage.MISSING

    def locate(
        self,
        subject: PbxObject,
        attribute: str,
        value: str | None,
        via: str | None = None,
        element: str = "",
    ) -> Evidence:
        """Return evidence that points at an attribute of an object, or of an element of it."""
        line, grade = subject.line or None, self._grades.of(attribute, subject, element)
        place = f"{element} {attribute}" if element else attribute
        return Evidence(subject.source, line, subject.label, place, value, via, grade)

    def named(self, name: str) -> Sequence[PbxObject]:
        """Return the objects of an h323 name without case; more than one is an inconsistency."""
        first = self.by_name.get(name)
        if first is None:
            return ()
        return self._namesakes.get(name) or (first,)

    @cached_property
    def by_name(self) -> Mapping[str, PbxObject]:
        """The first object of each h323 name without case; `named` has its namesakes too."""
        found: dict[str, PbxObject] = {}
        for one in self.snapshot.objects:
            if name := one.h323:
                lower = name.casefold()
                found.setdefault(name if lower == name else lower, one)
        return found

    @cached_property
    def _namesakes(self) -> Mapping[str, list[PbxObject]]:
        """All objects of each name that several have."""
        named = [one for one in self.snapshot.objects if one.h323]
        if len(named) == len(self.by_name):
            return {}
        count = Counter(one.h323.casefold() for one in named)
        found: dict[str, list[PbxObject]] = {}
        for one in named:
            if count[name := one.h323.casefold()] > 1:
                found.setdefault(name, []).append(one)
        return found

    def flagged(self, flag: str) -> Sequence[PbxObject]:
        """Return the objects with a hardware id on which a flag is set, whatever its value."""
        known = self._flagged.get(flag)
        if known is None:
            found = {
                id(one): one
                for one in self.snapshot.objects
                for device in one.devices
                if flag in device.flags and device.flags[flag] not in UNSET
            }
            known = self._flagged[flag] = tuple(found.values())
        return known

    @cached_property
    def hardware_ids(self) -> int:
        """How many hardware ids all objects have together."""
        return sum([len(one.devices) for one in self.snapshot.objects])

    @cached_property
    def with_other_ids(self) -> Sequence[PbxObject]:
        """The objects with a hardware id that is not a device's own."""
        return self._hot_desk.with_other_ids

    @cached_property
    def shown_in_part(self) -> Sequence[PbxObject]:
        """The objects of which not everything that is configured was delivered."""
        return [one for one in self.snapshot.objects if one.visible is not None]

    def hiding(self, part: str) -> int:
        """Return how many objects do not show an attribute or part."""
        return sum(not one.shows(part) for one in self.shown_in_part)

    @cached_property
    def templates(self) -> Mapping[str, list[PbxObject]]:
        """Templates by their long name, which is what `config` refers to."""
        index: dict[str, list[PbxObject]] = {}
        for candidate in self.snapshot.objects:
            if candidate.kind == TEMPLATE_KIND:
                index.setdefault(candidate.cn, []).append(candidate)
        return index

    @cached_property
    def relays(self) -> Sequence[PbxObject]:
        """The objects that pass calls on by themselves."""
        return [one for one in self.snapshot.objects if leads_of(one)]

    def parents_of(self, template: PbxObject) -> tuple[str, ...]:
        """Return the templates a template inherits from: as listed or read, else as attested."""
        if (listed := self.listed_parents(template)) is not None:
            return listed.values
        attested = self.snapshot.template_parents.get(template.cn)
        if attested is None or template.templates or self.snapshot.reads_template_parents:
            return template.templates
        return attested.values

    def listed_parents(self, template: PbxObject) -> Setting | None:
        """Return what the PBX lists as the parents of a template, None if it does not."""
        return self.snapshot.listed_parents.get(template.cn)

    def is_explained(self, template: PbxObject) -> bool:
        """Return whether nothing about a template's inheritance is left open."""
        known = {*self.snapshot.template_parents, *self.snapshot.listed_parents}
        return not template.unexplained or template.cn in known

    @cached_property
    def filters(self) -> Mapping[str, CallFilter]:
        """Call filters by name."""
        return {entry.name: entry for entry in self.snapshot.filters}

    @cached_property
    def filter_rows(self) -> Mapping[str, tuple[FilterRow, ...] | None]:
        """Rows of call filters by name; None where they could not be read."""
        return {name: entry.rows for name, entry in self.filters.items()}

    @cached_property
    def _hot_desk(self) -> HotDeskMembers:
        return HotDeskMembers(self.snapshot, self.site.hot_desk, self.shown_in_part)

    @cached_property
    def base_users(self) -> RoleMembers:
        """The base users: named in the site file, or found by name or expert script."""
        return self._hot_desk.base_users

    @cached_property
    def temporary_users(self) -> RoleMembers:
        """Temporary provisioning users that exist on the PBX."""
        return self._hot_desk.temporary_users

    @cached_property
    def hot_desk_users(self) -> RoleMembers:
        """The people who log in on shared phones: named, or derived from their hardware ids."""
        return self._hot_desk.hot_desk_users

    @cached_property
    def exits(self) -> Exits:
        """What leads outside, as the site says and as the objects show."""
        return Exits(self.snapshot.objects, self.site, self._grades.of("e164"))

    def ways_out(self, callers: Iterable[PbxObject]) -> WaysOut:
        """Return what any of some callers may dial to get outside."""
        return self.exits.ways_out(callers)

    @property
    def emergency_numbers(self) -> tuple[tuple[str, ...], Evidence]:
        """The emergency numbers, and whether somebody stated them."""
        stated = self.site.dialling.emergency_numbers
        numbers = DEFAULT_EMERGENCY_NUMBERS if stated is None else tuple(stated)
        source = _SITE if stated is not None else "assumed, because the site file names none"
        grade = Grade.ATTESTED if stated is not None else Grade.DERIVED
        return numbers, Evidence(
            source, None, None, "[dialling] emergency_numbers", ", ".join(numbers), grade=grade
        )
